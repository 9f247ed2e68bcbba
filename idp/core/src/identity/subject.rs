//! `sub` and `sid`: names of a person and of a session that are good for one portal alone.

use crate::client::{Client, SubjectType};
use crate::ids::{AccountId, ClientId, SessionId};
use keys::{MacKey, b64, hmac_sha256};

/// The person's subject at a client (OpenID Connect Core 1.0 §8.1): a keyed digest of sector and account, so that two
/// agencies cannot find out that they serve the same person.
pub fn subject(key: &MacKey, client: &Client, account: &AccountId) -> String {
    let sector = match client.subject_type {
        SubjectType::Pairwise => client.sector.as_str(),
        SubjectType::Public => "",
    };
    labelled(key, sector, account.as_str())
}

/// The session's name at a client (OpenID Connect Front-Channel Logout 1.0 §3): the same in ID token and logout token,
/// another one at every other portal.
pub fn session_at_client(key: &MacKey, session: &SessionId, client: &ClientId) -> String {
    labelled(key, client.as_str(), session.as_str())
}

/// No label holds a zero byte, so that no two pairs make the same input.
fn labelled(key: &MacKey, label: &str, value: &str) -> String {
    let mut input = Vec::with_capacity(label.len() + value.len() + 1);
    input.extend_from_slice(label.as_bytes());
    input.push(0);
    input.extend_from_slice(value.as_bytes());
    b64::encode(&hmac_sha256(key, &input))
}
