-- A code that was asked for as a text message (忘記密碼), by the id of its message, whether anybody has the name that was typed or not:
-- how often one was typed, and whether it was right. The code itself is kept nowhere. The blind index is that of the mobile that it
-- was sent to, by which is counted how many go to one.
CREATE TABLE reset_codes (
    id TEXT NOT NULL PRIMARY KEY,
    tries BIGINT NOT NULL,
    used_at BIGINT,
    mobile_index BYTEA
);
CREATE INDEX reset_codes_of_mobile ON reset_codes (mobile_index, id) WHERE mobile_index IS NOT NULL;

UPDATE schema_info SET version = 13;
