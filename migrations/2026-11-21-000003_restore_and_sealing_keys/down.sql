ALTER TABLE sealing_keys DROP COLUMN superseded_at;
ALTER TABLE directory_version DROP COLUMN codes_from;
UPDATE schema_info SET version = 2;
