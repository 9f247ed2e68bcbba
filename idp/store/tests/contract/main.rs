//! What every back end of the store promises, in one suite that runs on each of them: SQLite and PostgreSQL, in
//! process and Redis.
//!
//! A contract is an asynchronous closure that is handed a migrated, empty [`Db`](idp_store::Db) (or two nodes of one, or
//! an [`Ephemeral`](idp_store::Ephemeral)); [`backends`] says which there are. One module for each record.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]
#![expect(clippy::print_stdout, reason = "a contract that fails says on which back end")]

mod accounts;
mod agencies;
mod audit;
mod backends;
mod backup;
mod broken_line;
mod client_logos;
mod clients;
mod connections;
mod consents;
mod deletion;
mod directory_version;
mod ephemeral;
mod fixtures;
mod former_emails;
mod grants;
mod isolation;
mod job_turns;
mod lists;
mod messages;
mod migrate;
mod not_activated;
mod outbox;
mod password_attempts;
mod race;
mod records;
mod recovery;
mod registrations;
mod reset_codes;
mod schema;
mod sealing_keys;
mod secrets;
mod sessions;
mod signing_keys;
mod sweep;
mod units;
