//! 進階資料: what is taken, sealed, and told to nobody.

use crate::stored::Stored;
use crate::support::*;
use conformance::steps::{EVERYTHING, code, register};
use conformance::{Browser, Page, Provider};
use idp::keystore::{personal, resealing, sealing};
use idp_core::AccountId;
use idp_core::membership::recovery::HintQuestion;
use idp_core::people::account_name::AccountName;
use idp_store::accounts::{self, Login};
use idp_store::recovery::{self, SealedRecovery};
use idp_store::{messages, sealing_keys};
use serde_json::json;

/// As far as the third step.
async fn to_the_third(provider: &Provider, browser: &Browser, kind: &str, account: &str) -> Page {
    let page = browser.open(&provider.url(&format!("/join?kind={kind}"))).await.unwrap();
    let page = step(browser, &page, &first(account)).await;
    step(browser, &page, &SECOND).await
}

/// All steps with everything given; the page that waits for the mail.
async fn apply_with_everything(provider: &Provider, browser: &Browser, kind: &str, account: &str) -> Page {
    let page = to_the_third(provider, browser, kind, account).await;
    let page = step(browser, &page, &THIRD).await;
    let page = step(browser, &page, &FOURTH).await;
    agree(provider, browser, &page).await
}

async fn login(provider: &Provider, account: &str) -> Login {
    let key = AccountName::parse(account).unwrap().key();
    provider.wired.base.db.read(move |conn| accounts::login(conn, &key)).await.unwrap().unwrap()
}

async fn kept(provider: &Provider, id: &AccountId) -> Option<SealedRecovery> {
    let id = id.clone();
    provider.wired.base.db.read(move |conn| recovery::find(conn, &id)).await.unwrap()
}

#[tokio::test]
async fn what_an_official_applicant_gives_reaches_a_portal_that_was_granted_it() {
    let provider = Provider::start().await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    let waiting = apply_with_everything(&provider, &browser, "official", "official01").await;
    assert!(waiting.url.contains("/join/sent"), "{}", waiting.body);
    activate(&browser, &link(&provider, &so_many_mails(&provider, 1).await[0])).await;

    let portal = register(&provider, "records", |registration| registration.scope = EVERYTHING.into()).await;
    let userinfo = async |scope: &str| {
        let request = portal.request().with("scope", scope);
        let person = Browser::new(&provider.issuer).unwrap();
        let page = person.open(&request.url()).await.unwrap();
        person.sign_in(&page, "official01", PASSWORD).await.unwrap();
        let code = code(&person, &request, "official01").await;
        let tokens = portal.redeem(&request, &code).await.unwrap().tokens().unwrap();
        portal.userinfo(&tokens.access).await.unwrap().json
    };
    let told = userinfo("openid profile address phone uid").await;
    let expected = json!({
        "birthdate": "1981-01-31",
        "gender": "female",
        "nickname": "小美",
        "address": {
            "formatted": "116 臺北市文山區木柵路一段 1 號",
            "region": "臺北市",
            "locality": "文山區",
            "postal_code": "116",
            "street_address": "木柵路一段 1 號",
            "country": "TW",
        },
        "phone_number": "+886212345678;ext=123",
        "phone_number_verified": false,
        "uid": "A123456789",
        "uid_verified": false,
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&told[name], value, "{name}: {told}");
    }
    let less = userinfo("openid email").await;
    for name in expected.as_object().unwrap().keys() {
        assert!(less.get(name).is_none(), "{name}: {less}");
    }
}

