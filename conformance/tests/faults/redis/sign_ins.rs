//! What people and portals notice of a Redis that is away: little.

use super::{eventually, redis, switched_on, timed};
use conformance::servers::redis::RedisServer;
use conformance::steps::{EMIC, arrive, browser, code, portal, refused, silent, tokens};
use conformance::{
    Browser, CIVIL_SERVANT, EDUCATOR, NATURAL_PERSON, PASSWORD, Page, Portal, Provider, ProviderOptions, Request,
};
use std::time::Duration;

/// 500 ms for the answer of Redis, a second for a hash in a debug build.
const PATIENCE: Duration = Duration::from_millis(1_500);

async fn start(server: &RedisServer) -> (Provider, Portal) {
    let three = |settings: &mut idp::settings::Settings| settings.passwords.failures_per_address = 3;
    let ephemeral = Some(server.settings().unwrap());
    let provider = Provider::start_with(ProviderOptions { ephemeral, settings: Some(three), ..Default::default() });
    let provider = provider.await.unwrap();
    let emic = portal(&provider, "emic", EMIC).await;
    (provider, emic)
}

async fn ready(provider: &Provider) -> String {
    let answer = reqwest::get(provider.url("/readyz")).await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.text().await.unwrap()
}

async fn is_well(provider: &Provider) -> bool {
    !ready(provider).await.contains("warning")
}

fn long_nonce(portal: &Portal) -> Request {
    let nonce = "n".repeat(300);
    let mut request = portal.request().with("nonce", &nonce);
    request.nonce = nonce;
    request
}

/// Too long for a query.
fn long_request(portal: &Portal) -> Request {
    portal.request().with("claims_locales", &"x".repeat(4_500))
}

async fn post(browser: &Browser, url: &str, form: String) -> reqwest::Response {
    let kind = "application/x-www-form-urlencoded";
    browser.http.post(url).header("content-type", kind).body(form).send().await.unwrap()
}

/// A form that another site sends, and where it leads.
async fn posted(browser: &Browser, provider: &Provider, path: &str, form: String) -> (String, Page) {
    let answer = post(browser, &provider.url(path), form).await;
    assert_eq!(answer.status(), 303, "{}", answer.text().await.unwrap());
    let to = answer.headers()["location"].to_str().unwrap().to_owned();
    let page = browser.open(&provider.url(&to)).await.unwrap();
    (to, page)
}

/// Everything that people and portals do without noticing.
async fn life_goes_on(
    provider: &Provider,
    emic: &Portal,
    signed_in: &Browser,
    in_progress: (&Browser, &Request, Page),
) {
    // The session, the single sign-on, the whole of a new sign-in.
    assert_eq!(silent(emic, signed_in).await, None);
    let (visitor, request, page) = in_progress;
    let (page, took) = timed(visitor.sign_in(&page, NATURAL_PERSON, PASSWORD)).await;
    let code = page.unwrap().parameter("code").unwrap();
    assert!(took < PATIENCE, "{took:?}");
    let given = emic.redeem(request, &code).await.unwrap().tokens().unwrap();
    emic.verify(&given.id_token, Some(&request.nonce)).await.unwrap();
    refused(&emic.redeem(request, &code).await.unwrap(), 400, "invalid_grant");
    assert!(emic.refresh(&given.refresh).await.unwrap().status != 200, "the replay revoked it");
    let another = browser(provider);
    let request = emic.request();
    let (given, took) = timed(tokens(emic, &another, &request, EDUCATOR)).await;
    assert!(took < PATIENCE, "{took:?}");
    assert_eq!(emic.userinfo(&given.access).await.unwrap().status, 200);
    emic.refresh(&given.refresh).await.unwrap().tokens().unwrap();
}

