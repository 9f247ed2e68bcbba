DROP TABLE recovery;
UPDATE schema_info SET version = 7;
