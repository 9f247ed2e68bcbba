//! Membership (會員): how a person gets an account, keeps it, recovers it and leaves.
//!
//! Owns what may be typed into the forms of 加入會員, the application as it stands in their pages, and what stands in mailed links.
//! Does not own the account itself, which is [`crate::people`].

pub mod activation_key;
pub mod application;
pub mod asking;
pub mod county;
pub mod district;
pub mod email_key;
pub mod field;
pub mod former_email;
pub mod further;
pub mod mailbox_limit;
pub mod member_page;
pub mod message;
pub mod profile;
pub mod recovery;
pub mod reset_code;
pub mod reset_key;
pub mod steps;
pub mod typed;
pub mod undo_key;

/// Which address a mailed link went to, as it stands sealed in the link: half of its SHA-256.
fn mailed_to(email: &str) -> [u8; 16] {
    keys::sha256(email.as_bytes()).first_chunk().copied().unwrap_or_default()
}
