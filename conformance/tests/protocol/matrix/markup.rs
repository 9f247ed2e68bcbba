//! Whatever a request holds is text in every answer: each parameter, in each mode, in answers and in refusals. Elsewhere the form of
//! one mode let a script through that all the others escaped.

use crate::response_types::{asking, everything, lenient};
use conformance::steps::{arrive, browser, register};
use conformance::{NATURAL_PERSON, Page};
use idp_core::oauth::authorize::{ResponseMode, ResponseType};

const MARKUP: &str = "\"><script>alert(1)</script><a href=javascript:alert(1)>'<!--{{7*7}}";
const PARAMETERS: [&str; 26] = [
    "state",
    "nonce",
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "prompt",
    "max_age",
    "display",
    "ui_locales",
    "claims_locales",
    "login_hint",
    "id_token_hint",
    "acr_values",
    "claims",
    "code_challenge",
    "code_challenge_method",
    "dpop_jkt",
    "request",
    "request_uri",
    "registration",
    "resource",
    "iss",
    "error",
    "unknown",
];

#[track_caller]
fn is_text(page: &Page, what: &str) {
    for part in ["<script>alert", "<a href=javascript", "'<!--", "javascript:alert(1)>"] {
        assert!(!page.body.contains(part), "{what}: {}", page.body);
    }
    if page.status.is_redirection() {
        return;
    }
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{what}: {policy}");
    assert_eq!(page.headers["x-content-type-options"], "nosniff", "{what}");
}

#[tokio::test]
async fn every_parameter_is_text_in_every_mode_of_answers_and_refusals() {
    let provider = lenient().await;
    let portal = register(&provider, "all", everything).await;
    let (signed_in, stranger) = (browser(&provider), browser(&provider));
    arrive(&signed_in, &portal.request(), NATURAL_PERSON).await;
    for kind in [ResponseType::Code, ResponseType::CodeIdTokenToken] {
        for mode in ResponseMode::ALL {
            for name in PARAMETERS {
                let request = asking(&portal, kind, Some(mode.as_str())).with(name, MARKUP);
                for request in [request.clone(), request.with("prompt", "none")] {
                    for browser in [&signed_in, &stranger] {
                        let page = browser.open(&request.url()).await.unwrap();
                        is_text(&page, &format!("{name} by {mode:?}"));
                        let answered = page.url.starts_with(&portal.redirect_uri) || page.has("form-post");
                        // A mode that cannot carry tokens is refused, and another carries that.
                        if name == "state" && answered {
                            assert_eq!(page.parameter("state").as_deref(), Some(MARKUP), "whole, by {mode:?}");
                        }
                    }
                }
            }
        }
    }
}
