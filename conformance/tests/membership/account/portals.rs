//! 我使用的網站: what each receives, and withdrawal.

use super::{send_from, signed_in};
use crate::receiver::Receiver;
use conformance::steps::{arrive, code, is_dead, refused, register, seconds, silent, tokens};
use conformance::{Browser, CIVIL_SERVANT, NATURAL_PERSON, PASSWORD, Page, Portal, Provider};
use idp_core::ClientId;
use idp_core::client::GrantType;
use idp_core::scope::ScopeSet;
use idp_store::consents;

const PATH: &str = "/account/portals";

/// A portal that has to ask, of this name.
async fn portal(provider: &Provider, id: &str, receiver: &Receiver) -> Portal {
    register(provider, id, |asked| {
        asked.trusted = false;
        asked.name = format!("入口網 {id}");
        asked.grant_types.push(GrantType::RefreshToken);
        asked.scope = "openid profile email identity offline_access".into();
        asked.backchannel_logout_uri = Some(receiver.uri.clone());
    })
    .await
}

/// What the list says of a portal.
fn of<'a>(page: &'a Page, id: &str) -> Option<&'a str> {
    let mut parts = page.body.split("<section class=\"portal\"");
    let part = parts.find(|part| part.contains(&format!("id=\"portal-{id}\"")))?;
    part.split("</section>").next()
}

async fn withdraw(provider: &Provider, browser: &Browser, id: &str) -> Page {
    let page = browser.open(&provider.url(PATH)).await.unwrap();
    let sure = send_from(browser, &page, PATH, &[("portal", id)]).await;
    assert!(sure.status == 200 && sure.has("withdraw"), "{}", sure.body);
    send_from(browser, &sure, PATH, &[("portal", id), ("decision", "withdraw")]).await
}

async fn withdrawn(provider: &Provider) -> usize {
    let lines = provider.audit(500).await.unwrap();
    lines.iter().filter(|line| line.event == "consent.withdrawn").count()
}

#[tokio::test]
async fn the_list_says_of_each_portal_what_it_receives_and_whether_it_acts_while_one_is_away() {
    let provider = Provider::start().await.unwrap();
    let receiver = Receiver::start([]).await;
    let browser = signed_in(&provider, CIVIL_SERVANT, PASSWORD).await;
    assert!(browser.open(&provider.url(PATH)).await.unwrap().has("no-portals"));
    let [weather, library] =
        [portal(&provider, "weather2", &receiver).await, portal(&provider, "library", &receiver).await];
    let trusted = register(&provider, "emic2", |_| {}).await;
    tokens(&weather, &browser, &weather.request().scope("openid profile"), CIVIL_SERVANT).await;
    let all = library.request().scope("openid profile email identity offline_access").with("prompt", "consent");
    tokens(&library, &browser, &all, CIVIL_SERVANT).await;
    tokens(&trusted, &browser, &trusted.request(), CIVIL_SERVANT).await;
    let page = browser.open(&provider.url(PATH)).await.unwrap();
    let (one, other) = (of(&page, "weather2").unwrap(), of(&page, "library").unwrap());
    assert!(one.contains("入口網 weather2") && one.contains("localhost") && one.contains("姓名"), "{one}");
    assert!(!one.contains("電子信箱") && !one.contains("您離開時"), "{one}");
    for words in ["姓名", "身分別", "所屬機關", "電子信箱", "您離開時", "民國"] {
        assert!(other.contains(words), "{words}: {other}");
    }
    assert!(of(&page, "emic2").unwrap().contains("不再詢問是否同意"));
    // Nobody else's list holds them.
    let stranger = signed_in(&provider, NATURAL_PERSON, PASSWORD).await;
    assert!(stranger.open(&provider.url(PATH)).await.unwrap().has("no-portals"));
}

