//! The history, told by what it is about: sessions, grants, tokens, and what may have ended them.

use super::switches::Switch;
use super::{Limits, Rule};
use crate::history::event::{Action, Answer, Operation};
use std::collections::HashMap;

/// The whole history.
pub struct Story<'a> {
    pub operations: &'a [Operation],
    pub limits: &'a Limits,
    pub sessions: HashMap<&'a str, Session<'a>>,
    pub grants: HashMap<&'a str, Grant<'a>>,
    pub tokens: HashMap<&'a str, Token<'a>>,
    /// Locks of people, and who broke off a sign-in.
    pub accounts: HashMap<&'a str, Switch<'a>>,
    pub broken_sign_ins: HashMap<&'a str, Vec<&'a Operation>>,
    pub clients: HashMap<&'a str, Switch<'a>>,
}

/// A session, from the sign-in that was answered with it.
pub struct Session<'a> {
    pub person: &'a str,
    pub sign_in: &'a Operation,
    pub sign_outs: Vec<&'a Operation>,
}

/// A code and the grant it is redeemed for.
pub struct Grant<'a> {
    pub authorize: &'a Operation,
    pub session: &'a str,
    pub client: &'a str,
    pub nonce: &'a str,
    pub offline: bool,
    pub redemptions: Vec<&'a Operation>,
    pub revocations: Vec<&'a Operation>,
    pub refreshes: Vec<Refresh<'a>>,
}

/// A use of a refresh token.
pub struct Refresh<'a> {
    pub operation: &'a Operation,
    pub generation: u32,
    pub by: &'a str,
}

/// A token: of which grant, and how far its line had come.
pub struct Token<'a> {
    pub code: &'a str,
    pub generation: u32,
    pub given_by: &'a Operation,
}

/// Something that ends a session or a grant.
pub struct End<'a> {
    pub rule: Rule,
    pub cause: &'a Operation,
    /// Whether it ended for certain, once the cause was answered.
    pub certain: bool,
}

impl End<'_> {
    /// Whether the other was asked when it was over for certain.
    pub fn surely_before(&self, other: &Operation) -> bool {
        self.certain && self.cause.before(other)
    }
}

impl<'a> Story<'a> {
    pub fn of(operations: &'a [Operation], limits: &'a Limits) -> Self {
        let mut story = Self {
            operations,
            limits,
            sessions: HashMap::new(),
            grants: HashMap::new(),
            tokens: HashMap::new(),
            accounts: HashMap::new(),
            broken_sign_ins: HashMap::new(),
            clients: HashMap::new(),
        };
        // Whatever is presented was given by an operation that was answered before.
        let mut in_order: Vec<&Operation> = operations.iter().collect();
        in_order.sort_by_key(|operation| operation.answered.at);
        for operation in &in_order {
            story.note_given(operation);
        }
        for operation in in_order {
            story.note_used(operation);
        }
        story
    }

    fn note_given(&mut self, operation: &'a Operation) {
        match (&operation.action, &operation.answer) {
            (Action::SignIn { person }, Answer::Session { session }) => {
                self.sessions.insert(session, Session { person, sign_in: operation, sign_outs: vec![] });
            }
            (Action::Authorize { session, client, nonce, offline }, Answer::Code { code }) => {
                let grant = Grant {
                    authorize: operation,
                    session,
                    client,
                    nonce,
                    offline: *offline,
                    redemptions: vec![],
                    revocations: vec![],
                    refreshes: vec![],
                };
                self.grants.insert(code, grant);
            }
            (Action::Redeem { code, .. }, Answer::Tokens(_)) => self.note_tokens(code, 1, operation),
            (Action::Refresh { token, .. }, Answer::Tokens(_)) => {
                if let Some(from) = self.tokens.get(token.as_str()) {
                    let (code, generation) = (from.code, from.generation + 1);
                    self.note_tokens(code, generation, operation);
                }
            }
            _ => {}
        }
    }

