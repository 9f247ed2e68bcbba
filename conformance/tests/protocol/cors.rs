//! Cross-origin requests: from the origins of public clients to the machine endpoints, from anybody to public documents,
//! from nobody to pages.

use conformance::steps::{disable, register, start};
use conformance::{Answer, Portal, Provider};
use idp_core::client::AuthMethod;
use reqwest::Method;

const SPA: &str = "https://spa.example.gov.tw";
const MACHINE: [&str; 4] = ["/connect/token", "/connect/userinfo", "/connect/revoke", "/connect/par"];
const PUBLIC: [&str; 3] =
    ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/.well-known/jwks.json"];
const PAGES: [&str; 9] = [
    "/",
    "/sign-in",
    "/consent",
    "/connect/authorize",
    "/connect/authorize/continue",
    "/connect/end_session",
    "/connect/end_session/confirm",
    "/language",
    "/nowhere",
];

async fn provider() -> (Provider, Portal) {
    let (provider, emic) = start().await;
    register(&provider, "spa", |asked| {
        asked.auth_method = AuthMethod::None;
        asked.redirect_uris = vec![format!("{SPA}/callback")];
    })
    .await;
    (provider, emic)
}

async fn send(portal: &Portal, method: Method, url: String, origin: &str) -> Answer {
    let mut request = portal.http.request(method.clone(), url).header("origin", origin);
    if method == Method::OPTIONS {
        request = request.header("access-control-request-method", "POST");
        request = request.header("access-control-request-headers", "authorization,content-type");
    }
    Answer::of(request).await.unwrap()
}

#[tokio::test]
async fn the_origin_of_a_public_client_may_call_the_machine_endpoints() {
    let (provider, portal) = provider().await;
    for path in MACHINE {
        let preflight = send(&portal, Method::OPTIONS, provider.url(path), SPA).await;
        assert_eq!(preflight.status, 204);
        let methods = preflight.header("access-control-allow-methods").unwrap();
        assert!(methods.contains("POST") && methods.contains("GET"));
        let headers = preflight.header("access-control-allow-headers").unwrap().to_ascii_lowercase();
        assert!(headers.contains("authorization") && headers.contains("content-type") && headers.contains("dpop"));
        let refused = send(&portal, Method::POST, provider.url(path), SPA).await;
        assert!(refused.status.is_client_error());
        assert_eq!(refused.header("access-control-expose-headers"), Some("WWW-Authenticate, DPoP-Nonce"));
        for answer in [preflight, refused] {
            assert_eq!(answer.header("access-control-allow-origin"), Some(SPA), "{path}");
            assert_eq!(answer.header("access-control-allow-credentials"), None);
            assert!(answer.headers.get_all("vary").iter().any(|value| value == "Origin"));
        }
    }
}

#[tokio::test]
async fn no_other_origin_may() {
    let (provider, portal) = provider().await;
    for origin in [
        "https://evil.example",
        "http://spa.example.gov.tw",
        "https://spa.example.gov.tw:8443",
        "https://spa.example.gov.tw.evil.example",
        "https://evil.spa.example.gov.tw",
        "https://spa.example.gov.tw/",
        "HTTPS://SPA.EXAMPLE.GOV.TW",
        "http://localhost:1",
        "null",
        "*",
    ] {
        for path in MACHINE {
            for method in [Method::OPTIONS, Method::POST] {
                let answer = send(&portal, method, provider.url(path), origin).await;
                assert_eq!(answer.header("access-control-allow-origin"), None, "{origin} {path}");
                assert_eq!(answer.header("access-control-allow-methods"), None);
                assert!(answer.headers.get_all("vary").iter().any(|value| value == "Origin"), "caches must know");
            }
        }
    }
    disable(&provider, "spa").await;
    let answer = send(&portal, Method::OPTIONS, provider.url(MACHINE[0]), SPA).await;
    assert_eq!(answer.header("access-control-allow-origin"), None, "a disabled client's neither");
}

#[tokio::test]
async fn anybody_may_read_the_public_documents() {
    let (provider, portal) = provider().await;
    for path in PUBLIC {
        for origin in [SPA, "https://anybody.example", "null"] {
            let answer = send(&portal, Method::GET, provider.url(path), origin).await;
            assert_eq!((answer.status.as_u16(), answer.header("access-control-allow-origin")), (200, Some("*")));
            assert_eq!(answer.header("access-control-allow-credentials"), None);
        }
    }
}

#[tokio::test]
async fn pages_are_read_by_nobody_else() {
    let (provider, portal) = provider().await;
    for path in PAGES {
        for method in [Method::GET, Method::POST, Method::OPTIONS] {
            let answer = send(&portal, method.clone(), provider.url(path), SPA).await;
            assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control")), "{method} {path}");
        }
    }
}
