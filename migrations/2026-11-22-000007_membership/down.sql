DROP INDEX accounts_not_activated;
DROP TABLE agreements;
DROP TABLE messages;
UPDATE schema_info SET version = 6;
