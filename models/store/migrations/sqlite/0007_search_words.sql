-- A group is found by the beginning of any word of its name, as a user is. What was there
-- before gets its words in Go, in the same transaction: see migrate_words.go, which runs
-- this file.

-- +goose Up
ALTER TABLE groups ADD COLUMN words TEXT NOT NULL DEFAULT '';
CREATE TABLE group_words (
  organization_id INTEGER NOT NULL,
  word            TEXT    NOT NULL,
  group_id        INTEGER NOT NULL, -- of groups; unchecked, as user_values is
  PRIMARY KEY (organization_id, word, group_id)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE group_words;
ALTER TABLE groups DROP COLUMN words;
