//! Reads a history and reports what must not stand in it.
//!
//! An operation takes effect at one moment between its question and its answer. One whose outcome is unknown took effect at
//! any moment after its question, or never. A rule speaks only where the order of questions and answers leaves no doubt:
//! *B* comes after *A* if *B* was asked once the answer to *A* was there.
//!
//! | File | What holds |
//! |---|---|
//! | `codes` | a code works once, for its own client, with its own verifier |
//! | `refresh` | the tokens of a grant advance in one line; the grace ends |
//! | `ended` | what was revoked, replayed, signed out or locked works no more; a client that is off gets nothing |
//! | `kept` | what was given is still there, unless something may have ended it |
//! | `identity` | tokens speak of whom and to whom they were asked for |
//! | `signing_keys` | keys are published before they sign, and as long as what they signed |

mod codes;
mod ended;
mod identity;
mod kept;
mod refresh;
mod signing_keys;
mod story;
mod switches;

use super::event::Operation;
use std::fmt;
use std::time::Duration;
use story::Story;

/// The provider's settings that the rules need, and how precisely times are taken.
#[derive(Clone, Debug)]
pub struct Limits {
    /// For how long a used refresh token may be presented again.
    pub grace: Duration,
    /// How long a node may know a client as it was.
    pub directory_lag: Duration,
    /// The life of a code.
    pub code: Duration,
    /// The life of an access token.
    pub access_token: Duration,
    /// The life of an ID token.
    pub id_token: Duration,
    /// The longest a portal keeps the JWKS.
    pub jwks_max_age: Duration,
    /// How long a sign-in that broke off may keep its name waiting.
    pub password_wait: Duration,
    /// Two clocks and a scheduler are never exact.
    pub slack: Duration,
}

/// A broken rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the words are in its Display")]
pub enum Rule {
    CodeTwice,
    CodeOfAnother,
    AfterReplay,
    RefreshLine,
    AfterGrace,
    AfterReuse,
    AfterRevocation,
    AfterSignOut,
    AfterLock,
    WhileDisabled,
    NotKept,
    WrongPerson,
    BadIdToken,
    KeyNotPublished,
}

impl fmt::Display for Rule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::CodeTwice => "a code worked twice",
            Self::CodeOfAnother => "a code worked for another client or with another verifier",
            Self::AfterReplay => "a grant lived on after its code was replayed",
            Self::RefreshLine => "a refresh token worked after its successor was used",
            Self::AfterGrace => "a refresh token worked again after the grace",
            Self::AfterReuse => "a grant lived on after a refresh token was reused",
            Self::AfterRevocation => "a grant lived on after it was revoked",
            Self::AfterSignOut => "something worked after its session was signed out",
            Self::AfterLock => "something worked after its account was locked",
            Self::WhileDisabled => "a client that was switched off was given something",
            Self::NotKept => "what was given did not work, and nothing had ended it",
            Self::WrongPerson => "a token speaks of another person, client or request",
            Self::BadIdToken => "an ID token does not verify",
            Self::KeyNotPublished => "a key signed that was not published",
        })
    }
}

/// What must not stand in the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The rule.
    pub rule: Rule,
    /// The numbers of the operations that break it, that which should not have been last.
    pub operations: Vec<u64>,
    /// More words.
    pub detail: String,
}

impl Violation {
    fn new(rule: Rule, operations: &[&Operation], detail: impl Into<String>) -> Self {
        Self { rule, operations: operations.iter().map(|operation| operation.id).collect(), detail: detail.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: operations {:?}: {}", self.rule, self.operations, self.detail)
    }
}

/// Everything that is wrong with a history.
pub fn check(operations: &[Operation], limits: &Limits) -> Vec<Violation> {
    let story = Story::of(operations, limits);
    let mut found = Vec::new();
    codes::check(&story, &mut found);
    refresh::check(&story, &mut found);
    ended::check(&story, &mut found);
    kept::check(&story, &mut found);
    identity::check(&story, &mut found);
    signing_keys::check(&story, &mut found);
    found
}