    fn note_tokens(&mut self, code: &'a str, generation: u32, given_by: &'a Operation) {
        let Answer::Tokens(tokens) = &given_by.answer else { return };
        for token in [Some(&tokens.access), tokens.refresh.as_ref()].into_iter().flatten() {
            // The same token given again is as old as when it was given first.
            self.tokens.entry(token).or_insert(Token { code, generation, given_by });
        }
    }

    fn note_used(&mut self, operation: &'a Operation) {
        match &operation.action {
            Action::SignIn { person } if matches!(operation.answer, Answer::Unknown { .. }) => {
                self.broken_sign_ins.entry(person).or_default().push(operation);
            }
            Action::SignOut { session } => {
                if let Some(session) = self.sessions.get_mut(session.as_str()) {
                    session.sign_outs.push(operation);
                }
            }
            Action::Redeem { code, .. } => {
                if let Some(grant) = self.grants.get_mut(code.as_str()) {
                    grant.redemptions.push(operation);
                }
            }
            Action::Refresh { token, client } => {
                let Some(token) = self.tokens.get(token.as_str()) else { return };
                if let Some(grant) = self.grants.get_mut(token.code) {
                    grant.refreshes.push(Refresh { operation, generation: token.generation, by: client });
                }
            }
            Action::Revoke { token, client } => {
                let grant = self.tokens.get(token.as_str()).and_then(|token| self.grants.get_mut(token.code));
                if let Some(grant) = grant.filter(|grant| grant.client == client) {
                    grant.revocations.push(operation);
                }
            }
            Action::Lock { person } => self.accounts.entry(person).or_default().off.push(operation),
            Action::Unlock { person } => self.accounts.entry(person).or_default().on.push(operation),
            Action::Disable { client } => self.clients.entry(client).or_default().off.push(operation),
            Action::Enable { client } => self.clients.entry(client).or_default().on.push(operation),
            _ => {}
        }
    }

    /// The grant whose token or code an operation presents, with its code.
    pub fn grant_of(&self, operation: &'a Operation) -> Option<(&'a str, &Grant<'a>)> {
        let code = match &operation.action {
            Action::Redeem { code, .. } => code,
            Action::Refresh { token, .. } | Action::UserInfo { token } | Action::Revoke { token, .. } => {
                self.tokens.get(token.as_str())?.code
            }
            _ => return None,
        };
        Some((code, self.grants.get(code)?))
    }

