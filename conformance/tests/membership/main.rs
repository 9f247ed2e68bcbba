//! Membership: what a person goes through to get an account, and what others cannot do with it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod account;
mod activate;
mod captcha;
mod crowding;
mod documents;
mod floods;
mod foreign;
mod forgotten_account;
mod further;
mod given_up;
mod hint;
mod join;
mod keyboards;
mod language;
mod limits;
mod limits_of_recovery;
mod locked;
mod mail;
mod mail_server;

mod mailbox;
mod mailed_code;
mod not_activated;
mod password_rule;
#[allow(dead_code, reason = "shared with the tests of the protocol")]
#[path = "../protocol/receiver.rs"]
mod receiver;
mod recover;
mod resend;
mod reset_links;
mod same_work;
mod spoofed;
mod stored;
mod support;
mod text_code;
mod text_gateway;
mod typed;
mod verified_number;
mod way_back;
mod without_texts;
