//! People: accounts and what guards them.

pub mod account;
pub mod account_name;
pub mod email_address;
pub mod password_attempt;
pub mod password_rule;
