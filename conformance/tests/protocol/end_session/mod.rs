//! RP-initiated logout: who is signed out without being asked, who is asked, and where the person may go afterwards.

mod afterwards;
mod confirmation;
mod hint;
mod posted;

use conformance::steps::{register, silent, start, tokens};
use conformance::{Browser, NATURAL_PERSON, Page, Portal, Provider, Tokens};

const BYE: &str = "http://localhost:9/bye";
const BYE_WITH_QUERY: &str = "http://localhost:9/bye?from=idp";

/// A portal where a person may come back to after signing out.
async fn leaving() -> (Provider, Portal) {
    let (provider, _) = start().await;
    let portal = register(&provider, "portal", |asked| {
        asked.post_logout_redirect_uris = vec![BYE.into(), BYE_WITH_QUERY.into()];
    })
    .await;
    (provider, portal)
}

fn url(provider: &Provider, params: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
    provider.url(&format!("/connect/end_session?{query}"))
}

async fn leave(browser: &Browser, provider: &Provider, params: &[(&str, &str)]) -> Page {
    browser.open(&url(provider, params)).await.unwrap()
}

async fn signed_in(portal: &Portal, browser: &Browser) -> Tokens {
    tokens(portal, browser, &portal.request(), NATURAL_PERSON).await
}

async fn confirm(browser: &Browser, page: &Page) -> Page {
    assert!(page.has("logout-confirm"), "{} {}", page.url, page.body);
    let confirmation = page.field("confirmation").unwrap();
    browser.submit("/connect/end_session/confirm", &[("confirmation", &confirmation)]).await.unwrap()
}

async fn is_signed_in(portal: &Portal, browser: &Browser) -> bool {
    silent(portal, browser).await.is_none()
}
