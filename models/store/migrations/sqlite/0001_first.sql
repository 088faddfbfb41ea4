-- +goose Up
CREATE TABLE organizations (
  id           INTEGER PRIMARY KEY,
  slug         TEXT    NOT NULL UNIQUE,
  name         TEXT    NOT NULL,
  method       TEXT    NOT NULL,
  method_since INTEGER NOT NULL,
  method_by    TEXT    NOT NULL,
  method_set   INTEGER NOT NULL,
  settings     TEXT    NOT NULL,
  created      INTEGER NOT NULL
) STRICT;

CREATE TABLE instance (
  name  TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
  id              INTEGER PRIMARY KEY,
  public_id       TEXT    NOT NULL UNIQUE,
  organization_id INTEGER NOT NULL REFERENCES organizations (id),
  user_name       TEXT    NOT NULL,
  user_name_key   TEXT    NOT NULL,
  display_name    TEXT    NOT NULL,
  sort_key        TEXT    NOT NULL,
  given_name      TEXT    NOT NULL,
  family_name     TEXT    NOT NULL,
  email           TEXT    NOT NULL,
  email_key       TEXT    NOT NULL,
  employee_number TEXT    NOT NULL,
  title           TEXT    NOT NULL,
  department      TEXT    NOT NULL,
  manager_id      TEXT    NOT NULL,
  external_id     TEXT    NOT NULL,
  entra_id        TEXT    NOT NULL,
  ldap_id         TEXT    NOT NULL,
  mode            TEXT    NOT NULL,
  status          TEXT    NOT NULL,
  preserved_by    TEXT    NOT NULL,
  status_note     TEXT    NOT NULL,
  status_since    INTEGER NOT NULL,
  hidden          INTEGER NOT NULL,
  note            TEXT    NOT NULL,
  document        TEXT    NOT NULL,
  origins         TEXT    NOT NULL,
  version         INTEGER NOT NULL,
  created         INTEGER NOT NULL,
  updated         INTEGER NOT NULL,
  folded          TEXT    NOT NULL
) STRICT;
CREATE UNIQUE INDEX users_user_name ON users (organization_id, user_name_key);
CREATE UNIQUE INDEX users_external ON users (organization_id, external_id) WHERE external_id <> '';
CREATE UNIQUE INDEX users_entra ON users (organization_id, entra_id) WHERE entra_id <> '';
CREATE UNIQUE INDEX users_ldap ON users (organization_id, ldap_id) WHERE ldap_id <> '';
CREATE INDEX users_all ON users (organization_id);
CREATE INDEX users_sorted ON users (organization_id, sort_key);
CREATE INDEX users_by_status ON users (organization_id, status, sort_key);
CREATE INDEX users_by_mode ON users (organization_id, mode, sort_key);
CREATE INDEX users_by_status_mode ON users (organization_id, status, mode, sort_key);
CREATE INDEX users_employee ON users (organization_id, employee_number) WHERE employee_number <> '';
CREATE INDEX users_manager ON users (organization_id, manager_id, sort_key) WHERE manager_id <> '';
CREATE INDEX users_shown ON users (organization_id) WHERE hidden = 0;
CREATE INDEX users_created ON users (organization_id, created) WHERE hidden = 0;
CREATE INDEX users_updated ON users (organization_id, updated) WHERE hidden = 0;
CREATE INDEX users_display ON users (organization_id, coalesce(nullif((folded ->> 'displayName'), 's'), 'z')) WHERE hidden = 0;

