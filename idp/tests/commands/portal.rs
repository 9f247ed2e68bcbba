//! A person with a browser and the portal `emic`, over HTTP.

use crate::support::{Idp, Serving, field, http};
use serde_json::Value;

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const CALLBACK: &str = "http://localhost:1/callback";

/// The person `fireman0119` and the operator's own portal `emic`, which may refresh.
pub fn add_person_and_portal(idp: &Idp) {
    idp.add_account("fireman0119");
    let arguments =
        ["clients", "add", "emic", "--name", "EMIC", "--redirect-uri", CALLBACK, "--scope", "openid identity"];
    let further = ["--secret-file", "emic.secret", "--trusted"];
    let grants = ["--grant-type", "authorization_code", "--grant-type", "refresh_token"];
    idp.done(&[&arguments[..], &further, &grants].concat());
}

/// Signs in at the provider itself; gives the session cookie.
pub async fn sign_in(serving: &Serving) -> String {
    guess(serving, "abcd1234").await.unwrap()
}

/// The same with any password. `None`: it was not taken.
pub async fn guess(serving: &Serving, password: &str) -> Option<String> {
    let page = serving.get("/sign-in").await;
    let cookie = page.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let interaction = field(&page.text().await.unwrap(), "interaction");
    let form = [("interaction", interaction.as_str()), ("username", "fireman0119"), ("password", password)];
    let request = http().post(format!("{}/sign-in", serving.issuer)).header("cookie", cookie).form(&form);
    let answer = request.send().await.unwrap();
    let mut cookies = answer.headers().get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    let session = cookies.find(|cookie| cookie.starts_with("idp_session="))?;
    Some(session.split(';').next().unwrap().to_owned())
}

/// The code that the portal gets without a question. `None`: the person is asked something.
pub async fn code(serving: &Serving, session: &str) -> Option<String> {
    let query = format!(
        "response_type=code&client_id=emic&redirect_uri=http%3A%2F%2Flocalhost%3A1%2Fcallback&scope=openid%20identity\
         &state=s&nonce=n&code_challenge={CHALLENGE}&code_challenge_method=S256&prompt=none"
    );
    let request = http().get(format!("{}/connect/authorize?{query}", serving.issuer)).header("cookie", session);
    let answer = request.send().await.unwrap();
    let to = url::Url::parse(answer.headers().get("location")?.to_str().unwrap()).unwrap();
    to.query_pairs().find(|(name, _)| name == "code").map(|(_, code)| code.into_owned())
}

async fn ask(idp: &Idp, serving: &Serving, form: &[(&str, &str)]) -> Value {
    let request = http().post(format!("{}/connect/token", serving.issuer));
    let request = request.basic_auth("emic", Some(idp.read("emic.secret").trim())).form(form);
    serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap()
}

/// The answer to a code.
pub async fn redeem(idp: &Idp, serving: &Serving, code: &str) -> Value {
    let form = [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", CALLBACK)];
    ask(idp, serving, &[&form[..], &[("code_verifier", VERIFIER)]].concat()).await
}

/// The answer to a refresh token.
pub async fn refresh(idp: &Idp, serving: &Serving, token: &str) -> Value {
    ask(idp, serving, &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
}

/// A token of an answer.
#[track_caller]
pub fn token<'a>(answer: &'a Value, name: &str) -> &'a str {
    answer[name].as_str().unwrap_or_else(|| panic!("no {name}: {answer}"))
}
