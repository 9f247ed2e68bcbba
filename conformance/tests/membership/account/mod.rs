//! 我的專區: what who is signed in sees and changes, and what others cannot.

mod current_password;
mod delete;
mod email;
mod email_settles;
mod gate;
mod meanwhile;
mod password;
mod portals;
mod profile;
mod recovery;
mod removal;

use conformance::{Browser, PASSWORD, Page, Provider};

/// A browser in which somebody is signed in at the provider itself.
pub async fn signed_in(provider: &Provider, account: &str, password: &str) -> Browser {
    let browser = Browser::new(&provider.issuer).unwrap();
    let page = browser.open(&provider.url("/sign-in")).await.unwrap();
    let home = browser.sign_in(&page, account, password).await.unwrap();
    assert!(home.has("person-name"), "{}", home.body);
    browser
}

/// Opens a page of the area and sends its form with these fields.
pub async fn send(provider: &Provider, browser: &Browser, path: &str, fields: &[(&str, &str)]) -> Page {
    let page = browser.open(&provider.url(path)).await.unwrap();
    send_from(browser, &page, path, fields).await
}

/// Sends the form of a page that was opened before.
pub async fn send_from(browser: &Browser, page: &Page, path: &str, fields: &[(&str, &str)]) -> Page {
    let sealed = page.field("page").unwrap_or_else(|| panic!("no form: {}", page.body));
    let all = [&[("page", sealed.as_str())], fields].concat();
    browser.submit(path, &all).await.unwrap()
}

/// Asks that the account be deleted.
pub async fn ask_to_leave(provider: &Provider, account: &str) -> Page {
    let browser = signed_in(provider, account, PASSWORD).await;
    let yes = [("current-password", PASSWORD), ("understood", "yes")];
    let page = send(provider, &browser, "/account/delete", &yes).await;
    assert!(page.status == 200 && page.has("deletion-asked") && page.has("to-home"), "{}", page.body);
    page
}
