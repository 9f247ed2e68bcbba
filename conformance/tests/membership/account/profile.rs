//! 個人資料查詢 and 個人資料維護.

use super::{send, send_from, signed_in};
use crate::support::*;
use conformance::steps::{EMIC, change, fill_in, portal, seconds, tokens};
use conformance::{Browser, CIVIL_SERVANT, NATURAL_PERSON, PASSWORD as OLD, Page, Provider};
use idp::text::Language;
use idp_core::identity::agency::AgencyOid;
use serde_json::{Value, json};

const PATH: &str = "/account/profile";

fn is_saved(page: &Page) -> bool {
    page.status == 200 && page.has("saved")
}

/// Every field as somebody types it, some of them otherwise.
fn fields<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let all = [("name", "蘇小美"), ("nickname", "小美")].into_iter().chain(THIRD);
    let changed = |name: &str| changes.iter().find(|(one, _)| *one == name).map(|(_, text)| *text);
    all.map(|(name, text)| (name, changed(name).unwrap_or(text))).collect()
}

async fn userinfo(provider: &Provider, browser: &Browser, person: &str) -> Value {
    let emic = portal(provider, "emic", EMIC).await;
    let request = emic.request().with("scope", "openid profile email phone address uid");
    let given = tokens(&emic, browser, &request, person).await;
    emic.userinfo(&given.access).await.unwrap().json
}

#[tokio::test]
async fn what_is_changed_is_shown_kept_audited_and_told_to_portals() {
    let provider = Provider::start().await.unwrap();
    let browser = signed_in(&provider, NATURAL_PERSON, OLD).await;
    let before = userinfo(&provider, &browser, NATURAL_PERSON).await;
    assert_eq!(before.get("birthdate"), None, "{before}");
    let page = send(&provider, &browser, PATH, &fields(&[("name", " 蘇大美 ")])).await;
    assert!(is_saved(&page) && page.url.ends_with("/account/profile?saved=yes"), "{}", page.body);
    assert_eq!(page.field("name").as_deref(), Some("蘇大美"));
    assert_eq!(page.field("phone").as_deref(), Some("0212345678"));
    assert_eq!(page.field("birth-year").as_deref(), Some("70"));
    let english = in_english(&browser, &page).await;
    assert_eq!(english.field("birth-year").as_deref(), Some("1981"), "{}", english.body);
    let western = fields(&[("name", "蘇大美"), ("birth-year", "1981")]);
    assert_eq!(send(&provider, &browser, PATH, &western).await.field("birth-year").as_deref(), Some("1981"));
    let chinese = in_language(&browser, &english, "zh-Hant-TW").await;
    assert_eq!(chinese.field("birth-year").as_deref(), Some("70"));
    let shown = browser.open(&provider.url("/account")).await.unwrap().body;
    for said in
        ["蘇大美", "小美", "民國 70 年 1 月 31 日", "A1******89", "116 臺北市文山區木柵路一段 1 號", "0212345678"]
    {
        assert!(shown.contains(said), "{said}: {shown}");
    }
    let after = userinfo(&provider, &browser, NATURAL_PERSON).await;
    assert_eq!(after["name"], "蘇大美");
    assert_eq!(after["birthdate"], "1981-01-31");
    assert_eq!(after["phone_number"], "+886212345678;ext=123");
    assert_eq!((&after["uid"], &after["uid_verified"]), (&json!("A123456789"), &json!(false)));
    let lines = provider.audit(100).await.unwrap();
    let line = lines.iter().find(|line| line.event == "account.record_changed").unwrap();
    let detail: Value = serde_json::from_str(line.detail.as_deref().unwrap()).unwrap();
    let all = ["name", "nickname", "birthdate", "national_id", "gender", "address", "phone_number"];
    assert_eq!(detail, json!({ "fields": all }));
    // Nothing else: nothing is noted.
    let page = send(&provider, &browser, PATH, &fields(&[("name", "蘇大美")])).await;
    assert!(is_saved(&page));
    assert_eq!(events(&provider).await, ["account.record_changed"]);
}

