//! Front-channel logout (OpenID Connect Front-Channel Logout 1.0), and what a person and an operator see of every portal.

use crate::receiver::{Receiver, Then};
use conformance::steps::{browser, code, flipped, register, run, seconds, sign_out, silent, start, tokens};
use conformance::{Browser, CIVIL_SERVANT, NATURAL_PERSON, Page, Portal, Provider};
use idp_store::outbox::{self, State};

const OUT: &str = "http://localhost:9/out?from=idp";
const BYE: &str = "http://localhost:9/bye";

async fn framed(provider: &Provider, id: &str) -> Portal {
    register(provider, id, |asked| {
        asked.frontchannel_logout_uri = Some(OUT.into());
        asked.post_logout_redirect_uris = vec![BYE.into()];
    })
    .await
}

/// Signs in at a portal. Gives the ID token and its `sid`.
async fn enter(portal: &Portal, browser: &Browser) -> (String, String) {
    let request = portal.request();
    let given = tokens(portal, browser, &request, NATURAL_PERSON).await;
    let claims = portal.verify(&given.id_token, Some(&request.nonce)).await.unwrap();
    (given.id_token, claims.additional_claims().text("sid").unwrap().to_owned())
}

async fn leave(browser: &Browser, provider: &Provider, params: &[(&str, &str)]) -> Page {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
    browser.open(&provider.url(&format!("/connect/end_session?{query}"))).await.unwrap()
}

/// Where the page with the frames goes on to without scripts: not by a header, which some follow beside the script.
fn next(page: &Page) -> String {
    assert!(page.headers.get("refresh").is_none());
    let refresh = page.body.split("<noscript><meta http-equiv=\"refresh\" content=\"6; url=").nth(1).unwrap();
    refresh.split_once('"').unwrap().0.to_owned()
}

async fn state(provider: &Provider, portal: &Portal) -> State {
    let (client, now) = (idp_core::ClientId::parse(&portal.id).unwrap(), provider.clock.now());
    provider.wired.base.db.scan(move |conn| outbox::of_client(conn, &client, now, 1)).await.unwrap()[0].state
}

#[tokio::test]
async fn the_browser_opens_each_portals_address_with_iss_and_sid_and_then_goes_back() {
    let (provider, _) = start().await;
    let (a, b) = (framed(&provider, "a").await, framed(&provider, "b").await);
    let browser = browser(&provider);
    let (id_token, sid_at_a) = enter(&a, &browser).await;
    let (_, sid_at_b) = enter(&b, &browser).await;
    let params = [("id_token_hint", id_token.as_str()), ("post_logout_redirect_uri", BYE), ("state", "s 1")];
    let page = leave(&browser, &provider, &params).await;
    let issuer = form_urlencoded::byte_serialize(provider.issuer.as_bytes()).collect::<String>();
    let opened = |sid: &str| format!("{OUT}&iss={issuer}&sid={sid}");
    let mut frames = page.frames();
    frames.sort();
    let mut expected = [opened(&sid_at_a), opened(&sid_at_b)];
    expected.sort();
    assert_eq!(frames, expected);
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("frame-src http://localhost:9;") && policy.contains("default-src 'none';"), "{policy}");
    assert!(silent(&a, &browser).await.is_some(), "the session is over before the frames are shown");
    assert_eq!(state(&provider, &a).await, State::Sent { at: provider.clock.now() });
    let back = browser.open(&format!("{}{}&answered=0", provider.issuer, next(&page))).await.unwrap();
    assert_eq!(back.url, format!("{BYE}?state=s+1"));
    let states = [state(&provider, &a).await, state(&provider, &b).await];
    assert_eq!(states.iter().filter(|state| matches!(state, State::Answered { .. })).count(), 1, "{states:?}");
    assert_eq!(states.iter().filter(|state| matches!(state, State::Sent { .. })).count(), 1, "{states:?}");
    // Nobody is told twice.
    let again = leave(&browser, &provider, &params).await;
    assert_eq!((again.url, again.body), (format!("{BYE}?state=s+1"), String::new()));
}

#[tokio::test]
async fn what_was_changed_in_the_address_of_a_page_leads_nowhere() {
    let (provider, _) = start().await;
    let portal = framed(&provider, "a").await;
    let browser = browser(&provider);
    let (id_token, _) = enter(&portal, &browser).await;
    let params = [("id_token_hint", id_token.as_str()), ("post_logout_redirect_uri", BYE)];
    let page = leave(&browser, &provider, &params).await;
    let next = next(&page);
    let start = next.find('=').unwrap() + 1;
    for at in [start, start + 40, next.len() - 1] {
        for path in [flipped(&next, at), flipped(&next, at).replace("/done", "/portals")] {
            let page = browser.open(&provider.url(&path)).await.unwrap();
            assert!(page.has("logged-out") && page.frames().is_empty(), "{} {}", page.url, page.body);
        }
    }
    for query in ["", "?farewell=", "?farewell=a&farewell=b", "?answered=0", "?look=99999999999"] {
        let page = browser.open(&provider.url(&format!("/connect/end_session/done{query}"))).await.unwrap();
        assert!(page.has("logged-out"), "{query}");
    }
    for answered in ["1", "-1", "99999999999999999999", "0.0.0", "a", "."] {
        let page = browser.open(&format!("{}{next}&answered={answered}", provider.issuer)).await.unwrap();
        assert_eq!(page.url, BYE, "{answered}");
    }
    provider.advance(seconds(1801)).await.unwrap();
    let page = browser.open(&provider.url(&next)).await.unwrap();
    assert!(page.has("logged-out"), "too old to lead anywhere: {}", page.url);
}