#[tokio::test]
async fn an_official_applicant_cannot_leave_the_third_step_out_and_a_general_one_can() {
    let provider = Provider::start().await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    let first = browser.open(&provider.url("/join?kind=official")).await.unwrap();
    let page = to_the_third(&provider, &browser, "official", "official02").await;
    for said in ["公務帳號", "由服務機關的管理人員辦理"] {
        assert!(first.body.contains(said), "{}", first.body);
    }
    assert!(page.body.contains("id=\"kind\">公務帳號"), "{}", page.body);
    assert!(!page.has("join-skip"), "{}", page.body);
    let empty = step(&browser, &page, &[]).await;
    assert_eq!((empty.status.as_u16(), empty.body.matches("class=\"error\"").count()), (422, 6), "{}", empty.body);
    let without_number: Vec<_> = THIRD.into_iter().filter(|(name, _)| *name != "national-id").collect();
    let page = step(&browser, &page, &without_number).await;
    assert!(page.status == 422 && page.body.contains("請輸入身分證字號"), "{}", page.body);
    assert_eq!(page.field("street").as_deref(), Some("木柵路一段 1 號"), "what was typed survives");
    for decision in ["skip", "recovery", "confirm", "further", "emperor"] {
        let forced = step(&browser, &page, &[("decision", decision)]).await;
        assert_eq!(forced.status, 400, "{decision}: {}", forced.body);
    }
    let general = to_the_third(&provider, &browser, "general", "general01").await;
    assert!(general.has("join-skip"));
    let page = step(&browser, &general, &[]).await;
    assert!(page.has("hint-question"), "empty fields leave it out too: {}", page.body);
    let page = step(&browser, &general, &[("county", "連江縣"), ("phone", "12")]).await;
    assert_eq!((page.status.as_u16(), page.body.matches("class=\"error\"").count()), (422, 1), "{}", page.body);
}

#[tokio::test]
async fn nothing_of_it_stands_in_the_database_in_the_clear() {
    let provider = Provider::start().await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    apply_with_everything(&provider, &browser, "general", "sealed002").await;
    let account = login(&provider, "sealed002").await.person.account_id;
    let kept = kept(&provider, &account).await.unwrap();
    let (question, answer_hash) = kept.hint.unwrap();
    let (mobile, index) = kept.mobile.unwrap();
    let snapshot = provider.wired.base.directory.snapshot();
    let opened = personal::open_question(&snapshot.sealer, account.as_str(), &question).unwrap();
    assert_eq!(opened, HintQuestion::Own("我的貓叫什麼名字？".into()));
    assert_eq!(personal::open_mobile(&snapshot.sealer, account.as_str(), &mobile).unwrap(), "0911123456");
    assert!(personal::open_mobile(&snapshot.sealer, "another", &mobile).is_err(), "it belongs to its account");
    assert_eq!(index, personal::blind_index_of_mobile(&snapshot.secrets.national_id, "0911123456"));
    let passwords = &provider.wired.membership.sign_in.passwords;
    for (answer, right) in [("mucha 一世", true), ("Mucha 一世", false), ("mucha", false)] {
        let place = passwords.place(None).unwrap();
        let compared = passwords.compare(place, answer.to_owned().into(), Some(answer_hash.clone())).await.unwrap();
        assert_eq!(compared.right, right, "{answer}");
    }
    let everything = async |path: &std::path::Path| {
        let files = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
        let files = files.filter(|path| path.is_file());
        files.flat_map(|path| std::fs::read(path).unwrap()).collect::<Vec<u8>>()
    };
    let bytes = everything(provider.folder()).await;
    let stands = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    if std::env::var("IDP_TEST_PROVIDER_DATABASE").is_err() {
        assert!(stands("sealed002"), "the database is not where it was looked for");
    }
    // The files of a server are elsewhere; its rows are not.
    let stored = Stored::of(&provider).await;
    assert!(stored.has("sealed002"), "the rows are not those that were looked for");
    for secret in
        ["A123456789", "1981-01-31", "木柵路", "0212345678", "+886212345678", "我的貓", "Mucha", "mucha", "0911123456"]
    {
        assert!(!stored.has(secret), "{secret}");
        assert!(!stands(secret), "{secret}");
    }
}

