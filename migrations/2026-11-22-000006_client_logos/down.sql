DROP INDEX client_logos_due;
DROP INDEX client_logos_of_picture;
DROP TABLE client_logos;
DROP TABLE pictures;
UPDATE schema_info SET version = 5;
