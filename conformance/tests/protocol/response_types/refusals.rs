//! How a refusal travels: by the mode that its request's answer would have had.

use super::{MODES, answered_in, arrived, asking, asking_consent, everything, lenient, portal};
use conformance::steps::{WEATHER, arrive, browser, start};
use conformance::{NATURAL_PERSON, PASSWORD};
use idp_core::oauth::authorize::ResponseType;

/// A rule that holds in one mode and is forgotten in its sibling is no rule.
#[tokio::test]
async fn every_refusal_of_every_response_type_travels_by_its_mode() {
    let provider = lenient().await;
    let (portal, stranger) = (portal(&provider, "all").await, browser(&provider));
    for kind in ResponseType::ALL {
        for mode in MODES {
            let request = asking(&portal, kind, mode);
            let long = "x".repeat(2049);
            let rows = [
                (request.clone().with("prompt", "none"), "login_required"),
                (request.clone().scope("profile"), "invalid_scope"),
                (request.clone().with("request", "e30."), "invalid_request_object"),
                (request.clone().with("max_age", "soon"), "invalid_request"),
                (request.clone().with("prompt", "none login"), "invalid_request"),
                (request.clone().with("claims", "["), "invalid_request"),
                (request.clone().with("code_challenge_method", "plain"), "invalid_request"),
                (request.clone().with("nonce", &long), "invalid_request"),
                (request.clone().and("nonce", "again"), "invalid_request"),
            ];
            let (travels, had) = answered_in(kind, mode);
            for (request, error) in rows {
                let page = stranger.open(&request.url()).await.unwrap();
                let got = arrived(&page, &portal, travels);
                assert_eq!(
                    got.keys().collect::<Vec<_>>(),
                    ["error", "error_description", "iss", "state"],
                    "{kind} {mode:?}"
                );
                // A request object is refused before anything it could replace.
                let first = had || error == "invalid_request_object";
                let error = if first { error } else { "invalid_request" };
                assert_eq!(got["error"], error, "{kind} {mode:?} {}", request.query());
                assert_eq!((&got["state"], &got["iss"]), (&request.state, &provider.issuer));
            }
        }
    }
}

#[tokio::test]
async fn whoever_says_no_is_sent_back_by_the_mode_of_the_request() {
    let provider = lenient().await;
    let portal = asking_consent(&provider).await;
    for kind in ResponseType::ALL {
        for mode in MODES {
            let (travels, had) = answered_in(kind, mode);
            if !had {
                continue;
            }
            let browser = browser(&provider);
            let page = browser.open(&asking(&portal, kind, mode).url()).await.unwrap();
            let interaction = page.field("interaction").unwrap();
            let left =
                browser.submit("/sign-in", &[("interaction", &interaction), ("decision", "cancel")]).await.unwrap();
            assert_eq!(arrived(&left, &portal, travels)["error"], "access_denied", "{kind} {mode:?}");
            let page = browser.sign_in(&page, NATURAL_PERSON, PASSWORD).await.unwrap();
            let denied = browser.decide(&page, "deny").await.unwrap();
            assert_eq!(arrived(&denied, &portal, travels)["error"], "access_denied", "{kind} {mode:?}");
        }
    }
}

/// Also of types that nobody has: the portal looks for the refusal where its answer would have been.
#[tokio::test]
async fn types_that_are_not_offered_are_refused_where_the_portal_looks() {
    let provider = lenient().await;
    let (portal, browser) = (portal(&provider, "all").await, browser(&provider));
    arrive(&browser, &portal.request(), NATURAL_PERSON).await;
    let rows = [
        ("token", "fragment"),
        ("token id_token token", "fragment"),
        ("id_token none", "fragment"),
        ("none", "query"),
        ("code code", "query"),
        ("device", "query"),
    ];
    for (kind, travels) in rows {
        let page = browser.open(&portal.request().with("response_type", kind).url()).await.unwrap();
        assert_eq!(arrived(&page, &portal, travels)["error"], "unsupported_response_type", "{kind}");
    }
    // Of a type named twice nobody knows what it would have been.
    for (one, other) in [("code", "id_token"), ("id_token", "code")] {
        let request = portal.request().with("response_type", one).and("response_type", other);
        let page = browser.open(&request.url()).await.unwrap();
        assert_eq!(arrived(&page, &portal, "query")["error"], "invalid_request", "{one} {other}");
    }
}

#[tokio::test]
async fn an_id_token_from_the_authorization_endpoint_needs_a_nonce() {
    let provider = lenient().await;
    let (portal, browser) = (portal(&provider, "all").await, browser(&provider));
    for kind in ResponseType::ALL {
        let page = arrive(&browser, &asking(&portal, kind, None).without("nonce"), NATURAL_PERSON).await;
        let got = arrived(&page, &portal, answered_in(kind, None).0);
        let error = kind.gives_id_token().then_some("invalid_request");
        assert_eq!(got.get("error").map(String::as_str), error, "{kind}");
    }
}

/// The operator's leave and the registration are both needed, whatever is stored: forged client data re-enables nothing.
#[tokio::test]
async fn tokens_through_the_browser_need_the_operators_leave_and_the_clients_registration() {
    let (strict, _) = start().await;
    let lenient = lenient().await;
    let registered = conformance::steps::register(&strict, "registered", everything).await;
    let code_alone = conformance::steps::register(&lenient, "codealone", |asked| {
        everything(asked);
        asked.response_types = vec![ResponseType::Code];
        asked.grant_types.retain(|grant| *grant != idp_core::client::GrantType::Implicit);
    })
    .await;
    let government = conformance::steps::portal(&lenient, "weather", WEATHER).await;
    for (provider, portal) in [(&strict, &registered), (&lenient, &code_alone), (&lenient, &government)] {
        let browser = browser(provider);
        for kind in ResponseType::ALL {
            let page = arrive(&browser, &asking(portal, kind, None), NATURAL_PERSON).await;
            let got = arrived(&page, portal, answered_in(kind, None).0);
            let error = kind.gives_tokens().then_some("unauthorized_client");
            assert_eq!(got.get("error").map(String::as_str), error, "{} {kind}", portal.id);
            assert!(!got.contains_key("access_token") && !got.contains_key("id_token"));
        }
    }
}

#[tokio::test]
async fn nothing_leaves_for_an_address_that_is_not_registered_in_any_mode() {
    let provider = lenient().await;
    let (portal, browser) = (portal(&provider, "all").await, browser(&provider));
    arrive(&browser, &portal.request(), NATURAL_PERSON).await;
    for kind in ResponseType::ALL {
        for mode in MODES {
            let asked = asking(&portal, kind, mode);
            for address in ["https://evil.example/", "https://all.example/callback#x", "https://all.example/callback?x"]
            {
                let page = browser.open(&asked.clone().with("redirect_uri", address).url()).await.unwrap();
                assert_eq!(page.status, 400, "{kind} {mode:?} {}", page.url);
                assert!(page.has("error-title") && !page.has("form-post"), "{kind} {mode:?} {}", page.body);
            }
        }
    }
}
