-- Who is in charge, in terms: a change of the deployment method ends one, and everybody
-- who was taken over in it is manual from then on, without a row of theirs being written.
-- users.mode and groups.mode hold the term; what it stands for now is said here.

-- +goose Up
CREATE TABLE terms (
  organization_id BIGINT  NOT NULL REFERENCES organizations (id),
  term            TEXT COLLATE "C" NOT NULL,
  method          TEXT COLLATE "C" NOT NULL, -- what those who hold it are managed by
  latest          BOOLEAN NOT NULL, -- what a record gets that this method takes over
  PRIMARY KEY (organization_id, term)
);
INSERT INTO terms (organization_id, term, method, latest)
  SELECT o.id, m.method, m.method, true FROM organizations o,
    (SELECT 'manual' AS method UNION ALL SELECT 'ldap' UNION ALL SELECT 'scim' UNION ALL SELECT 'entra') AS m;

-- The term that somebody held when it ended, once they are written for another reason.
ALTER TABLE users ADD COLUMN released TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE groups ADD COLUMN released TEXT COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX users_released ON users (organization_id, released, sort_key, id) WHERE released <> '';
CREATE INDEX groups_released ON groups (organization_id, released, display_name_key, id) WHERE released <> '';

-- What a change did beside its counts, so that it can be taken back, and until when.
ALTER TABLE method_changes ADD COLUMN undoes TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE method_changes ADD COLUMN undone_by TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE method_changes ADD COLUMN undo_until BIGINT NOT NULL DEFAULT 0;
ALTER TABLE method_changes ADD COLUMN record TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE queue_items ADD COLUMN settled_by TEXT COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX queue_items_settled ON queue_items (organization_id, settled_by) WHERE settled_by <> '';

-- +goose Down
DROP INDEX queue_items_settled;
ALTER TABLE queue_items DROP COLUMN settled_by;
ALTER TABLE method_changes DROP COLUMN record;
ALTER TABLE method_changes DROP COLUMN undo_until;
ALTER TABLE method_changes DROP COLUMN undone_by;
ALTER TABLE method_changes DROP COLUMN undoes;
DROP INDEX groups_released;
DROP INDEX users_released;
ALTER TABLE groups DROP COLUMN released;
ALTER TABLE users DROP COLUMN released;
UPDATE users SET mapping_id = 0, staged = '', staged_at = 0 WHERE mode <> 'manual' AND EXISTS (
  SELECT 1 FROM terms t WHERE t.organization_id = users.organization_id AND t.term = users.mode AND t.method = 'manual');
UPDATE users SET mode = coalesce((SELECT t.method FROM terms t WHERE t.organization_id = users.organization_id AND t.term = users.mode), mode);
UPDATE groups SET mode = coalesce((SELECT t.method FROM terms t WHERE t.organization_id = groups.organization_id AND t.term = groups.mode), mode);
DELETE FROM tallies WHERE name LIKE 'users|%' OR name LIKE 'groups|%';
INSERT INTO tallies (organization_id, name, bucket, shard, value)
  SELECT organization_id, 'users|' || status || '|' || mode, 0, 0, count(*) FROM users GROUP BY organization_id, status, mode;
INSERT INTO tallies (organization_id, name, bucket, shard, value)
  SELECT organization_id, 'groups|' || mode, 0, 0, count(*) FROM groups GROUP BY organization_id, mode;
DROP TABLE terms;
