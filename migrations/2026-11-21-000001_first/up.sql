-- The first schema. The common subset of SQLite and PostgreSQL: TEXT, BIGINT, BOOLEAN, BYTEA, CHECK, foreign keys, partial
-- indexes. Times are milliseconds since 1970. Ids are made by the program.

-- Which program this schema serves: every migration updates the row.
CREATE TABLE schema_info (
    one BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    version BIGINT NOT NULL,
    serves_from BIGINT NOT NULL
);
INSERT INTO schema_info (one, version, serves_from) VALUES (1, 1, 1);

-- Raised by every change to clients and keys; each node asks every second and reads anew when it moved.
CREATE TABLE directory_version (
    one BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    version BIGINT NOT NULL
);
INSERT INTO directory_version (one, version) VALUES (1, 1);

-- Keys that never leave: wrapped by the master key. 'master_check' tells a node that it has another master key.
CREATE TABLE secrets (
    name TEXT NOT NULL PRIMARY KEY,
    wrapped BYTEA NOT NULL
);

CREATE TABLE sealing_keys (
    id TEXT NOT NULL PRIMARY KEY,
    wrapped BYTEA NOT NULL,
    is_current BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL
);

-- state_at: when the state began. ready_at: from when no cache lacks a Next. due_at: when a Next is to sign, or a Retiring
-- may go.
CREATE TABLE signing_keys (
    kid TEXT NOT NULL PRIMARY KEY,
    algorithm TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('next', 'active', 'retiring', 'retired', 'compromised')),
    state_at BIGINT NOT NULL,
    ready_at BIGINT,
    due_at BIGINT,
    public_jwk TEXT NOT NULL,
    private_wrapped BYTEA,
    created_at BIGINT NOT NULL
);
-- One key signs for each algorithm, whatever the programs of many nodes believe.
CREATE UNIQUE INDEX signing_keys_one_active ON signing_keys (algorithm) WHERE state = 'active';

CREATE TABLE agencies (
    oid TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    org_code TEXT,
    dn TEXT,
    zip TEXT,
    address TEXT,
    phone TEXT,
    url TEXT,
    imported_at BIGINT NOT NULL
);

-- account_key: the account name in lower case. Sealed columns hold personal data.
CREATE TABLE accounts (
    id TEXT NOT NULL PRIMARY KEY,
    account_key TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT,
    email_verified BOOLEAN NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('active', 'not_activated', 'locked')),
    password_hash TEXT NOT NULL,
    security_epoch BIGINT NOT NULL,
    capacity_epoch BIGINT NOT NULL,
    national_id_sealed BYTEA,
    national_id_index BYTEA,
    national_id_verified BOOLEAN NOT NULL,
    claims_sealed BYTEA,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE account_roles (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    role TEXT NOT NULL,
    PRIMARY KEY (account_id, role)
);

-- 公務身分. Without a row a person is 自然人.
CREATE TABLE capacities (
    account_id TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id),
    agency_oid TEXT NOT NULL REFERENCES agencies (oid),
    official_type TEXT NOT NULL CHECK (official_type IN ('civil_servant', 'contract_staff', 'educator')),
    since BIGINT NOT NULL
);

CREATE TABLE clients (
    id TEXT NOT NULL PRIMARY KEY,
    document TEXT NOT NULL,
    secrets_sealed BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    secret_hash BYTEA NOT NULL UNIQUE,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    security_epoch BIGINT NOT NULL,
    auth_time BIGINT NOT NULL,
    acr TEXT NOT NULL,
    last_used_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT
);

-- What a person gave a portal. The primary key is the id of the authorization code: a second redemption finds it taken.
CREATE TABLE grants (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    session_id TEXT NOT NULL REFERENCES sessions (id),
    client_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    offline BOOLEAN NOT NULL,
    security_epoch BIGINT NOT NULL,
    capacity_epoch BIGINT NOT NULL,
    auth_time BIGINT NOT NULL,
    acr TEXT NOT NULL,
    generation BIGINT NOT NULL,
    refreshed_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);
-- Sign-out asks which portals a session reached. The one secondary index of grants, which every sign-in writes.
CREATE INDEX grants_of_session ON grants (session_id);

CREATE TABLE consents (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    client_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    told_at BIGINT,
    PRIMARY KEY (account_id, client_id)
);

-- Guesses at a name, known or not: the name is a keyed digest.
CREATE TABLE password_attempts (
    name_digest BYTEA NOT NULL PRIMARY KEY,
    failures BIGINT NOT NULL,
    not_before BIGINT NOT NULL,
    last_at BIGINT NOT NULL
);

-- What has to reach somebody outside. A row is taken by a guarded lease; what became of it can be looked at for a week.
CREATE TABLE outbox (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    client_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    session_id TEXT,
    attempts BIGINT NOT NULL,
    not_before BIGINT NOT NULL,
    leased_until BIGINT NOT NULL,
    finished_at BIGINT,
    outcome TEXT
);
CREATE INDEX outbox_waiting ON outbox (not_before) WHERE finished_at IS NULL;

CREATE TABLE audit (
    id TEXT NOT NULL PRIMARY KEY,
    event TEXT NOT NULL,
    account_id TEXT,
    client_id TEXT,
    detail TEXT
);
