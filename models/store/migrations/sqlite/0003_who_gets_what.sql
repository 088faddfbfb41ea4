-- Who gets what: profiles, mappings, attribute mappings, the queue of decisions,
-- seats, guards and purging.

-- +goose Up
ALTER TABLE users ADD COLUMN mapping_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN profile_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN profile_by TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN overrides TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN parked TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN staged TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN staged_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN protected INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN legal_hold INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN delivered TEXT NOT NULL DEFAULT '';
ALTER TABLE groups ADD COLUMN protected INTEGER NOT NULL DEFAULT 0;
ALTER TABLE members ADD COLUMN mapping_id INTEGER NOT NULL DEFAULT 0;
-- Only users who have a rule, a profile or something pending cost an entry.
CREATE INDEX users_mapping ON users (organization_id, mapping_id, sort_key) WHERE mapping_id <> 0;
CREATE INDEX users_profile ON users (organization_id, profile_id, sort_key) WHERE profile_id <> 0;
CREATE INDEX users_parked ON users (organization_id, parked, status_since) WHERE parked <> '';
CREATE INDEX users_staged ON users (organization_id, staged_at) WHERE staged <> '';
CREATE INDEX groups_protected ON groups (organization_id) WHERE protected <> 0;
CREATE INDEX members_mapping ON members (mapping_id, member_id) WHERE mapping_id <> 0;

