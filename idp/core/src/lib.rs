//! The rules of the provider, free of I/O: values in, values out. `now` is an argument, randomness arrives as ready ids.
//!
//! * [`client`]: relying parties, their profiles and what a registration must satisfy
//! * [`oauth`]: the protocol endpoints, one module for each, named after the URL's last word
//! * [`identity`]: what a token says of a person: capacity (身分別), agency (機關), subject, claims
//! * [`membership`]: how a person gets an account, keeps it, recovers it and leaves
//! * [`captcha`]: what a page asks that a person reads and a program does not
//! * [`people`]: accounts, account names, the rule of wrong passwords
//! * [`sign_in`]: sessions and a sign-in in progress
//! * [`shown_text`]: what a name may hold that people read
//! * [`audit`]: every event that is written down
//!
//! The same stem in `idp-store` is the record, in `idp` the page or endpoint.

pub mod audit;
pub mod captcha;
pub mod client;
pub mod identity;
pub mod ids;
pub mod lifetimes;
pub mod membership;
pub mod oauth;
pub mod people;
pub mod scope;
pub mod shown_text;
pub mod sign_in;

pub use ids::{AccountId, ClientId, GrantId, SessionId};
pub use keys::UnixMillis;
pub use lifetimes::Lifetimes;
