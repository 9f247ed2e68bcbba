//! Writes a history by hand. Each question and each answer takes a millisecond.

use conformance::history::check::{Rule, check};
use conformance::history::event::{Action, Answer, Event, IdTokenSeen, TokensSeen, What, operations};
use conformance::history::run::limits;
use std::collections::BTreeSet;
use std::time::Duration;

pub use Action::{Disable, Enable, Jwks, Lock, SignOut, Unlock};

pub const CLIENT: &str = "emic";
pub const NO: &str = "invalid_grant";

#[derive(Default)]
pub struct Tape {
    events: Vec<Event>,
    us: u64,
    operations: u64,
}

pub fn refused(error: &str) -> Answer {
    Answer::Refused { error: error.into() }
}

pub fn lost() -> Answer {
    Answer::Unknown { why: "connection lost".into() }
}

/// Tokens of amy: access token and refresh token of this name, signed by key `k1`.
pub fn tokens(name: &str) -> Answer {
    tokens_that(name, |_| {})
}

pub fn tokens_that(name: &str, change: impl FnOnce(&mut IdTokenSeen)) -> Answer {
    let mut read = IdTokenSeen {
        kid: "k1".into(),
        sub: "amy at emic".into(),
        aud: CLIENT.into(),
        nonce: Some("n".into()),
        problem: None,
    };
    change(&mut read);
    Answer::Tokens(TokensSeen { access: format!("access {name}"), refresh: Some(name.into()), id_token: Some(read) })
}

pub fn redeem(code: &str) -> Action {
    Action::Redeem { code: code.into(), client: CLIENT.into(), fits: true }
}

pub fn refresh(token: &str) -> Action {
    Action::Refresh { token: token.into(), client: CLIENT.into() }
}

pub fn revoke(token: &str) -> Action {
    Action::Revoke { token: token.into(), client: CLIENT.into() }
}

pub fn user_info(token: &str) -> Action {
    Action::UserInfo { token: format!("access {token}") }
}

pub fn amy() -> Answer {
    Answer::Subject { sub: "amy at emic".into() }
}

pub fn authorize(offline: bool) -> Action {
    Action::Authorize { session: "s".into(), client: CLIENT.into(), nonce: "n".into(), offline }
}

pub fn sign_in() -> Action {
    Action::SignIn { person: "amy".into() }
}

pub fn session(name: &str) -> Answer {
    Answer::Session { session: name.into() }
}

pub fn code(name: &str) -> Answer {
    Answer::Code { code: name.into() }
}

impl Tape {
    /// Amy is signed in (`s`), and emic has her code `c`.
    pub fn with_code(offline: bool) -> Self {
        let mut tape = Self::default();
        tape.op(sign_in(), session("s"));
        tape.op(authorize(offline), code("c"));
        tape
    }

    /// And the tokens of it: refresh token `r1`.
    pub fn with_tokens(offline: bool) -> Self {
        let mut tape = Self::with_code(offline);
        tape.op(redeem("c"), tokens("r1"));
        tape
    }

    /// A question that is answered before anything else is asked.
    pub fn op(&mut self, action: Action, answer: Answer) -> &mut Self {
        let asked = self.ask(action);
        self.answer(asked, answer)
    }

    pub fn ask(&mut self, action: Action) -> u64 {
        self.operations += 1;
        let op = self.operations;
        self.write(op, What::Ask { node: 0, action });
        op
    }

    pub fn answer(&mut self, op: u64, answer: Answer) -> &mut Self {
        self.write(op, What::Answer(answer));
        self
    }

    fn write(&mut self, op: u64, what: What) {
        self.us += 1000;
        let at = self.events.len() as u64;
        self.events.push(Event { at, us: self.us, op, what });
    }

    pub fn wait(&mut self, seconds: f64) -> &mut Self {
        self.us += Duration::from_secs_f64(seconds).as_micros() as u64;
        self
    }

    /// The rules that are broken, after the history was written and read as a file.
    pub fn broken(&self) -> Vec<Rule> {
        let lines: Vec<String> = self.events.iter().map(|event| serde_json::to_string(event).unwrap()).collect();
        let read = conformance::history::event::read(lines.join("\n").as_bytes()).unwrap();
        assert_eq!(read, self.events);
        let violations = check(&operations(&read), &limits(Duration::from_secs(3)));
        violations.iter().map(|violation| violation.rule).collect::<BTreeSet<_>>().into_iter().collect()
    }

    #[track_caller]
    pub fn holds(&self) {
        assert_eq!(self.broken(), []);
    }

    #[track_caller]
    pub fn breaks(&self, rule: Rule) {
        assert_eq!(self.broken(), [rule]);
    }
}
