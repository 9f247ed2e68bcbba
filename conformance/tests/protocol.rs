//! The protocol, as a portal's developer and an attacker meet it. One module for each endpoint or duty; every ID token and
//! logout token is checked by the `openidconnect` crate.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test a surprise shall stop the test"
)]

#[path = "protocol/support.rs"]
mod support;
#[path = "protocol/token.rs"]
mod token;
