//! Pushed authorization requests (RFC 9126).

mod bring;
mod once;
mod pages;
mod push;
mod strangers;

use conformance::{Browser, Page};

/// The page about a request that gives nothing.
#[track_caller]
fn is_spent(page: &Page) {
    assert_eq!(page.status, 400, "{} {}", page.url, page.body);
    assert!(page.has("error-title") && page.body.contains("<code id=\"error-code\">invalid_request_uri</code>"));
    assert!(page.parameter("code").is_none());
}

async fn open(browser: &Browser, request: &conformance::Request) -> Page {
    browser.open(&request.url()).await.unwrap()
}
