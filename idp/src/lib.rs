//! The provider: HTTP, pages, commands, jobs and the wiring between the rules (`idp-core`) and the records (`idp-store`).
//!
//! Start at [`routes`]: every URL on one line. A file is named after its URL's last word, but for the few that
//! docs/architecture.md names.

pub mod account;
pub mod answer;
pub mod assets;
pub mod body;
pub mod browser;
pub mod captcha;
pub mod client_address;
pub mod client_change;
pub mod client_logo;
pub mod clock;
pub mod commands;
pub mod consent;
pub mod directory;
pub mod failure;
#[cfg(test)]
mod golden;
pub mod health;
pub mod held_places;
pub mod home;
pub mod jobs;
pub mod keystore;
pub mod language;
pub mod letters;
pub mod log;
pub mod mailbox;
pub mod membership;
pub mod messages;
pub mod metrics;
pub mod not_saved;
pub mod oauth;
pub mod outside;
pub mod pages;
pub mod passwords;
pub mod posted_form;
pub mod refusal;
pub mod retry_after;
pub mod routes;
pub mod secret_file;
pub mod server;
pub mod session;
pub mod settings;
pub mod sign_in;
pub mod sign_out;
pub mod text;
pub mod to_the_end;
pub mod way_back;
pub mod whole_file;
pub mod wiring;
