//! Who gets to the pages at all.

use super::{send_from, signed_in};
use conformance::steps::{lock, seconds};
use conformance::{Browser, CIVIL_SERVANT, NATURAL_PERSON, PASSWORD, Provider};

/// Every page of the area, and whether it has a form.
const PAGES: [(&str, bool); 7] = [
    ("/account", false),
    ("/account/password", true),
    ("/account/profile", true),
    ("/account/recovery", true),
    ("/account/email", true),
    ("/account/portals", false),
    ("/account/delete", true),
];

fn is_sign_in(page: &conformance::Page) -> bool {
    page.status == 200 && page.has("login-submit")
}

#[tokio::test]
async fn who_is_not_signed_in_signs_in_and_comes_back_to_the_page() {
    let provider = Provider::start().await.unwrap();
    for (path, _) in PAGES {
        for query in ["", "?lang=x&a=b%26c"] {
            let browser = Browser::new(&provider.issuer).unwrap();
            let page = browser.open(&provider.url(&format!("{path}{query}"))).await.unwrap();
            assert!(is_sign_in(&page), "{path}: {}", page.body);
            let wrong = browser.sign_in(&page, CIVIL_SERVANT, "wrong-one").await.unwrap();
            assert!(wrong.status == 422 && wrong.has("login-submit"), "{}", wrong.body);
            provider.advance(seconds(6)).await.unwrap();
            let back = browser.sign_in(&wrong, CIVIL_SERVANT, PASSWORD).await.unwrap();
            assert_eq!(
                (back.status.as_u16(), back.url.as_str()),
                (200, provider.url(&format!("{path}{query}")).as_str())
            );
            assert!(back.body.contains("我的專區"), "{}", back.body);
            // The address of the sign-in page, out of the history: there is nothing to do.
            let again = browser.open(&page.url).await.unwrap();
            assert_eq!(again.url, back.url);
        }
    }
}

#[tokio::test]
async fn from_every_page_there_is_a_way_home_and_out() {
    let provider = Provider::start().await.unwrap();
    let browser = signed_in(&provider, NATURAL_PERSON, PASSWORD).await;
    for (path, _) in PAGES {
        let page = browser.open(&provider.url(path)).await.unwrap().body;
        let out = "<a id=\"sign-out\" href=\"/connect/end_session\">登出</a>";
        assert!(page.contains("<a id=\"home\" href=\"/\">首頁</a>") && page.contains(out), "{path}: {page}");
    }
    let page = browser.open(&provider.url("/connect/end_session")).await.unwrap();
    assert!(page.has("logout-confirm"), "{}", page.body);
}

#[tokio::test]
async fn nobody_is_led_elsewhere_by_an_address() {
    let provider = Provider::start().await.unwrap();
    for path in
        ["//evil.example/account", "/account//evil.example", "/account/../../evil", "/account/%2F%2Fevil.example"]
    {
        let browser = Browser::new(&provider.issuer).unwrap();
        let page = browser.open(&format!("{}{path}", provider.issuer)).await.unwrap();
        assert!(page.status == 404, "{path}: {} {}", page.status, page.url);
    }
    let browser = Browser::new(&provider.issuer).unwrap();
    let page =
        browser.open(&provider.url("/account?return_to=https://evil.example/&page=//evil.example")).await.unwrap();
    let back = browser.sign_in(&page, NATURAL_PERSON, PASSWORD).await.unwrap();
    assert!(back.url.starts_with(&provider.url("/account?")), "{}", back.url);
}

#[tokio::test]
async fn every_page_belongs_to_who_is_signed_in_and_a_form_of_ours_alone_counts() {
    let provider = Provider::start().await.unwrap();
    let browser = signed_in(&provider, CIVIL_SERVANT, PASSWORD).await;
    let stranger = signed_in(&provider, NATURAL_PERSON, PASSWORD).await;
    let home = browser.open(&provider.url("/")).await.unwrap();
    assert!(home.body.contains("href=\"/account\""), "{}", home.body);
    for (path, has_form) in PAGES {
        let page = browser.open(&provider.url(path)).await.unwrap();
        assert!(page.status == 200 && page.body.contains("林大勇") && !page.body.contains("蘇小美"), "{}", page.body);
        if !has_form {
            continue;
        }
        let sealed = page.field("page").unwrap();
        let post = |origin: &str, site: &str| {
            let post = browser.http.post(provider.url(path)).form(&[("page", sealed.as_str())]);
            post.header("origin", origin).header("sec-fetch-site", site).send()
        };
        assert_eq!(post("https://evil.example", "cross-site").await.unwrap().status(), 403, "{path}");
        assert_eq!(post(&provider.issuer, "same-site").await.unwrap().status(), 403, "{path}");
        let theirs = send_from(&stranger, &page, path, &[]).await;
        assert!(theirs.status == 400 && theirs.body.contains("請再確認一次"), "{path}: {}", theirs.body);
        for garbage in ["", "x", "AAAA"] {
            let broken = browser.submit(path, &[("page", garbage)]).await.unwrap();
            assert!(broken.status == 400 && broken.has("error-title"), "{path}: {}", broken.body);
        }
        provider.advance(seconds(30 * 60)).await.unwrap();
        let late = send_from(&browser, &page, path, &[]).await;
        assert!(late.status == 400 && late.body.contains("請再確認一次"), "{path}: {}", late.body);
        assert_ne!(late.field("page").unwrap(), sealed, "it is shown anew");
    }
}

#[tokio::test]
async fn a_session_that_ended_or_an_account_that_was_locked_gets_nowhere() {
    let provider = Provider::start().await.unwrap();
    let browser = signed_in(&provider, CIVIL_SERVANT, PASSWORD).await;
    let (path, _) = PAGES[1];
    let page = browser.open(&provider.url(path)).await.unwrap();
    lock(&provider, CIVIL_SERVANT).await;
    for (path, has_form) in PAGES {
        assert!(is_sign_in(&browser.open(&provider.url(path)).await.unwrap()), "{path}");
        if has_form {
            assert!(is_sign_in(&send_from(&browser, &page, path, &[]).await), "{path}");
        }
    }
    let browser = signed_in(&provider, NATURAL_PERSON, PASSWORD).await;
    let page = browser.open(&provider.url(path)).await.unwrap();
    conformance::steps::sign_out(&browser, &provider).await;
    assert!(is_sign_in(&send_from(&browser, &page, path, &[]).await));
    let idle = signed_in(&provider, NATURAL_PERSON, PASSWORD).await;
    // Looking at one's own pages is a use of the session.
    for _ in 0..3 {
        provider.advance(seconds(4 * 3600)).await.unwrap();
        assert_eq!(idle.open(&provider.url("/account")).await.unwrap().url, provider.url("/account"));
    }
    provider.advance(seconds(8 * 3600)).await.unwrap();
    assert!(is_sign_in(&idle.open(&provider.url("/account")).await.unwrap()));
}
