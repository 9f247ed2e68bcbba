//! Signing in: the session a browser has, and a sign-in that is not finished yet.

pub mod authentication;
pub mod interaction;
pub mod known_browser;
pub mod session;
