-- codes_from: authorization codes of before this moment are refused. A restore sets it: what was redeemed since the backup
-- is not known any more.
ALTER TABLE directory_version ADD COLUMN codes_from BIGINT NOT NULL DEFAULT 0;

-- superseded_at: since when another key seals. NULL: it seals, or is about to.
ALTER TABLE sealing_keys ADD COLUMN superseded_at BIGINT;

UPDATE schema_info SET version = 3;
