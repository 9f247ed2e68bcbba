//! Signing in and what guards it, seen from outside: wrong passwords, sessions and their cookies, forms, TLS.
//!
//! The clock is moved by hand and nobody waits for it. What the command line does is tested beside the binary
//! (`idp/tests/commands`).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test a surprise shall stop the test"
)]

mod support;

mod forms;
mod sessions;
mod tls;
mod wrong_passwords;
