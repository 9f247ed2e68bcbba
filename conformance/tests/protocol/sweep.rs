//! What the provider removes by itself, and that nobody who still counts on it notices.

use crate::receiver::Receiver;
use conformance::steps::{browser, code, register, run, seconds, sign_out, silent, start, tokens};
use conformance::{CIVIL_SERVANT, NATURAL_PERSON, PASSWORD, Portal, Provider};
use idp_core::client::AuthMethod;
use std::time::Duration;

const HOUR: u64 = 3_600;

/// How many sessions, grants and audit lines there are.
async fn rows(provider: &Provider) -> [usize; 3] {
    let unit = |conn: &mut idp_store::Conn| {
        let lines = idp_store::audit::newest(conn, &Default::default(), None, (1_000, 1_000))?.lines;
        let sessions = idp_store::sessions::list::page(conn, &Default::default(), None, 1_000)?;
        let grants = idp_store::grants::list::page(conn, &Default::default(), None, 1_000)?;
        Ok([sessions.len(), grants.len(), lines.len()])
    };
    provider.wired.base.db.scan(unit).await.unwrap()
}

/// The sweep that every start begins with, so that no busy machine brings it later: its turn is taken when this is over.
async fn sweep(provider: &Provider) {
    let (_stop, stopped) = tokio::sync::watch::channel(false);
    idp::jobs::sweep::now_and_then(provider.wired.jobs.clone(), stopped).await.unwrap();
}

/// The same, and a little time in which whoever has the turn may be wrong.
async fn restart(provider: &mut Provider) {
    provider.restart().await.unwrap();
    sweep(provider).await;
    tokio::time::sleep(seconds(1)).await;
}

/// Waits for the sweep that every start begins with.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..600 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("never: {what}");
}

#[tokio::test]
async fn what_is_over_goes_and_what_was_given_for_longer_goes_on() {
    let (mut provider, emic) = start().await;
    let (mine, others) = (browser(&provider), browser(&provider));
    let request = emic.request();
    let used = code(&mine, &request, NATURAL_PERSON).await;
    let over = emic.redeem(&request, &used).await.unwrap().tokens().unwrap();
    let longer = tokens(&emic, &others, &emic.request().scope("openid offline_access"), CIVIL_SERVANT).await;
    assert_eq!(rows(&provider).await[..2], [2, 2]);
    sweep(&provider).await;
    // A day that both live, a day for which they can be looked at.
    provider.advance(seconds(48 * HOUR)).await.unwrap();
    restart(&mut provider).await;
    assert_eq!(rows(&provider).await[..2], [2, 2], "not a millisecond too early");
    provider.advance(seconds(60)).await.unwrap();
    restart(&mut provider).await;
    assert_eq!(rows(&provider).await[..2], [2, 2], "the next turn is an hour later, however often a node starts");
    provider.advance(seconds(HOUR)).await.unwrap();
    provider.restart().await.unwrap();
    until("the old session and grant are gone", async || rows(&provider).await[..2] == [1, 1]).await;
    assert_eq!(emic.redeem(&request, &used).await.unwrap().error(), "invalid_grant");
    assert_eq!(emic.refresh(&over.refresh).await.unwrap().error(), "invalid_grant");
    let again = emic.refresh(&longer.refresh).await.unwrap().tokens().unwrap();
    emic.verify(&again.id_token, None).await.unwrap();
    assert!(emic.refresh(&longer.refresh).await.unwrap().tokens().is_ok(), "the grace");
    provider.advance(seconds(60)).await.unwrap();
    assert_eq!(emic.refresh(&longer.refresh).await.unwrap().error(), "invalid_grant", "reuse is still found");
}

#[tokio::test]
async fn a_portal_of_the_first_day_is_told_of_a_sign_out_on_the_third() {
    let (mut provider, emic) = start().await;
    let receiver = Receiver::start([]).await;
    let portal = register(&provider, "a", |asked| asked.backchannel_logout_uri = Some(receiver.uri.clone())).await;
    let browser = browser(&provider);
    tokens(&portal, &browser, &portal.request(), NATURAL_PERSON).await;
    // Every few hours this person goes to another portal, and once a day proves who they are.
    for hour in 1..=21 {
        provider.advance(seconds(3 * HOUR)).await.unwrap();
        if hour % 7 == 0 {
            let page = browser.open(&emic.request().with("prompt", "login").url()).await.unwrap();
            browser.sign_in(&page, NATURAL_PERSON, PASSWORD).await.unwrap();
        }
        tokens(&emic, &browser, &emic.request(), NATURAL_PERSON).await;
    }
    restart(&mut provider).await;
    assert_eq!(silent(&emic, &browser).await, None);
    sign_out(&browser, &provider).await;
    receiver.wait_for(1).await;
}

#[tokio::test]
async fn a_secret_that_was_rotated_out_is_forgotten_when_it_works_no_more() {
    let (mut provider, _) = start().await;
    sweep(&provider).await;
    let file = provider.folder().join("new-secret");
    let file = file.to_str().unwrap().to_owned();
    run(&provider, &["clients", "rotate-secret", "emic", "--secret-file", &file]).await.unwrap();
    let stored = async |provider: &Provider| {
        let snapshot = provider.wired.base.directory.snapshot();
        let known = snapshot.client(&idp_core::ClientId::from_trusted("emic")).unwrap().clone();
        known.secrets.len()
    };
    provider.advance(seconds(24 * HOUR - 1)).await.unwrap();
    assert_eq!(stored(&provider).await, 2);
    provider.advance(seconds(1)).await.unwrap();
    provider.restart().await.unwrap();
    until("the old secret is gone", async || {
        provider.advance(Duration::ZERO).await.unwrap();
        stored(&provider).await == 1
    })
    .await;
    let lines = provider.audit(10).await.unwrap();
    assert_eq!(lines.iter().filter(|line| line.event == "client.secret_forgotten").count(), 1);
    let emic =
        Portal::new(&provider, "emic", "http://localhost:1/callback", AuthMethod::ClientSecretBasic).await.unwrap();
    let browser = browser(&provider);
    let request = emic.request();
    let code = code(&browser, &request, NATURAL_PERSON).await;
    assert_eq!(emic.redeem(&request, &code).await.unwrap().error(), "invalid_client");
}

#[tokio::test]
async fn audit_lines_are_kept_as_long_as_the_setting_says() {
    let (mut provider, emic) = start().await;
    let browser = browser(&provider);
    tokens(&emic, &browser, &emic.request(), NATURAL_PERSON).await;
    let before = rows(&provider).await[2];
    assert!(before > 0);
    sweep(&provider).await;
    provider.advance(seconds(400 * 24 * HOUR)).await.unwrap();
    provider.restart().await.unwrap();
    until("sessions were swept", async || rows(&provider).await[0] == 0).await;
    tokio::time::sleep(seconds(1)).await;
    let kept = provider.audit(1_000).await.unwrap();
    assert!(kept.iter().any(|line| line.event == "tokens.issued"), "400 days");
    provider.advance(seconds(HOUR)).await.unwrap();
    provider.settings.audit.keep = idp::settings::Span::from_secs(0);
    restart(&mut provider).await;
    assert!(rows(&provider).await[2] >= before, "for ever");
    provider.advance(seconds(HOUR)).await.unwrap();
    provider.settings.audit.keep = idp::settings::Span::from_secs(400 * 86_400);
    provider.restart().await.unwrap();
    until("the line is gone", async || {
        let kept = provider.audit(1_000).await.unwrap();
        !kept.iter().any(|line| line.event == "tokens.issued")
    })
    .await;
}
