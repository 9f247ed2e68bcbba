//! Answers by form (OAuth 2.0 Form Post Response Mode): what goes by redirect otherwise, errors too, and no more.

use conformance::steps::{WEATHER, arrive, browser, portal, register, start};
use conformance::{NATURAL_PERSON, PASSWORD, Page, Request};
use idp_core::client::{ApplicationType, AuthMethod, Profile};

/// The names of the fields that the page posts, and where.
fn posted(page: &Page) -> (String, Vec<String>) {
    assert_eq!(page.status, 200, "{} {}", page.url, page.body);
    let form = page.body.split("<form id=\"form-post\" method=\"post\" action=\"").nth(1).expect("a form");
    let (action, form) = form.split_once('"').unwrap();
    let form = form.split("</form>").next().unwrap();
    let names =
        form.split("<input type=\"hidden\" name=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
    assert!(form.contains("<button"), "without a script there has to be a button: {form}");
    (action.replace("&#38;", "&"), names.collect())
}

fn by_form(request: Request) -> Request {
    request.with("response_mode", "form_post")
}

#[tokio::test]
async fn a_code_arrives_in_a_form_with_state_and_issuer_and_buys_tokens() {
    let (provider, emic) = start().await;
    let odd: String = (0x20..0x7f_u8).map(char::from).collect();
    let browser = browser(&provider);
    for state in ["s".repeat(128), odd, "\"><script>alert(1)</script>&amp;%41中文".into()] {
        let request = by_form(emic.request()).with("state", &state);
        let page = arrive(&browser, &request, NATURAL_PERSON).await;
        let (action, fields) = posted(&page);
        assert_eq!((action, fields), (emic.redirect_uri.clone(), ["code", "state", "iss"].map(str::to_owned).to_vec()));
        assert_eq!(page.parameter("state").as_deref(), Some(state.as_str()));
        assert_eq!(page.parameter("iss").as_deref(), Some(provider.issuer.as_str()));
        assert!(!page.body.contains("alert(1)</script>"));
        let tokens = emic.redeem(&request, &page.parameter("code").unwrap()).await.unwrap().tokens().unwrap();
        emic.verify(&tokens.id_token, Some(&request.nonce)).await.unwrap();
    }
}

#[tokio::test]
async fn the_page_runs_its_own_script_alone_and_is_kept_nowhere() {
    let (provider, emic) = start().await;
    let page = arrive(&browser(&provider), &by_form(emic.request()), NATURAL_PERSON).await;
    let header = |name: &str| page.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default();
    let policy = header("content-security-policy");
    assert!(policy.starts_with("default-src 'none';") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert_eq!(policy.matches("'sha256-").count(), 1, "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains("form-action") && !policy.contains("nonce-"), "{policy}");
    assert_eq!((header("cache-control"), header("referrer-policy")), ("no-store", "strict-origin"));
    assert_eq!((header("x-frame-options"), header("location")), ("DENY", ""));
    assert_eq!(page.body.matches("<script").count(), 1);
}

#[tokio::test]
async fn a_registered_query_stays_in_the_address_the_form_goes_to() {
    let (provider, _) = start().await;
    let query = register(&provider, "query", |asked| {
        asked.redirect_uris = vec!["http://localhost:9/query?a=1&b=2".into()];
    })
    .await;
    let request = by_form(query.request());
    let page = arrive(&browser(&provider), &request, NATURAL_PERSON).await;
    assert_eq!(posted(&page).0, query.redirect_uri);
    query.redeem(&request, &page.parameter("code").unwrap()).await.unwrap().tokens().unwrap();
}

#[tokio::test]
async fn every_refusal_that_may_leave_travels_in_the_form() {
    let (provider, emic) = start().await;
    let (stranger, weather) = (browser(&provider), portal(&provider, "weather", WEATHER).await);
    let rows = [
        (emic.request().with("prompt", "none"), "login_required"),
        (emic.request().without("response_type"), "invalid_request"),
        (emic.request().with("response_type", "token"), "unsupported_response_type"),
        (emic.request().scope("profile"), "invalid_scope"),
        (emic.request().with("request", "e30."), "invalid_request_object"),
        (emic.request().without_pkce(), "invalid_request"),
        (emic.request().with("max_age", "soon"), "invalid_request"),
        (emic.request().and("nonce", "again"), "invalid_request"),
    ];
    for (request, error) in rows {
        let page = stranger.open(&by_form(request.clone()).url()).await.unwrap();
        let (action, fields) = posted(&page);
        assert_eq!(action, emic.redirect_uri);
        assert_eq!(fields, ["error", "error_description", "state", "iss"]);
        assert_eq!(page.parameter("error").as_deref(), Some(error), "{}", request.query());
        assert_eq!(page.parameter("state").as_deref(), Some(request.state.as_str()));
    }
    // Whoever leaves the sign-in page, or says no to the consent page.
    let page = stranger.open(&by_form(weather.request().scope("openid email")).url()).await.unwrap();
    let interaction = page.field("interaction").unwrap();
    let left = stranger.submit("/sign-in", &[("interaction", &interaction), ("decision", "cancel")]).await.unwrap();
    assert_eq!(left.parameter("error").as_deref(), Some("access_denied"), "{}", left.body);
    let consent = stranger.sign_in(&page, NATURAL_PERSON, PASSWORD).await.unwrap();
    let denied = stranger.decide(&consent, "deny").await.unwrap();
    assert_eq!(posted(&denied).0, WEATHER);
    assert_eq!(denied.parameter("error").as_deref(), Some("access_denied"), "{}", denied.body);
}

#[tokio::test]
async fn nothing_is_posted_to_an_address_that_is_not_registered() {
    let (provider, emic) = start().await;
    for request in [
        emic.request().with("redirect_uri", "https://evil.example/"),
        emic.request().with("client_id", "nobody"),
        emic.request().without("redirect_uri"),
        emic.request().and("redirect_uri", "https://evil.example/"),
    ] {
        let page = browser(&provider).open(&by_form(request).url()).await.unwrap();
        assert!(page.status.is_client_error() && page.has("error-title") && !page.has("form-post"), "{}", page.body);
    }
}

#[tokio::test]
async fn an_app_with_a_scheme_of_its_own_is_told_that_it_takes_no_form() {
    let (provider, _) = start().await;
    let app = register(&provider, "app", |asked| {
        asked.profile = Profile::Standard;
        asked.auth_method = AuthMethod::None;
        asked.application_type = ApplicationType::Native;
        asked.redirect_uris = vec!["tw.gov.example:/callback".into()];
    })
    .await;
    let page = browser(&provider).open(&by_form(app.request()).url()).await.unwrap();
    assert!(page.url.starts_with("tw.gov.example:/callback?error=invalid_request"), "{} {}", page.url, page.body);
}
