//! Back-channel logout: every portal of a session is told of its end, once, by a token of its own.

use crate::receiver::{Receiver, Then};
use conformance::steps::{arrive, browser, is_dead, register, run, seconds, sign_out, silent, start, tokens};
use conformance::{CIVIL_SERVANT, Claims, IdClaims, NATURAL_PERSON, PASSWORD, Portal, Provider};
use idp_core::SessionId;
use idp_core::membership::reset_key::{Proofs, ResetKey};
use idp_core::sign_in::session::Session;
use idp_store::sessions::{self, list};
use keys::Algorithm;
use openidconnect::core::CoreJwsSigningAlgorithm;

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

async fn listening(provider: &Provider, id: &str, receiver: &Receiver) -> Portal {
    register(provider, id, |asked| asked.backchannel_logout_uri = Some(receiver.uri.clone())).await
}

async fn signed_in(portal: &Portal, browser: &conformance::Browser, person: &str) -> IdClaims {
    let request = portal.request();
    let given = tokens(portal, browser, &request, person).await;
    portal.verify(&given.id_token, Some(&request.nonce)).await.unwrap()
}

async fn read(portal: &Portal, token: &str) -> IdClaims {
    portal.verify_logout(&portal.keys().await.unwrap(), token).unwrap()
}

fn text<'a>(claims: &'a Claims, name: &str) -> &'a str {
    claims.text(name).unwrap_or_else(|| panic!("no {name} in {claims:?}"))
}

#[tokio::test]
async fn every_portal_of_the_session_is_told_and_no_other() {
    let (provider, emic) = start().await;
    let (a, b, elsewhere) = (Receiver::start([]).await, Receiver::start([]).await, Receiver::start([]).await);
    let portal_a = listening(&provider, "a", &a).await;
    let portal_b = register(&provider, "b", |asked| {
        asked.backchannel_logout_uri = Some(b.uri.clone());
        asked.id_token_signed_response_alg = Algorithm::Rs256;
    })
    .await;
    let portal_c = listening(&provider, "c", &elsewhere).await;
    let (browser, other) = (browser(&provider), conformance::steps::browser(&provider));
    let at_a = signed_in(&portal_a, &browser, NATURAL_PERSON).await;
    signed_in(&portal_a, &browser, NATURAL_PERSON).await;
    let at_b = signed_in(&portal_b, &browser, NATURAL_PERSON).await;
    signed_in(&emic, &browser, NATURAL_PERSON).await;
    signed_in(&portal_c, &other, NATURAL_PERSON).await;
    provider.advance(seconds(60)).await.unwrap();
    sign_out(&browser, &provider).await;
    let mut jtis = Vec::new();
    for (portal, receiver, before) in [(&portal_a, &a, &at_a), (&portal_b, &b, &at_b)] {
        let sent = receiver.wait_for(1).await;
        let claims = read(portal, sent[0].token()).await;
        assert_eq!(claims.subject(), before.subject());
        assert_eq!(claims.audiences().iter().map(|aud| aud.as_str()).collect::<Vec<_>>(), [portal.id.as_str()]);
        assert_eq!(claims.issue_time().timestamp(), provider.clock.now().seconds());
        assert_eq!((claims.expiration() - claims.issue_time()).num_seconds(), 120);
        let ours = claims.additional_claims();
        assert_eq!(text(ours, "sid"), text(before.additional_claims(), "sid"));
        assert_eq!(ours.all["events"], serde_json::json!({ EVENT: {} }));
        let names: Vec<_> = ours.all.keys().map(String::as_str).collect();
        assert_eq!(names, ["events", "jti", "sid"], "and no nonce");
        jtis.push(text(ours, "jti").to_owned());
        let token: conformance::IdToken = sent[0].token().parse().unwrap();
        let expected = if portal.id == "b" {
            CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256
        } else {
            CoreJwsSigningAlgorithm::EcdsaP256Sha256
        };
        assert_eq!(token.signing_alg().unwrap(), &expected);
    }
    assert_ne!(jtis[0], jtis[1]);
    a.stays_at(1).await;
    assert_eq!((b.got().len(), elsewhere.got().len()), (1, 0), "one token for each portal and session");
    assert_eq!(silent(&portal_c, &other).await, None, "the other browser stays signed in");
}

#[tokio::test]
async fn a_logout_token_is_taken_for_no_id_token() {
    let (provider, _) = start().await;
    let receiver = Receiver::start([]).await;
    let portal = listening(&provider, "a", &receiver).await;
    let browser = browser(&provider);
    signed_in(&portal, &browser, NATURAL_PERSON).await;
    sign_out(&browser, &provider).await;
    let sent = receiver.wait_for(1).await;
    let token = sent[0].token();
    let refused = portal.verify(token, None).await.unwrap_err();
    assert!(refused.to_string().contains("type"), "a portal that looks at typ is safe: {refused}");
    // Neither does the provider take it for one.
    signed_in(&portal, &browser, NATURAL_PERSON).await;
    let page = browser.open(&portal.request().with("id_token_hint", token).with("prompt", "none").url()).await.unwrap();
    assert_eq!(page.parameter("error").as_deref(), Some("invalid_request"), "{}", page.url);
    let page = browser.open(&provider.url(&format!("/connect/end_session?id_token_hint={token}"))).await.unwrap();
    assert!(page.has("logout-confirm"), "asked, as without a hint");
}