#[tokio::test]
async fn what_was_typed_survives_an_error_beside_its_field() {
    let provider = Provider::start().await.unwrap();
    let browser = signed_in(&provider, NATURAL_PERSON, OLD).await;
    let changes = [("national-id", "A123456780"), ("phone", "12"), ("name", ""), ("district", "<b>\"文山")];
    let page = send(&provider, &browser, PATH, &fields(&changes)).await;
    assert_eq!(page.status, 422);
    for field in ["national-id", "phone", "name", "district"] {
        assert!(page.has(&format!("{field}-error")), "{field}: {}", page.body);
    }
    assert!(page.body.contains("<option value=\"&#60;b&#62;&#34;文山\" selected>"), "{}", page.body);
    assert_eq!(page.field("national-id").as_deref(), Some("A123456780"));
    assert!(events(&provider).await.is_empty());
    let again = send_from(&browser, &page, PATH, &fields(&[])).await;
    assert!(is_saved(&again), "{}", again.body);
}

#[tokio::test]
async fn of_two_tabs_the_second_is_told_and_overwrites_nothing() {
    let provider = Provider::start().await.unwrap();
    let browser = signed_in(&provider, NATURAL_PERSON, OLD).await;
    let one = browser.open(&provider.url(PATH)).await.unwrap();
    let two = browser.open(&provider.url(PATH)).await.unwrap();
    assert!(is_saved(&send_from(&browser, &one, PATH, &fields(&[("nickname", "一號")])).await));
    let late = send_from(&browser, &two, PATH, &fields(&[("nickname", "二號")])).await;
    assert!(late.status == 409 && late.body.contains("沒有儲存"), "{}", late.body);
    assert_eq!(late.field("nickname").as_deref(), Some("二號"), "what was typed is still there");
    assert!(browser.open(&provider.url("/account")).await.unwrap().body.contains("一號"));
    // An operator's change is one, too.
    let three = browser.open(&provider.url(PATH)).await.unwrap();
    fill_in(&provider, NATURAL_PERSON).await;
    let late = send_from(&browser, &three, PATH, &fields(&[])).await;
    assert_eq!(late.status, 409, "{}", late.body);
    let sure = send_from(&browser, &late, PATH, &fields(&[("nickname", "三號")])).await;
    assert!(is_saved(&sure), "{}", sure.body);
    let all = futures_util::future::join_all((0..6).map(|number| {
        let (browser, provider) = (browser.clone(), &provider);
        async move {
            let page = browser.open(&provider.url(PATH)).await.unwrap();
            (page, format!("同時{number}"), browser)
        }
    }))
    .await;
    let sends = all.iter().map(|(page, nickname, browser)| {
        let form = fields(&[("nickname", nickname.as_str())]);
        async move { is_saved(&send_from(browser, page, PATH, &form).await) }
    });
    let saved = futures_util::future::join_all(sends).await;
    assert_eq!(saved.iter().filter(|saved| **saved).count(), 1, "{saved:?}");
}

