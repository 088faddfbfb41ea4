-- Connectors read outside directories: their settings and how far they have come, what
-- they know of each record and membership there, and what each cycle changed.

-- +goose Up
CREATE TABLE connectors (
  id               INTEGER PRIMARY KEY,
  public_id        TEXT NOT NULL UNIQUE,
  organization_id  INTEGER NOT NULL REFERENCES organizations (id),
  method           TEXT NOT NULL,
  settings         TEXT NOT NULL,
  secret           TEXT NOT NULL, -- sealed
  secret_kind      TEXT NOT NULL,
  secret_hint      TEXT NOT NULL,
  secret_ends      INTEGER NOT NULL,
  interval_minutes INTEGER NOT NULL,
  state            TEXT NOT NULL,
  parked           INTEGER NOT NULL,
  code             TEXT NOT NULL,
  reason           TEXT NOT NULL,
  advice           TEXT NOT NULL,
  since            INTEGER NOT NULL,
  cursor           TEXT NOT NULL,
  reading          TEXT NOT NULL,
  read_full        INTEGER NOT NULL,
  read_number      INTEGER NOT NULL,
  full_read_at     INTEGER NOT NULL,
  cycle_id         INTEGER NOT NULL,
  wanted           TEXT NOT NULL,
  accepted         TEXT NOT NULL,
  next_run         INTEGER NOT NULL,
  asked            TEXT NOT NULL,
  asked_by         TEXT NOT NULL,
  failures         INTEGER NOT NULL,
  ticked           INTEGER NOT NULL,
  lease_owner      TEXT NOT NULL,
  lease_epoch      INTEGER NOT NULL,
  lease_until      INTEGER NOT NULL, -- by the clock of the database
  last_test        TEXT NOT NULL,
  tested_at        INTEGER NOT NULL,
  version          INTEGER NOT NULL,
  created          INTEGER NOT NULL,
  created_by       TEXT NOT NULL,
  updated          INTEGER NOT NULL,
  updated_by       TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX connectors_method ON connectors (organization_id, method);

CREATE TABLE source_records (
  connector_id INTEGER NOT NULL,
  kind         TEXT NOT NULL,
  anchor       TEXT NOT NULL,
  name         TEXT NOT NULL,
  name_key     TEXT NOT NULL,
  document     TEXT NOT NULL,
  manager      TEXT NOT NULL,
  half         INTEGER NOT NULL,
  veiled       INTEGER NOT NULL,
  seen         INTEGER NOT NULL,
  absent       TEXT NOT NULL,
  in_scope     INTEGER NOT NULL,
  dirty        INTEGER NOT NULL,
  manager_due  INTEGER NOT NULL,
  target_id    TEXT NOT NULL,
  plan         TEXT NOT NULL,
  how          TEXT NOT NULL,
  note         TEXT NOT NULL,
  told         TEXT NOT NULL,
  PRIMARY KEY (connector_id, kind, anchor)
) STRICT, WITHOUT ROWID;
CREATE INDEX source_records_dirty ON source_records (connector_id, kind, anchor) WHERE dirty = 1;
CREATE INDEX source_records_due ON source_records (connector_id, anchor) WHERE manager_due = 1;
CREATE INDEX source_records_plan ON source_records (connector_id, kind, plan, name_key, anchor) WHERE plan <> '';
CREATE INDEX source_records_manager ON source_records (manager, connector_id) WHERE manager <> '';

CREATE TABLE source_edges (
  connector_id INTEGER NOT NULL,
  group_anchor TEXT NOT NULL,
  member       TEXT NOT NULL,
  kind         TEXT NOT NULL,
  seen         INTEGER NOT NULL,
  present      INTEGER NOT NULL,
  applied      INTEGER NOT NULL,
  open         INTEGER NOT NULL,
  PRIMARY KEY (connector_id, group_anchor, member)
) STRICT, WITHOUT ROWID;
CREATE INDEX source_edges_member ON source_edges (member, connector_id);
CREATE INDEX source_edges_open ON source_edges (connector_id, group_anchor, member) WHERE open = 1;

ALTER TABLE cycles ADD COLUMN state TEXT NOT NULL DEFAULT '';
ALTER TABLE cycles ADD COLUMN phase TEXT NOT NULL DEFAULT '';
ALTER TABLE cycles ADD COLUMN phase_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cycles ADD COLUMN total INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cycles ADD COLUMN progress INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cycles ADD COLUMN pages INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cycles ADD COLUMN code TEXT NOT NULL DEFAULT '';
ALTER TABLE cycles ADD COLUMN text TEXT NOT NULL DEFAULT '';
ALTER TABLE cycles ADD COLUMN advice TEXT NOT NULL DEFAULT '';
ALTER TABLE cycles ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cycles ADD COLUMN read_all INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cycles ADD COLUMN previews INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cycles ADD COLUMN plan TEXT NOT NULL DEFAULT '';
ALTER TABLE cycles ADD COLUMN decided INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cycles ADD COLUMN decided_by TEXT NOT NULL DEFAULT '';
ALTER TABLE cycles ADD COLUMN undoes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cycles ADD COLUMN undone_by INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cycles ADD COLUMN undo_until INTEGER NOT NULL DEFAULT 0;

CREATE TABLE cycle_changes (
  id        INTEGER PRIMARY KEY,
  cycle_id  INTEGER NOT NULL,
  kind      TEXT NOT NULL,
  target_id TEXT NOT NULL,
  name      TEXT NOT NULL,
  action    TEXT NOT NULL,
  before    TEXT NOT NULL, -- the record as it was; '' when there was none
  after     INTEGER NOT NULL, -- its version after
  added     TEXT NOT NULL,
  removed   TEXT NOT NULL
) STRICT;
CREATE INDEX cycle_changes_of ON cycle_changes (cycle_id, kind, target_id);

-- +goose Down
DROP TABLE cycle_changes;
ALTER TABLE cycles DROP COLUMN undo_until;
ALTER TABLE cycles DROP COLUMN undone_by;
ALTER TABLE cycles DROP COLUMN undoes;
ALTER TABLE cycles DROP COLUMN decided_by;
ALTER TABLE cycles DROP COLUMN decided;
ALTER TABLE cycles DROP COLUMN plan;
ALTER TABLE cycles DROP COLUMN previews;
ALTER TABLE cycles DROP COLUMN read_all;
ALTER TABLE cycles DROP COLUMN epoch;
ALTER TABLE cycles DROP COLUMN advice;
ALTER TABLE cycles DROP COLUMN text;
ALTER TABLE cycles DROP COLUMN code;
ALTER TABLE cycles DROP COLUMN pages;
ALTER TABLE cycles DROP COLUMN progress;
ALTER TABLE cycles DROP COLUMN total;
ALTER TABLE cycles DROP COLUMN phase_at;
ALTER TABLE cycles DROP COLUMN phase;
ALTER TABLE cycles DROP COLUMN state;
DROP TABLE source_edges;
DROP TABLE source_records;
DROP TABLE connectors;