#[tokio::test]
async fn it_is_sealed_anew_when_the_sealing_key_changes() {
    let provider = Provider::start().await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    apply_with_everything(&provider, &browser, "general", "sealed003").await;
    let account = login(&provider, "sealed003").await.person.account_id;
    let base = &provider.wired.base;
    let old = base.directory.snapshot().sealer.current();
    let count =
        async |id: [u8; 4]| base.db.scan(move |conn| sealing_keys::columns_sealed_with(conn, id)).await.unwrap();
    // A mail that waits is not sealed anew.
    until("it left", async || base.db.scan(messages::depth).await.unwrap().0 == 0).await;
    let before = count(old.0).await;
    let now = provider.clock.now();
    let id = sealing::make_next(&base.db, &base.directory.prepared().master, now).await.unwrap().unwrap();
    assert!(base.db.write(move |tx| sealing_keys::promote(tx, &id, now)).await.unwrap());
    base.directory.check().await.unwrap();
    let snapshot = base.directory.snapshot();
    assert_ne!(snapshot.sealer.current(), old);
    resealing::reseal(&base.db, &snapshot.sealer).await.unwrap();
    assert_eq!((count(old.0).await, count(snapshot.sealer.current().0).await), (0, before));
    let kept = kept(&provider, &account).await.unwrap();
    let (question, mobile) = (kept.hint.unwrap().0, kept.mobile.unwrap().0);
    assert_eq!([&question[..4], &mobile[..4]], [&snapshot.sealer.current().0[..]; 2]);
    let opened = personal::open_question(&snapshot.sealer, account.as_str(), &question).unwrap();
    assert_eq!(opened, HintQuestion::Own("我的貓叫什麼名字？".into()));
    assert_eq!(personal::open_mobile(&snapshot.sealer, account.as_str(), &mobile).unwrap(), "0911123456");
}

#[tokio::test]
async fn a_number_that_nobody_has_proven_keeps_nobody_out_and_tells_nobody() {
    let provider = Provider::start().await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    let pages = [
        apply_with_everything(&provider, &browser, "general", "samenum01").await,
        apply_with_everything(&provider, &browser, "official", "samenum02").await,
    ];
    for page in pages {
        assert!(page.url.contains("/join/sent"), "{}", page.body);
    }
    assert_eq!(events(&provider).await, ["account.applied", "account.applied"]);
}

#[tokio::test]
async fn the_last_page_shows_everything_once_more_and_leads_back_to_each() {
    let provider = Provider::start().await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    let page = to_the_third(&provider, &browser, "general", "looked001").await;
    let page = step(&browser, &page, &THIRD).await;
    let last = step(&browser, &page, &FOURTH).await;
    for shown in
        ["looked001", "蘇小美", "民國 70 年 1 月 31 日", "A1******89", "0212345678 分機 123", "我的貓", "0911123456"]
    {
        assert!(last.body.contains(shown), "{shown}: {}", last.body);
    }
    for hidden in ["A123456789", "A12345 6789", "Mucha", "argon2"] {
        assert!(!last.body.contains(hidden), "{hidden}: {}", last.body);
    }
    let third = step(&browser, &last, &[("decision", "further")]).await;
    assert_eq!(third.field("birth-year").as_deref(), Some("70"));
    let english = in_english(&browser, &third).await;
    assert_eq!(english.field("birth-year").as_deref(), Some("1981"), "{}", english.body);
    let typed = THIRD.map(|(name, text)| if name == "birth-year" { (name, "1981") } else { (name, text) });
    let fourth = step(&browser, &english, &typed).await;
    let back = step(&browser, &fourth, &[("decision", "back")]).await;
    assert_eq!(back.field("birth-year").as_deref(), Some("1981"), "what was typed comes back: {}", back.body);
    let third = in_language(&browser, &back, "zh-Hant-TW").await;
    assert_eq!(third.field("birth-year").as_deref(), Some("70"));
    assert_eq!(third.field("national-id").as_deref(), Some("A123456789"));
    assert!(third.body.contains("<option value=\"臺北市\" selected>"), "{}", third.body);
    let fourth = step(&browser, &last, &[("decision", "recovery")]).await;
    assert_eq!(fourth.field("rescue-mobile").as_deref(), Some("0911123456"));
    assert!(fourth.body.contains("答案已經設定好了") && !fourth.body.contains("ucha"), "{}", fourth.body);
    // The answer stays for the same question; another question wants another.
    let same: Vec<_> = FOURTH.into_iter().filter(|(name, _)| *name != "hint-answer").collect();
    assert!(step(&browser, &fourth, &same).await.has("agree"));
    let other = step(&browser, &fourth, &[("hint-question", "pet")]).await;
    assert!(other.status == 422 && other.body.contains("請輸入密碼提示答案"), "{}", other.body);
    // What was given is taken back by leaving it out.
    let skipped = step(&browser, &third, &SKIP).await;
    let last = step(&browser, &skipped, &same).await;
    assert!(last.body.contains("未填寫") && last.body.contains("我的貓"), "{}", last.body);
    let done = agree(&provider, &browser, &last).await;
    assert!(done.url.contains("/join/sent"), "{}", done.body);
}

