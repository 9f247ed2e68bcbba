//! The token endpoint (RFC 6749 §3.2): one module for each grant type. What they share (client authentication, the gate,
//! the answer) is not theirs to forget.

pub mod authorization_code;
pub mod refresh_token;
