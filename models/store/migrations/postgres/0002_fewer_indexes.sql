-- Every index is written with every user, and most pages of the disk that a commit
-- has to reach are theirs. These told what another one tells as well.

-- +goose Up
ALTER TABLE users ADD COLUMN words text COLLATE "C" NOT NULL DEFAULT '';
UPDATE users SET words = coalesce((
  SELECT chr(31) || string_agg(v.value_key, chr(31)) FROM user_values v WHERE v.user_id = users.id AND v.path = 'word'), '');
DROP INDEX user_values_user;
DROP INDEX users_all;
DROP INDEX users_shown;
CREATE INDEX users_all ON users (organization_id, hidden, id);
DROP INDEX users_by_status;
DROP INDEX users_by_mode;
DROP INDEX users_employee;
DROP INDEX users_created;
DROP INDEX users_updated;
DROP INDEX users_display;
CREATE INDEX users_created ON users (organization_id, created, id);
CREATE INDEX users_updated ON users (organization_id, updated, id);
CREATE INDEX users_display ON users (organization_id, (coalesce(nullif((folded ->> 'displayName'), 's'), 'z')) COLLATE "C", id);
DROP INDEX log_entries_all;
DROP INDEX exchanges_all;
DROP INDEX exchanges_at;
DROP INDEX exchanges_token;
DROP INDEX exchanges_failed;
CREATE INDEX exchanges_at ON exchanges (organization_id, at, id);
CREATE INDEX exchanges_token ON exchanges (organization_id, token_id, at, id);
CREATE INDEX exchanges_failed ON exchanges (organization_id, at, id) WHERE status >= 400;

-- +goose Down
DROP INDEX users_display;
DROP INDEX users_updated;
DROP INDEX users_created;
CREATE INDEX users_created ON users (organization_id, created, id) WHERE NOT hidden;
CREATE INDEX users_updated ON users (organization_id, updated, id) WHERE NOT hidden;
CREATE INDEX users_display ON users (organization_id, (coalesce(nullif((folded ->> 'displayName'), 's'), 'z')) COLLATE "C", id) WHERE NOT hidden;
DROP INDEX exchanges_failed;
DROP INDEX exchanges_token;
DROP INDEX exchanges_at;
CREATE INDEX exchanges_failed ON exchanges (organization_id, id) WHERE status >= 400;
CREATE INDEX exchanges_token ON exchanges (organization_id, token_id, id);
CREATE INDEX exchanges_at ON exchanges (organization_id, at);
CREATE INDEX exchanges_all ON exchanges (organization_id, id);
CREATE INDEX log_entries_all ON log_entries (organization_id, id);
CREATE INDEX users_employee ON users (organization_id, employee_number) WHERE employee_number <> '';
CREATE INDEX users_by_mode ON users (organization_id, mode, sort_key, id);
CREATE INDEX users_by_status ON users (organization_id, status, sort_key, id);
DROP INDEX users_all;
CREATE INDEX users_shown ON users (organization_id, id) WHERE NOT hidden;
CREATE INDEX users_all ON users (organization_id, id);
CREATE INDEX user_values_user ON user_values (user_id);
ALTER TABLE users DROP COLUMN words;
