//! Every event that is written down, typed: what happened to whom, in the same transaction as the act.
//!
//! Refused requests that change nothing are no events: they are logged, so that a flood cannot write rows.

mod events;

pub use events::{Column, Documented, EVENTS};

use crate::ids::{AccountId, ClientId};
use serde::Serialize;
use serde_json::{Value, json};

/// An event.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Somebody signed in.
    SignedIn {
        /// Who.
        account: AccountId,
        /// At the request of which portal; `None`: at the provider itself.
        client: Option<ClientId>,
        /// How strongly (`acr`).
        acr: &'static str,
    },
    /// A wrong password, alike for known and unknown names.
    SignInFailed {
        /// Keyed digest of the name that was typed, never the text.
        name_digest: String,
        /// At the request of which portal; `None`: at the provider itself.
        client: Option<ClientId>,
        /// Failures in a row.
        failures: u32,
    },
    /// The right password of an account that cannot be used.
    SignInRefused {
        /// Whose.
        account: AccountId,
        /// Its state.
        state: &'static str,
    },
    /// Tokens were issued, for a code or by the authorization endpoint itself.
    TokensIssued {
        /// To whom about whom.
        account: AccountId,
        /// To which portal.
        client: ClientId,
    },
    /// A client got a token of its own.
    ClientTokenIssued {
        /// Which.
        client: ClientId,
    },
    /// A code was presented that gave nothing: used twice, or by its own client with the wrong verifier.
    CodeRefused {
        /// By which portal.
        client: ClientId,
        /// Why.
        reason: &'static str,
    },
    /// A refresh token was used.
    TokensRefreshed {
        /// Whose.
        account: AccountId,
        /// By which portal.
        client: ClientId,
    },
    /// A refresh token was used twice; its grant ended.
    RefreshReused {
        /// Whose.
        account: AccountId,
        /// By which portal.
        client: ClientId,
    },
    /// What a person gave a portal was taken back.
    GrantRevoked {
        /// Whose.
        account: AccountId,
        /// Which portal.
        client: ClientId,
        /// By whom.
        by: RevokedBy,
    },
    /// A person agreed to what a portal receives, or went on as who they are.
    Consented {
        /// Who.
        account: AccountId,
        /// Which portal.
        client: ClientId,
        /// The scopes.
        scope: String,
    },
    /// A session was ended.
    SignedOut {
        /// Whose.
        account: AccountId,
        /// By whom.
        by: EndedBy,
        /// How many portals are told.
        portals: usize,
    },
    /// A client's secret that had been rotated out, and worked no more, was removed.
    OldSecretForgotten {
        /// Whose.
        client: ClientId,
    },
    /// A client registered itself.
    ClientRegistered {
        /// Which.
        client: ClientId,
        /// By which initial access token; `None`: in open registration.
        token: Option<String>,
        /// As what, without its secrets.
        document: Value,
    },
    /// A client changed its own registration.
    ClientChanged {
        /// Which.
        client: ClientId,
        /// The fields that changed, from what to what.
        changed: Value,
    },
    /// A client that had registered itself is gone.
    ClientRemoved {
        /// Which.
        client: ClientId,
        /// Who removed it.
        by: RemovedBy,
    },
    /// An administrator's act on the command line.
    Administered {
        /// Such as `clients.add`.
        act: &'static str,
        /// What it was done to.
        about: About,
        /// Who did it.
        operator: Operator,
        /// Further words, never a secret.
        detail: Value,
    },
    /// A sealing key changed its state.
    SealingKey {
        /// Which.
        id: String,
        /// The state it came into: `next`, `current`, `retired`.
        change: &'static str,
    },
    /// A signing key changed its state.
    SigningKey {
        /// Which.
        kid: String,
        /// The state it came into: `next`, `active`, `retiring`, `retired`, `compromised`.
        change: &'static str,
    },
}

/// What an operator's act was done to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// An account.
    Account(AccountId),
    /// A client.
    Client(ClientId),
    /// Something else, in a word: the list of agencies, the whole database.
    Other(String),
}

/// Who ran a command, as the operating system knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Operator {
    /// The user whose rights the command had.
    pub uid: u32,
    /// Who took those rights by `sudo`; as `sudo` told the command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sudo_user: Option<String>,
}

