//! Keys at rest: the master key file, what it wraps in the database, and the ring of signing keys.
//!
//! The master key wraps keys, never data. A backup of the database without the master key file is no backup.

pub mod change_master;
pub mod master_key_file;
pub mod master_key_in_use;
pub mod personal;
pub mod prepare;
pub mod resealing;
pub mod sealing;
pub mod secrets;
pub mod signing_ring;

pub use prepare::{Prepared, prepare};
