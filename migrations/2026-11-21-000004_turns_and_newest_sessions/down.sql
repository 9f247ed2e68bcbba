DROP INDEX sessions_newest;
DROP TABLE job_turns;
UPDATE schema_info SET version = 3;
