//! The binary `idp` as administrators and operators use it: every command, what it refuses, starting, serving, stopping,
//! and that a running server sees what the command line changed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test a surprise shall stop the test"
)]

mod database;
mod support;

mod accounts;
mod accounts_password;
mod agencies;
mod audit;
mod backup;
mod capacity_and_claims;
mod clients;
mod clients_change;
mod clients_details;
mod clients_itself;
mod clients_logouts;
mod clients_responses;
mod clients_unreadable;
mod help;
mod keys;
mod keys_master;
mod keys_sealing;
mod live_changes;
mod no_provider;
mod open_files;
mod portal;
mod serving;
mod sessions;
mod settings;
mod start;
mod terminal;
mod tls;
