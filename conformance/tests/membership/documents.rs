//! 服務條款 and 隱私權政策: the operator's own.

use crate::support::{activate, agree, apply, events, link, so_many_mails, step, to_the_last};
use conformance::{Browser, Provider, ProviderOptions};
use idp_core::UnixMillis;
use std::time::Duration;

/// What somebody agreed to: document, version, when.
async fn agreed(provider: &Provider, account: &'static str) -> Vec<(String, String, UnixMillis)> {
    let find = move |conn: &mut idp_store::Conn| idp_store::accounts::login(conn, account);
    let account = provider.wired.base.db.read(find).await.unwrap().unwrap().person.account_id;
    let agreed = provider.wired.base.db.read(move |conn| idp_store::agreements::of(conn, &account)).await.unwrap();
    agreed.into_iter().map(|one| (one.document, one.version, one.agreed_at)).collect()
}

fn own(folder: &std::path::Path) {
    for (name, text) in [
        ("terms.zh-Hant-TW.md", "version: 2027-01-01\n\n# 只此一條 <b>\n\n請善用\n本服務 & 珍惜。\n"),
        ("terms.en.md", "version: 2027-01-01\n\n# One rule\n\nUse it\nwell.\n"),
        ("privacy.zh-Hant-TW.md", "version: 3\n\n# 資料\n\n甚少。\n"),
        ("privacy.en.md", "version: 3\n\n# Data\n\nLittle.\n"),
    ] {
        std::fs::write(folder.join(name), text).unwrap();
    }
}

#[tokio::test]
async fn people_read_and_agree_to_the_documents_of_the_operator() {
    let options = ProviderOptions {
        settings: Some(|settings| {
            let folder = std::env::temp_dir().join(format!("shenfen-documents-{}", std::process::id()));
            std::fs::create_dir_all(&folder).unwrap();
            own(&folder);
            settings.membership.documents = Some(folder);
        }),
        ..Default::default()
    };
    let provider = Provider::start_with(options).await.unwrap();
    std::fs::remove_dir_all(provider.settings.membership.documents.clone().unwrap()).unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    let page = browser.open(&provider.url("/terms")).await.unwrap();
    for said in ["版本 2027-01-01", "<h2>只此一條 &#60;b&#62;</h2>", "<p>請善用本服務 &#38; 珍惜。</p>"]
    {
        assert!(page.body.contains(said), "{said}: {}", page.body);
    }
    apply(&provider, &browser, "agreeing1").await;
    activate(&browser, &link(&provider, &so_many_mails(&provider, 1).await[0])).await;
    let now = provider.clock.now();
    let both = [("privacy".into(), "3".into(), now), ("terms".into(), "2027-01-01".into(), now)];
    assert_eq!(agreed(&provider, "agreeing1").await, both);
}

#[tokio::test]
async fn nobody_agrees_to_a_version_that_they_were_not_shown() {
    let mut provider = Provider::start().await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    let last = to_the_last(&provider, &browser, "agreeing2").await;
    let folder = provider.folder().join("documents");
    std::fs::create_dir_all(&folder).unwrap();
    own(&folder);
    provider.settings.membership.documents = Some(folder);
    provider.restart().await.unwrap();
    let page = agree(&provider, &browser, &last).await;
    assert!(page.status == 422 && page.body.contains("條款或隱私權政策已經更新"), "{}", page.body);
    assert!(page.body.contains("href=\"#agree\"") && !page.body.contains("value=\"yes\" checked"), "{}", page.body);
    assert!(page.body.contains("agreeing2") && page.body.contains("蘇小美"), "what was typed is there: {}", page.body);
    assert_eq!(events(&provider).await, Vec::<String>::new());
    // Pictures of before a start count no more.
    provider.advance(Duration::from_secs(11)).await.unwrap();
    // The old page, without a word of what it showed, or asked for another picture: the same.
    let mut bare = last.clone();
    bare.body = bare.body.replace("name=\"documents\"", "");
    let silent = step(&browser, &bare, &[("agree", "yes"), ("documents", "")]).await;
    let page = step(&browser, &bare, &[("agree", "yes"), ("decision", "another-picture")]).await;
    for page in [&silent, &page] {
        assert!(page.status == 422 && page.body.contains("條款或隱私權政策已經更新"), "{}", page.body);
        assert!(!page.body.contains("value=\"yes\" checked"), "{}", page.body);
    }
    let done = agree(&provider, &browser, &page).await;
    assert!(done.url.contains("/join/sent"), "{}: {}", done.status, done.body);
    let now = provider.clock.now();
    let both = [("privacy".into(), "3".into(), now), ("terms".into(), "2027-01-01".into(), now)];
    assert_eq!(agreed(&provider, "agreeing2").await, both);
}
