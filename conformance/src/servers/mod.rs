//! Real processes that tests start, stop, freeze and kill.

pub mod idp_node;
pub mod nginx;
pub mod postgres;
pub mod redis;

/// Whether the programs of the servers are there for tests that start, freeze or kill their own (`IDP_TEST_SERVERS=1`).
pub fn are_installed() -> bool {
    std::env::var("IDP_TEST_SERVERS").is_ok_and(|value| value == "1")
}
