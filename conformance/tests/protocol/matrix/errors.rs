//! Every error in every way it is delivered: in query, fragment or form of the portal's address, with `state` and `iss`; as JSON; in
//! the header of a resource; and as a page where it may go nowhere. Requests that were pushed or signed are refused as plain ones are.

use super::ways::{Proven, TOKEN, Token, Way, Who, ways};
use crate::request_object::{brought, object};
use crate::response_types::{arrived, everything};
use conformance::steps::{arrive, browser, refused, register};
use conformance::{Answer, Browser, ClientKey, NATURAL_PERSON, Portal, ProofKey, Provider, ProviderOptions, Request};
use idp::settings::RegistrationMode;
use idp_core::client::{AuthMethod, GrantType};
use idp_core::oauth::authorize::{ResponseMode, ResponseType};
use idp_core::oauth::error::OAuthErrorCode;
use keys::Algorithm;
use serde_json::json;

struct Scene {
    provider: Provider,
    portals: Vec<Portal>,
    key: ClientKey,
    signed_in: Browser,
    stranger: Browser,
}

async fn scene() -> Scene {
    let settings: fn(&mut idp::settings::Settings) = |settings| {
        settings.oauth.front_channel_tokens = true;
        settings.registration.mode = RegistrationMode::Open;
        settings.requests.pushed_per_minute = 200;
    };
    let options = ProviderOptions { settings: Some(settings), ..ProviderOptions::default() };
    let provider = Provider::start_with(options).await.unwrap();
    let key = ClientKey::generate(Algorithm::Es256).unwrap();
    let mut portals = Vec::new();
    for id in ["all", "asks", "little", "own-query", "pushes"] {
        let portal = register(&provider, id, |asked| {
            everything(asked);
            asked.auth_method = AuthMethod::ClientSecretPost;
            asked.jwks = Some(key.set());
            asked.trusted = id != "asks";
            asked.grant_types.push(GrantType::ClientCredentials);
            if id == "little" {
                asked.scope = "openid".into();
                asked.response_types = vec![ResponseType::Code];
                asked.grant_types = vec![GrantType::AuthorizationCode];
            }
        })
        .await;
        portals.push(portal);
    }
    let (signed_in, stranger) = (browser(&provider), browser(&provider));
    arrive(&signed_in, &portals[0].request(), NATURAL_PERSON).await;
    Scene { provider, portals, key, signed_in, stranger }
}

impl Scene {
    fn portal(&self, id: &str) -> &Portal {
        self.portals.iter().find(|portal| portal.id == id).unwrap()
    }
}

#[tokio::test]
async fn every_error_arrives_in_every_way_that_leads_to_whoever_asked() {
    let scene = scene().await;
    for code in OAuthErrorCode::ALL {
        for way in ways(code) {
            match way {
                Way::Authorize(id, who, change) => travels(&scene, code, (scene.portal(id), who, change)).await,
                Way::Cancelled => cancelled(&scene, code).await,
                Way::Nowhere => {}
                other => refused(&answered(&scene, other).await, code.status(), code.as_str()),
            }
        }
    }
}

/// In each mode, by each carrier, with and without a state.
async fn travels(scene: &Scene, code: OAuthErrorCode, (portal, who, change): (&Portal, Who, fn(Request) -> Request)) {
    let browser = match who {
        Who::SignedIn => &scene.signed_in,
        Who::Stranger => &scene.stranger,
    };
    for mode in ResponseMode::ALL {
        for stated in [true, false] {
            let plain = change(portal.request());
            let tokens = plain.get("response_type").is_some_and(|kind| kind.contains("token"));
            // A mode that could not carry what was asked for carries no refusal of it either.
            if tokens && mode == ResponseMode::Query {
                continue;
            }
            let plain = plain.with("response_mode", mode.as_str());
            let plain = if stated { plain } else { plain.without("state") };
            let mut ways = vec![plain.clone()];
            let unsigned = plain.get("request").is_none() && plain.get("request_uri").is_none();
            if unsigned {
                let signed = object(&scene.provider, &scene.key, &plain).signed().unwrap();
                ways.push(brought(&plain, &signed));
            }
            let push = portal.push(&plain).await.unwrap();
            match push.json["request_uri"].as_str() {
                Some(uri) => ways.push(portal.request().with("request_uri", uri)),
                // Said to the client itself, but for a request_uri: no pushed request has one.
                None if plain.get("request_uri").is_some() => refused(&push, 400, "invalid_request"),
                None => refused(&push, code.status(), code.as_str()),
            }
            for request in ways {
                let page = browser.open(&request.url()).await.unwrap();
                let got = arrived(&page, portal, mode.as_str());
                let mut expected = vec!["error", "error_description", "iss"];
                expected.extend(stated.then_some("state"));
                assert_eq!(got.keys().collect::<Vec<_>>(), expected, "{code:?} {mode:?} {}", request.query());
                assert_eq!(got["error"], code.as_str(), "{mode:?} {}", request.query());
                assert_eq!(got["iss"], scene.provider.issuer);
                assert_eq!(got.get("state"), stated.then_some(&plain.state), "{code:?}");
                let printable = |byte: u8| (0x20..0x7f).contains(&byte) && byte != b'"' && byte != b'\\';
                assert!(got["error_description"].bytes().all(printable), "{}", got["error_description"]);
            }
        }
    }
}

