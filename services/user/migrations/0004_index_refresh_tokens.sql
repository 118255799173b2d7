-- a session that is purged takes its tokens along, used ones too
create index refresh_tokens_of_session on refresh_tokens (session_id);
