-- Whoever locks an account, or looks at it, asks for its sessions, and by them for its grants. The one secondary index of
-- this table; sessions are written at sign-ins with a password alone, which cost much more.
CREATE INDEX sessions_of_account ON sessions (account_id);
UPDATE schema_info SET version = 2;
