DROP TABLE agreements;
DROP TABLE messages;
UPDATE schema_info SET version = 6;
