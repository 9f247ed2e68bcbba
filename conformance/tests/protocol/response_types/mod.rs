//! Implicit and hybrid flow (OpenID Connect Core 1.0 §3.2, §3.3): every response type in every mode, what it gives, how its
//! refusals travel ([`refusals`]), and how what it gave ends ([`ends`]).

mod ends;
mod refusals;

use conformance::steps::{arrive, browser, fill_in, refused, start};
use conformance::{CIVIL_SERVANT, IdClaims, Page, Portal, Provider, ProviderOptions, Request};
use idp_core::client::registration::Registration;
use idp_core::client::{AuthMethod, GrantType, Profile};
use idp_core::oauth::authorize::ResponseType;
use keys::{b64, sha256};
use std::collections::BTreeMap;

/// The modes a request can ask for; `None`: none.
const MODES: [Option<&str>; 4] = [None, Some("query"), Some("fragment"), Some("form_post")];

/// A provider whose operator allows tokens through the browser.
pub(crate) async fn lenient() -> Provider {
    let settings: fn(&mut idp::settings::Settings) = |settings| settings.oauth.front_channel_tokens = true;
    Provider::start_with(ProviderOptions { settings: Some(settings), ..ProviderOptions::default() }).await.unwrap()
}

/// What a portal registers that wants every response type.
pub(crate) fn everything(asked: &mut Registration) {
    asked.profile = Profile::Standard;
    asked.redirect_uris = vec![format!("https://{}.example/callback", asked.id)];
    asked.response_types = ResponseType::ALL.to_vec();
    asked.grant_types.push(GrantType::Implicit);
}

async fn portal(provider: &Provider, id: &str) -> Portal {
    conformance::steps::register(provider, id, everything).await
}

/// One whose people are asked for their consent.
async fn asking_consent(provider: &Provider) -> Portal {
    let asks = |asked: &mut Registration| {
        everything(asked);
        asked.trusted = false;
    };
    conformance::steps::register(provider, "asks", asks).await
}

pub(crate) fn asking(portal: &Portal, kind: ResponseType, mode: Option<&str>) -> Request {
    let request = portal.request().with("response_type", kind.as_str());
    match mode {
        Some(mode) => request.with("response_mode", mode),
        None => request,
    }
}

/// The mode in which a request is answered, and whether it is the one asked for.
fn answered_in(kind: ResponseType, mode: Option<&'static str>) -> (&'static str, bool) {
    match mode {
        None if kind.gives_tokens() => ("fragment", true),
        None => ("query", true),
        Some("query") if kind.gives_tokens() => ("fragment", false),
        Some(mode) => (mode, true),
    }
}

/// What arrived at the portal, in this mode and nowhere else.
pub(crate) fn arrived(page: &Page, portal: &Portal, mode: &str) -> BTreeMap<String, String> {
    let pairs = |text: &str| form_urlencoded::parse(text.as_bytes()).into_owned().collect();
    let rest = |sign: char| page.url.strip_prefix(&format!("{}{sign}", portal.redirect_uri));
    match mode {
        "query" => pairs(rest('?').filter(|rest| !rest.contains('#')).unwrap_or_else(|| panic!("{}", page.url))),
        "fragment" => pairs(rest('#').unwrap_or_else(|| panic!("{} {}", page.url, page.body))),
        _ => {
            assert!(page.body.contains(&format!("action=\"{}\"", portal.redirect_uri)), "{}", page.body);
            let names = page.body.split("<input type=\"hidden\" name=\"").skip(1);
            let names = names.map(|rest| rest.split('"').next().unwrap().to_owned());
            names.map(|name| (name.clone(), page.field(&name).unwrap())).collect()
        }
    }
}

/// The left half of SHA-256 (§3.3.2.11).
fn half_hash(value: &str) -> String {
    b64::encode(&sha256(value.as_bytes())[..16])
}