/// What it will be given when it is entered next, whether it holds anything at the moment or not.
#[tokio::test]
async fn the_list_says_the_same_when_every_session_is_over() {
    let provider = Provider::start().await.unwrap();
    let receiver = Receiver::start([]).await;
    let library = portal(&provider, "library", &receiver).await;
    let trusted = register(&provider, "emic2", |asked| asked.trusted = true).await;
    let browser = signed_in(&provider, CIVIL_SERVANT, PASSWORD).await;
    let asked = library.request().scope("openid profile email").with("prompt", "consent");
    tokens(&library, &browser, &asked, CIVIL_SERVANT).await;
    tokens(&trusted, &browser, &trusted.request().scope("openid profile email identity"), CIVIL_SERVANT).await;
    let listed = async |browser: &Browser| {
        let page = browser.open(&provider.url(PATH)).await.unwrap();
        let facts = |id| of(&page, id).unwrap().split("</dl>").next().unwrap().to_owned();
        [facts("library"), facts("emic2")]
    };
    let before = listed(&browser).await;
    assert!(before[1].contains("姓名、身分別、所屬機關") && before[1].contains("最近使用"), "{}", before[1]);
    conformance::steps::sign_out(&browser, &provider).await;
    provider.advance(seconds(86_400)).await.unwrap();
    let browser = signed_in(&provider, CIVIL_SERVANT, PASSWORD).await;
    assert_eq!(listed(&browser).await, before);
    conformance::steps::lock(&provider, CIVIL_SERVANT).await;
    conformance::steps::unlock(&provider, CIVIL_SERVANT).await;
    let browser = signed_in(&provider, CIVIL_SERVANT, PASSWORD).await;
    assert_eq!(listed(&browser).await, before);
    withdraw(&provider, &browser, "emic2").await;
    let page = browser.open(&provider.url(PATH)).await.unwrap();
    assert!(of(&page, "emic2").is_none() && of(&page, "library").is_some(), "{}", page.body);
    // Entered again and given nothing yet, it is none that was used.
    let id = CIVIL_SERVANT;
    conformance::steps::change(&provider, id, |tx, id| {
        consents::add(tx, (id, &ClientId::parse("emic2").unwrap()), ScopeSet::default(), idp_core::UnixMillis(1))
    })
    .await;
    let page = browser.open(&provider.url(PATH)).await.unwrap();
    let again = of(&page, "emic2").unwrap();
    assert!(!again.contains("最近使用") && again.contains("姓名"), "what it may ask for: {again}");
}

#[tokio::test]
async fn withdrawing_ends_everything_that_the_portal_had_and_it_asks_anew() {
    let provider = Provider::start().await.unwrap();
    let receiver = Receiver::start([]).await;
    let [library, weather] =
        [portal(&provider, "library", &receiver).await, portal(&provider, "weather2", &receiver).await];
    let browser = signed_in(&provider, CIVIL_SERVANT, PASSWORD).await;
    let phone = Browser::new(&provider.issuer).unwrap();
    let offline = library.request().scope("openid profile offline_access").with("prompt", "consent");
    let here = tokens(&library, &browser, &library.request().scope("openid profile"), CIVIL_SERVANT).await;
    let away = tokens(&library, &phone, &offline, CIVIL_SERVANT).await;
    let other = tokens(&weather, &browser, &weather.request().scope("openid profile"), CIVIL_SERVANT).await;
    let theirs = Browser::new(&provider.issuer).unwrap();
    let theirs = tokens(&library, &theirs, &library.request().scope("openid profile"), NATURAL_PERSON).await;
    let request = library.request().scope("openid profile");
    let on_its_way = code(&browser, &request, CIVIL_SERVANT).await;
    let done = withdraw(&provider, &browser, "library").await;
    assert!(done.url.ends_with("?withdrawn=library") && done.has("withdrawn"), "{} {}", done.url, done.body);
    assert!(of(&done, "library").is_none() && of(&done, "weather2").is_some(), "{}", done.body);
    for given in [&here, &away] {
        assert!(is_dead(&library, &given.access).await);
        refused(&library.refresh(&given.refresh).await.unwrap(), 400, "invalid_grant");
        let said = library.post("/connect/introspect", &[("token", &given.access)]).await.unwrap();
        assert_eq!(said.body, "{\"active\":false}");
    }
    refused(&library.redeem(&request, &on_its_way).await.unwrap(), 400, "invalid_grant");
    // A token for each session in which the portal was given something.
    let keys = library.keys().await.unwrap();
    for sent in receiver.wait_for(2).await {
        library.verify_logout(&keys, sent.token()).unwrap();
    }
    assert!(!is_dead(&weather, &other.access).await && !is_dead(&library, &theirs.access).await);
    assert_eq!(silent(&weather, &browser).await, None, "the session goes on");
    let asks = browser.open(&library.request().scope("openid profile").with("prompt", "none").url()).await.unwrap();
    assert_eq!(asks.parameter("error").as_deref(), Some("consent_required"));
    assert_eq!(withdrawn(&provider).await, 1);
    // Reloaded, and sent once more: nothing happens twice.
    assert!(browser.open(&done.url).await.unwrap().has("withdrawn"));
    withdraw(&provider, &browser, "library").await;
    receiver.stays_at(2).await;
    // Agreed to anew, it has what it asks for now, and the notice of before is not repeated.
    provider.advance(seconds(1)).await.unwrap();
    let anew = tokens(&library, &browser, &library.request().scope("openid profile"), CIVIL_SERVANT).await;
    assert!(!is_dead(&library, &anew.access).await);
    let page = browser.open(&done.url).await.unwrap();
    assert!(of(&page, "library").is_some() && !page.has("withdrawn"), "{}", page.body);
}

