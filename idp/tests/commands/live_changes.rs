//! What the command line changes reaches a running server within two seconds.

use crate::support::{Idp, Serving, field, http, within_two_seconds};
use serde_json::Value;

fn asked_by(client: &str) -> String {
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    format!(
        "/connect/authorize?response_type=code&client_id={client}&redirect_uri=http%3A%2F%2Flocalhost%3A1%2Fcallback\
         &scope=openid&state=s&nonce=n&code_challenge={challenge}&code_challenge_method=S256"
    )
}

/// What the token endpoint says to a client that presents a secret and no code worth anything.
async fn token_error(serving: &Serving, client: &str, secret: &str) -> String {
    let form = [("grant_type", "authorization_code"), ("code", "x"), ("redirect_uri", "x"), ("code_verifier", "x")];
    let request = http().post(format!("{}/connect/token", serving.issuer)).basic_auth(client, Some(secret)).form(&form);
    let body: Value = serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap();
    body["error"].as_str().unwrap().to_owned()
}

/// Signs in at the provider itself; gives the session cookie.
async fn sign_in(serving: &Serving, account: &str) -> Option<String> {
    let page = serving.get("/sign-in").await;
    let cookie = page.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let interaction = field(&page.text().await.unwrap(), "interaction");
    let form = [("interaction", interaction.as_str()), ("username", account), ("password", "abcd1234")];
    let request = http().post(format!("{}/sign-in", serving.issuer)).header("cookie", cookie).form(&form);
    let answer = request.send().await.unwrap();
    let mut cookies = answer.headers().get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    let session = cookies.find(|cookie| cookie.starts_with("idp_session="))?;
    Some(session.split(';').next().unwrap().to_owned())
}

#[tokio::test]
async fn a_client_that_was_just_added_is_known_at_the_first_request() {
    let idp = Idp::new();
    let serving = Serving::start(&idp);
    assert_eq!(serving.get(&asked_by("emic")).await.status(), 400);
    idp.add_client("emic");
    assert_eq!(serving.get(&asked_by("emic")).await.status(), 200);
    idp.add_client("weather");
    assert_eq!(token_error(&serving, "weather", &idp.read("weather.secret")).await, "invalid_grant");
}

#[tokio::test]
async fn a_client_that_was_changed_disabled_and_enabled_is_so_within_two_seconds() {
    let idp = Idp::new();
    idp.add_client("emic");
    let serving = Serving::start(&idp);
    idp.done(&["clients", "update", "emic", "--name", "新的名字"]);
    within_two_seconds("the new name", async || serving.text(&asked_by("emic")).await.contains("新的名字")).await;
    idp.done(&["clients", "disable", "emic"]);
    within_two_seconds("disabled", async || serving.get(&asked_by("emic")).await.status() == 400).await;
    let secret = idp.read("emic.secret");
    assert_eq!(token_error(&serving, "emic", &secret).await, "invalid_client", "disabled on one path alone");
    idp.done(&["clients", "enable", "emic"]);
    within_two_seconds("enabled", async || serving.get(&asked_by("emic")).await.status() == 200).await;
    idp.done(&["clients", "update", "emic", "--redirect-uri", "http://localhost:2/callback"]);
    within_two_seconds("another redirect URI", async || serving.get(&asked_by("emic")).await.status() == 400).await;
}

#[tokio::test]
async fn after_a_rotation_the_new_secret_works_within_two_seconds_and_the_old_one_still_does() {
    let idp = Idp::new();
    idp.add_client("emic");
    let serving = Serving::start(&idp);
    idp.done(&["clients", "rotate-secret", "emic", "--secret-file", "new"]);
    let (old, new) = (idp.read("emic.secret"), idp.read("new"));
    within_two_seconds("the new secret", async || token_error(&serving, "emic", &new).await == "invalid_grant").await;
    assert_eq!(token_error(&serving, "emic", &old).await, "invalid_grant");
    assert_eq!(token_error(&serving, "emic", &"x".repeat(43)).await, "invalid_client");
}

#[tokio::test]
async fn a_locked_account_is_out_at_once_and_an_unlocked_one_can_sign_in_again() {
    let idp = Idp::new();
    idp.add_account("fireman0119");
    let serving = Serving::start(&idp);
    let session = sign_in(&serving, "fireman0119").await.unwrap();
    let signed_in = async || {
        let request = http().get(format!("{}/", serving.issuer)).header("cookie", &session);
        request.send().await.unwrap().text().await.unwrap().contains("person-name")
    };
    assert!(signed_in().await);
    idp.done(&["accounts", "lock", "fireman0119"]);
    assert!(!signed_in().await, "a lock takes effect at once: nothing of a person is kept in memory");
    assert_eq!(sign_in(&serving, "fireman0119").await, None);
    idp.done(&["accounts", "unlock", "fireman0119"]);
    assert!(!signed_in().await, "the old session came back");
    assert!(sign_in(&serving, "fireman0119").await.is_some());
}

#[tokio::test]
async fn unlocking_forgets_the_wrong_passwords() {
    let idp = Idp::new().with("IDP__PASSWORDS__LOCK_AT", "1");
    idp.add_account("fireman0119");
    let serving = Serving::start(&idp);
    assert!(sign_in(&serving, "fireman0119").await.is_some());
    // A guess that locks the name, by a person who is not this one.
    let page = serving.get("/sign-in").await;
    let cookie = page.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let interaction = field(&page.text().await.unwrap(), "interaction");
    let form = [("interaction", interaction.as_str()), ("username", "FireMan0119"), ("password", "wrong")];
    let request = http().post(format!("{}/sign-in", serving.issuer)).header("cookie", cookie).form(&form);
    assert_eq!(request.send().await.unwrap().status(), 429);
    assert_eq!(sign_in(&serving, "fireman0119").await, None);
    idp.done(&["accounts", "unlock", "fireman0119"]);
    assert!(sign_in(&serving, "fireman0119").await.is_some());
}

#[tokio::test]
async fn an_account_that_was_just_added_can_sign_in() {
    let idp = Idp::new();
    let serving = Serving::start(&idp);
    assert_eq!(sign_in(&serving, "clairesu1234").await, None);
    idp.add_account("teacher0001");
    assert!(sign_in(&serving, "teacher0001").await.is_some());
}

#[tokio::test]
async fn keys_that_were_generated_rotated_or_compromised_show_in_the_jwks_within_two_seconds() {
    let idp = Idp::new();
    let serving = Serving::start(&idp);
    let kids = async || {
        let keys: Value = serde_json::from_str(&serving.text("/.well-known/jwks.json").await).unwrap();
        let mut kids: Vec<_> =
            keys["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect();
        kids.sort();
        kids
    };
    let before = kids().await;
    idp.done(&["keys", "generate", "--alg", "ES256"]);
    within_two_seconds("one key more", async || kids().await.len() == before.len() + 1).await;
    let listed = idp.json(&["keys", "list"]);
    let active = listed.as_array().unwrap().iter().find(|key| key["alg"] == "ES256" && key["state"] == "active");
    let active = active.unwrap()["kid"].as_str().unwrap().to_owned();
    assert!(kids().await.contains(&active));
    idp.done(&["keys", "rotate", "--compromised", &active]);
    within_two_seconds("the compromised key is gone", async || !kids().await.contains(&active)).await;
}
