ALTER TABLE consents DROP COLUMN withdrawn_at;
DROP TABLE former_accounts;
DROP INDEX accounts_leaving;
ALTER TABLE accounts DROP COLUMN leaves_at;
UPDATE schema_info SET version = 9;