#[tokio::test]
async fn a_portal_of_the_operators_own_introduces_itself_again() {
    let provider = Provider::start().await.unwrap();
    let trusted = register(&provider, "emic2", |_| {}).await;
    let browser = signed_in(&provider, CIVIL_SERVANT, PASSWORD).await;
    let given = tokens(&trusted, &browser, &trusted.request(), CIVIL_SERVANT).await;
    assert_eq!(browser.open(&trusted.request().url()).await.unwrap().parameter("error"), None);
    withdraw(&provider, &browser, "emic2").await;
    assert!(is_dead(&trusted, &given.access).await);
    provider.advance(seconds(1)).await.unwrap();
    let page = browser.open(&trusted.request().url()).await.unwrap();
    assert!(page.has("consent-allow"), "{}", page.body);
    assert!(arrive(&browser, &trusted.request(), CIVIL_SERVANT).await.parameter("code").is_some());
}

#[tokio::test]
async fn what_was_never_given_cannot_be_withdrawn_and_no_address_claims_that_it_was() {
    let provider = Provider::start().await.unwrap();
    let receiver = Receiver::start([]).await;
    let library = portal(&provider, "library", &receiver).await;
    let browser = signed_in(&provider, CIVIL_SERVANT, PASSWORD).await;
    let stranger = Browser::new(&provider.issuer).unwrap();
    let theirs = tokens(&library, &stranger, &library.request().scope("openid profile"), NATURAL_PERSON).await;
    let page = browser.open(&provider.url("/account/password")).await.unwrap();
    for id in ["library", "no-such-portal"] {
        let page = send_from(&browser, &page, PATH, &[("portal", id), ("decision", "withdraw")]).await;
        assert_eq!(page.status, 200, "{}", page.body);
    }
    for id in ["", "a b", "<script>"] {
        let page = send_from(&browser, &page, PATH, &[("portal", id), ("decision", "withdraw")]).await;
        assert!(page.status == 400 && page.has("error-title"), "{}", page.body);
    }
    assert!(!is_dead(&library, &theirs.access).await);
    assert_eq!(withdrawn(&provider).await, 0);
    assert!(receiver.got().is_empty());
    let claimed = browser.open(&provider.url("/account/portals?withdrawn=no-such-portal")).await.unwrap();
    assert!(!claimed.has("withdrawn"), "{}", claimed.body);
}

#[tokio::test]
async fn a_long_list_comes_in_pages() {
    let provider = Provider::start().await.unwrap();
    let browser = signed_in(&provider, CIVIL_SERVANT, PASSWORD).await;
    let now = provider.clock.now();
    let agree = move |tx: &mut idp_store::Tx<'_>, id: &idp_core::AccountId| {
        for number in 0..120 {
            let client = ClientId::parse(&format!("portal-{number:03}")).unwrap();
            consents::add(tx, (id, &client), ScopeSet::parse_known("openid profile"), now)?;
        }
        Ok(())
    };
    conformance::steps::change(&provider, CIVIL_SERVANT, agree).await;
    let (mut next, mut seen) = (Some(PATH.to_owned()), Vec::new());
    while let Some(at) = next {
        let page = browser.open(&provider.url(&at)).await.unwrap();
        let ids: Vec<_> =
            page.body.split("id=\"portal-").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect();
        assert!(ids.len() <= 50, "{}", ids.len());
        seen.extend(ids);
        next = page.body.split("id=\"more\" href=\"").nth(1).map(|rest| rest.split('"').next().unwrap().to_owned());
    }
    seen.sort();
    assert_eq!(seen, (0..120).map(|number| format!("portal-{number:03}")).collect::<Vec<_>>());
}