    /// The client an operation is made by, or a token of.
    pub fn client_of(&self, operation: &'a Operation) -> Option<&'a str> {
        match &operation.action {
            Action::Authorize { client, .. }
            | Action::Redeem { client, .. }
            | Action::Refresh { client, .. }
            | Action::Revoke { client, .. } => Some(client),
            Action::UserInfo { .. } => Some(self.grant_of(operation)?.1.client),
            _ => None,
        }
    }

    /// Whatever may have ended what an operation uses. The operation itself is not among it.
    pub fn ends_for(&self, operation: &'a Operation) -> Vec<End<'a>> {
        let mut ends = Vec::new();
        match &operation.action {
            Action::Authorize { session, .. } => self.session_ends(session, true, &mut ends),
            Action::Redeem { .. } | Action::Refresh { .. } | Action::UserInfo { .. } => {
                if let Some((_, grant)) = self.grant_of(operation) {
                    // A code dies with its session, whatever its tokens would do.
                    let tied = !grant.offline || matches!(operation.action, Action::Redeem { .. });
                    self.session_ends(grant.session, tied, &mut ends);
                    self.grant_ends(grant, &mut ends);
                }
            }
            _ => {}
        }
        ends.retain(|end| end.cause.id != operation.id);
        ends
    }

    /// A lock ends everything of before; a sign-out what is tied to the session.
    fn session_ends(&self, name: &str, tied: bool, ends: &mut Vec<End<'a>>) {
        let Some(session) = self.sessions.get(name) else { return };
        let locks = self.accounts.get(session.person).map_or(&[][..], |switch| &switch.off);
        for lock in locks.iter().filter(|lock| !lock.without_effect() && !lock.before(session.sign_in)) {
            let certain = lock.succeeded() && session.sign_in.before(lock);
            ends.push(End { rule: Rule::AfterLock, cause: lock, certain });
        }
        for cause in session.sign_outs.iter().filter(|cause| tied && !cause.without_effect()) {
            ends.push(End { rule: Rule::AfterSignOut, cause, certain: cause.succeeded() });
        }
    }

    fn grant_ends(&self, grant: &Grant<'a>, ends: &mut Vec<End<'a>>) {
        for cause in grant.revocations.iter().filter(|cause| !cause.without_effect()) {
            ends.push(End { rule: Rule::AfterRevocation, cause, certain: cause.succeeded() });
        }
        for cause in grant.redemptions.iter().filter(|cause| by_client(cause) == Some(grant.client)) {
            // Its own client is refused a code: then nobody has it, nor what came of it.
            let certain = cause.refused() == Some("invalid_grant");
            let perhaps = !cause.without_effect() && !is_giver(grant, cause);
            if certain || perhaps {
                ends.push(End { rule: Rule::AfterReplay, cause, certain });
            }
        }
        for using in grant.refreshes.iter().filter(|using| using.by == grant.client) {
            if !matches!(using.operation.answer, Answer::Unreached) && self.perhaps_reuse(grant, using) {
                let refused = using.operation.refused() == Some("invalid_grant");
                let certain = refused && self.surely_reuse(grant, using).is_some();
                ends.push(End { rule: Rule::AfterReuse, cause: using.operation, certain });
            }
        }
    }

    /// Whether an operation may be reuse of a refresh token.
    pub fn is_perhaps_reuse(&self, grant: &Grant<'a>, operation: u64) -> bool {
        let using = grant.refreshes.iter().find(|using| using.operation.id == operation);
        using.is_some_and(|using| self.perhaps_reuse(grant, using))
    }

    /// Whether a refresh token may have been used before for so long, or so far, that presenting it is reuse.
    fn perhaps_reuse(&self, grant: &Grant<'a>, using: &Refresh<'a>) -> bool {
        let others = self.other_uses(grant, using).filter(|other| other.operation.perhaps_before(using.operation));
        others.filter(|other| !other.operation.without_effect()).any(|other| {
            let long_ago = other.operation.asked.us + micros(self.limits.grace) <= using.operation.answered.us;
            other.generation > using.generation || (other.generation == using.generation && long_ago)
        })
    }

    /// The use that makes this one reuse beyond doubt, and the rule that speaks of it.
    pub fn surely_reuse(&self, grant: &Grant<'a>, using: &Refresh<'a>) -> Option<(&'a Operation, Rule)> {
        let others = self.other_uses(grant, using).filter(|other| other.operation.before(using.operation));
        others.filter(|other| other.operation.succeeded()).find_map(|other| {
            let over = other.operation.answered.us + micros(self.limits.grace + self.limits.slack);
            if other.generation > using.generation {
                Some((other.operation, Rule::RefreshLine))
            } else if other.generation == using.generation && over < using.operation.asked.us {
                Some((other.operation, Rule::AfterGrace))
            } else {
                None
            }
        })
    }

    fn other_uses<'s>(&self, grant: &'s Grant<'a>, using: &Refresh<'a>) -> impl Iterator<Item = &'s Refresh<'a>> {
        let id = using.operation.id;
        grant.refreshes.iter().filter(move |other| other.operation.id != id && other.by == grant.client)
    }
}

fn by_client(redemption: &Operation) -> Option<&str> {
    if let Action::Redeem { client, .. } = &redemption.action { Some(client) } else { None }
}

/// Whether it is the redemption that gave the tokens: the first that is known to.
fn is_giver(grant: &Grant<'_>, redemption: &Operation) -> bool {
    grant.redemptions.iter().find(|one| one.succeeded()).is_some_and(|giver| giver.id == redemption.id)
}

/// As the history counts.
pub fn micros(span: std::time::Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}
