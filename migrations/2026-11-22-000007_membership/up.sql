-- What people are told by mail or text message: written in the transaction of the act, taken by a guarded lease. To whom and what
-- is sealed, and forgotten once it is delivered; what became of it can be looked at for a month. No foreign key: who deleted an
-- account is told so after it is gone.
CREATE TABLE messages (
    id TEXT NOT NULL PRIMARY KEY,
    channel TEXT NOT NULL CHECK (channel IN ('mail', 'text')),
    purpose TEXT NOT NULL,
    account_id TEXT NOT NULL,
    language TEXT NOT NULL,
    recipient_sealed BYTEA,
    content_sealed BYTEA,
    attempts BIGINT NOT NULL,
    not_before BIGINT NOT NULL,
    leased_until BIGINT NOT NULL,
    finished_at BIGINT,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'refused', 'given_up')),
    detail TEXT
);
CREATE INDEX messages_waiting ON messages (not_before) WHERE finished_at IS NULL;
-- What became of the newest of an account: the page that waits for its mail asks.
CREATE INDEX messages_of_account ON messages (account_id, id);

-- Which version of 服務條款 and 隱私權政策 a person agreed to, and when.
CREATE TABLE agreements (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    document TEXT NOT NULL,
    version TEXT NOT NULL,
    agreed_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, document, version)
);

-- Those who never followed their link go, the oldest first.
CREATE INDEX accounts_not_activated ON accounts (created_at) WHERE state = 'not_activated';

UPDATE schema_info SET version = 7;
