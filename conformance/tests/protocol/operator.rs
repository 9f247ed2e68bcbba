//! What an operator ends on the command line is over at once on a running provider, and its portals are told.

use crate::receiver::Receiver;
use conformance::steps::{browser, is_dead, register, run, seconds, sign_out, silent, start, tokens};
use conformance::{CIVIL_SERVANT, NATURAL_PERSON, Portal, Provider};
use idp_core::audit::Event;
use idp_core::{ClientId, SessionId};
use std::collections::BTreeSet;

async fn listening(provider: &Provider, id: &str, receiver: &Receiver) -> Portal {
    register(provider, id, |asked| asked.backchannel_logout_uri = Some(receiver.uri.clone())).await
}

/// The only session of a person, as `idp sessions list` would show it.
async fn session_of(provider: &Provider, account: &str) -> SessionId {
    let key = account.to_owned();
    let found = provider.wired.base.db.scan(move |conn| {
        let login = idp_store::accounts::login(conn, &key)?;
        let wanted = idp_store::sessions::list::Wanted {
            account: login.map(|login| login.person.account_id),
            not_over_at: None,
        };
        idp_store::sessions::list::page(conn, &wanted, None, 2)
    });
    let found = found.await.unwrap();
    assert_eq!(found.len(), 1);
    found[0].0.id.clone()
}

#[tokio::test]
async fn a_revoked_session_is_over_at_once_and_each_of_its_portals_is_told_once() {
    let (provider, emic) = start().await;
    let (a, b) = (Receiver::start([]).await, Receiver::start([]).await);
    let (portal_a, portal_b) = (listening(&provider, "a", &a).await, listening(&provider, "b", &b).await);
    let browser = browser(&provider);
    let given = tokens(&portal_a, &browser, &portal_a.request(), NATURAL_PERSON).await;
    tokens(&portal_b, &browser, &portal_b.request(), NATURAL_PERSON).await;
    let kept = tokens(&emic, &browser, &emic.request().scope("openid offline_access"), NATURAL_PERSON).await;
    let id = session_of(&provider, NATURAL_PERSON).await;
    run(&provider, &["sessions", "revoke", id.as_str()]).await.unwrap();
    assert_eq!(silent(&portal_a, &browser).await.as_deref(), Some("login_required"));
    assert!(is_dead(&portal_a, &given.access).await);
    assert_eq!(portal_a.refresh(&given.refresh).await.unwrap().error(), "invalid_grant");
    assert!(!is_dead(&emic, &kept.access).await, "as at a sign-out: what was given for longer stays");
    a.wait_for(1).await;
    b.wait_for(1).await;
    run(&provider, &["sessions", "revoke", id.as_str()]).await.unwrap();
    a.stays_at(1).await;
    b.stays_at(1).await;
    let missing = run(&provider, &["sessions", "revoke", "nobody's"]).await.unwrap_err();
    assert!(missing.contains("there is no session nobody's"), "{missing}");
}

#[tokio::test]
async fn every_session_of_an_account_ends_and_nobody_elses() {
    let (provider, _) = start().await;
    let receiver = Receiver::start([]).await;
    let portal = listening(&provider, "a", &receiver).await;
    let browsers = [browser(&provider), browser(&provider), browser(&provider)];
    let people = [NATURAL_PERSON, NATURAL_PERSON, CIVIL_SERVANT];
    for (browser, person) in browsers.iter().zip(people) {
        tokens(&portal, browser, &portal.request(), person).await;
    }
    run(&provider, &["sessions", "revoke", "--account", NATURAL_PERSON]).await.unwrap();
    receiver.wait_for(2).await;
    let mut left = Vec::new();
    for browser in &browsers {
        left.push(silent(&portal, browser).await.is_none());
    }
    assert_eq!(left, [false, false, true]);
    receiver.stays_at(2).await;
}

#[tokio::test]
async fn all_sessions_end_only_if_that_is_meant() {
    let (provider, emic) = start().await;
    let browsers = [browser(&provider), browser(&provider)];
    for (browser, person) in browsers.iter().zip([NATURAL_PERSON, CIVIL_SERVANT]) {
        tokens(&emic, browser, &emic.request(), person).await;
    }
    let refused = run(&provider, &["sessions", "revoke", "--all"]).await.unwrap_err();
    assert!(refused.contains("--yes"), "{refused}");
    assert_eq!(silent(&emic, &browsers[0]).await, None);
    run(&provider, &["sessions", "revoke", "--all", "--yes"]).await.unwrap();
    for browser in &browsers {
        assert_eq!(silent(&emic, browser).await.as_deref(), Some("login_required"));
    }
}

