import { findByQuery } from '../check.ts';
import type { Check } from '../check.ts';

/** Within the user store: what is over is over. */
export const endedSessionsStayEnded: Check = {
  name: 'ended-sessions-stay-ended',
  rule: 34,
  title: 'an account that is not active has no live session, and no token of an ended session is exchanged again',
  lookAt: '"user".sessions by account_id and "user".refresh_tokens by session_id',
  scope: 'store',
  run: (look) =>
    findByQuery(look, {
      count: `select count(*) as count from "user".sessions where ${look.among('accounts', 'account_id')}`,
      violations: `
        select 'user ' || accounts.id as subject,
          'is ' || accounts.status || ', and session ' || sessions.id || ' goes on' as detail, accounts.version::text as versions
        from "user".accounts accounts join "user".sessions sessions on sessions.account_id = accounts.id
        where accounts.status <> 'active' and sessions.ended_at is null and ${look.among('accounts', 'accounts.id')}
        union all
        select 'user ' || sessions.account_id,
          'session ' || sessions.id || ' ended at ' || sessions.ended_at || ', a token of it was issued at ' || tokens.issued_at
            || ' and used at ' || coalesce(tokens.used_at::text, 'no time'),
          ''
        from "user".sessions sessions join "user".refresh_tokens tokens on tokens.session_id = sessions.id
        where sessions.ended_at is not null and ${look.among('accounts', 'sessions.account_id')}
          and (tokens.issued_at > sessions.ended_at or tokens.used_at > sessions.ended_at)
        union all
        select 'user ' || sessions.account_id, 'session ' || sessions.id || ' has ' || count(*) || ' tokens that may be used', ''
        from "user".sessions sessions join "user".refresh_tokens tokens on tokens.session_id = sessions.id
        where tokens.used_at is null and ${look.among('accounts', 'sessions.account_id')}
        group by sessions.account_id, sessions.id having count(*) > 1`,
    }),
};
