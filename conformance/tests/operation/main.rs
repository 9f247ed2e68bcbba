//! What operators of the running server expect, seen from outside: connections that are slow, silent or too many, certificates
//! that are renewed, a stop under traffic, figures to watch.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test a surprise shall stop the test"
)]

mod support;

mod behind_nginx;
mod certificate;
mod connections;
mod http2;
mod metrics;
mod slow;
mod stopping;
mod unread;
