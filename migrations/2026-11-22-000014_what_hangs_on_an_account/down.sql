DROP INDEX outbox_of_account;
DROP INDEX grants_of_account;

UPDATE schema_info SET version = 13;