#[tokio::test]
async fn a_portal_that_hangs_delays_neither_the_person_nor_another_portal() {
    let (provider, _) = start().await;
    let slow = Receiver::start([Then::Hang; 20]).await;
    let quick = Receiver::start([]).await;
    let browser = browser(&provider);
    // By name and by time the ones that hang come first.
    for number in 0..8 {
        let portal = listening(&provider, &format!("a{number}"), &slow).await;
        signed_in(&portal, &browser, NATURAL_PERSON).await;
    }
    let portal = listening(&provider, "z", &quick).await;
    signed_in(&portal, &browser, NATURAL_PERSON).await;
    let told = async {
        sign_out(&browser, &provider).await;
        while quick.got().is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(seconds(3), told).await.expect("told while the others hang");
    slow.wait_for(8).await;
}

#[tokio::test]
async fn a_portal_that_fails_is_told_again_by_a_fresh_token_until_it_has_heard() {
    let (provider, _) = start().await;
    let receiver = Receiver::start([Then::Answer(500), Then::Answer(400), Then::Redirect, Then::Answer(204)]).await;
    let portal = listening(&provider, "a", &receiver).await;
    let browser = browser(&provider);
    let before = signed_in(&portal, &browser, NATURAL_PERSON).await;
    sign_out(&browser, &provider).await;
    receiver.wait_for(1).await;
    receiver.stays_at(1).await;
    let first = read(&portal, receiver.got()[0].token()).await;
    let mut told = vec![text(first.additional_claims(), "jti").to_owned()];
    for (attempt, later) in [(2, 1), (3, 5), (4, 15)] {
        // The outcome of the attempt before is written a moment after the portal has answered.
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        provider.advance(seconds(later)).await.unwrap();
        let sent = receiver.wait_for(attempt).await;
        let claims = read(&portal, sent[attempt - 1].token()).await;
        assert_eq!(claims.issue_time().timestamp(), provider.clock.now().seconds(), "made for this attempt");
        assert_eq!(text(claims.additional_claims(), "sid"), text(before.additional_claims(), "sid"));
        told.push(text(claims.additional_claims(), "jti").to_owned());
    }
    provider.advance(seconds(3600)).await.unwrap();
    receiver.stays_at(4).await;
    told.sort();
    told.dedup();
    assert_eq!(told.len(), 4);
}

#[tokio::test]
async fn another_person_signing_in_on_the_browser_ends_the_first_session_and_tells_its_portals() {
    let (provider, emic) = start().await;
    let receiver = Receiver::start([]).await;
    let portal = listening(&provider, "a", &receiver).await;
    let browser = browser(&provider);
    let request = portal.request();
    let given = tokens(&portal, &browser, &request, NATURAL_PERSON).await;
    let before = portal.verify(&given.id_token, Some(&request.nonce)).await.unwrap();
    // The same person again ends nothing.
    arrive(&browser, &portal.request().with("prompt", "login"), NATURAL_PERSON).await;
    receiver.stays_at(0).await;
    let page = browser.open(&emic.request().with("prompt", "login").url()).await.unwrap();
    let page = browser.sign_in(&page, CIVIL_SERVANT, PASSWORD).await.unwrap();
    assert!(page.parameter("code").is_some(), "{} {}", page.url, page.body);
    let sent = receiver.wait_for(1).await;
    let claims = read(&portal, sent[0].token()).await;
    assert_eq!(claims.subject(), before.subject(), "about who was there before");
    assert_eq!(text(claims.additional_claims(), "sid"), text(before.additional_claims(), "sid"));
    assert!(is_dead(&portal, &given.access).await);
    assert_eq!(portal.refresh(&given.refresh).await.unwrap().error(), "invalid_grant");
}

#[tokio::test]
async fn the_portals_of_an_offline_grant_are_told_of_the_sign_out_too() {
    let (provider, _) = start().await;
    let receiver = Receiver::start([]).await;
    let portal = listening(&provider, "a", &receiver).await;
    let browser = browser(&provider);
    let given = tokens(&portal, &browser, &portal.request().scope("openid offline_access"), NATURAL_PERSON).await;
    sign_out(&browser, &provider).await;
    let sent = receiver.wait_for(1).await;
    read(&portal, sent[0].token()).await;
    assert!(!is_dead(&portal, &given.access).await, "what was given for longer stays");
}

#[tokio::test]
async fn the_end_of_a_capacity_tells_the_portals_that_know_of_it() {
    let (provider, _) = start().await;
    let (knows, does_not) = (Receiver::start([]).await, Receiver::start([]).await);
    let portal = listening(&provider, "a", &knows).await;
    let other = listening(&provider, "b", &does_not).await;
    let browser = browser(&provider);
    tokens(&portal, &browser, &portal.request().scope("openid identity"), CIVIL_SERVANT).await;
    tokens(&other, &browser, &other.request(), CIVIL_SERVANT).await;
    run(&provider, &["accounts", "end-capacity", CIVIL_SERVANT]).await.unwrap();
    let sent = knows.wait_for(1).await;
    read(&portal, sent[0].token()).await;
    does_not.stays_at(0).await;
    assert_eq!(silent(&portal, &browser).await, None, "the session stays");
}

#[tokio::test]
async fn who_was_told_of_a_sign_out_is_not_told_again_when_the_capacity_ends() {
    let (provider, _) = start().await;
    let receiver = Receiver::start([]).await;
    let portal = listening(&provider, "a", &receiver).await;
    let browser = browser(&provider);
    tokens(&portal, &browser, &portal.request().scope("openid identity"), CIVIL_SERVANT).await;
    sign_out(&browser, &provider).await;
    receiver.wait_for(1).await;
    run(&provider, &["accounts", "end-capacity", CIVIL_SERVANT]).await.unwrap();
    receiver.stays_at(1).await;
}

/// The link of 忘記密碼 as it is mailed, followed to its end.
async fn resets_the_password(provider: &Provider, person: &str) {
    let name = person.to_owned();
    let find = move |conn: &mut idp_store::Conn| idp_store::accounts::login(conn, &name);
    let person = provider.wired.base.db.read(find).await.unwrap().unwrap().person;
    let key = ResetKey::new(&person, Proofs::MAIL, provider.clock.now().plus(seconds(600))).unwrap();
    let key = key.seal(&provider.wired.base.directory.snapshot().sealer).unwrap();
    let fields = [("key", key.as_str()), ("new-password", "vT4-hN8wq"), ("new-password-again", "vT4-hN8wq")];
    let page = browser(provider).submit("/reset-password", &fields).await.unwrap();
    assert!(page.body.contains("密碼已經重設"), "{}", page.body);
}

#[tokio::test]
async fn who_forgot_the_password_and_sets_another_is_signed_out_everywhere_and_every_portal_is_told() {
    let (provider, _) = start().await;
    let (a, b, of_another) = (Receiver::start([]).await, Receiver::start([]).await, Receiver::start([]).await);
    let (portal_a, portal_b) = (listening(&provider, "a", &a).await, listening(&provider, "b", &b).await);
    let portal_c = listening(&provider, "c", &of_another).await;
    let (one, other) = (browser(&provider), browser(&provider));
    let first = signed_in(&portal_a, &one, NATURAL_PERSON).await;
    let second = signed_in(&portal_a, &other, NATURAL_PERSON).await;
    let third = signed_in(&portal_b, &other, NATURAL_PERSON).await;
    signed_in(&portal_c, &browser(&provider), CIVIL_SERVANT).await;
    resets_the_password(&provider, NATURAL_PERSON).await;
    let mut told = Vec::new();
    for sent in a.wait_for(2).await {
        let claims = read(&portal_a, sent.token()).await;
        assert_eq!(claims.subject(), first.subject());
        told.push(text(claims.additional_claims(), "sid").to_owned());
    }
    let mut sids: Vec<_> = [&first, &second].map(|at| text(at.additional_claims(), "sid").to_owned()).into();
    told.sort();
    sids.sort();
    assert_eq!(told, sids, "one token for each session");
    let at_b = read(&portal_b, b.wait_for(1).await[0].token()).await;
    assert_eq!(text(at_b.additional_claims(), "sid"), text(third.additional_claims(), "sid"));
    of_another.stays_at(0).await;
    assert_eq!(silent(&portal_a, &one).await.as_deref(), Some("login_required"));
}

#[tokio::test]
async fn more_sessions_than_one_transaction_ends_are_ended_by_a_reset_and_the_portals_of_the_last_are_told() {
    let (provider, _) = start().await;
    let receiver = Receiver::start([]).await;
    let portal = listening(&provider, "a", &receiver).await;
    signed_in(&portal, &browser(&provider), NATURAL_PERSON).await;
    let (now, wired) = (provider.clock.now(), provider.wired.clone());
    let unit = move |tx: &mut idp_store::Tx<'_>| {
        let person = idp_store::accounts::login(tx.conn(), NATURAL_PERSON)?.unwrap().person;
        let found = list::to_end(tx.conn(), Some(&person.account_id), None, (now, 10))?;
        let known = found[0].clone();
        // Before and behind the one that a portal knows.
        for number in 0..240_u8 {
            let id = SessionId::new([number; 16]);
            sessions::insert(tx, &Session { id, ..known.clone() }, &[number; 32])?;
        }
        Ok(())
    };
    wired.base.db.write(unit).await.unwrap();
    resets_the_password(&provider, NATURAL_PERSON).await;
    receiver.wait_for(1).await;
    let lines = provider.audit(1000).await.unwrap();
    assert_eq!(lines.iter().filter(|line| line.event == "session.ended").count(), 241);
}
