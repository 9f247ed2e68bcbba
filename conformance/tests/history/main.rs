//! Histories of operations under faults, and the checker that reads them.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test shows its history where it fails")]

mod killed;
mod many_nodes;
mod planted;
mod proxy;
mod rules;
mod support;
