DROP INDEX sessions_of_account;
UPDATE schema_info SET version = 1;
