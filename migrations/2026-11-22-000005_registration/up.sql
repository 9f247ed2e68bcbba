-- Initial access tokens (RFC 7591 §3): who holds one may register so many clients. Kept as digests of 256 random bits.
CREATE TABLE registration_tokens (
    id TEXT NOT NULL PRIMARY KEY,
    digest BYTEA NOT NULL UNIQUE,
    note TEXT NOT NULL,
    profile TEXT NOT NULL,
    uses BIGINT NOT NULL,
    used BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);

-- Clients that registered themselves: the digest of what manages each (RFC 7592), and by which initial access token. NULL: in
-- open registration.
CREATE TABLE registrations (
    client_id TEXT NOT NULL PRIMARY KEY REFERENCES clients (id),
    access_digest BYTEA NOT NULL,
    registration_token TEXT,
    registered_at BIGINT NOT NULL
);

-- Whether anybody ever agreed to what a client receives: one that registered itself and that nobody entered is removed.
CREATE INDEX consents_of_client ON consents (client_id);

UPDATE schema_info SET version = 5;
