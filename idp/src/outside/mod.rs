//! What we do not control and must reach: one module per system outside the house.

pub mod fetch;
pub mod mail;
pub mod reach;
