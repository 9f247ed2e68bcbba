//! The protocol, as a portal's developer and an attacker meet it. One module for each endpoint or duty, a folder where it is
//! more than a page or two; every ID token and logout token is checked by the `openidconnect` crate.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test a surprise shall stop the test"
)]

mod authorize;
mod backchannel_logout;
mod claims_parameter;
mod client_assertion;
mod client_authentication;
mod client_credentials;
mod client_logo;
mod code;
mod cors;
mod discovery;
mod dpop;
mod end_session;
mod fapi2;
mod form_post;
mod frontchannel_logout;
mod id_token;
mod introspect;
mod matrix;
mod operator;
mod par;
mod pkce;
mod posted;
mod prompt;
mod receiver;
mod redirect_uri;
mod refresh;
mod register;
mod request_object;
mod response_types;
mod revoke;
mod rotation;
mod sealing;
mod statements;
mod sweep;
mod token;
mod userinfo;
