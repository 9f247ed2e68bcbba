//! How each event is written down: its name, whom it concerns, and the rest as JSON.

use super::{About, Event, Operator};
use crate::ids::{AccountId, ClientId};
use serde_json::{Value, json};

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
    #[expect(clippy::too_many_lines, reason = "a few lines for each kind of event, and nothing else")]
    pub fn into_line(self) -> Line {
        let line = |name, account, client, detail: Option<Value>| Line {
            name,
            account,
            client,
            detail: detail.map(|value| value.to_string()),
        };
        let about = |name, account, detail: Value| line(name, Some(account), None, Some(detail));
        match self {
            Self::SignedIn { account, client, acr } => {
                line("sign_in.succeeded", Some(account), client, Some(json!({ "acr": acr })))
            }
            Self::SignInFailed { name_digest, client, failures } => {
                line("sign_in.failed", None, client, Some(json!({ "name": name_digest, "failures": failures })))
            }
            Self::SignInRefused { account, state } => about("sign_in.refused", account, json!({ "state": state })),
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
                about("session.ended", account, json!({ "by": by.as_str(), "portals": portals }))
            }
            Self::OldSecretForgotten { client } => line("client.secret_forgotten", None, Some(client), None),
            Self::ClientRegistered { client, token, document } => {
                let detail = json!({ "registration_token": token, "client": document });
                line("client.registered", None, Some(client), Some(detail))
            }
            Self::ClientChanged { client, changed } => {
                line("client.changed", None, Some(client), Some(json!({ "changed": changed })))
            }
            Self::LogoFetched { client, uri, picture } => {
                let detail = json!({ "uri": uri, "picture": picture.as_str() });
                line("client.logo_fetched", None, Some(client), Some(detail))
            }
            Self::ClientRemoved { client, by } => {
                line("client.removed", None, Some(client), Some(json!({ "by": by.as_str() })))
            }
            Self::AccountApplied { account, kind } => about("account.applied", account, json!({ "kind": kind })),
            Self::AccountActivated { account } => line("account.activated", Some(account), None, None),
            Self::AccountNeverActivated { account } => line("account.never_activated", Some(account), None, None),
            Self::ApplicationDiscarded { account } => line("account.application_discarded", Some(account), None, None),
            Self::EmailCorrected { account } => line("account.email_corrected", Some(account), None, None),
            Self::ActivationAskedAgain { account } => line("account.activation_asked_again", Some(account), None, None),
            Self::RecoveryAsked { name_digest, what } => {
                line("recovery.asked", None, None, Some(json!({ "name": name_digest, "what": what })))
            }
            Self::RecordChanged { account, fields } => {
                line("account.record_changed", Some(account), None, Some(json!({ "fields": fields })))
            }
            Self::EmailChangeAsked { account } => line("account.email_change_asked", Some(account), None, None),
            Self::EmailChangeWithdrawn { account } => line("account.email_change_withdrawn", Some(account), None, None),
            Self::EmailChanged { account } => line("account.email_changed", Some(account), None, None),
            Self::PasswordChanged { account } => line("account.password_changed", Some(account), None, None),
            Self::RecoveryTried { name_digest: name, proof, right } => {
                line("recovery.tried", None, None, Some(json!({ "name": name, "proof": proof, "right": right })))
            }
            Self::PasswordReset { account, proofs, recovery_removed } => {
                let detail = json!({ "proofs": proofs.names(), "recovery_removed": recovery_removed });
                about("account.password_reset", account, detail)
            }
            Self::DeletionAsked { account, until, by } => {
                about("account.deletion_asked", account, json!({ "until": until.0, "by": by.as_str() }))
            }
            Self::DeletionUndone { account, by } => {
                about("account.deletion_undone", account, json!({ "by": by.as_str() }))
            }
            Self::AccountDeleted { account } => line("account.deleted", Some(account), None, None),
            Self::Withdrawn { account, client, grants } => {
                line("consent.withdrawn", Some(account), Some(client), Some(json!({ "grants": grants })))
            }
            Self::Administered { act, about, operator, detail } => administered(act, about, &operator, &detail),
            Self::SealingKey { id, change } => {
                line("sealing_key", None, None, Some(json!({ "id": id, "change": change })))
            }
            Self::SigningKey { kid, change } => {
                line("signing_key", None, None, Some(json!({ "kid": kid, "change": change })))
            }
        }
    }
}

fn administered(act: &str, about: About, operator: &Operator, detail: &Value) -> Line {
    let (account, client, target) = match about {
        About::Account(id) => (Some(id.clone()), None, id.to_string()),
        About::Client(id) => (None, Some(id.clone()), id.to_string()),
        About::Other(what) => (None, None, what),
    };
    let detail = json!({ "act": act, "target": target, "operator": operator, "detail": detail });
    Line { name: "administered", account, client, detail: Some(detail.to_string()) }
}
