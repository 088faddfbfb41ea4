-- Every index is written with every user, and most pages of the disk that a commit
-- has to reach are theirs. These told what another one tells as well.

-- +goose Up
ALTER TABLE users ADD COLUMN words TEXT NOT NULL DEFAULT '';
UPDATE users SET words = coalesce((
  SELECT char(31) || group_concat(v.value_key, char(31)) FROM user_values v WHERE v.user_id = users.id AND v.path = 'word'), '');
DROP INDEX user_values_user;
DROP INDEX users_all;
DROP INDEX users_shown;
CREATE INDEX users_all ON users (organization_id, hidden);
DROP INDEX users_by_status;
DROP INDEX users_by_mode;
DROP INDEX users_employee;
DROP INDEX users_created;
DROP INDEX users_updated;
DROP INDEX users_display;
CREATE INDEX users_created ON users (organization_id, created);
CREATE INDEX users_updated ON users (organization_id, updated);
CREATE INDEX users_display ON users (organization_id, coalesce(nullif((folded ->> 'displayName'), 's'), 'z'));
DROP INDEX log_entries_all;
DROP INDEX exchanges_all;
DROP INDEX exchanges_token;
DROP INDEX exchanges_failed;
CREATE INDEX exchanges_token ON exchanges (organization_id, token_id, at);
CREATE INDEX exchanges_failed ON exchanges (organization_id, at) WHERE status >= 400;

-- +goose Down
DROP INDEX users_display;
DROP INDEX users_updated;
DROP INDEX users_created;
CREATE INDEX users_created ON users (organization_id, created) WHERE hidden = 0;
CREATE INDEX users_updated ON users (organization_id, updated) WHERE hidden = 0;
CREATE INDEX users_display ON users (organization_id, coalesce(nullif((folded ->> 'displayName'), 's'), 'z')) WHERE hidden = 0;
DROP INDEX exchanges_failed;
DROP INDEX exchanges_token;
CREATE INDEX exchanges_failed ON exchanges (organization_id) WHERE status >= 400;
CREATE INDEX exchanges_token ON exchanges (organization_id, token_id);
CREATE INDEX exchanges_all ON exchanges (organization_id);
CREATE INDEX log_entries_all ON log_entries (organization_id);
CREATE INDEX users_employee ON users (organization_id, employee_number) WHERE employee_number <> '';
CREATE INDEX users_by_mode ON users (organization_id, mode, sort_key);
CREATE INDEX users_by_status ON users (organization_id, status, sort_key);
DROP INDEX users_all;
CREATE INDEX users_shown ON users (organization_id) WHERE hidden = 0;
CREATE INDEX users_all ON users (organization_id);
CREATE INDEX user_values_user ON user_values (user_id);
ALTER TABLE users DROP COLUMN words;