CREATE TABLE profiles (
  id              INTEGER PRIMARY KEY AUTOINCREMENT, -- users keep it after it is gone: never used twice
  public_id       TEXT    NOT NULL UNIQUE,
  organization_id INTEGER NOT NULL REFERENCES organizations (id),
  name            TEXT    NOT NULL,
  name_key        TEXT    NOT NULL,
  description     TEXT    NOT NULL,
  settings        TEXT    NOT NULL,
  version         INTEGER NOT NULL,
  created         INTEGER NOT NULL,
  updated         INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX profiles_name ON profiles (organization_id, name_key);

CREATE TABLE mappings (
  id              INTEGER PRIMARY KEY AUTOINCREMENT, -- users keep it after it is gone: never used twice
  public_id       TEXT    NOT NULL UNIQUE,
  organization_id INTEGER NOT NULL REFERENCES organizations (id),
  method          TEXT    NOT NULL,
  position        INTEGER NOT NULL,
  name            TEXT    NOT NULL,
  description     TEXT    NOT NULL,
  groups          TEXT    NOT NULL,
  filter          TEXT    NOT NULL,
  case_exact      INTEGER NOT NULL,
  profile_id      INTEGER NOT NULL,
  local_groups    TEXT    NOT NULL,
  initial_status  TEXT    NOT NULL,
  hide_groups     INTEGER NOT NULL,
  disabled        INTEGER NOT NULL,
  parked          INTEGER NOT NULL,
  version         INTEGER NOT NULL,
  created         INTEGER NOT NULL,
  created_by      TEXT    NOT NULL,
  updated         INTEGER NOT NULL,
  updated_by      TEXT    NOT NULL
) STRICT;
CREATE INDEX mappings_order ON mappings (organization_id, method, position);

CREATE TABLE attribute_mappings (
  id              INTEGER PRIMARY KEY,
  public_id       TEXT    NOT NULL UNIQUE,
  organization_id INTEGER NOT NULL REFERENCES organizations (id),
  method          TEXT    NOT NULL,
  position        INTEGER NOT NULL,
  target          TEXT    NOT NULL,
  expression      TEXT    NOT NULL,
  fallback        TEXT    NOT NULL,
  on_create       INTEGER NOT NULL,
  disabled        INTEGER NOT NULL,
  parked          INTEGER NOT NULL,
  version         INTEGER NOT NULL,
  created         INTEGER NOT NULL,
  created_by      TEXT    NOT NULL,
  updated         INTEGER NOT NULL,
  updated_by      TEXT    NOT NULL
) STRICT;
CREATE INDEX attribute_mappings_order ON attribute_mappings (organization_id, method, position);

CREATE TABLE queue_items (
  id              INTEGER PRIMARY KEY,
  public_id       TEXT    NOT NULL UNIQUE,
  organization_id INTEGER NOT NULL REFERENCES organizations (id),
  kind            TEXT    NOT NULL,
  state           TEXT    NOT NULL,
  method          TEXT    NOT NULL,
  target          TEXT    NOT NULL,
  user_id         INTEGER NOT NULL,
  claim           TEXT    NOT NULL,
  anchor          TEXT    NOT NULL,
  name            TEXT    NOT NULL,
  name_key        TEXT    NOT NULL,
  record          TEXT    NOT NULL,
  reason          TEXT    NOT NULL,
  code            TEXT    NOT NULL,
  initiator_id    TEXT    NOT NULL,
  initiator_name  TEXT    NOT NULL,
  request_id      TEXT    NOT NULL,
  entry_id        TEXT    NOT NULL,
  attempts        INTEGER NOT NULL,
  created         INTEGER NOT NULL,
  last_seen       INTEGER NOT NULL,
  decided         INTEGER NOT NULL,
  decided_by      TEXT    NOT NULL,
  decision        TEXT    NOT NULL
) STRICT;
CREATE INDEX queue_items_state ON queue_items (organization_id, state, kind, last_seen);
CREATE INDEX queue_items_decided ON queue_items (organization_id, decided) WHERE decided <> 0;
CREATE INDEX queue_items_user ON queue_items (user_id);
CREATE INDEX queue_items_anchor ON queue_items (organization_id, anchor) WHERE anchor <> '';
CREATE INDEX queue_items_name ON queue_items (organization_id, name_key);

CREATE TABLE evaluations (
  id              INTEGER PRIMARY KEY,
  public_id       TEXT    NOT NULL UNIQUE,
  organization_id INTEGER NOT NULL REFERENCES organizations (id),
  method          TEXT    NOT NULL,
  state           TEXT    NOT NULL,
  reason          TEXT    NOT NULL,
  started_by      TEXT    NOT NULL,
  again           INTEGER NOT NULL,
  guarded         INTEGER NOT NULL,
  whole           INTEGER NOT NULL,
  cursor          INTEGER NOT NULL,
  total           INTEGER NOT NULL,
  seen            INTEGER NOT NULL,
  changed         INTEGER NOT NULL,
  failed          INTEGER NOT NULL,
  last_error      TEXT    NOT NULL,
  started         INTEGER NOT NULL,
  updated         INTEGER NOT NULL,
  ended           INTEGER NOT NULL,
  stopped_by      TEXT    NOT NULL
) STRICT;
CREATE INDEX evaluations_organization ON evaluations (organization_id, started);
INSERT INTO tallies (organization_id, name, bucket, shard, value)
  SELECT organization_id, 'seats', 0, 0, count(*) FROM users WHERE status <> 'preserved' GROUP BY organization_id;

-- +goose Down
DELETE FROM tallies WHERE name = 'seats' OR name LIKE 'gone|%';
DROP TABLE evaluations;
DROP TABLE queue_items;
DROP TABLE attribute_mappings;
DROP TABLE mappings;
DROP TABLE profiles;
DROP INDEX members_mapping;
DROP INDEX groups_protected;
DROP INDEX users_staged;
DROP INDEX users_parked;
DROP INDEX users_profile;
DROP INDEX users_mapping;
ALTER TABLE members DROP COLUMN mapping_id;
ALTER TABLE groups DROP COLUMN protected;
ALTER TABLE users DROP COLUMN delivered;
ALTER TABLE users DROP COLUMN legal_hold;
ALTER TABLE users DROP COLUMN protected;
ALTER TABLE users DROP COLUMN staged_at;
ALTER TABLE users DROP COLUMN staged;
ALTER TABLE users DROP COLUMN parked;
ALTER TABLE users DROP COLUMN overrides;
ALTER TABLE users DROP COLUMN profile_by;
ALTER TABLE users DROP COLUMN profile_id;
ALTER TABLE users DROP COLUMN mapping_id;