fn payload(id_token: &str) -> serde_json::Value {
    serde_json::from_slice(&b64::decode(id_token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

async fn checked(portal: &Portal, id_token: &str, nonce: &str) -> IdClaims {
    portal.verify(id_token, Some(nonce)).await.unwrap()
}

#[tokio::test]
async fn every_response_type_gives_what_it_names_in_every_mode_and_nothing_else() {
    let provider = lenient().await;
    let (portal, browser) = (portal(&provider, "all").await, browser(&provider));
    for kind in ResponseType::ALL {
        for mode in MODES {
            let (mode, had) = answered_in(kind, mode);
            if !had {
                continue;
            }
            let request = asking(&portal, kind, Some(mode)).scope("openid profile identity");
            let page = arrive(&browser, &request, CIVIL_SERVANT).await;
            let got = arrived(&page, &portal, mode);
            let mut expected = vec!["iss", "state"];
            expected.extend(kind.gives_code().then_some("code"));
            expected.extend(kind.gives_id_token().then_some("id_token"));
            if kind.gives_access_token() {
                expected.extend(["access_token", "expires_in", "scope", "token_type"]);
            }
            expected.sort_unstable();
            assert_eq!(got.keys().collect::<Vec<_>>(), expected, "{kind} by {mode}");
            assert_eq!((&got["iss"], &got["state"]), (&provider.issuer, &request.state), "{kind} by {mode}");
            check_tokens(&portal, kind, &request, &got).await;
        }
    }
}

async fn check_tokens(portal: &Portal, kind: ResponseType, request: &Request, got: &BTreeMap<String, String>) {
    let mut subjects = Vec::new();
    if let Some(access) = got.get("access_token") {
        assert_eq!((got["token_type"].as_str(), got["expires_in"].as_str()), ("Bearer", "600"));
        assert_eq!(got["scope"], "openid identity profile");
        let about = portal.userinfo(access).await.unwrap();
        assert_eq!((about.status.as_u16(), &about.json["name"]), (200, &"林大勇".into()), "{kind}");
        subjects.push(about.json["sub"].as_str().unwrap().to_owned());
    }
    let mut front = None;
    if let Some(id_token) = got.get("id_token") {
        let claims = checked(portal, id_token, &request.nonce).await;
        let said = payload(id_token);
        let hash_of = |name: &str| got.get(name).map(|value| half_hash(value));
        let text = |name: &str| said.get(name).map(|value| value.as_str().unwrap().to_owned());
        assert_eq!(text("at_hash"), hash_of("access_token"), "{kind}");
        assert_eq!(text("c_hash"), hash_of("code"), "{kind}");
        assert_eq!(text("s_hash"), hash_of("state"), "{kind}");
        assert_eq!(said["agency_name"], "內政部消防署", "{kind}");
        // §5.4: only where there will be no access token.
        assert_eq!(said.get("name").is_some(), kind == ResponseType::IdToken, "{kind}: {said}");
        subjects.push(claims.subject().to_string());
        front = Some(said);
    }
    if let Some(code) = got.get("code") {
        let given = portal.redeem(request, code).await.unwrap().tokens().unwrap();
        assert!(!given.refresh.is_empty(), "{kind}: refresh tokens come with the code");
        let claims = checked(portal, &given.id_token, &request.nonce).await;
        subjects.push(claims.subject().to_string());
        // §3.3.3.6: both ID tokens say the same of the sign-in.
        let back = payload(&given.id_token);
        assert!(back.get("s_hash").is_none(), "no state goes through the token endpoint");
        for claim in ["iss", "sub", "aud", "nonce", "auth_time", "acr", "amr", "sid"] {
            assert!(front.as_ref().is_none_or(|front| front[claim] == back[claim]), "{kind} {claim}");
        }
        assert_eq!(portal.userinfo(&given.access).await.unwrap().status, 200);
        portal.refresh(&given.refresh).await.unwrap().tokens().unwrap();
    }
    subjects.dedup();
    assert_eq!(subjects.len(), 1, "{kind}: {subjects:?}");
}

/// §5.4, §5.5: without an access token the ID token is the only place for what was asked for.
#[tokio::test]
async fn an_id_token_alone_holds_what_its_scopes_and_the_parameter_claims_give() {
    let provider = lenient().await;
    fill_in(&provider, CIVIL_SERVANT).await;
    let (portal, browser) = (portal(&provider, "all").await, browser(&provider));
    let scope = "openid profile email phone address identity offline_access";
    let request = asking(&portal, ResponseType::IdToken, None).scope(scope);
    let page = arrive(&browser, &request, CIVIL_SERVANT).await;
    let said = payload(&arrived(&page, &portal, "fragment")["id_token"]);
    for claim in ["name", "given_name", "email", "phone_number", "address", "identity_type", "agency_oid", "updated_at"]
    {
        assert!(said.get(claim).is_some(), "{claim}: {said}");
    }
    let few = asking(&portal, ResponseType::IdToken, None)
        .scope("openid email")
        .with("claims", r#"{"id_token":{"given_name":null}}"#);
    let said = payload(&arrived(&arrive(&browser, &few, CIVIL_SERVANT).await, &portal, "fragment")["id_token"]);
    assert!(said.get("given_name").is_some() && said.get("email").is_some(), "{said}");
    assert!(said.get("family_name").is_none() && said.get("phone_number").is_none(), "{said}");
}

#[tokio::test]
async fn pages_carry_the_response_type_through_sign_in_and_consent() {
    let provider = lenient().await;
    let portal = asking_consent(&provider).await;
    for kind in ResponseType::ALL {
        // A browser of its own: the sign-in page, then the consent page, then the answer.
        let browser = browser(&provider);
        let request = asking(&portal, kind, None).with("prompt", "consent");
        let page = browser.open(&request.url()).await.unwrap();
        let page = browser.sign_in(&page, CIVIL_SERVANT, conformance::PASSWORD).await.unwrap();
        assert!(page.has("consent-allow"), "{kind}: {}", page.body);
        let page = browser.decide(&page, "allow").await.unwrap();
        let got = arrived(&page, &portal, answered_in(kind, None).0);
        assert_eq!(
            (got.contains_key("code"), got.contains_key("id_token")),
            (kind.gives_code(), kind.gives_id_token())
        );
    }
}

/// A long nonce waits outside the code; the ID token of the authorization endpoint has it as well.
#[tokio::test]
async fn a_long_nonce_stands_in_both_id_tokens() {
    let provider = lenient().await;
    let (portal, browser) = (portal(&provider, "all").await, browser(&provider));
    let mut request = asking(&portal, ResponseType::CodeIdToken, None);
    request.nonce = "n".repeat(1000);
    let request = request.clone().with("nonce", &request.nonce);
    let got = arrived(&arrive(&browser, &request, CIVIL_SERVANT).await, &portal, "fragment");
    checked(&portal, &got["id_token"], &request.nonce).await;
    let given = portal.redeem(&request, &got["code"]).await.unwrap().tokens().unwrap();
    checked(&portal, &given.id_token, &request.nonce).await;
}

#[tokio::test]
async fn a_public_portal_redeems_a_hybrid_code_with_its_verifier_alone() {
    let provider = lenient().await;
    let portal = conformance::steps::register(&provider, "spa", |asked| {
        everything(asked);
        asked.auth_method = AuthMethod::None;
    })
    .await;
    let browser = browser(&provider);
    let request = asking(&portal, ResponseType::CodeIdTokenToken, None);
    let got = arrived(&arrive(&browser, &request, CIVIL_SERVANT).await, &portal, "fragment");
    let stolen = conformance::Request { verifier: "x".repeat(43), ..request.clone() };
    refused(&portal.redeem(&stolen, &got["code"]).await.unwrap(), 400, "invalid_grant");
    portal.redeem(&request, &got["code"]).await.unwrap().tokens().unwrap();
}

#[tokio::test]
async fn implicit_is_no_grant_of_the_token_endpoint() {
    let provider = lenient().await;
    let portal = portal(&provider, "all").await;
    refused(&portal.token(&[("grant_type", "implicit")]).await.unwrap(), 400, "unsupported_grant_type");
}

#[tokio::test]
async fn discovery_lists_what_the_operator_allows_and_both_addresses_say_the_same() {
    let (strict, _) = start().await;
    let lenient = lenient().await;
    for (provider, types) in [(&strict, 1), (&lenient, 6)] {
        let http = browser(provider).http;
        let document = async |path: &str| {
            let answer = conformance::Answer::of(http.get(provider.url(path))).await.unwrap();
            assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, Some("application/json")));
            assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
            answer.json
        };
        let openid = document("/.well-known/openid-configuration").await;
        assert_eq!(openid, document("/.well-known/oauth-authorization-server").await, "RFC 8414 section 3");
        let kinds: Vec<_> = ResponseType::ALL.into_iter().map(ResponseType::as_str).take(types).collect();
        assert_eq!(openid["response_types_supported"], serde_json::json!(kinds));
        let implicit = openid["grant_types_supported"].as_array().unwrap().contains(&"implicit".into());
        assert_eq!(implicit, types == 6);
        assert_eq!(openid["response_modes_supported"], serde_json::json!(["query", "fragment", "form_post"]));
        assert_eq!(openid["userinfo_signing_alg_values_supported"], openid["id_token_signing_alg_values_supported"]);
    }
}
