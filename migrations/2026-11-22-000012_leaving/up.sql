-- 刪除帳號. leaves_at: the person asked that the account be removed, and from this moment on it is. Until then it is 'locked' to programs
-- of before, which know nothing of the column: they give it nothing, and cannot unlock it by mistake.
ALTER TABLE accounts ADD COLUMN leaves_at BIGINT CHECK (leaves_at IS NULL OR state = 'locked');
-- What is due.
CREATE INDEX accounts_leaving ON accounts (leaves_at) WHERE leaves_at IS NOT NULL;

-- Names of accounts that are gone, as keyed digests: nobody is ever called so again, since a portal may know the person of before by
-- the name. No moment and no id: nothing leads from a row to what else is kept.
CREATE TABLE former_accounts (
    name_digest BYTEA NOT NULL PRIMARY KEY
);

-- 停止使用: what the person gave this portal before this moment is worth nothing, a code on its way included. NULL: never.
ALTER TABLE consents ADD COLUMN withdrawn_at BIGINT;

UPDATE schema_info SET version = 12 WHERE version < 12;
