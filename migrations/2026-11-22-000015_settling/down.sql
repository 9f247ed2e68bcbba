DROP TABLE former_emails;
UPDATE schema_info SET version = 14;
