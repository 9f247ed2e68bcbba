-- Whose turn it is to do a job that walks through whole tables: of all nodes one takes each turn.
CREATE TABLE job_turns (
    job TEXT NOT NULL PRIMARY KEY,
    next_at BIGINT NOT NULL
);

-- Operators list sessions from the newest on. Written in the order of time, at the end of the index.
CREATE INDEX sessions_newest ON sessions (auth_time, id);

UPDATE schema_info SET version = 4;
