DROP INDEX accounts_by_address;
UPDATE schema_info SET version = 8;
