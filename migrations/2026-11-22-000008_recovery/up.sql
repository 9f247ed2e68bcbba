-- What helps a person who forgot the password: 密碼提示問題 and its answer, 救援手機. The question and the mobile are sealed for their
-- account, the answer is kept as a password is.
CREATE TABLE recovery (
    account_id TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id),
    question_sealed BYTEA,
    answer_hash TEXT,
    mobile_sealed BYTEA,
    mobile_index BYTEA,
    updated_at BIGINT NOT NULL,
    CHECK ((question_sealed IS NULL) = (answer_hash IS NULL)),
    CHECK ((mobile_sealed IS NULL) = (mobile_index IS NULL))
);

UPDATE schema_info SET version = 8;
