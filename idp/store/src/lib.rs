//! Records in SQLite or PostgreSQL, by one SQL text, and ephemeral state in process or in Redis.
//!
//! * [`Db`]: units of work. `read` for rows by key, `scan` for lists, `write` for a transaction.
//! * one module for each record, with the stem of its rule in `idp-core` where that has one: plain functions that take [`Conn`] to read
//!   and [`Tx`] to write
//! * [`Ephemeral`]: a few verbs for what a person can redo
//!
//! A refusal is a value and commits; a [`Fault`] rolls back.

pub mod account_roles;
pub mod accounts;
pub mod agencies;
pub mod agreements;
pub mod audit;
pub mod backup;
pub mod capacities;
pub mod client_logos;
pub mod clients;
pub mod clock;
mod conn;
pub mod consents;
mod db;
pub mod deletion;
pub mod directory_version;
pub mod email_changes;
pub mod ephemeral;
mod fault;
pub mod former_emails;
pub mod grants;
pub mod job_turns;
mod measured;
pub mod messages;
pub mod migrate;
pub mod not_activated;
pub mod outbox;
pub mod password_attempts;
mod person;
mod postgres;
pub mod records;
pub mod recovery;
pub mod registration_tokens;
pub mod registrations;
pub mod reset_codes;
mod schema;
pub mod sealing_keys;
pub mod secrets;
pub mod sessions;
pub mod signing_keys;
mod sqlite;
pub mod sweep;
pub mod tls;

pub use conn::{Conn, Tx};
pub use db::{Db, DbUrl};
pub use ephemeral::{Ephemeral, EphemeralUrl, Once};
pub use fault::Fault;
pub use postgres::{CONNECTIONS, PostgresUrl};