#[tokio::test]
async fn the_person_sees_where_the_sign_out_arrived() {
    let (provider, silent_one) = start().await;
    let (takes, refuses) = (Receiver::start([]).await, Receiver::start([Then::Answer(500); 3]).await);
    let told = register(&provider, "told", |asked| {
        asked.name = "聽話的網站".into();
        asked.presentation.names.0.insert("en".into(), "The obedient one".into());
        asked.backchannel_logout_uri = Some(takes.uri.clone());
    })
    .await;
    let stubborn = register(&provider, "stubborn", |asked| {
        asked.name = "不回應的網站".into();
        asked.backchannel_logout_uri = Some(refuses.uri.clone());
    })
    .await;
    let deaf = Receiver::start([Then::Answer(500); 3]).await;
    let both = register(&provider, "both", |asked| {
        asked.name = "兩種都有的網站".into();
        asked.backchannel_logout_uri = Some(deaf.uri.clone());
        asked.frontchannel_logout_uri = Some(OUT.into());
    })
    .await;
    let framed = framed(&provider, "framed").await;
    let browser = browser(&provider);
    for portal in [&told, &stubborn, &both, &framed, &silent_one] {
        enter(portal, &browser).await;
    }
    let question = leave(&browser, &provider, &[]).await;
    let confirmation = question.field("confirmation").unwrap();
    let page = browser.submit("/connect/end_session/confirm", &[("confirmation", &confirmation)]).await.unwrap();
    takes.wait_for(1).await;
    refuses.wait_for(1).await;
    deaf.wait_for(1).await;
    let address = provider.url(&next(&page));
    let line = |page: &Page, name: &str| {
        let rest = page.body.split(name).nth(1).unwrap_or_else(|| panic!("no {name} in {}", page.body));
        rest.split("<dd>").nth(1).unwrap().split('<').next().unwrap().to_owned()
    };
    // The outcome is written after the portal's answer.
    let mut page = browser.open(&address).await.unwrap();
    for _ in 0..100 {
        if page.headers.get("refresh").is_none() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        page = browser.open(&address).await.unwrap();
    }
    assert!(page.headers.get("refresh").is_none(), "nothing is under way any more: {}", page.body);
    assert_eq!(line(&page, "聽話的網站"), "已登出");
    assert_eq!(line(&page, "不回應的網站"), "尚未回應，我們會再通知");
    assert_eq!(line(&page, "入口網 framed"), "已通知登出");
    assert_eq!(line(&page, "兩種都有的網站"), "已通知登出", "of two ways the better");
    assert_eq!(page.body.matches("<dd>").count(), 5);
    let english = browser.http.get(&address).header("cookie", "idp_language=en").send().await.unwrap();
    assert!(
        english.text().await.unwrap().contains("The obedient one"),
        "by the name that it has in the reader's language"
    );
    assert_eq!(page.body.matches("<dd>無法代為登出").count(), 1, "the portal without any address");
    assert!(matches!(state(&provider, &silent_one).await, State::NotSupported { .. }));
}

#[tokio::test]
async fn a_portal_without_frames_costs_nobody_a_page() {
    let (provider, _) = start().await;
    let receiver = Receiver::start([]).await;
    let portal = register(&provider, "a", |asked| {
        asked.backchannel_logout_uri = Some(receiver.uri.clone());
        asked.post_logout_redirect_uris = vec![BYE.into()];
    })
    .await;
    let browser = browser(&provider);
    let (id_token, _) = enter(&portal, &browser).await;
    let address = format!("/connect/end_session?id_token_hint={id_token}&post_logout_redirect_uri={BYE}");
    let answer = browser.http.get(provider.url(&address)).send().await.unwrap();
    assert_eq!(answer.headers()["location"], BYE);
}

#[tokio::test]
async fn where_no_browser_is_a_portal_of_both_kinds_is_told_by_a_token_and_the_other_is_on_record() {
    let (provider, _) = start().await;
    let receiver = Receiver::start([]).await;
    let both = register(&provider, "both", |asked| {
        asked.backchannel_logout_uri = Some(receiver.uri.clone());
        asked.frontchannel_logout_uri = Some(OUT.into());
    })
    .await;
    let front = framed(&provider, "front").await;
    let browser = browser(&provider);
    enter(&both, &browser).await;
    enter(&front, &browser).await;
    run(&provider, &["sessions", "revoke", "--account", NATURAL_PERSON]).await.unwrap();
    receiver.wait_for(1).await;
    assert!(matches!(state(&provider, &front).await, State::NotDelivered { .. }));
    // Somebody else signs in on that browser: that page leads to a portal and tells none.
    code(&browser, &front.request(), NATURAL_PERSON).await;
    let request = front.request().with("prompt", "login");
    code(&browser, &request, CIVIL_SERVANT).await;
    sign_out(&browser, &provider).await;
}
