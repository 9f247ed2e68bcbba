//! Forms that are right in every field, sent by another site in the person's browser: nothing is done, until the person sends them.

use crate::account::{ask_to_leave, send, signed_in};
use crate::support::*;
use conformance::steps::{portal, tokens};
use conformance::{Browser, CIVIL_SERVANT, EDUCATOR, NATURAL_PERSON, PASSWORD as OLD, Page, Provider};

/// What browsers say of a form that is not ours.
const FOREIGN: [&[(&str, &str)]; 4] = [
    &[("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")],
    &[("origin", "null")],
    &[("sec-fetch-site", "same-site")],
    &[("origin", "https://evil.example")],
];

/// The fields that a page carries, its picture read, and what somebody types.
fn fields<'a>(provider: &Provider, page: &Page, typed: &[(&'a str, &str)]) -> Vec<(&'a str, String)> {
    let mut fields = provider.proof(page).unwrap();
    for name in ["waiting", "key", "interaction", "page", "asking"] {
        fields.extend(page.field(name).map(|value| (name, value)));
    }
    fields.extend(typed.iter().map(|(name, value)| (*name, (*value).to_owned())));
    fields
}

/// Another site tries; nothing is written. Then the person does the same, and gets the page they wanted.
async fn counts_from_our_page_alone(
    provider: &Provider,
    (browser, page): (&Browser, &Page),
    path: &str,
    typed: &[(&str, &str)],
) -> Page {
    let fields = fields(provider, page, typed);
    let before = (provider.audit(500).await.unwrap(), noted(provider).await);
    for said in FOREIGN {
        let request = browser.http.post(provider.url(path)).form(&fields);
        let request = said.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 403, "{path} {said:?}");
        assert!(answer.text().await.unwrap().contains("id=\"error-title\""), "{path} {said:?}");
    }
    assert_eq!((provider.audit(500).await.unwrap(), noted(provider).await), before, "{path}");
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let page = browser.submit(path, &fields).await.unwrap();
    assert_eq!(page.status, 200, "{path}: {}", page.body);
    assert_ne!(provider.audit(500).await.unwrap(), before.0, "{path}: something is done and written down");
    page
}

#[tokio::test]
async fn another_site_neither_corrects_nor_activates_nor_does_away_with_an_application() {
    let provider = Provider::start().await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    let waiting = apply(&provider, &browser, "newcomer01").await;
    provider.advance(std::time::Duration::from_secs(61)).await.unwrap();
    let again = [("decision", "again")];
    counts_from_our_page_alone(&provider, (&browser, &waiting), "/join/sent", &again).await;
    provider.advance(std::time::Duration::from_secs(61)).await.unwrap();
    let right = "right@example.gov.tw";
    let correct = [("decision", "correct"), ("email", right), ("email-again", right)];
    let page = counts_from_our_page_alone(&provider, (&browser, &waiting), "/join/sent", &correct).await;
    assert!(page.body.contains(right), "{}", page.body);
    let mail = so_many_mails(&provider, 3).await.pop().unwrap();
    let page = browser.open(&link(&provider, &mail)).await.unwrap();
    let typed = [("current-password", PASSWORD)];
    let page = counts_from_our_page_alone(&provider, (&browser, &page), "/activate", &typed).await;
    assert!(page.body.contains("帳號已啟用成功"), "{}", page.body);
    provider.advance(std::time::Duration::from_secs(61)).await.unwrap();
    apply(&provider, &browser, "newcomer02").await;
    let mail = so_many_mails(&provider, 4).await.pop().unwrap();
    let page = browser.open(&link(&provider, &mail)).await.unwrap();
    let page = counts_from_our_page_alone(&provider, (&browser, &page), "/activate", &[("decision", "discard")]).await;
    assert!(page.body.contains("申請已經取消"), "{}", page.body);
}

#[tokio::test]
async fn another_site_asks_for_no_mail_and_tries_no_code() {
    let provider = Provider::start().await.unwrap();
    equip(&provider, NATURAL_PERSON, None, Some(MOBILE)).await;
    let browser = Browser::new(&provider.issuer).unwrap();
    for (path, typed) in [
        ("/forgot-account", ("email", "clairesu1234@example.gov.tw")),
        ("/resend-confirmation", ("account", NATURAL_PERSON)),
        ("/forgot-password", ("account", NATURAL_PERSON)),
    ] {
        let page = browser.open(&provider.url(path)).await.unwrap();
        counts_from_our_page_alone(&provider, (&browser, &page), path, &[typed]).await;
    }
    let page = ask_by_text(&provider, &browser, NATURAL_PERSON).await;
    let code = code_in(&so_many_texts(&provider, 1).await[0].1);
    let typed = [("text-code", code.as_str())];
    let page = counts_from_our_page_alone(&provider, (&browser, &page), "/reset-password/code", &typed).await;
    assert!(page.has("reset"), "{}", page.body);
    let typed = [("new-password", "vT4-hN8wq"), ("new-password-again", "vT4-hN8wq")];
    let page = counts_from_our_page_alone(&provider, (&browser, &page), "/reset-password", &typed).await;
    assert!(page.body.contains("密碼已經重設"), "{}", page.body);
}

#[tokio::test]
async fn another_site_confirms_no_address_withdraws_from_no_portal_and_undoes_no_deletion() {
    let provider = Provider::start().await.unwrap();
    let browser = signed_in(&provider, NATURAL_PERSON, OLD).await;
    let new = "new@example.tw";
    let typed = [("email", new), ("email-again", new), ("current-password", OLD)];
    send(&provider, &browser, "/account/email", &typed).await;
    let mails = so_many_mails(&provider, 2).await;
    let mail = mails.iter().find(|mail| mail.to().unwrap().first().unwrap().address() == Some(new)).unwrap();
    let page = browser.open(&link(&provider, mail)).await.unwrap();
    let page = counts_from_our_page_alone(&provider, (&browser, &page), "/account/email/confirm", &[]).await;
    assert!(page.has("email-changed"), "{}", page.body);

    let weather = portal(&provider, "weather", conformance::steps::WEATHER).await;
    let browser = signed_in(&provider, CIVIL_SERVANT, OLD).await;
    tokens(&weather, &browser, &weather.request(), CIVIL_SERVANT).await;
    let list = browser.open(&provider.url("/account/portals")).await.unwrap();
    let sealed = list.field("page").unwrap();
    let path = "/account/portals";
    let sure = browser.submit(path, &[("page", &sealed), ("portal", "weather")]).await.unwrap();
    let typed = [("portal", "weather"), ("decision", "withdraw")];
    let page = counts_from_our_page_alone(&provider, (&browser, &sure), path, &typed).await;
    assert!(page.has("withdrawn"), "{}", page.body);

    ask_to_leave(&provider, EDUCATOR).await;
    let browser = Browser::new(&provider.issuer).unwrap();
    let page = sign_in_by(&provider, &browser, EDUCATOR, OLD).await;
    let page = counts_from_our_page_alone(&provider, (&browser, &page), "/undo-deletion", &[]).await;
    assert!(page.has("deletion-undone"), "{}", page.body);
}
