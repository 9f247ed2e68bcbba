//! The protocol: a module for each endpoint that has rules of its own, named after the last word of its URL, and what they
//! share. (UserInfo is [`crate::identity::claims`].)
//!
//! What they share: [`params`] (reading a request), [`error`] (every way to say no), [`code`], [`access_token`] and
//! [`refresh_token`] (sealed values), [`pkce`], [`dpop`] (proofs of a key), [`gate`] (the one place that lets tokens out).

pub mod access_token;
pub mod authorize;
pub mod client_assertion;
pub mod client_authentication;
pub mod client_token;
pub mod code;
pub mod discovery;
pub mod dpop;
pub mod end_session;
pub mod error;
mod extras;
pub mod gate;
pub mod introspect;
pub mod logout_token;
pub mod par;
pub mod params;
pub mod pkce;
pub mod refresh_token;
pub mod request_object;
pub mod token;
