-- A verified 身分證字號 belongs to one account: who has it is looked up before another gets it.
CREATE INDEX accounts_verified_number ON accounts (national_id_index) WHERE national_id_verified = TRUE;

-- Another address that a person asked for and has not confirmed: one at a time. Nothing counts before it is confirmed.
CREATE TABLE email_changes (
    account_id TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    security_epoch BIGINT NOT NULL,
    asked_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

UPDATE schema_info SET version = 11 WHERE version < 11;
