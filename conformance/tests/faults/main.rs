//! Hard days: what a fault may and may not do to people, portals and records. What was acknowledged stands, what was not is
//! not there, the answer says when to come back, and the next request after the fault is served as ever.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test a surprise shall stop the test"
)]

mod backchannel;
mod clock;
mod membership;
mod messages;
mod postgres;
mod postgres_rights;
mod postgres_tls;
#[allow(dead_code, reason = "shared with the tests of the protocol")]
#[path = "../protocol/receiver.rs"]
mod receiver;
mod redis;
mod removal;
mod rude_portal;
mod small_disk;
mod sqlite;
