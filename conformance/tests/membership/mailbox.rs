//! The mailbox page, while somebody tries the provider out.

use crate::support::*;
use conformance::{Browser, Provider, ProviderOptions};
use idp::settings::Settings;
use std::time::Duration;

async fn shown() -> Provider {
    let settings = |settings: &mut Settings| settings.mail.show_mailbox = true;
    Provider::start_with(ProviderOptions { settings: Some(settings), ..ProviderOptions::default() }).await.unwrap()
}

#[tokio::test]
async fn somebody_who_tries_the_provider_out_finds_the_link_in_the_mailbox() {
    let provider = shown().await;
    let browser = Browser::new(&provider.issuer).unwrap();
    assert!(browser.open(&provider.url("/mailbox")).await.unwrap().body.contains("還沒有信"));
    apply(&provider, &browser, "mailbox01").await;
    so_many_mails(&provider, 1).await;
    provider.advance(Duration::from_secs(1)).await.unwrap();
    apply(&provider, &browser, "mailbox02").await;
    so_many_mails(&provider, 2).await;
    let page = browser.open(&provider.url("/mailbox")).await.unwrap();
    assert!(page.body.contains("會員確認信") && page.body.contains(MAIL), "{}", page.body);
    let hrefs: Vec<_> = page.body.split("href=\"").filter(|part| part.starts_with("/mailbox/")).collect();
    let newest = hrefs[0].split('"').next().unwrap();
    let mail = browser.open(&provider.url(newest)).await.unwrap();
    assert!(mail.status == 200 && mail.body.contains("mailbox02") && !mail.body.contains("mailbox01"), "{}", mail.body);
    let link = mail.body.split("href=\"").find(|part| part.contains("/activate?key=")).unwrap();
    let link = link.split('"').next().unwrap().to_owned();
    assert!(activate(&browser, &link).await.body.contains("帳號已啟用成功"));
}

#[tokio::test]
async fn the_mailbox_is_there_only_if_the_settings_say_so_and_only_under_its_own_name() {
    let get = async |provider: &Provider, path: &str, host: Option<&str>| {
        let browser = Browser::new(&provider.issuer).unwrap();
        let mut request = browser.http.get(provider.url(path));
        if let Some(host) = host {
            request = request.header("host", host);
        }
        request.send().await.unwrap().status().as_u16()
    };
    let (usual, shown) = (Provider::start().await.unwrap(), shown().await);
    let browser = Browser::new(&shown.issuer).unwrap();
    apply(&shown, &browser, "mailbox03").await;
    so_many_mails(&shown, 1).await;
    std::fs::write(shown.folder().join("aa.eml"), "Subject: beside\r\n\r\nx").unwrap();
    let file = std::fs::read_dir(shown.folder().join("mail")).unwrap().next().unwrap().unwrap().path();
    let path = format!("/mailbox/{}", file.file_stem().unwrap().to_str().unwrap());
    assert_eq!((get(&shown, "/mailbox", None).await, get(&shown, &path, None).await), (200, 200));
    for other in ["/mailbox/..%2faa", "/mailbox/%2e%2e%2faa", "/mailbox/aa", "/mailbox/%00", "/mailbox/..%5caa"] {
        assert_eq!(get(&shown, other, None).await, 404, "{other}");
    }
    for host in ["evil.example", "127.0.0.1", "localhost"] {
        assert_eq!(
            (get(&shown, "/mailbox", Some(host)).await, get(&shown, &path, Some(host)).await),
            (404, 404),
            "{host}"
        );
    }
    assert_eq!((get(&usual, "/mailbox", None).await, get(&usual, &path, None).await), (404, 404));
}