/// What has to go another way.
async fn detours(provider: &Provider, emic: &Portal, person: &Browser) {
    let request = long_request(emic);
    let (to, page) = posted(person, provider, "/connect/authorize", request.query()).await;
    assert!(to.starts_with("/connect/authorize?sealed="), "{to}");
    assert_eq!(page.parameter("state").as_deref(), request.get("state"));
    assert!(page.parameter("code").is_some(), "{}", page.url);
    // What is sealed for one endpoint is nothing to another.
    let elsewhere = to.replace("/connect/authorize", "/connect/end_session");
    assert!(person.open(&provider.url(&elsewhere)).await.unwrap().has("error-title"));

    let page = arrive(person, &long_nonce(emic), CIVIL_SERVANT).await;
    assert_eq!(page.parameter("error").as_deref(), Some("temporarily_unavailable"), "{}", page.url);

    let huge = emic.request().with("claims_locales", &"x".repeat(9_000)).query();
    let answer = post(person, &provider.url("/connect/authorize"), huge).await;
    assert_eq!(answer.status(), 503);
    assert!(answer.headers().contains_key("retry-after"));
    assert!(answer.text().await.unwrap().contains("error-title"));
}

/// Signs out by a form, as portals do, and the ID token in it stands in no address.
async fn sign_out(provider: &Provider, emic: &Portal) {
    let person = browser(provider);
    let given = tokens(emic, &person, &emic.request(), CIVIL_SERVANT).await;
    let form = format!("id_token_hint={}", given.id_token);
    let (to, page) = posted(&person, provider, "/connect/end_session", form).await;
    assert!(!to.contains(&given.id_token[..40]), "{to}");
    assert!(page.has("logged-out"), "{}", page.body);
    assert_eq!(silent(emic, &person).await.as_deref(), Some("login_required"));
}

async fn works_with_redis(emic: &Portal, person: &Browser) {
    let request = long_nonce(emic);
    let given = tokens(emic, person, &request, CIVIL_SERVANT).await;
    emic.verify(&given.id_token, Some(&request.nonce)).await.unwrap();
}

/// One who is signed in, and one whose sign-in is in progress.
async fn two_people(provider: &Provider, emic: &Portal) -> (Browser, Browser, Request, Page) {
    let (signed_in, visitor) = (browser(provider), browser(provider));
    works_with_redis(emic, &signed_in).await;
    let request = emic.request();
    let page = visitor.open(&request.url()).await.unwrap();
    (signed_in, visitor, request, page)
}

async fn guess(provider: &Provider, name: &str) -> u16 {
    let person = browser(provider);
    let page = person.open(&provider.url("/sign-in")).await.unwrap();
    person.sign_in(&page, name, "wrong").await.unwrap().status.as_u16()
}

#[tokio::test]
async fn while_redis_is_stopped_people_sign_in_and_out_and_portals_hear_what_they_can_do() {
    if !switched_on() {
        return;
    }
    let mut server = redis().await;
    let (provider, emic) = start(&server).await;
    let (signed_in, visitor, request, page) = two_people(&provider, &emic).await;
    assert!(is_well(&provider).await);
    server.stop().unwrap();
    life_goes_on(&provider, &emic, &signed_in, (&visitor, &request, page)).await;
    assert!(ready(&provider).await.contains("Redis"), "said, and ready all the same");
    detours(&provider, &emic, &signed_in).await;
    sign_out(&provider, &emic).await;
    server.start_again().await.unwrap();
    eventually("it is well again", async || is_well(&provider).await).await;
    assert_eq!(silent(&emic, &signed_in).await, None);
    works_with_redis(&emic, &signed_in).await;
}

#[tokio::test]
async fn while_redis_is_frozen_nobody_waits_and_a_second_after_it_goes_on_all_is_as_ever() {
    if !switched_on() {
        return;
    }
    let server = redis().await;
    let (provider, emic) = start(&server).await;
    let (signed_in, visitor, request, page) = two_people(&provider, &emic).await;
    server.freeze().unwrap();
    life_goes_on(&provider, &emic, &signed_in, (&visitor, &request, page)).await;
    detours(&provider, &emic, &signed_in).await;
    sign_out(&provider, &emic).await;
    server.thaw().unwrap();
    eventually("it is well again", async || is_well(&provider).await).await;
    works_with_redis(&emic, &signed_in).await;
}

