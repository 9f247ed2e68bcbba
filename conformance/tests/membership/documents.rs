//! 服務條款 and 隱私權政策: the operator's own.

use crate::support::{activate, apply, link, so_many_mails};
use conformance::{Browser, Provider, ProviderOptions};

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
    let find = |conn: &mut idp_store::Conn| idp_store::accounts::login(conn, "agreeing1");
    let account = provider.wired.base.db.read(find).await.unwrap().unwrap().person.account_id;
    let agreed = provider.wired.base.db.read(move |conn| idp_store::agreements::of(conn, &account)).await.unwrap();
    let agreed: Vec<_> =
        agreed.iter().map(|one| (one.document.as_str(), one.version.as_str(), one.agreed_at)).collect();
    let now = provider.clock.now();
    assert_eq!(agreed, [("privacy", "3", now), ("terms", "2027-01-01", now)]);
}