#[tokio::test]
async fn who_changes_their_details_without_end_waits_for_the_hour_and_nobody_else_does() {
    let provider = Provider::start().await.unwrap();
    let browser = signed_in(&provider, NATURAL_PERSON, OLD).await;
    let until = provider.clock.now().plus(std::time::Duration::from_secs(3600));
    let mut page = browser.open(&provider.url(PATH)).await.unwrap();
    let (stale, mut names) =
        (browser.open(&provider.url(PATH)).await.unwrap(), (0..).map(|number| format!("第{number}次")));
    for nickname in names.by_ref().take(30) {
        page = send_from(&browser, &page, PATH, &fields(&[("nickname", &nickname)])).await;
        assert!(is_saved(&page), "{nickname}: {}", page.body);
    }
    provider.advance(std::time::Duration::from_secs(60)).await.unwrap();
    // From whichever of their browsers; what changes nothing, and what is not saved, are not counted.
    let other = signed_in(&provider, NATURAL_PERSON, OLD).await;
    let nickname = names.next().unwrap();
    let late = send(&provider, &other, PATH, &fields(&[("nickname", &nickname)])).await;
    let again = |lang| idp::pages::dates::again_text(until.0, provider.clock.now().0, lang);
    let said = format!("請於{}再試一次。", again(Language::ZhTw));
    assert!(late.status == 429 && late.body.contains(&said) && said.contains("之後再"), "{said}: {}", late.body);
    assert_eq!(
        (late.headers["retry-after"].as_bytes(), late.field("nickname")),
        (&b"3540"[..], Some(nickname.clone()))
    );
    assert_eq!(events(&provider).await.len(), 30);
    let english = [fields(&[("nickname", &nickname)]), vec![("lang", "en")]].concat();
    let english = send_from(&other, &late, PATH, &english).await;
    assert_eq!(english.field("nickname"), Some(nickname), "{}", english.body);
    let still = send_from(&other, &english, PATH, &fields(&[])).await;
    let said = format!("Try again {}.", again(Language::En));
    assert!(still.status == 429 && still.body.contains(&said) && said.contains("after"), "{said}: {}", still.body);
    assert_eq!(send_from(&browser, &stale, PATH, &fields(&[])).await.status, 409);
    assert!(
        is_saved(&send_from(&browser, &page, PATH, &fields(&[("nickname", "第29次")])).await),
        "nothing is another"
    );
    let official = signed_in(&provider, CIVIL_SERVANT, OLD).await;
    assert!(is_saved(&send(&provider, &official, PATH, &fields(&[])).await));
    provider.advance(std::time::Duration::from_secs(3541)).await.unwrap();
    let later = signed_in(&provider, NATURAL_PERSON, OLD).await;
    assert!(is_saved(&send(&provider, &later, PATH, &fields(&[])).await));
}

#[tokio::test]
async fn what_an_agency_or_a_proof_vouches_for_cannot_be_changed() {
    let provider = Provider::start().await.unwrap();
    fill_in(&provider, NATURAL_PERSON).await;
    let browser = signed_in(&provider, NATURAL_PERSON, OLD).await;
    let page = browser.open(&provider.url(PATH)).await.unwrap();
    assert!(page.has("fixed") && page.field("name").is_none() && page.field("national-id").is_none(), "{}", page.body);
    assert!(page.body.contains("A1******89") && !page.body.contains("A123456789"));
    assert!(page.body.contains("中文姓名、身分證字號或外來人口統一證號已由機關核定或經過驗證"), "{}", page.body);
    let official = signed_in(&provider, CIVIL_SERVANT, OLD).await;
    let said = official.open(&provider.url(PATH)).await.unwrap().body;
    assert!(said.contains("中文姓名已由機關核定"), "nothing but the name: {said}");
    let form = fields(&[("name", "林大勇"), ("national-id", "B222222228"), ("phone", "0911123456"), ("extension", "")]);
    assert!(is_saved(&send_from(&browser, &page, PATH, &form).await));
    let said = userinfo(&provider, &browser, NATURAL_PERSON).await;
    assert_eq!(
        (&said["name"], &said["uid"], &said["uid_verified"]),
        (&json!("蘇小美"), &json!("A123456789"), &json!(true))
    );
    assert_eq!((&said["phone_number"], &said["phone_number_verified"]), (&json!("+886911123456"), &json!(false)));
    assert_eq!(said["website"], "https://a.example/", "what no field shows stays");
    let browser = signed_in(&provider, CIVIL_SERVANT, OLD).await;
    let page = browser.open(&provider.url(PATH)).await.unwrap();
    assert!(page.has("fixed") && page.field("name").is_none() && page.field("national-id").is_some());
    assert!(is_saved(&send_from(&browser, &page, PATH, &fields(&[("name", "不是我")])).await));
    let shown = browser.open(&provider.url("/account")).await.unwrap().body;
    assert!(shown.contains("林大勇") && !shown.contains("不是我"), "{shown}");
    assert!(
        shown.contains("公務人員")
            && shown.contains("內政部消防署")
            && shown.contains("2.16.886.101.20003.20001.20003")
    );
}

#[tokio::test]
async fn a_number_that_nobody_proved_blocks_nobody_and_tells_nothing() {
    let provider = Provider::start().await.unwrap();
    fill_in(&provider, CIVIL_SERVANT).await;
    let browser = signed_in(&provider, NATURAL_PERSON, OLD).await;
    let page = send(&provider, &browser, PATH, &fields(&[])).await;
    assert!(is_saved(&page), "the number is another account's, verified: {}", page.body);
    assert_eq!(userinfo(&provider, &browser, NATURAL_PERSON).await["uid_verified"], false);
}

