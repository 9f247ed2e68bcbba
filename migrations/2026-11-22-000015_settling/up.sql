-- Who changed the e-mail address: the one of before, to which 忘記密碼 writes until the new one has settled. email: NULL if there was none
-- that was confirmed. The row goes when the new one has settled. CASCADE: the program of the release before removes accounts, and knows
-- nothing of this table.
CREATE TABLE former_emails (
    account_id TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    email TEXT,
    changed_at BIGINT NOT NULL
);

-- When each part was changed. They say so only if one of them is updated_at: else a program of the release before, which writes that
-- alone, changed the row since, and both count from then. NULL in rows of before.
ALTER TABLE recovery ADD COLUMN hint_changed_at BIGINT;
ALTER TABLE recovery ADD COLUMN mobile_changed_at BIGINT;

UPDATE schema_info SET version = 15;
