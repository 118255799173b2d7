-- The profile: who drives what. version is that of the stream driver:<id>.
create table drivers (
  driver_id uuid primary key,
  license_hash text not null,
  license_last4 text not null,
  make text not null,
  model text not null,
  year integer not null,
  plate text not null,
  color text not null,
  vehicle_class text not null check (vehicle_class in ('economy', 'comfort', 'xl', 'accessible')),
  verification text not null check (verification in ('incomplete', 'pending', 'verified', 'rejected', 'expired')),
  version integer not null check (version >= 1),
  registered_at timestamptz not null
);
create index drivers_for_review on drivers (verification, registered_at, driver_id);
create index drivers_by_age on drivers (registered_at, driver_id);

-- Superseded documents stay as a record; nothing reads them to decide.
create table driver_documents (
  document_id uuid primary key,
  driver_id uuid not null references drivers (driver_id),
  type text not null
    check (type in ('driving_license', 'vehicle_registration', 'insurance', 'profile_photo', 'background_check')),
  state text not null check (state in ('pending', 'approved', 'rejected', 'expired')),
  number_hash text not null,
  number_last4 text not null,
  expires_on date not null,
  submitted_at timestamptz not null,
  reviewed_at timestamptz,
  reviewed_by uuid,
  reason text,
  superseded boolean not null default false
);
create index driver_documents_of on driver_documents (driver_id) where not superseded;
create index driver_documents_due on driver_documents (expires_on) where not superseded and state = 'approved';
create index driver_documents_number on driver_documents (number_hash);
-- one that waits and one that is in force is all there can be of a type
create unique index driver_documents_waiting on driver_documents (driver_id, type)
  where not superseded and state = 'pending';
create unique index driver_documents_in_force on driver_documents (driver_id, type)
  where not superseded and state = 'approved';

-- What the user service said about an account, and the row that a registration and a suspension meet on.
create table account_standings (
  user_id uuid primary key,
  suspended boolean not null default false,
  deactivated boolean not null default false
);
