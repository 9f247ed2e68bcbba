DROP TABLE email_changes;
DROP INDEX accounts_verified_number;
UPDATE schema_info SET version = 9;
