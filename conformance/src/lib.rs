//! Boots the provider in process, and plays a browser and a portal's back end against it over real HTTP.
//!
//! The tests (`conformance/tests`) use no code of ours to check answers: tokens are read by the `openidconnect` crate.

mod assertion;
mod browser;
pub mod captcha;
pub mod crowd;
mod database;
pub mod history;
mod people;
mod portal;
mod portal_types;
mod proof;
mod provider;
mod request;
pub mod servers;
pub mod steps;
pub mod suite;
mod template;

pub use assertion::{ASSERTION_TYPE, Assertion, By, ClientKey};
pub use browser::{Browser, Page};
pub use database::TestDatabase;
pub use people::{CIVIL_SERVANT, EDUCATOR, NATURAL_PERSON, PASSWORD};
pub use portal::{Answer, Portal, Tokens};
pub use portal_types::{Claims, Client, IdClaims, IdToken};
pub use proof::{Proof, ProofKey, b64, digested};
pub use provider::{Provider, ProviderOptions, free_port};
pub use request::Request;