#[tokio::test]
async fn what_was_given_to_one_portal_is_taken_back_and_that_portal_alone_is_told() {
    let (provider, _) = start().await;
    let (a, b) = (Receiver::start([]).await, Receiver::start([]).await);
    let (portal_a, portal_b) = (listening(&provider, "a", &a).await, listening(&provider, "b", &b).await);
    let (mine, others) = (browser(&provider), browser(&provider));
    let request = || portal_a.request().scope("openid offline_access");
    let given = tokens(&portal_a, &mine, &request(), NATURAL_PERSON).await;
    let again = tokens(&portal_a, &mine, &request(), NATURAL_PERSON).await;
    let at_b = tokens(&portal_b, &mine, &portal_b.request(), NATURAL_PERSON).await;
    let somebody_else = tokens(&portal_a, &others, &request(), CIVIL_SERVANT).await;
    run(&provider, &["grants", "revoke", "--account", NATURAL_PERSON, "--client", "a"]).await.unwrap();
    for gone in [&given, &again] {
        assert!(is_dead(&portal_a, &gone.access).await);
        assert_eq!(portal_a.refresh(&gone.refresh).await.unwrap().error(), "invalid_grant");
    }
    assert!(!is_dead(&portal_b, &at_b.access).await);
    assert!(!is_dead(&portal_a, &somebody_else.access).await);
    a.wait_for(1).await;
    a.stays_at(1).await;
    b.stays_at(0).await;
    assert_eq!(silent(&portal_b, &mine).await, None, "the session stays");

    let refused = run(&provider, &["grants", "revoke", "--client", "a"]).await.unwrap_err();
    assert!(refused.contains("--yes"), "{refused}");
    run(&provider, &["grants", "revoke", "--client", "a", "--yes"]).await.unwrap();
    assert!(is_dead(&portal_a, &somebody_else.access).await);
    let missing = run(&provider, &["grants", "revoke", "nothing"]).await.unwrap_err();
    assert!(missing.contains("there is no grant nothing"), "{missing}");
}

#[tokio::test]
async fn a_lock_tells_the_portals_of_every_session_and_doing_it_again_tells_nobody() {
    let (provider, _) = start().await;
    let receiver = Receiver::start([]).await;
    let portal = listening(&provider, "a", &receiver).await;
    let browsers = [browser(&provider), browser(&provider), browser(&provider)];
    let mut given = Vec::new();
    for (browser, person) in browsers.iter().zip([NATURAL_PERSON, NATURAL_PERSON, CIVIL_SERVANT]) {
        given.push(tokens(&portal, browser, &portal.request(), person).await);
    }
    run(&provider, &["accounts", "lock", NATURAL_PERSON]).await.unwrap();
    let mut alive = Vec::new();
    for given in &given {
        alive.push(!is_dead(&portal, &given.access).await);
    }
    assert_eq!(alive, [false, false, true]);
    receiver.wait_for(2).await;
    run(&provider, &["accounts", "lock", NATURAL_PERSON]).await.unwrap();
    receiver.stays_at(2).await;
    run(&provider, &["accounts", "unlock", NATURAL_PERSON]).await.unwrap();
    assert_eq!(silent(&portal, &browsers[0]).await.as_deref(), Some("login_required"), "the session came back");
    receiver.stays_at(2).await;
}

#[tokio::test]
async fn revoking_after_a_sign_out_tells_nobody_twice() {
    let (provider, _) = start().await;
    let receiver = Receiver::start([]).await;
    let portal = listening(&provider, "a", &receiver).await;
    let browser = browser(&provider);
    tokens(&portal, &browser, &portal.request(), NATURAL_PERSON).await;
    sign_out(&browser, &provider).await;
    receiver.wait_for(1).await;
    run(&provider, &["sessions", "revoke", "--account", NATURAL_PERSON]).await.unwrap();
    run(&provider, &["sessions", "revoke", "--all", "--yes"]).await.unwrap();
    provider.advance(seconds(2)).await.unwrap();
    receiver.stays_at(1).await;
}

#[tokio::test]
async fn exports_while_nodes_with_other_clocks_write_late_lose_and_double_no_line() {
    let (provider, _) = start().await;
    let file = provider.folder().join("audit.jsonl");
    let export = ["audit", "export", "--file", file.to_str().unwrap()];
    let mut random = 0_u64;
    for round in 0_i64..60 {
        let now = provider.clock.now();
        // Two nodes, a minute before and behind, and acts that were committed up to 59 s after they were given their time.
        for (skew, late) in [(60, 0), (-60, 0), (0, round % 60), (-60, 59), (30, round % 7)] {
            random += 1;
            let mut id = [0; 10];
            id[..8].copy_from_slice(&random.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
            let at = idp_core::UnixMillis(now.0 + (skew - late) * 1000);
            let event = Event::CodeRefused { client: ClientId::from_trusted("emic"), reason: "a test" };
            let unit = move |tx: &mut idp_store::Tx<'_>| idp_store::audit::write(tx, event.clone(), at, id);
            provider.wired.base.db.write(unit).await.unwrap();
        }
        run(&provider, &export).await.unwrap();
        provider.advance(seconds(7)).await.unwrap();
    }
    provider.advance(seconds(200)).await.unwrap();
    run(&provider, &export).await.unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    let exported: Vec<String> = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["id"].as_str().unwrap().to_owned())
        .collect();
    let unit = |conn: &mut idp_store::Conn| idp_store::audit::oldest(conn, &Default::default(), None, (10_000, 10_000));
    let stored: Vec<String> =
        provider.wired.base.db.scan(unit).await.unwrap().lines.into_iter().map(|line| line.id).collect();
    assert_eq!(exported.iter().collect::<BTreeSet<_>>().len(), exported.len(), "doubled");
    assert_eq!(exported, stored, "lost, or out of order");
    assert!(exported.len() >= 300);
}
