//! The protocol endpoints. Each file is named after the last word of its URL; where it has rules of its own, they are in
//! the module of the same name in `idp_core::oauth`. What they share: `access_token` (how one is presented),
//! `client_authentication`, `cors`, `dpop` (proofs), `issue` (writing tokens), `posted`,
//! `pushed`, `request_object`.

pub mod access_token;
pub mod authorize;
pub mod client_authentication;
pub mod cors;
pub mod dpop;
pub mod end_session;
pub mod introspect;
pub mod issue;
pub mod jwks;
mod long_nonce;
pub mod openid_configuration;
pub mod par;
pub mod posted;
pub mod pushed;
pub mod register;
mod request_object;
pub mod revoke;
pub mod token;
pub mod userinfo;
