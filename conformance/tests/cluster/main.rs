//! Many nodes are one provider: two real `idp serve` on one PostgreSQL and one Redis. On when `IDP_TEST_SERVERS` is set, as
//! `script/with-servers` does.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test that watches the provider with a clock of its own, and shows what it measured where it fails"
)]

mod browser;
mod changes;
mod cut_off;
mod database;
mod guesses;
mod jobs;
mod keys;
mod line;
mod membership;
mod misses;
mod node_killed;
mod once;
mod replays;
mod schema;
mod sign_in;
mod support;
