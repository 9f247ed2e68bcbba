//! The protocol endpoints. Each file is named after the last word of its URL; its rules are in the module of the same name
//! in `idp_core::oauth`.

pub mod authorize;
pub mod client_authentication;
pub mod cors;
pub mod end_session;
pub mod issue;
pub mod jwks;
pub mod openid_configuration;
pub mod revoke;
pub mod token;
pub mod userinfo;
