//! `idp keys sealing`: another sealing key, while people sign in at two nodes.

use crate::portal::{add_person_and_portal, code, redeem, refresh, sign_in, token};
use crate::support::{Idp, Serving, within_two_seconds};
use serde_json::Value;
use std::time::Duration;

/// The key in a state.
fn key(idp: &Idp, state: &str) -> Option<String> {
    let keys = idp.json(&["keys", "sealing", "list"]);
    let found = keys.as_array().unwrap().iter().find(|key| key["state"] == state)?;
    Some(found["id"].as_str().unwrap().to_owned())
}

/// Longer than a mailed link lives, in hours.
const LONG: u32 = 8 * 24;

/// As if the moments of the keys were so much earlier.
fn earlier(idp: &Idp, hours: u32, column: &str, which: &str) {
    idp.sql(&format!("UPDATE sealing_keys SET {column} = {column} - {hours} * 3600000 WHERE {which}"));
    idp.sql("UPDATE directory_version SET version = version + 1");
}

/// The name of the key that sealed a token.
fn sealed_with(answer: &Value, name: &str) -> String {
    let bytes = keys::b64::decode(&token(answer, name)[..8]).unwrap();
    bytes[..4].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn add_portal_and_person_with_claims(idp: &Idp) {
    add_person_and_portal(idp);
    idp.write("claims.json", r#"{"nickname": "阿勇", "uid": "A123456789", "uid_verified": true}"#);
    idp.done(&["accounts", "set-claims", "fireman0119", "claims.json"]);
}

#[tokio::test]
async fn no_sign_in_and_no_refresh_is_lost_while_the_sealing_key_changes() {
    let idp = Idp::new();
    add_person_and_portal(&idp);
    let (one, other) = (Serving::start(&idp), Serving::start(&idp));
    let session = sign_in(&one).await;
    let mut given = redeem(&idp, &one, &code(&other, &session).await.unwrap()).await;
    let idle = redeem(&idp, &one, &code(&other, &session).await.unwrap()).await;
    let old = key(&idp, "current").unwrap();
    assert_eq!(sealed_with(&given, "refresh_token"), old);

    let said = idp.done(&["keys", "sealing", "rotate"]);
    assert!(said.contains("seals from"), "{said}");
    let new = key(&idp, "next").unwrap();
    assert!(idp.refused(&["keys", "sealing", "rotate"]).contains("waiting already"));
    for _ in 0..10 {
        given = refresh(&idp, &other, token(&given, "refresh_token")).await;
        assert_eq!(sealed_with(&given, "access_token"), old, "a key seals before every node knows it");
    }
    earlier(&idp, 1, "created_at", "NOT is_current");
    let mut seen = Vec::new();
    for _ in 0..400 {
        // Each value is made at one node and used at the other.
        let first = redeem(&idp, &other, &code(&one, &session).await.unwrap()).await;
        given = refresh(&idp, &one, token(&given, "refresh_token")).await;
        let next = refresh(&idp, &other, token(&given, "refresh_token")).await;
        seen = vec![first, given, next.clone()];
        given = next;
        if seen.iter().all(|answer| sealed_with(answer, "access_token") == new) {
            break;
        }
    }
    let sealed: Vec<_> = seen.iter().map(|answer| sealed_with(answer, "refresh_token")).collect();
    assert_eq!(sealed, [new.clone(), new.clone(), new.clone()], "the new key never came into use");
    assert_eq!(key(&idp, "superseded"), Some(old.clone()));
    refresh(&idp, &one, token(&idle, "refresh_token")).await["access_token"].as_str().unwrap();
    assert!(idp.refused(&["keys", "sealing", "retire", &new]).contains("no superseded"));
    assert!(idp.refused(&["keys", "sealing", "retire", &old]).contains("access tokens"));
}

#[tokio::test]
async fn stored_values_are_sealed_anew_and_an_old_key_goes_when_nothing_needs_it() {
    let idp = Idp::new();
    add_portal_and_person_with_claims(&idp);
    let serving = Serving::start(&idp);
    let session = sign_in(&serving).await;
    let given = redeem(&idp, &serving, &code(&serving, &session).await.unwrap()).await;
    let old = key(&idp, "current").unwrap();
    idp.done(&["keys", "sealing", "rotate"]);
    earlier(&idp, 1, "created_at", "NOT is_current");
    within_two_seconds("the new key seals", async || key(&idp, "superseded").is_some()).await;
    drop(serving);
    earlier(&idp, LONG, "superseded_at", "superseded_at IS NOT NULL");
    let stored = |id: &str| {
        let hex = |bytes: &str| match idp.is_on_a_server() {
            true => format!("encode({bytes}, 'hex')"),
            false => format!("lower(hex({bytes}))"),
        };
        let by = |column: &str| format!("{} = '{id}'", hex(&format!("substr({column}, 1, 4)")));
        idp.count(&format!("clients WHERE {}", by("secrets_sealed")))
            + idp.count(&format!("accounts WHERE {}", by("national_id_sealed")))
            + idp.count(&format!("accounts WHERE {}", by("claims_sealed")))
    };
    assert_eq!(stored(&old), 3);
    idp.sql(&format!("UPDATE grants SET refreshed_at = refreshed_at - ({LONG} + 2) * 3600000"));
    assert!(idp.refused(&["keys", "sealing", "retire", &old]).contains("refresh tokens"));
    // A program that starts looks at once.
    let serving = Serving::start(&idp);
    within_two_seconds("all is sealed anew", async || stored(&old) == 0).await;
    assert_eq!(stored(&key(&idp, "current").unwrap()), 3);
    let next = refresh(&idp, &serving, token(&given, "refresh_token")).await;
    assert_eq!(sealed_with(&given, "refresh_token"), old);
    // The newest token of every grant is sealed with the new key by now.
    token(&next, "refresh_token");
    idp.done(&["keys", "sealing", "retire", &old]);
    assert_eq!(key(&idp, "superseded"), None);
    let userinfo = refresh(&idp, &serving, token(&next, "refresh_token")).await;
    token(&userinfo, "access_token");
    assert_eq!(redeem(&idp, &serving, "no code").await["error"], "invalid_grant", "its secret opens no more");
}

#[test]
fn a_list_says_what_still_needs_a_key() {
    let idp = Idp::new();
    assert!(idp.done(&["keys", "sealing", "list"]).contains("what is sealed now"));
    idp.done(&["keys", "sealing", "rotate"]);
    assert!(idp.done(&["keys", "sealing", "list"]).contains("seals from"));
    assert!(idp.refused(&["keys", "sealing", "retire", "00000000"]).contains("no superseded sealing key"));
}

#[tokio::test]
async fn a_server_that_is_killed_again_and_again_while_the_sealing_key_changes_loses_no_secret_and_no_token() {
    let idp = Idp::new();
    add_portal_and_person_with_claims(&idp);
    let serving = Serving::start(&idp);
    let session = sign_in(&serving).await;
    let mut given = redeem(&idp, &serving, &code(&serving, &session).await.unwrap()).await;
    drop(serving);
    let old = key(&idp, "current").unwrap();
    idp.done(&["keys", "sealing", "rotate"]);
    earlier(&idp, 1, "created_at", "NOT is_current");
    // SIGKILL, somewhere between promoting the key, and then between sealing one value anew and another.
    let kill = async |after: u64| {
        let serving = Serving::start(&idp);
        tokio::time::sleep(Duration::from_millis(after)).await;
        drop(serving);
    };
    for number in 0..6 {
        kill(number * 3).await;
    }
    let serving = Serving::start(&idp);
    within_two_seconds("the new key seals", async || key(&idp, "superseded") == Some(old.clone())).await;
    drop(serving);
    earlier(&idp, LONG, "superseded_at", "superseded_at IS NOT NULL");
    idp.sql(&format!("UPDATE grants SET refreshed_at = refreshed_at - ({LONG} + 2) * 3600000"));
    for number in 0..8 {
        kill(number * 3).await;
    }
    let serving = Serving::start(&idp);
    given = refresh(&idp, &serving, token(&given, "refresh_token")).await;
    assert_ne!(sealed_with(&given, "refresh_token"), old);
    let needed = || idp.json(&["keys", "sealing", "list"]).to_string();
    within_two_seconds("all is sealed anew", async || !needed().contains("stored values")).await;
    idp.done(&["accounts", "show", "fireman0119"]);
    redeem(&idp, &serving, &code(&serving, &session).await.unwrap()).await["access_token"].as_str().unwrap();
}