/// Who ended a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedBy {
    /// The person signed out.
    Person,
    /// Another person signed in on the same browser.
    AnotherPerson,
    /// An operator, on the command line.
    Operator,
    /// The account was locked.
    Lock,
}

impl EndedBy {
    /// As written down.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::AnotherPerson => "another_person",
            Self::Operator => "operator",
            Self::Lock => "lock",
        }
    }
}

/// Who removed a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemovedBy {
    /// Whoever holds its registration access token.
    Portal,
    /// The sweep: nobody ever entered it.
    Sweep,
}

impl RemovedBy {
    /// As written down.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Portal => "portal",
            Self::Sweep => "sweep",
        }
    }
}

/// Who took a grant back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevokedBy {
    /// The portal gave a token back.
    Portal,
    /// An operator, on the command line.
    Operator,
}

impl RevokedBy {
    /// As written down.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Portal => "portal",
            Self::Operator => "operator",
        }
    }
}

/// An event as a row: name, account, client, detail.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Such as `sign_in.succeeded`.
    pub name: &'static str,
    /// Whom it concerns.
    pub account: Option<AccountId>,
    /// Which portal it concerns.
    pub client: Option<ClientId>,
    /// The rest, as JSON; `None` when there is none.
    pub detail: Option<String>,
}

impl Event {
    /// The event as a row.
    pub fn into_line(self) -> Line {
        let line = |name, account, client, detail: Option<Value>| Line {
            name,
            account,
            client,
            detail: detail.map(|value| value.to_string()),
        };
        match self {
            Self::SignedIn { account, client, acr } => {
                line("sign_in.succeeded", Some(account), client, Some(json!({ "acr": acr })))
            }
            Self::SignInFailed { name_digest, client, failures } => {
                line("sign_in.failed", None, client, Some(json!({ "name": name_digest, "failures": failures })))
            }
            Self::SignInRefused { account, state } => {
                line("sign_in.refused", Some(account), None, Some(json!({ "state": state })))
            }
            Self::TokensIssued { account, client } => line("tokens.issued", Some(account), Some(client), None),
            Self::ClientTokenIssued { client } => line("tokens.issued_to_client", None, Some(client), None),
            Self::CodeRefused { client, reason } => {
                line("code.refused", None, Some(client), Some(json!({ "reason": reason })))
            }
            Self::TokensRefreshed { account, client } => line("tokens.refreshed", Some(account), Some(client), None),
            Self::RefreshReused { account, client } => line("refresh.reused", Some(account), Some(client), None),
            Self::GrantRevoked { account, client, by } => {
                line("grant.revoked", Some(account), Some(client), Some(json!({ "by": by.as_str() })))
            }
            Self::Consented { account, client, scope } => {
                line("consent.given", Some(account), Some(client), Some(json!({ "scope": scope })))
            }
            Self::SignedOut { account, by, portals } => {
                line("session.ended", Some(account), None, Some(json!({ "by": by.as_str(), "portals": portals })))
            }
            Self::OldSecretForgotten { client } => line("client.secret_forgotten", None, Some(client), None),
            Self::ClientRegistered { client, token, document } => {
                let detail = json!({ "registration_token": token, "client": document });
                line("client.registered", None, Some(client), Some(detail))
            }
            Self::ClientChanged { client, changed } => {
                line("client.changed", None, Some(client), Some(json!({ "changed": changed })))
            }
            Self::ClientRemoved { client, by } => {
                line("client.removed", None, Some(client), Some(json!({ "by": by.as_str() })))
            }
            Self::Administered { act, about, operator, detail } => {
                let (account, client, target) = match about {
                    About::Account(id) => (Some(id.clone()), None, id.to_string()),
                    About::Client(id) => (None, Some(id.clone()), id.to_string()),
                    About::Other(what) => (None, None, what),
                };
                let detail = json!({ "act": act, "target": target, "operator": operator, "detail": detail });
                line("administered", account, client, Some(detail))
            }
            Self::SealingKey { id, change } => {
                line("sealing_key", None, None, Some(json!({ "id": id, "change": change })))
            }
            Self::SigningKey { kid, change } => {
                line("signing_key", None, None, Some(json!({ "kid": kid, "change": change })))
            }
        }
    }
}

#[cfg(test)]
mod tests;