#[tokio::test]
async fn the_overview_says_what_is_kept_and_hides_what_others_should_not_read() {
    let provider = Provider::start().await.unwrap();
    let applicant = Browser::new(&provider.issuer).unwrap();
    let page = begin(&provider, &applicant).await;
    let page = step(&applicant, &page, &first("member0001")).await;
    let page = step(&applicant, &page, &SECOND).await;
    let page = step(&applicant, &page, &THIRD).await;
    let page = step(&applicant, &page, &FOURTH).await;
    agree(&provider, &applicant, &page).await;
    let link = link(&provider, &so_many_mails(&provider, 1).await[0]);
    activate(&applicant, &link).await;
    let browser = signed_in(&provider, "member0001", PASSWORD).await;
    let shown = browser.open(&provider.url("/account")).await.unwrap().body;
    let said = [
        "自然人",
        "一般民眾／公務人員",
        "所屬機關或單位（公務人員適用）",
        MAIL,
        "已確認",
        "我的貓叫什麼名字？",
        "0911123456",
    ];
    for said in said.into_iter().chain(["服務條款", "2026-11-22", "目前使用中", "顯示完整號碼", "A1******89"])
    {
        assert!(shown.contains(said), "{said}: {shown}");
    }
    assert!(!shown.contains("mucha") && !shown.contains("argon2"));
    let number = shown.find("A12345 6789").unwrap();
    assert!(shown[..number].rfind("<details>").unwrap() > shown[..number].rfind("</details>").unwrap_or(0));
    provider.advance(seconds(60)).await.unwrap();
    signed_in(&provider, "member0001", PASSWORD).await;
    let shown = browser.open(&provider.url("/account")).await.unwrap().body;
    assert_eq!(shown.matches("目前使用中").count(), 1);
    assert!(shown.contains("先前"), "{shown}");
    // A conversion shows at once.
    let agency = AgencyOid::parse("2.16.886.101.20003.20001.20003").unwrap();
    let (kind, now) = (idp_core::identity::capacity::OfficialType::Educator, provider.clock.now());
    change(&provider, "member0001", move |tx, id| idp_store::capacities::set(tx, id, (&agency, kind), now)).await;
    let shown = browser.open(&provider.url("/account")).await.unwrap().body;
    assert!(shown.contains("教育人員") && shown.contains("內政部消防署"), "{shown}");
}

/// Signed out in another tab: what was typed is lost, and that is said on the way back.
#[tokio::test]
async fn who_sends_a_form_after_the_session_ended_is_told_that_nothing_was_saved() {
    let provider = Provider::start().await.unwrap();
    let browser = signed_in(&provider, NATURAL_PERSON, OLD).await;
    let page = browser.open(&provider.url(PATH)).await.unwrap();
    conformance::steps::sign_out(&browser, &provider).await;
    let asks = browser.open(&provider.url(PATH)).await.unwrap();
    assert!(asks.has("login-submit") && !asks.has("not-saved"), "nothing was sent: {}", asks.body);
    let lost = send_from(&browser, &page, PATH, &[("name", "蘇大美")]).await;
    assert!(lost.has("login-submit") && lost.has("not-saved"), "{}", lost.body);
    assert!(lost.body.contains("剛才送出的內容沒有儲存") && !lost.body.contains("蘇大美"), "{}", lost.body);
    let wrong = browser.sign_in(&lost, NATURAL_PERSON, "wrong-one").await.unwrap();
    assert!(wrong.status == 422 && wrong.has("not-saved"), "{}", wrong.body);
    provider.advance(seconds(6)).await.unwrap();
    let back = browser.sign_in(&wrong, NATURAL_PERSON, OLD).await.unwrap();
    assert!(back.url.contains(PATH) && back.has("not-saved") && back.has("save"), "{} {}", back.url, back.body);
    assert_eq!(back.field("name").as_deref(), Some("蘇小美"));
    let saved = send_from(&browser, &back, PATH, &[("name", "蘇大美")]).await;
    assert!(saved.has("saved") && !saved.has("not-saved"), "{}", saved.body);
}
