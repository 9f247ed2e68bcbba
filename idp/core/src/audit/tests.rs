use super::*;
use serde_json::json;
use std::collections::BTreeSet;

fn account() -> AccountId {
    AccountId::new([1; 16])
}

fn client() -> ClientId {
    ClientId::from_trusted("emic")
}

/// One event of each kind. A new kind does not compile until it stands in [`number`], and the test counts those.
fn samples() -> Vec<Event> {
    let (account, client) = (account(), client());
    let operator = Operator { uid: 1000, sudo_user: Some("alice".into()) };
    let administered = |about| Event::Administered {
        act: "accounts.lock",
        about,
        operator: operator.clone(),
        detail: json!({ "x": 1 }),
    };
    vec![
        Event::SignedIn { account: account.clone(), client: Some(client.clone()), acr: "a" },
        Event::SignedIn { account: account.clone(), client: None, acr: "a" },
        Event::SignInFailed { name_digest: "d".into(), client: Some(client.clone()), failures: 2 },
        Event::SignInFailed { name_digest: "d".into(), client: None, failures: 2 },
        Event::SignInRefused { account: account.clone(), state: "locked" },
        Event::TokensIssued { account: account.clone(), client: client.clone() },
        Event::ClientTokenIssued { client: client.clone() },
        Event::CodeRefused { client: client.clone(), reason: "used twice" },
        Event::TokensRefreshed { account: account.clone(), client: client.clone() },
        Event::RefreshReused { account: account.clone(), client: client.clone() },
        Event::GrantRevoked { account: account.clone(), client: client.clone(), by: RevokedBy::Operator },
        Event::Consented { account: account.clone(), client: client.clone(), scope: "openid".into() },
        Event::SignedOut { account: account.clone(), by: EndedBy::Lock, portals: 1 },
        Event::OldSecretForgotten { client: client.clone() },
        Event::ClientRegistered { client: client.clone(), token: None, document: json!({ "client_name": "x" }) },
        Event::ClientChanged { client: client.clone(), changed: json!({ "name": {} }) },
        Event::LogoFetched {
            client: client.clone(),
            uri: "https://a.example/logo.png".into(),
            picture: PictureName::of(b""),
        },
        Event::ClientRemoved { client: client.clone(), by: RemovedBy::Sweep },
        Event::AccountApplied { account: account.clone(), kind: "general" },
        Event::AccountActivated { account: account.clone() },
        Event::AccountNeverActivated { account: account.clone() },
        Event::ApplicationDiscarded { account: account.clone() },
        Event::EmailCorrected { account: account.clone() },
        Event::ActivationAskedAgain { account: account.clone() },
        Event::RecoveryAsked { name_digest: "d".into(), what: "password" },
        Event::PasswordChanged { account: account.clone() },
        Event::RecoveryTried { name_digest: "d".into(), proof: "answer", right: true },
        Event::PasswordReset { account: account.clone(), proofs: Proofs::MAIL, recovery_removed: true },
        Event::DeletionAsked { account: account.clone(), until: UnixMillis(7), by: DeletedBy::Person },
        Event::DeletionUndone { account: account.clone(), by: DeletedBy::Operator },
        Event::AccountDeleted { account: account.clone() },
        Event::Withdrawn { account: account.clone(), client: client.clone(), grants: 2 },
        Event::RecordChanged { account: account.clone(), fields: vec!["name"] },
        Event::EmailChangeAsked { account: account.clone() },
        Event::EmailChangeWithdrawn { account: account.clone() },
        Event::EmailChanged { account: account.clone() },
        administered(About::Account(account)),
        administered(About::Client(client)),
        administered(About::Other("agencies".into())),
        Event::SigningKey { kid: "k".into(), change: "next" },
        Event::SealingKey { id: "00000001".into(), change: "next" },
    ]
}

const KINDS: usize = 37;

fn number(event: &Event) -> usize {
    match event {
        Event::AccountNeverActivated { .. } => 23,
        Event::AccountApplied { .. } => 22,
        Event::AccountActivated { .. } => 19,
        Event::EmailCorrected { .. } => 20,
        Event::ActivationAskedAgain { .. } => 21,
        Event::ClientRegistered { .. } => 14,
        Event::ClientChanged { .. } => 15,
        Event::ClientRemoved { .. } => 16,
        Event::SignedIn { .. } => 0,
        Event::SignInFailed { .. } => 1,
        Event::SignInRefused { .. } => 2,
        Event::TokensIssued { .. } => 3,
        Event::CodeRefused { .. } => 4,
        Event::TokensRefreshed { .. } => 5,
        Event::RefreshReused { .. } => 6,
        Event::GrantRevoked { .. } => 7,
        Event::Consented { .. } => 8,
        Event::SignedOut { .. } => 9,
        Event::OldSecretForgotten { .. } => 10,
        Event::Administered { .. } => 11,
        Event::SigningKey { .. } => 12,
        Event::SealingKey { .. } => 13,
        Event::ClientTokenIssued { .. } => 17,
        Event::LogoFetched { .. } => 18,
        Event::RecoveryAsked { .. } => 24,
        Event::PasswordReset { .. } => 25,
        Event::PasswordChanged { .. } => 26,
        Event::RecoveryTried { .. } => 27,
        Event::DeletionAsked { .. } => 28,
        Event::DeletionUndone { .. } => 29,
        Event::AccountDeleted { .. } => 30,
        Event::Withdrawn { .. } => 31,
        Event::RecordChanged { .. } => 32,
        Event::EmailChangeAsked { .. } => 33,
        Event::EmailChangeWithdrawn { .. } => 34,
        Event::EmailChanged { .. } => 35,
        Event::ApplicationDiscarded { .. } => 36,
    }
}

fn fits(column: Column, given: bool) -> bool {
    match column {
        Column::Never => !given,
        Column::Sometimes => true,
        Column::Always => given,
    }
}

#[test]
fn every_event_is_documented_as_it_is_written() {
    let kinds: BTreeSet<_> = samples().iter().map(number).collect();
    assert_eq!(kinds, (0..KINDS).collect(), "a sample of each kind");
    let mut written = BTreeSet::new();
    for event in samples() {
        let line = event.clone().into_line();
        let documented = EVENTS.iter().find(|documented| documented.name == line.name);
        let documented = documented.unwrap_or_else(|| panic!("{} is not documented", line.name));
        assert!(fits(documented.account, line.account.is_some()), "the account of {event:?}");
        assert!(fits(documented.client, line.client.is_some()), "the client of {event:?}");
        let detail: Value = line.detail.map_or(json!({}), |detail| serde_json::from_str(&detail).unwrap());
        let members: BTreeSet<_> = detail.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(members, documented.detail.iter().map(|(name, _)| *name).collect(), "the detail of {event:?}");
        written.insert(line.name);
    }
    assert_eq!(written, EVENTS.iter().map(|documented| documented.name).collect(), "documented and never written");
}
