-- Whoever removes an account has the database look for grants that hang on it, and looks for its logouts. Without these indexes that
-- was a walk through all of them in the writing transaction: of 500,000 grants 20 to 70 ms on SQLite, 35 to 50 ms on PostgreSQL, for
-- each account. Every sign-in writes the first one: some microseconds (docs/performance.md).
CREATE INDEX grants_of_account ON grants (account_id);
CREATE INDEX outbox_of_account ON outbox (account_id);

UPDATE schema_info SET version = 14;
