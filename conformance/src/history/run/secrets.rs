//! What somebody holds, and how it is named in the history.

use crate::history::event::Answer;
use keys::{b64, sha256};

/// A name for a secret that tells nothing but whether two are the same.
pub fn digest(secret: &str) -> String {
    b64::encode(&sha256(secret.as_bytes())).chars().take(16).collect()
}

/// A code in the hands of a portal.
#[derive(Clone, Debug)]
pub struct Code {
    /// The code.
    pub code: String,
    /// Its `code_verifier`.
    pub verifier: String,
    /// The number of the portal.
    pub portal: usize,
    /// The cookie of the session it is from.
    pub session: String,
}

/// What an operation gave, beside what is written of it.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// A session's cookie.
    pub session: Option<String>,
    /// A code.
    pub code: Option<Code>,
    /// Tokens: access token, refresh token, ID token.
    pub tokens: Option<[String; 3]>,
}

/// What comes of an operation: what is written down, and what is held.
pub type Reply = (Answer, Given);

/// A reply with nothing to hold.
pub fn told(answer: Answer) -> Reply {
    (answer, Given::default())
}
