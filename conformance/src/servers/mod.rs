//! Real processes that tests start, stop, freeze and kill.

pub mod idp_node;
pub mod nginx;
pub mod redis;
