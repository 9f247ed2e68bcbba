DROP INDEX consents_of_client;
DROP TABLE registrations;
DROP TABLE registration_tokens;
UPDATE schema_info SET version = 4;
