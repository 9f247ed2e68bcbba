//! The cookies themselves, on a loopback http issuer (those of https are tested with TLS), and forged ones.

use crate::support::{Answer, Visitor, hashed};
use conformance::{CIVIL_SERVANT, PASSWORD, Provider};
use reqwest::header::SET_COOKIE;

/// Name and attributes of every cookie an answer sets, sorted.
pub fn set_cookies(answer: &Answer) -> Vec<(String, Vec<String>)> {
    let parse = |text: &str| {
        let mut parts = text.split("; ").map(str::to_owned);
        let name = parts.next().unwrap().split('=').next().unwrap().to_owned();
        let mut attributes: Vec<_> = parts.collect();
        attributes.sort();
        (name, attributes)
    };
    let mut all: Vec<_> =
        answer.headers.get_all(SET_COOKIE).iter().map(|value| parse(value.to_str().unwrap())).collect();
    all.sort();
    all
}

fn plain(name: &str) -> (String, Vec<String>) {
    (name.to_owned(), ["HttpOnly", "Path=/", "SameSite=Lax"].map(str::to_owned).to_vec())
}

#[tokio::test]
async fn on_loopback_http_cookies_have_plain_names_and_go_with_the_browser() {
    let provider = Provider::start().await.unwrap();
    let mut visitor = Visitor::of(&provider);
    let page = visitor.get("/sign-in").await;
    assert_eq!(set_cookies(&page), [plain("idp_browser")]);
    let signed_in = visitor.guess(&page.field("interaction"), CIVIL_SERVANT, PASSWORD).await;
    let mut known = plain("idp_known");
    known.1.insert(1, "Max-Age=15552000".into());
    assert_eq!(set_cookies(&signed_in), [plain("idp_browser"), known, plain("idp_session")]);
    let home = visitor.get("/").await;
    assert_eq!(set_cookies(&home), []);
}

#[tokio::test]
async fn nobody_gets_a_cookie_who_only_looks() {
    let provider = Provider::start().await.unwrap();
    for path in ["/", "/nowhere", "/.well-known/openid-configuration", "/.well-known/jwks.json", "/style.css"] {
        assert_eq!(set_cookies(&Visitor::of(&provider).get(path).await), [], "{path}");
    }
}

#[tokio::test]
async fn a_forged_session_cookie_is_nobodys() {
    let provider = Provider::start().await.unwrap();
    let mut person = Visitor::of(&provider);
    person.sign_in(CIVIL_SERVANT, PASSWORD).await;
    let secret = person.cookie("idp_session");
    let digest = keys::b64::encode(&keys::sha256(&keys::b64::decode(&secret).unwrap()));
    let newest = provider.audit(1).await.unwrap();
    let account = newest[0].account_id.clone().unwrap();
    let other_last = format!("{}{}", &secret[..42], if secret.ends_with('A') { "Q" } else { "A" });
    for forged in [
        "A".repeat(43),
        "A".repeat(10_000),
        String::new(),
        "not base64 !".into(),
        secret[..42].to_owned(),
        format!("{secret}A"),
        format!("{secret}="),
        secret.to_ascii_uppercase(),
        other_last,
        digest,
        account,
        "' OR '1'='1".into(),
    ] {
        let mut thief = Visitor::of(&provider);
        thief.cookies.insert("idp_session".into(), forged.clone());
        assert_eq!(thief.person().await, None, "{forged}");
        // And the person behind it can still sign in.
        thief.cookies.remove("idp_browser");
        let page = thief.get("/sign-in").await;
        assert_eq!(page.status, 200, "{forged}");
    }
    assert_eq!(person.person().await.as_deref(), Some("林大勇"));
}

#[tokio::test]
async fn a_forged_browser_cookie_opens_no_form() {
    let provider = Provider::start().await.unwrap();
    let mut visitor = Visitor::of(&provider);
    let interaction = visitor.sign_in_page().await;
    for forged in ["", "x", &"A".repeat(22), &"A".repeat(1000), "ü"] {
        let before = hashed(&provider);
        visitor.cookies.insert("idp_browser".into(), forged.to_owned());
        let answer = visitor.guess(&interaction, CIVIL_SERVANT, PASSWORD).await;
        assert_eq!(answer.status, 200, "{forged}");
        assert!(answer.has("login-submit"));
        assert_eq!(hashed(&provider), before, "{forged}: the password was looked at");
    }
}

#[tokio::test]
async fn signing_out_takes_the_cookie_and_what_it_was_worth() {
    let provider = Provider::start().await.unwrap();
    let mut person = Visitor::of(&provider);
    person.sign_in(CIVIL_SERVANT, PASSWORD).await;
    let mut thief = person.clone();
    let question = person.get("/connect/end_session").await;
    let done = person.post("/connect/end_session/confirm", &[("confirmation", &question.field("confirmation"))]).await;
    assert!(done.has("logged-out"), "{}", done.body);
    assert_eq!(person.cookie("idp_session"), "");
    assert_eq!(thief.person().await, None);
}