-- What a user is found by beside the columns: folded words and addresses.
CREATE TABLE user_values (
  organization_id INTEGER NOT NULL,
  path            TEXT    NOT NULL,
  value_key       TEXT    NOT NULL,
  user_id         INTEGER NOT NULL, -- of users; unchecked, because every user brings a dozen
  PRIMARY KEY (organization_id, path, value_key, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX user_values_user ON user_values (user_id);

CREATE TABLE groups (
  id               INTEGER PRIMARY KEY,
  public_id        TEXT    NOT NULL UNIQUE,
  organization_id  INTEGER NOT NULL REFERENCES organizations (id),
  display_name     TEXT    NOT NULL,
  display_name_key TEXT    NOT NULL,
  external_id      TEXT    NOT NULL,
  entra_id         TEXT    NOT NULL,
  ldap_id          TEXT    NOT NULL,
  mode             TEXT    NOT NULL,
  member_count     INTEGER NOT NULL,
  note             TEXT    NOT NULL,
  document         TEXT    NOT NULL,
  version          INTEGER NOT NULL,
  created          INTEGER NOT NULL,
  updated          INTEGER NOT NULL,
  folded           TEXT    NOT NULL
) STRICT;
CREATE UNIQUE INDEX groups_display_name ON groups (organization_id, display_name_key);
CREATE UNIQUE INDEX groups_external ON groups (organization_id, external_id) WHERE external_id <> '';
CREATE UNIQUE INDEX groups_entra ON groups (organization_id, entra_id) WHERE entra_id <> '';
CREATE UNIQUE INDEX groups_ldap ON groups (organization_id, ldap_id) WHERE ldap_id <> '';
CREATE INDEX groups_by_mode ON groups (organization_id, mode, display_name_key);
CREATE INDEX groups_shown ON groups (organization_id);
CREATE INDEX groups_created ON groups (organization_id, created);
CREATE INDEX groups_updated ON groups (organization_id, updated);

CREATE TABLE members (
  group_id        INTEGER NOT NULL REFERENCES groups (id),
  kind            TEXT    NOT NULL,
  member_id       INTEGER NOT NULL,
  organization_id INTEGER NOT NULL,
  mode            TEXT    NOT NULL,
  created         INTEGER NOT NULL,
  PRIMARY KEY (group_id, kind, member_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_of ON members (kind, member_id, group_id);

CREATE TABLE cycles (
  id              INTEGER PRIMARY KEY,
  organization_id INTEGER NOT NULL REFERENCES organizations (id),
  method          TEXT    NOT NULL,
  kind            TEXT    NOT NULL,
  initiator_id    TEXT    NOT NULL,
  initiator_name  TEXT    NOT NULL,
  started         INTEGER NOT NULL,
  last_seen       INTEGER NOT NULL,
  ended           INTEGER NOT NULL,
  requests        INTEGER NOT NULL,
  created         INTEGER NOT NULL,
  updated         INTEGER NOT NULL,
  removed         INTEGER NOT NULL,
  skipped         INTEGER NOT NULL,
  failed          INTEGER NOT NULL
) STRICT;
CREATE INDEX cycles_all ON cycles (organization_id);
CREATE INDEX cycles_started ON cycles (organization_id, started);

CREATE TABLE log_entries (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  public_id       TEXT    NOT NULL,
  organization_id INTEGER NOT NULL,
  at              INTEGER NOT NULL,
  action          TEXT    NOT NULL,
  status          TEXT    NOT NULL,
  source          TEXT    NOT NULL,
  cycle_id        INTEGER NOT NULL,
  request_id      TEXT    NOT NULL,
  initiator_kind  TEXT    NOT NULL,
  initiator_id    TEXT    NOT NULL,
  initiator_name  TEXT    NOT NULL,
  target_type     TEXT    NOT NULL,
  target_id       TEXT    NOT NULL,
  target_name     TEXT    NOT NULL,
  target_key      TEXT    NOT NULL,
  duration_micros INTEGER NOT NULL,
  code            TEXT    NOT NULL,
  summary         TEXT    NOT NULL,
  details         TEXT    NOT NULL
) STRICT;
CREATE INDEX log_entries_public ON log_entries (public_id);
CREATE INDEX log_entries_all ON log_entries (organization_id);
CREATE INDEX log_entries_at ON log_entries (organization_id, at);
CREATE INDEX log_entries_action ON log_entries (organization_id, action, status, at);
CREATE INDEX log_entries_initiator ON log_entries (organization_id, initiator_id, action, status, at);
CREATE INDEX log_entries_target ON log_entries (target_id, at) WHERE target_id <> '';
CREATE INDEX log_entries_name ON log_entries (organization_id, target_key, at, status);
CREATE INDEX log_entries_request ON log_entries (request_id) WHERE request_id <> '';
CREATE INDEX log_entries_cycle ON log_entries (cycle_id, action, status, at) WHERE cycle_id <> 0;

CREATE TABLE exchanges (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  organization_id INTEGER NOT NULL,
  request_id      TEXT    NOT NULL,
  at              INTEGER NOT NULL,
  token_id        TEXT    NOT NULL,
  token_name      TEXT    NOT NULL,
  address         TEXT    NOT NULL,
  client          TEXT    NOT NULL,
  http_method     TEXT    NOT NULL,
  path            TEXT    NOT NULL,
  status          INTEGER NOT NULL,
  scim_type       TEXT    NOT NULL,
  duration_micros INTEGER NOT NULL,
  cycle_id        INTEGER NOT NULL,
  request_body    TEXT    NOT NULL,
  response_body   TEXT    NOT NULL,
  notes           TEXT    NOT NULL
) STRICT;
CREATE INDEX exchanges_all ON exchanges (organization_id);
CREATE INDEX exchanges_at ON exchanges (organization_id, at);
CREATE INDEX exchanges_request ON exchanges (request_id);
CREATE INDEX exchanges_token ON exchanges (organization_id, token_id);
CREATE INDEX exchanges_failed ON exchanges (organization_id) WHERE status >= 400;

-- Counters kept in the transaction that changes what they count.
CREATE TABLE tallies (
  organization_id INTEGER NOT NULL,
  name            TEXT    NOT NULL,
  bucket          INTEGER NOT NULL,
  shard           INTEGER NOT NULL, -- PostgreSQL spreads a counter over rows, so that writers do not queue
  value           INTEGER NOT NULL,
  PRIMARY KEY (organization_id, name, bucket, shard)
) STRICT, WITHOUT ROWID;

CREATE TABLE tokens (
  id              INTEGER PRIMARY KEY,
  public_id       TEXT    NOT NULL UNIQUE,
  organization_id INTEGER NOT NULL REFERENCES organizations (id),
  description     TEXT    NOT NULL,
  prefix          TEXT    NOT NULL,
  hash            TEXT    NOT NULL UNIQUE,
  scope           TEXT    NOT NULL,
  allow_list      TEXT    NOT NULL,
  disabled        INTEGER NOT NULL,
  parked          INTEGER NOT NULL,
  revoked         INTEGER NOT NULL,
  revoked_by      TEXT    NOT NULL,
  expires         INTEGER NOT NULL,
  created         INTEGER NOT NULL,
  created_by      TEXT    NOT NULL,
  last_used       INTEGER NOT NULL,
  last_address    TEXT    NOT NULL,
  last_client     TEXT    NOT NULL,
  successor_id    TEXT    NOT NULL,
  retires_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX tokens_organization ON tokens (organization_id);

CREATE TABLE token_uses (
  token_id INTEGER NOT NULL REFERENCES tokens (id),
  hour     INTEGER NOT NULL,
  requests INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  PRIMARY KEY (token_id, hour)
) STRICT, WITHOUT ROWID;

-- What clients do otherwise than the standard has it, by token.
CREATE TABLE deviations (
  organization_id INTEGER NOT NULL,
  token_id        TEXT    NOT NULL,
  code            TEXT    NOT NULL,
  attr            TEXT    NOT NULL,
  msg             TEXT    NOT NULL,
  advice          TEXT    NOT NULL,
  requests        INTEGER NOT NULL,
  first           INTEGER NOT NULL,
  last            INTEGER NOT NULL,
  request_id      TEXT    NOT NULL,
  PRIMARY KEY (token_id, code, attr)
) STRICT, WITHOUT ROWID;

CREATE TABLE method_changes (
  id              INTEGER PRIMARY KEY,
  public_id       TEXT    NOT NULL UNIQUE,
  organization_id INTEGER NOT NULL REFERENCES organizations (id),
  from_method     TEXT    NOT NULL,
  to_method       TEXT    NOT NULL,
  at              INTEGER NOT NULL,
  "by"            TEXT    NOT NULL,
  reason          TEXT    NOT NULL,
  kept_mappings   INTEGER NOT NULL,
  counts          TEXT    NOT NULL
) STRICT;
CREATE INDEX method_changes_organization ON method_changes (organization_id);

CREATE TABLE admins (
  id            INTEGER PRIMARY KEY,
  public_id     TEXT    NOT NULL UNIQUE,
  email         TEXT    NOT NULL,
  email_key     TEXT    NOT NULL UNIQUE,
  name          TEXT    NOT NULL,
  role          TEXT    NOT NULL,
  password_hash TEXT    NOT NULL,
  disabled      INTEGER NOT NULL,
  created       INTEGER NOT NULL,
  created_by    TEXT    NOT NULL,
  last_sign_in  INTEGER NOT NULL,
  password_set  INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
  id        INTEGER PRIMARY KEY,
  public_id TEXT    NOT NULL UNIQUE,
  hash      TEXT    NOT NULL UNIQUE,
  admin_id  INTEGER NOT NULL,
  data      TEXT    NOT NULL,
  created   INTEGER NOT NULL,
  last_seen INTEGER NOT NULL,
  confirmed INTEGER NOT NULL,
  address   TEXT    NOT NULL,
  client    TEXT    NOT NULL
) STRICT;
CREATE INDEX sessions_admin ON sessions (admin_id);
CREATE INDEX sessions_seen ON sessions (last_seen);

CREATE TABLE throttles (
  name     TEXT    NOT NULL PRIMARY KEY,
  failures INTEGER NOT NULL,
  last     INTEGER NOT NULL,
  until    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_entries (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  public_id       TEXT    NOT NULL UNIQUE,
  organization_id INTEGER NOT NULL,
  at              INTEGER NOT NULL,
  actor_kind      TEXT    NOT NULL,
  actor_id        TEXT    NOT NULL,
  actor_name      TEXT    NOT NULL,
  address         TEXT    NOT NULL,
  request_id      TEXT    NOT NULL,
  action          TEXT    NOT NULL,
  target_type     TEXT    NOT NULL,
  target_id       TEXT    NOT NULL,
  target_name     TEXT    NOT NULL,
  summary         TEXT    NOT NULL,
  changes         TEXT    NOT NULL,
  prev_hash       TEXT    NOT NULL,
  hash            TEXT    NOT NULL
) STRICT;
CREATE INDEX audit_entries_action ON audit_entries (action);
CREATE INDEX audit_entries_actor ON audit_entries (actor_id);
CREATE INDEX audit_entries_at ON audit_entries (at);

-- +goose Down
DROP TABLE audit_entries;
DROP TABLE throttles;
DROP TABLE sessions;
DROP TABLE admins;
DROP TABLE method_changes;
DROP TABLE deviations;
DROP TABLE token_uses;
DROP TABLE tokens;
DROP TABLE tallies;
DROP TABLE exchanges;
DROP TABLE log_entries;
DROP TABLE cycles;
DROP TABLE members;
DROP TABLE groups;
DROP TABLE user_values;
DROP TABLE users;
DROP TABLE instance;
DROP TABLE organizations;