async fn cancelled(scene: &Scene, code: OAuthErrorCode) {
    let portal = scene.portal("all");
    for mode in ResponseMode::ALL {
        let request = portal.request().with("response_mode", mode.as_str());
        let page = scene.stranger.open(&request.url()).await.unwrap();
        let form = [("interaction", page.field("interaction").unwrap()), ("decision", "cancel".into())];
        let form = form.each_ref().map(|(name, value)| (*name, value.as_str()));
        let got = arrived(&scene.stranger.submit("/sign-in", &form).await.unwrap(), portal, mode.as_str());
        assert_eq!((got["error"].as_str(), &got["iss"]), (code.as_str(), &scene.provider.issuer));
        assert_eq!(got["state"], request.state);
    }
}

/// Said to whoever asked, as [`refused`] wants it; a page or a header is put into that form.
async fn answered(scene: &Scene, way: Way) -> Answer {
    let (provider, portal) = (&scene.provider, scene.portal("all"));
    let http = &portal.http;
    match way {
        Way::Form(path, form) if form.iter().any(|(name, _)| *name == "client_secret") => {
            Answer::of(http.post(provider.url(path)).form(form)).await.unwrap()
        }
        Way::Form(path, form) => {
            let named = form.iter().find(|(name, _)| *name == "client_id").map_or("all", |(_, id)| id);
            let form: Vec<_> = form.iter().copied().filter(|(name, _)| *name != "client_id").collect();
            scene.portal(named).post(path, &form).await.unwrap()
        }
        Way::Proof(proof) => {
            let key = ProofKey::generate().unwrap();
            let request = http.post(provider.url(TOKEN)).header("DPoP", proof(&Proven { portal, key: &key }));
            portal.send(request, &[("grant_type", "refresh_token"), ("refresh_token", "x")]).await.unwrap()
        }
        Way::Registration(body) => {
            let post = http.post(provider.url("/connect/register")).header("content-type", "application/json");
            Answer::of(post.body(body)).await.unwrap()
        }
        Way::UserInfo(token) => {
            let answer = portal.userinfo(&access_token(scene, token).await).await.unwrap();
            let challenge = answer.header("www-authenticate").unwrap().to_owned();
            assert!(challenge.starts_with("Bearer realm=\"shenfen\", error=\""), "{challenge}");
            assert_eq!(answer.body, "");
            let error = challenge.split('"').nth(3).unwrap();
            in_form(answer.clone(), error)
        }
        Way::TooEarly => {
            let early = register(provider, "early", |asked| asked.auth_method = AuthMethod::PrivateKeyJwt).await;
            let answer = early.token(&[("grant_type", "refresh_token"), ("refresh_token", "x")]).await.unwrap();
            assert_eq!(answer.header("retry-after"), Some("1"));
            answer
        }
        Way::OwnTokenRevoked => {
            let own = portal.token(&[("grant_type", "client_credentials")]).await.unwrap().tokens().unwrap();
            portal.revoke(&own.access).await.unwrap()
        }
        Way::PushedTooMuch => {
            let pushes = scene.portal("pushes");
            let key = format!("pushed_count:{}", pushes.id);
            let (window, now) = (std::time::Duration::from_secs(60), provider.clock.now());
            for _ in 0..200 {
                provider.wired.base.ephemeral.bump(&key, window, now).await.unwrap();
            }
            let answer = pushes.push(&pushes.request()).await.unwrap();
            assert_eq!(answer.header("retry-after"), Some("60"));
            answer
        }
        Way::SpentPush => {
            let request =
                portal.request().with("request_uri", &format!("urn:ietf:params:oauth:request_uri:{}", "A".repeat(43)));
            let page = scene.signed_in.open(&request.url()).await.unwrap();
            assert!(page.has("error-title") && page.body.contains("invalid_request_uri"), "{}", page.body);
            in_form(
                Answer { status: page.status, headers: page.headers, body: page.body, json: json!({}) },
                "invalid_request_uri",
            )
        }
        Way::Authorize(..) | Way::Cancelled | Way::Nowhere => unreachable!(),
    }
}

/// What was said elsewhere, as if it had been JSON.
fn in_form(mut answer: Answer, error: &str) -> Answer {
    answer.json = json!({ "error": error });
    answer.headers.insert("content-type", "application/json".parse().unwrap());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    answer
}

async fn access_token(scene: &Scene, token: Token) -> String {
    let portal = scene.portal("all");
    match token {
        Token::Garbage => "garbage".into(),
        Token::WithoutOpenId => {
            let request = portal.request().scope("openid email");
            let given = conformance::steps::tokens(portal, &scene.signed_in, &request, NATURAL_PERSON).await;
            let fewer = [("grant_type", "refresh_token"), ("refresh_token", &given.refresh), ("scope", "email")];
            portal.token(&fewer).await.unwrap().tokens().unwrap().access
        }
    }
}
