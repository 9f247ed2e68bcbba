-- Whoever locks an account, or looks at it, asks for its sessions, and by them for its grants. Sessions are
-- written only at sign-ins with a password, which cost much more than an index.
CREATE INDEX sessions_of_account ON sessions (account_id);
UPDATE schema_info SET version = 2;
