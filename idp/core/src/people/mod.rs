//! People: accounts and what guards them.

pub mod account;
pub mod account_name;
pub mod password_attempt;
