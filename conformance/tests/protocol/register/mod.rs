//! Clients that register themselves (RFC 7591, RFC 7592), as their developers and attackers meet it.

mod applied;
mod attacks;
mod limits;
mod management;
mod opening;
mod outside;
mod returning;
mod sector;
pub mod support;
