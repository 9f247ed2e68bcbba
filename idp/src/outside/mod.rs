//! What we do not control and must reach: one module per system outside the house.

pub mod fetch;
pub mod mail;
mod message_file;
pub mod not_sent;
pub mod reach;
pub mod texts;