#[tokio::test]
async fn an_emptied_redis_costs_a_code_with_a_long_nonce_and_what_was_posted_and_nothing_else() {
    if !switched_on() {
        return;
    }
    let mut server = redis().await;
    let (provider, emic) = start(&server).await;
    for restart in [false, true] {
        let (signed_in, visitor, request, page) = two_people(&provider, &emic).await;
        let waiting = long_nonce(&emic);
        let code = code(&signed_in, &waiting, CIVIL_SERVANT).await;
        let answer = post(&signed_in, &provider.url("/connect/authorize"), long_request(&emic).query()).await;
        let handle = answer.headers()["location"].to_str().unwrap().to_owned();
        assert!(handle.contains("posted="), "{handle}");
        if restart {
            server.kill().unwrap();
            eventually("it is away", async || !is_well(&provider).await).await;
            server.start_again().await.unwrap();
            eventually("it is well again", async || is_well(&provider).await).await;
        } else {
            server.flush().unwrap();
        }
        refused(&emic.redeem(&waiting, &code).await.unwrap(), 400, "invalid_grant");
        let lost = signed_in.open(&provider.url(&handle)).await.unwrap();
        assert!(lost.status == 400 && lost.has("error-title"), "{}", lost.body);
        // The portal starts again, and nobody is asked anything.
        works_with_redis(&emic, &signed_in).await;
        life_goes_on(&provider, &emic, &signed_in, (&visitor, &request, page)).await;
    }
}

#[tokio::test]
async fn a_code_whose_nonce_cannot_be_asked_for_stays_good_until_it_can() {
    if !switched_on() {
        return;
    }
    let server = redis().await;
    let (provider, emic) = start(&server).await;
    let (person, request) = (browser(&provider), long_nonce(&emic));
    let code = code(&person, &request, CIVIL_SERVANT).await;
    server.freeze().unwrap();
    let (answer, took) = timed(emic.redeem(&request, &code)).await;
    let answer = answer.unwrap();
    refused(&answer, 503, "temporarily_unavailable");
    assert!(answer.header("retry-after").is_some() && took < PATIENCE, "{took:?}");
    server.thaw().unwrap();
    eventually("it is well again", async || is_well(&provider).await).await;
    let given = emic.redeem(&request, &code).await.unwrap().tokens().unwrap();
    emic.verify(&given.id_token, Some(&request.nonce)).await.unwrap();
}

#[tokio::test]
async fn failures_of_an_address_are_counted_with_redis_and_without() {
    if !switched_on() {
        return;
    }
    let mut server = redis().await;
    let (provider, _) = start(&server).await;
    assert_eq!(guess(&provider, "nobody01").await, 422);
    server.stop().unwrap();
    for (name, status) in [("nobody02", 422), ("nobody03", 422), ("nobody04", 422), ("nobody05", 429)] {
        assert_eq!(guess(&provider, name).await, status, "{name}");
    }
    server.start_again().await.unwrap();
    eventually("it is well again", async || is_well(&provider).await).await;
    assert_eq!(guess(&provider, "nobody06").await, 429, "its return forgives nobody");
}

#[tokio::test]
async fn a_node_starts_without_redis_and_finds_it_when_it_comes() {
    if !switched_on() {
        return;
    }
    let mut server = redis().await;
    server.stop().unwrap();
    let (provider, emic) = start(&server).await;
    assert!(!is_well(&provider).await);
    let person = browser(&provider);
    tokens(&emic, &person, &emic.request(), CIVIL_SERVANT).await;
    server.start_again().await.unwrap();
    eventually("it is found", async || is_well(&provider).await).await;
    works_with_redis(&emic, &person).await;
}

#[tokio::test]
async fn whoever_writes_into_redis_gives_no_code_another_nonce() {
    if !switched_on() {
        return;
    }
    let server = redis().await;
    let (provider, emic) = start(&server).await;
    let person = browser(&provider);
    tokens(&emic, &person, &emic.request(), CIVIL_SERVANT).await;
    let (theirs, stolen) = (emic.request().with("nonce", &"t".repeat(300)), long_nonce(&emic));
    code(&person, &theirs, CIVIL_SERVANT).await;
    let known = server.ask(&["KEYS", "*nonce:*"]).unwrap();
    let code = code(&person, &stolen, CIVIL_SERVANT).await;
    let both = server.ask(&["KEYS", "*nonce:*"]).unwrap();
    let new = both.lines().find(|key| *key != known).unwrap();
    assert_eq!(server.ask(&["COPY", &known, new, "REPLACE"]).unwrap(), "1");
    refused(&emic.redeem(&stolen, &code).await.unwrap(), 400, "invalid_grant");
}
