-- Shadow mode: what a SCIM client sends before SCIM is in charge goes to a store beside
-- this one, which has the same tables.

-- +goose Up
ALTER TABLE tokens ADD COLUMN shadow INTEGER NOT NULL DEFAULT 0;

CREATE TABLE shadows (
  organization_id INTEGER NOT NULL PRIMARY KEY REFERENCES organizations (id),
  public_id       TEXT    NOT NULL, -- the store beside this one says the same, or it is another one
  method          TEXT    NOT NULL,
  state           TEXT    NOT NULL,
  started         INTEGER NOT NULL,
  started_by      TEXT    NOT NULL,
  total           INTEGER NOT NULL,
  copied          INTEGER NOT NULL,
  ready           INTEGER NOT NULL,
  ended           INTEGER NOT NULL,
  last_error      TEXT    NOT NULL,
  updated         INTEGER NOT NULL
) STRICT;

-- In the store beside: what becomes of each record, kept in the transaction that decides it.
CREATE TABLE shadow_records (
  id              INTEGER PRIMARY KEY,
  organization_id INTEGER NOT NULL,
  target          TEXT    NOT NULL,
  record          TEXT    NOT NULL, -- public id, or what stands for a record that never became one
  target_id       TEXT    NOT NULL,
  known           INTEGER NOT NULL, -- the organization itself has it
  stamp           TEXT    NOT NULL, -- which state of it was copied
  outcome         TEXT    NOT NULL,
  how             TEXT    NOT NULL,
  name            TEXT    NOT NULL,
  name_key        TEXT    NOT NULL,
  display         TEXT    NOT NULL,
  anchor          TEXT    NOT NULL,
  status          TEXT    NOT NULL,
  mapping_id      INTEGER NOT NULL,
  profile_id      INTEGER NOT NULL,
  why             TEXT    NOT NULL,
  code            TEXT    NOT NULL,
  entry_id        TEXT    NOT NULL,
  at              INTEGER NOT NULL,
  brought         INTEGER NOT NULL -- when the organization was given the record from here
) STRICT;
CREATE UNIQUE INDEX shadow_records_record ON shadow_records (organization_id, target, record);
CREATE INDEX shadow_records_outcome ON shadow_records (organization_id, target, outcome, name_key);
CREATE INDEX shadow_records_name ON shadow_records (organization_id, target, name_key);
CREATE INDEX shadow_records_known ON shadow_records (organization_id, target, known);

-- +goose Down
DROP TABLE shadow_records;
DROP TABLE shadows;
ALTER TABLE tokens DROP COLUMN shadow;
