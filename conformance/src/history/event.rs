//! What stands in a history: one JSON object a line, in the order in which it happened.
//!
//! Codes, tokens and session secrets are written as digests: enough to tell whether two are the same.

use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::io::BufRead;

/// A line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The place in the order: an answer that stands before a question was given before it was asked.
    pub at: u64,
    /// Microseconds since the recording began.
    pub us: u64,
    /// The operation it belongs to.
    pub op: u64,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Somebody asks a node.
    Ask {
        /// The number of the node.
        node: usize,
        /// For what.
        action: Action,
    },
    /// They know the outcome, or that they never will.
    Answer(Answer),
    /// Something befell the provider: for people who read the history.
    Fault(String),
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each field is named after what it is the digest or the id of")]
pub enum Action {
    /// A password is typed, on a browser where nobody is signed in.
    SignIn { person: String },
    /// A portal asks silently for a code. `offline`: for one whose tokens outlive the session.
    Authorize { session: String, client: String, nonce: String, offline: bool },
    /// A code is presented by a client; `fits`: with the code verifier that belongs to it.
    Redeem { code: String, client: String, fits: bool },
    /// A refresh token is presented by a client.
    Refresh { token: String, client: String },
    /// A token is given back by a client.
    Revoke { token: String, client: String },
    /// An access token is shown at UserInfo.
    UserInfo { token: String },
    /// The person signs out.
    SignOut { session: String },
    /// The operator locks an account.
    Lock { person: String },
    /// The operator unlocks it.
    Unlock { person: String },
    /// The operator switches a client off.
    Disable { client: String },
    /// The operator switches it on.
    Enable { client: String },
    /// The operator has the next signing keys sign.
    Rotate,
    /// The JWKS is fetched.
    Jwks,
}

/// What comes of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each field is named after what it is the digest or the id of")]
pub enum Answer {
    /// Signed in.
    Session { session: String },
    /// A code.
    Code { code: String },
    /// Tokens.
    Tokens(TokensSeen),
    /// UserInfo speaks of somebody.
    Subject { sub: String },
    /// The published keys.
    Keys { kids: Vec<String> },
    /// Done, with nothing to show.
    Done,
    /// No. Which error, or which page.
    Refused { error: String },
    /// Nobody was there to ask: it had no effect.
    Unreached,
    /// It may have been done or not, and may still be: the connection broke, or a 5xx came.
    Unknown { why: String },
}

/// Tokens as the portal got them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokensSeen {
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: Option<String>,
    /// The ID token.
    pub id_token: Option<IdTokenSeen>,
}

/// What the portal reads in an ID token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdTokenSeen {
    /// `kid` of the header.
    pub kid: String,
    /// `sub`.
    pub sub: String,
    /// `aud`.
    pub aud: String,
    /// `nonce`.
    pub nonce: Option<String>,
    /// What is wrong with signature, issuer or times, if anything is.
    pub problem: Option<String>,
}

/// A place in the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// In the order.
    pub at: u64,
    /// Microseconds since the recording began.
    pub us: u64,
}

/// A question and its answer, put together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its number.
    pub id: u64,
    /// The node that was asked.
    pub node: usize,
    /// What was asked for.
    pub action: Action,
    /// When.
    pub asked: Moment,
    /// When the answer was there; far in the future if none came before the end.
    pub answered: Moment,
    /// The answer; unknown if none came before the end.
    pub answer: Answer,
}

impl Operation {
    /// Whether it gave what was asked for.
    pub fn succeeded(&self) -> bool {
        !self.without_effect() && !matches!(self.answer, Answer::Unknown { .. })
    }

    /// Whether it certainly gave nothing: refused, or never arrived.
    pub fn without_effect(&self) -> bool {
        matches!(self.answer, Answer::Refused { .. } | Answer::Unreached)
    }

    /// The error, if it was refused.
    pub fn refused(&self) -> Option<&str> {
        if let Answer::Refused { error } = &self.answer { Some(error) } else { None }
    }

    /// Whether its answer was there before the other was asked.
    pub fn before(&self, other: &Self) -> bool {
        self.answered.at < other.asked.at
    }

    /// Whether it can have had its effect before the other was answered.
    pub fn perhaps_before(&self, other: &Self) -> bool {
        self.asked.at < other.answered.at
    }
}

/// Puts questions and answers together, in the order of the questions.
pub fn operations(events: &[Event]) -> Vec<Operation> {
    let never = Moment { at: u64::MAX, us: u64::MAX };
    let mut found: Vec<Operation> = Vec::new();
    let mut places = HashMap::new();
    for event in events {
        let now = Moment { at: event.at, us: event.us };
        match &event.what {
            What::Ask { node, action } => {
                places.insert(event.op, found.len());
                let (action, answer) = (action.clone(), Answer::Unknown { why: "the recording ended".into() });
                found.push(Operation { id: event.op, node: *node, action, asked: now, answered: never, answer });
            }
            What::Answer(answer) => {
                if let Some(operation) = places.get(&event.op).and_then(|place| found.get_mut(*place)) {
                    operation.answered = now;
                    operation.answer = answer.clone();
                }
            }
            What::Fault(_) => {}
        }
    }
    found
}

/// Reads a history as it was written.
///
/// # Errors
/// When a line is none.
pub fn read(from: impl BufRead) -> std::io::Result<Vec<Event>> {
    from.lines().map(|line| Ok(serde_json::from_str(&line?)?)).collect()
}
