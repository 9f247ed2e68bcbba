-- Pictures that people are shown, as we made them anew: PNG, by the SHA-256 of the bytes in hexadecimal digits.
CREATE TABLE pictures (
    name TEXT NOT NULL PRIMARY KEY,
    png BYTEA NOT NULL
);

-- Logos of clients: what became of each address. picture: the copy, once there is one. next_try_at: when it is fetched; NULL: it
-- was, or was given up. CASCADE: the program of the release before removes clients, and knows nothing of this table. problem: why the last try failed, in words.
CREATE TABLE client_logos (
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    uri TEXT NOT NULL,
    picture TEXT REFERENCES pictures (name),
    failures BIGINT NOT NULL,
    next_try_at BIGINT,
    tried_at BIGINT,
    problem TEXT,
    PRIMARY KEY (client_id, uri)
);

-- Whether a picture is still somebody's.
CREATE INDEX client_logos_of_picture ON client_logos (picture);

-- What is due.
CREATE INDEX client_logos_due ON client_logos (next_try_at) WHERE next_try_at IS NOT NULL;

UPDATE schema_info SET version = 6;
