//! How long a session lives: eight hours unused, a day at most; its use is written every five minutes at most.

use crate::support::{VERIFIER, Visitor, asked_by, wait};
use conformance::{CIVIL_SERVANT, PASSWORD, Provider};
use idp_store::sessions;
use std::time::Duration;

const EMIC: &str = "http://localhost:1/callback";
const HOUR: u64 = 3600;

/// Enters a portal with the session; gives the status of the token endpoint.
async fn enter_a_portal(provider: &Provider, person: &mut Visitor) -> u16 {
    let sent = person.arrive(&asked_by("emic", EMIC)).await;
    let code = sent.split_once("code=").unwrap().1.split('&').next().unwrap().to_owned();
    let fields =
        [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", EMIC), ("code_verifier", VERIFIER)];
    let request = person.http.post(provider.url("/connect/token")).form(&fields);
    let request = request.basic_auth("emic", Some(Provider::secret("emic")));
    request.send().await.unwrap().status().as_u16()
}

async fn last_used_at(provider: &Provider, person: &Visitor) -> i64 {
    let digest = keys::sha256(&keys::b64::decode(&person.cookie("idp_session")).unwrap());
    let read = provider.wired.base.db.read(move |conn| sessions::by_secret(conn, &digest)).await.unwrap();
    read.unwrap().0.last_used_at.0
}

#[tokio::test]
async fn a_session_nobody_uses_ends_after_eight_hours() {
    let provider = Provider::start().await.unwrap();
    let mut person = Visitor::of(&provider);
    person.sign_in(CIVIL_SERVANT, PASSWORD).await;
    provider.advance(Duration::from_millis(8 * HOUR * 1000 - 1)).await.unwrap();
    assert!(person.person().await.is_some());
    provider.advance(Duration::from_millis(1)).await.unwrap();
    assert_eq!(person.person().await, None);
    assert!(person.open(&asked_by("emic", EMIC)).await.has("login-submit"));
}

#[tokio::test]
async fn a_session_that_is_used_lives_on_and_yet_ends_after_a_day() {
    let provider = Provider::start().await.unwrap();
    let mut person = Visitor::of(&provider);
    person.sign_in(CIVIL_SERVANT, PASSWORD).await;
    for _ in 0..3 {
        wait(&provider, 7 * HOUR).await;
        assert_eq!(enter_a_portal(&provider, &mut person).await, 200);
    }
    provider.advance(Duration::from_millis(3 * HOUR * 1000 - 1)).await.unwrap();
    assert!(person.person().await.is_some());
    provider.advance(Duration::from_millis(1)).await.unwrap();
    assert_eq!(person.person().await, None, "24 hours are over");
}

#[tokio::test]
async fn signing_in_again_begins_a_new_day() {
    let provider = Provider::start().await.unwrap();
    let mut person = Visitor::of(&provider);
    person.sign_in(CIVIL_SERVANT, PASSWORD).await;
    wait(&provider, 7 * HOUR).await;
    person.sign_in(CIVIL_SERVANT, PASSWORD).await;
    for _ in 0..3 {
        wait(&provider, 7 * HOUR).await;
        assert_eq!(enter_a_portal(&provider, &mut person).await, 200);
    }
    assert!(person.person().await.is_some());
}

#[tokio::test]
async fn the_last_use_is_written_every_five_minutes_at_most() {
    let provider = Provider::start().await.unwrap();
    let mut person = Visitor::of(&provider);
    person.sign_in(CIVIL_SERVANT, PASSWORD).await;
    let began = last_used_at(&provider, &person).await;
    let mut written = Vec::new();
    for seconds in [60, 239, 1, 299, 1] {
        wait(&provider, seconds).await;
        assert_eq!(enter_a_portal(&provider, &mut person).await, 200);
        written.push((last_used_at(&provider, &person).await - began) / 1000);
    }
    assert_eq!(written, [0, 0, 300, 300, 600]);
}
