-- 忘記帳號: whose accounts have this address, whatever the case of its letters. An expression, so that programs of before, which know
-- nothing of it, keep it right.
CREATE INDEX accounts_by_address ON accounts (lower(email));

UPDATE schema_info SET version = 9;
