//! Every parameter does the same whichever way its request comes.

use super::{brought, object, signing};
use conformance::steps::{arrive, browser, seconds, start};
use conformance::{Answer, Browser, CIVIL_SERVANT, ClientKey, NATURAL_PERSON, Page, Portal, Provider, Request};
use serde_json::Value;

#[derive(Clone, Copy, Debug)]
enum Way {
    Query,
    Posted,
    Pushed,
    Signed,
    SignedAndPosted,
    SignedAndPushed,
}

const WAYS: [Way; 6] = [Way::Query, Way::Posted, Way::Pushed, Way::Signed, Way::SignedAndPosted, Way::SignedAndPushed];

struct Scene {
    provider: Provider,
    portal: Portal,
    key: ClientKey,
    browser: Browser,
}

impl Scene {
    async fn new() -> Self {
        let (provider, _) = start().await;
        let (portal, key) = signing(&provider, "signing", |_| {}).await;
        let browser = browser(&provider);
        Self { provider, portal, key, browser }
    }

    /// Opens a request, sent this way.
    async fn open(&self, way: Way, request: &Request) -> Page {
        let signed = || brought(request, &object(&self.provider, &self.key, request).signed().unwrap());
        let (request, posted) = match way {
            Way::Query => (request.clone(), false),
            Way::Posted => (request.clone(), true),
            Way::Pushed => (self.portal.pushed(request).await.unwrap(), false),
            Way::Signed => (signed(), false),
            Way::SignedAndPosted => (signed(), true),
            Way::SignedAndPushed => (self.portal.pushed(&signed()).await.unwrap(), false),
        };
        if !posted {
            return self.browser.open(&request.url()).await.unwrap();
        }
        let form = self.browser.http.post(self.provider.url("/connect/authorize")).form(&request.params);
        let to = Answer::of(form).await.unwrap().header("location").unwrap().to_owned();
        self.browser.open(&self.provider.url(&to)).await.unwrap()
    }

    async fn sign_in(&self, person: &str) {
        arrive(&self.browser, &self.portal.request().with("prompt", "login"), person).await;
    }
}

#[tokio::test]
async fn without_a_session() {
    for way in WAYS {
        let scene = Scene::new().await;
        let request = || scene.portal.request();
        let page = scene.open(way, &request().with("prompt", "none")).await;
        assert_eq!(page.parameter("error").as_deref(), Some("login_required"), "{way:?}");
        let page = scene.open(way, &request().with("login_hint", CIVIL_SERVANT).with("ui_locales", "en")).await;
        assert_eq!(page.field("username").as_deref(), Some(CIVIL_SERVANT), "{way:?}");
        assert!(page.body.contains("lang=\"en\""), "{way:?}");
    }
}

#[tokio::test]
async fn with_a_session_every_prompt_and_age_and_hint() {
    for way in WAYS {
        let scene = Scene::new().await;
        scene.sign_in(NATURAL_PERSON).await;
        let request = || scene.portal.request();
        let code = |page: &Page| page.parameter("code").is_some();
        assert!(code(&scene.open(way, &request()).await), "{way:?}");
        assert!(code(&scene.open(way, &request().with("prompt", "none")).await), "{way:?}");
        assert!(code(&scene.open(way, &request().with("max_age", "10000")).await), "{way:?}");
        assert!(scene.open(way, &request().with("prompt", "login")).await.has("login-submit"), "{way:?}");
        assert!(scene.open(way, &request().with("prompt", "consent")).await.has("consent-allow"), "{way:?}");
        assert!(scene.open(way, &request().with("prompt", "select_account")).await.has("switch-account"), "{way:?}");
        scene.provider.advance(seconds(5)).await.unwrap();
        assert!(scene.open(way, &request().with("max_age", "4")).await.has("login-submit"), "{way:?}");
        let given = request();
        let page = scene.open(way, &given).await;
        let given = scene.portal.redeem(&given, &page.parameter("code").unwrap()).await.unwrap().tokens().unwrap();
        let hinted = request().with("id_token_hint", &given.id_token);
        assert!(code(&scene.open(way, &hinted).await), "{way:?}");
        scene.sign_in(CIVIL_SERVANT).await;
        assert!(scene.open(way, &hinted).await.has("login-submit"), "{way:?}: somebody else");
        let page = scene.open(way, &request().with("id_token_hint", "garbage")).await;
        assert_eq!(page.parameter("error").as_deref(), Some("invalid_request"), "{way:?}");
    }
}

#[tokio::test]
async fn what_goes_into_the_answer_and_the_tokens() {
    for way in WAYS {
        let scene = Scene::new().await;
        scene.sign_in(CIVIL_SERVANT).await;
        let state = "a&b=\"<中".repeat(20);
        let request = Request { state: state.clone(), ..scene.portal.request().with("state", &state) };
        let request = request.scope("openid identity").with("acr_values", "urn:shenfen:acr:password gold");
        let request = request.with("claims", r#"{"userinfo":{"email":null},"id_token":{"name":{"essential":true}}}"#);
        let page = scene.open(way, &request.clone().with("response_mode", "form_post")).await;
        assert!(page.has("form-post"), "{way:?} {}", page.body);
        assert_eq!(page.parameter("state"), Some(state), "{way:?}");
        let given = scene.portal.redeem(&request, &page.parameter("code").unwrap()).await.unwrap().tokens().unwrap();
        assert_eq!(given.scope, "openid identity", "{way:?}");
        let claims = scene.portal.verify(&given.id_token, Some(&request.nonce)).await.unwrap();
        assert_eq!(claims.auth_context_ref().unwrap().as_str(), "urn:shenfen:acr:password");
        assert!(claims.name().is_some(), "{way:?}");
        let about: Value = scene.portal.userinfo(&given.access).await.unwrap().json;
        assert!(about["email"].is_string() && about["name"].is_null(), "{way:?} {about}");
    }
}

#[tokio::test]
async fn an_essential_acr_that_nobody_reaches_is_refused() {
    let claims = r#"{"id_token":{"acr":{"essential":true,"values":["gold"]}}}"#;
    for way in [Way::Query, Way::Posted, Way::Signed, Way::SignedAndPosted] {
        let scene = Scene::new().await;
        let request = scene.portal.request().with("claims", claims);
        let page = scene.open(way, &request).await;
        assert_eq!(page.parameter("error").as_deref(), Some("unmet_authentication_requirements"), "{way:?}");
    }
    let scene = Scene::new().await;
    let request = scene.portal.request().with("claims", claims);
    let signed = brought(&request, &object(&scene.provider, &scene.key, &request).signed().unwrap());
    for request in [request, signed] {
        let answer = scene.portal.push(&request).await.unwrap();
        conformance::steps::refused(&answer, 400, "unmet_authentication_requirements");
    }
}
