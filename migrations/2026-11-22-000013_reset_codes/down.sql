DROP TABLE reset_codes;

UPDATE schema_info SET version = 12;
