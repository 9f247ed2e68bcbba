ALTER TABLE recovery DROP COLUMN mobile_changed_at;
ALTER TABLE recovery DROP COLUMN hint_changed_at;
DROP TABLE former_emails;
UPDATE schema_info SET version = 14;