#[tokio::test]
async fn answers_to_hint_questions_are_hashed_so_often_from_one_address_and_no_more() {
    let options = conformance::ProviderOptions {
        settings: Some(|settings| settings.membership.applications_per_address = 2),
        ..Default::default()
    };
    let provider = Provider::start_with(options).await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    let page = to_the_third(&provider, &browser, "general", "answers01").await;
    let fourth = step(&browser, &page, &SKIP).await;
    for _ in 0..2 {
        assert!(step(&browser, &fourth, &FOURTH).await.has("agree"));
    }
    let page = step(&browser, &fourth, &FOURTH).await;
    assert_eq!((page.status.as_u16(), page.headers["retry-after"].to_str().unwrap()), (429, "3600"));
    assert_eq!(page.field("own-question").as_deref(), Some("我的貓叫什麼名字？"), "nothing is lost");
    assert!(step(&browser, &fourth, &[("rescue-mobile", "0911123456")]).await.has("agree"), "a mobile costs no hash");
}

/// The application goes through the address bar: proxies and servers take 8 KB, some half of it.
#[tokio::test]
async fn the_longest_application_fits_into_an_address() {
    let provider = Provider::start().await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    let rare = |count: usize| "\u{20000}".repeat(count);
    let (name, street) = (rare(50), rare(80));
    let mail = format!("{}@{}.example.gov.tw", "a".repeat(64), vec!["b".repeat(57); 3].join("."));
    let page = browser.open(&provider.url("/join?kind=official")).await.unwrap();
    let page = step(&browser, &page, &first("longest12345678")).await;
    let fields = [("name", name.as_str()), ("email", &mail), ("email-again", &mail), ("nickname", &name)];
    let page = step(&browser, &page, &fields).await;
    let longest = [
        ("county", "嘉義縣"),
        ("district", "607大埔鄉"),
        ("street", &street),
        ("postal-code", "607405"),
        ("extension", "123456"),
    ];
    let named = |name: &str| longest.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
    let third: Vec<_> = THIRD.iter().map(|(name, value)| (*name, named(name).unwrap_or(value))).collect();
    let page = step(&browser, &page, &third).await;
    let question = rare(50);
    let fourth = [("own-question", question.as_str()), ("hint-answer", "咪咪"), ("rescue-mobile", "0911123456")];
    let last = step(&browser, &page, &fourth).await;
    assert!(last.has("agree"), "{}", last.body);
    let length = last.url.len() - provider.issuer.len();
    assert!((2000..4000).contains(&length), "{length} characters");
    let page = agree(&provider, &browser, &last).await;
    assert!(page.url.contains("/join/sent"), "{}", page.body);
}
