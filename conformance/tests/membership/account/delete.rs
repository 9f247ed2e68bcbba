//! 刪除帳號: asked for, undone, carried out; and what portals and others notice of it.

use super::{ask_to_leave as ask, send, send_from, signed_in};
use crate::receiver::Receiver;
use crate::support::*;
use conformance::steps::{change, code, is_dead, refused, register, run, seconds, silent, tokens};
use conformance::{Browser, CIVIL_SERVANT, NATURAL_PERSON, PASSWORD, Page, Portal, Provider};
use idp_core::client::GrantType;
use idp_core::people::account::AccountState;
use idp_store::{account_roles, outbox};

const PATH: &str = "/account/delete";
const DAY: u64 = 86_400;
const YES: [(&str, &str); 2] = [("current-password", PASSWORD), ("understood", "yes")];

/// Presses the button of the page that signing in leads to.
async fn undo(browser: &Browser, page: &Page) -> Page {
    let (key, interaction) = (page.field("key").unwrap(), page.field("interaction").unwrap());
    browser.submit("/undo-deletion", &[("key", &key), ("interaction", &interaction)]).await.unwrap()
}

fn is_offered(page: &Page) -> bool {
    page.status == 403 && page.has("undo-deletion") && page.body.contains("取消刪除")
}

/// A portal that is told of sign-outs and may act while the person is away.
async fn portal(provider: &Provider, id: &str, receiver: &Receiver) -> Portal {
    register(provider, id, |asked| {
        asked.grant_types.push(GrantType::RefreshToken);
        asked.scope = "openid profile offline_access".into();
        asked.backchannel_logout_uri = Some(receiver.uri.clone());
    })
    .await
}

#[tokio::test]
async fn the_page_asks_for_the_password_and_a_tick_and_changes_nothing_before() {
    let provider = Provider::start().await.unwrap();
    let receiver = Receiver::start([]).await;
    let portal = portal(&provider, "library", &receiver).await;
    let browser = signed_in(&provider, NATURAL_PERSON, PASSWORD).await;
    tokens(&portal, &browser, &portal.request(), NATURAL_PERSON).await;
    let page = browser.open(&provider.url(PATH)).await.unwrap();
    assert!(page.body.contains("clairesu1234@example.gov.tw") && page.body.contains("取消刪除"), "{}", page.body);
    let told = page.body.split("id=\"portals-told\"").nth(1).unwrap().split("</ul>").next().unwrap();
    assert!(told.contains("library"), "{told}");
    for (fields, status, said) in [
        (vec![("understood", "yes")], 422, "請輸入目前的密碼"),
        (vec![("current-password", PASSWORD)], 422, "請勾選"),
        (vec![("current-password", "wrong-one"), ("understood", "yes")], 422, "目前的密碼不正確"),
    ] {
        let page = send(&provider, &browser, PATH, &fields).await;
        assert!(page.status == status && page.body.contains(said) && page.has("delete-account"), "{}", page.body);
        let is_ticked = page.body.contains("value=\"yes\" checked");
        assert_eq!(is_ticked, fields.contains(&("understood", "yes")), "{}", page.body);
        provider.advance(seconds(6)).await.unwrap();
    }
    let nothing = send(&provider, &browser, PATH, &[]).await.body;
    assert!(nothing.contains("href=\"#current-password\"") && nothing.contains("href=\"#understood\""), "{nothing}");
    assert_eq!(state(&provider, NATURAL_PERSON).await, Some(AccountState::Active));
    assert!(events(&provider).await.is_empty() && mails(&provider).is_empty());
    assert_eq!(silent(&portal, &browser).await, None);
}

#[tokio::test]
async fn what_is_asked_for_ends_everything_everywhere_at_once_and_the_portals_are_told() {
    let provider = Provider::start().await.unwrap();
    let receiver = Receiver::start([]).await;
    let portal = portal(&provider, "library", &receiver).await;
    let (browser, other) = (Browser::new(&provider.issuer).unwrap(), Browser::new(&provider.issuer).unwrap());
    let given = tokens(&portal, &browser, &portal.request(), NATURAL_PERSON).await;
    let others = tokens(&portal, &other, &portal.request(), CIVIL_SERVANT).await;
    let away = Browser::new(&provider.issuer).unwrap();
    let offline = portal.request().scope("openid profile offline_access");
    let away_tokens = tokens(&portal, &away, &offline, NATURAL_PERSON).await;
    conformance::steps::sign_out(&away, &provider).await;
    let first = receiver.wait_for(1).await.len();
    assert!(portal.refresh(&away_tokens.refresh).await.unwrap().tokens().is_ok(), "it acts while the person is away");
    let request = portal.request();
    let code = code(&browser, &request, NATURAL_PERSON).await;
    let asked = send(&provider, &browser, PATH, &YES).await;
    assert!(asked.status == 200 && asked.has("deletion-asked"), "{}", asked.body);
    assert!(
        !asked.has("sign-out") && !asked.body.contains("href=\"/account/password\""),
        "nobody is signed in any more"
    );
    // Every way to a token.
    refused(&portal.redeem(&request, &code).await.unwrap(), 400, "invalid_grant");
    refused(&portal.refresh(&given.refresh).await.unwrap(), 400, "invalid_grant");
    refused(&portal.refresh(&away_tokens.refresh).await.unwrap(), 400, "invalid_grant");
    for access in [&given.access, &away_tokens.access] {
        assert!(is_dead(&portal, access).await);
        let said = portal.post("/connect/introspect", &[("token", access)]).await.unwrap();
        assert_eq!(said.body, "{\"active\":false}");
    }
    assert_eq!(silent(&portal, &browser).await.as_deref(), Some("login_required"));
    assert!(browser.open(&portal.request().url()).await.unwrap().has("login-submit"));
    assert!(browser.open(&provider.url("/account")).await.unwrap().has("login-submit"));
    // One token for the session, one for what went on without one.
    let keys = portal.keys().await.unwrap();
    let said = receiver.wait_for(first + 2).await;
    for sent in &said[first..] {
        portal.verify_logout(&keys, sent.token()).unwrap();
    }
    let mail = so_many_mails(&provider, 1).await.pop().unwrap();
    assert_eq!(mail.subject(), Some("「我的E政府」帳號將刪除"));
    assert!(mail.body_text(0).unwrap().contains("/sign-in"));
    // Nobody else notices anything.
    assert!(portal.refresh(&others.refresh).await.unwrap().tokens().is_ok());
    assert_eq!(events(&provider).await, ["account.deletion_asked"]);
}

#[tokio::test]
async fn who_signs_in_meanwhile_can_undo_it_and_do_nothing_else() {
    let provider = Provider::start().await.unwrap();
    let receiver = Receiver::start([]).await;
    let portal = portal(&provider, "library", &receiver).await;
    ask(&provider, NATURAL_PERSON).await;
    let browser = Browser::new(&provider.issuer).unwrap();
    let page = browser.open(&portal.request().url()).await.unwrap();
    let page = browser.sign_in(&page, NATURAL_PERSON, PASSWORD).await.unwrap();
    assert!(is_offered(&page), "{} {}", page.status, page.body);
    assert!(browser.open(&provider.url("/account")).await.unwrap().has("login-submit"), "it is no session");
    assert_eq!(silent(&portal, &browser).await.as_deref(), Some("login_required"));
    let wrong = Browser::new(&provider.issuer).unwrap();
    let sign_in_page = wrong.open(&provider.url("/sign-in")).await.unwrap();
    let refused = wrong.sign_in(&sign_in_page, NATURAL_PERSON, "wrong-one").await.unwrap();
    assert!(refused.status == 422 && !refused.has("undo-deletion"), "it is told after the right password alone");
    // So that the mails have an order.
    provider.advance(seconds(1)).await.unwrap();
    let done = undo(&browser, &page).await;
    assert!(done.status == 200 && done.has("deletion-undone"), "{}", done.body);
    assert_eq!(state(&provider, NATURAL_PERSON).await, Some(AccountState::Active));
    let again = undo(&browser, &page).await;
    assert!(again.status == 200 && again.has("link-over"), "once: {}", again.body);
    provider.advance(seconds(10)).await.unwrap();
    let next = done.body.split("href=\"/sign-in?").nth(1).unwrap().split('"').next().unwrap();
    let page = browser.open(&provider.url(&format!("/sign-in?{next}"))).await.unwrap();
    let page = browser.sign_in(&page, NATURAL_PERSON, PASSWORD).await.unwrap();
    assert!(page.url.starts_with(&portal.redirect_uri), "and goes on to the portal: {} {}", page.url, page.body);
    let undone = so_many_mails(&provider, 2).await.pop().unwrap();
    assert_eq!(undone.subject(), Some("「我的E政府」帳號已取消刪除"));
    assert_eq!(events(&provider).await, ["account.deletion_asked", "account.deletion_undone"]);
    // What waited is not carried out.
    sweep(&provider, 15 * DAY).await.unwrap();
    assert_eq!(state(&provider, NATURAL_PERSON).await, Some(AccountState::Active));
}

/// Attack: the key, copied out of somebody's page.
#[tokio::test]
async fn another_browser_undoes_nothing_with_what_stands_in_the_page() {
    let provider = Provider::start().await.unwrap();
    ask(&provider, NATURAL_PERSON).await;
    let browser = Browser::new(&provider.issuer).unwrap();
    let page = browser.open(&provider.url("/sign-in")).await.unwrap();
    let page = browser.sign_in(&page, NATURAL_PERSON, PASSWORD).await.unwrap();
    assert!(is_offered(&page), "{}", page.body);
    let stranger = Browser::new(&provider.issuer).unwrap();
    let refused = undo(&stranger, &page).await;
    assert!(refused.status == 403 && refused.has("link-over"), "{}", refused.body);
    // Nor with a sign-in of its own beside it.
    let own = stranger.open(&provider.url("/sign-in")).await.unwrap().field("interaction").unwrap();
    let key = page.field("key").unwrap();
    let refused = stranger.submit("/undo-deletion", &[("key", &key), ("interaction", &own)]).await.unwrap();
    assert!(refused.status == 403 && refused.has("link-over"), "{} {}", refused.status, refused.body);
    assert_eq!(events(&provider).await, ["account.deletion_asked"]);
    assert!(undo(&browser, &page).await.has("deletion-undone"));
}

#[tokio::test]
async fn a_page_of_before_undoes_nothing_that_was_asked_for_anew() {
    let provider = Provider::start().await.unwrap();
    ask(&provider, NATURAL_PERSON).await;
    let old = sign_in(&provider, NATURAL_PERSON, PASSWORD).await;
    let browser = Browser::new(&provider.issuer).unwrap();
    let page = browser.open(&provider.url("/sign-in")).await.unwrap();
    let page = browser.sign_in(&page, NATURAL_PERSON, PASSWORD).await.unwrap();
    assert!(undo(&browser, &page).await.has("deletion-undone"));
    provider.advance(seconds(10)).await.unwrap();
    ask(&provider, NATURAL_PERSON).await;
    for page in [&old, &page] {
        assert!(undo(&browser, page).await.has("link-over"));
    }
    let late = sign_in(&provider, NATURAL_PERSON, PASSWORD).await;
    provider.advance(seconds(30 * 60)).await.unwrap();
    assert!(undo(&browser, &late).await.has("link-over"), "a page of half an hour ago");
    for key in ["x", "AAAA"] {
        let interaction = late.field("interaction").unwrap();
        let page = browser.submit("/undo-deletion", &[("key", key), ("interaction", &interaction)]).await.unwrap();
        assert!(page.has("link-over"), "{}", page.body);
    }
    assert!(matches!(state(&provider, NATURAL_PERSON).await, Some(AccountState::Leaving { .. })));
}

#[tokio::test]
async fn when_the_time_has_come_the_account_is_gone_and_its_name_is_nobodys() {
    let provider = Provider::start().await.unwrap();
    let receiver = Receiver::start([]).await;
    let portal = portal(&provider, "library", &receiver).await;
    let browser = signed_in(&provider, NATURAL_PERSON, PASSWORD).await;
    let given = tokens(&portal, &browser, &portal.request(), NATURAL_PERSON).await;
    assert!(send(&provider, &browser, PATH, &YES).await.has("deletion-asked"));
    sweep(&provider, 14 * DAY - 60).await.unwrap();
    assert!(is_offered(&sign_in(&provider, NATURAL_PERSON, PASSWORD).await), "to the last minute");
    let late = sign_in(&provider, NATURAL_PERSON, PASSWORD).await;
    provider.advance(seconds(61)).await.unwrap();
    let waits = sign_in(&provider, NATURAL_PERSON, PASSWORD).await;
    assert!(
        waits.status == 403 && !waits.has("undo-deletion"),
        "too late, whether a job came by or not: {}",
        waits.body
    );
    assert!(undo(&browser, &late).await.has("link-over"));
    sweep(&provider, 300).await.unwrap();
    until("the account is gone", async || state(&provider, NATURAL_PERSON).await.is_none()).await;
    let known = sign_in(&provider, NATURAL_PERSON, PASSWORD).await;
    let unknown = sign_in(&provider, "nobody1234", PASSWORD).await;
    assert_eq!((known.status, known.has("undo-deletion")), (unknown.status, false), "as nobody's name");
    assert!(is_dead(&portal, &given.access).await);
    refused(&portal.refresh(&given.refresh).await.unwrap(), 400, "invalid_grant");
    // The last mail, and then no address anywhere.
    let last = so_many_mails(&provider, 2).await.pop().unwrap();
    assert_eq!(last.subject(), Some("「我的E政府」帳號已刪除"));
    assert!(!last.body_text(0).unwrap().contains(NATURAL_PERSON));
    until("it is settled", async || settled(&provider).await == noted(&provider).await).await;
    // Nobody gets the name, by the form or on the command line.
    let applicant = Browser::new(&provider.issuer).unwrap();
    let page = begin(&provider, &applicant).await;
    let page = step(&applicant, &page, &first(NATURAL_PERSON)).await;
    assert!(page.status == 422 && page.body.contains("已經有人使用"), "{}", page.body);
    let file = provider.folder().join("pw");
    std::fs::write(&file, PASSWORD).unwrap();
    let add = ["accounts", "add", NATURAL_PERSON, "--password-file", file.to_str().unwrap(), "--name", "x"];
    assert!(run(&provider, &add).await.unwrap_err().contains("never given"));
    assert_eq!(events(&provider).await, ["account.deleted", "account.deletion_asked"]);
    let waiting = provider.wired.base.db.scan(outbox::depth).await.unwrap();
    assert_eq!(waiting.0, 0);
}

#[tokio::test]
async fn of_two_jobs_and_an_interrupted_one_the_account_goes_once() {
    let provider = Provider::start().await.unwrap();
    ask(&provider, NATURAL_PERSON).await;
    ask(&provider, CIVIL_SERVANT).await;
    provider.advance(seconds(15 * DAY)).await.unwrap();
    // One that is told to stop before it removes anything.
    let (_stop, stopped) = tokio::sync::watch::channel(true);
    idp::jobs::sweep::often(provider.wired.jobs.clone(), stopped).await.unwrap();
    sweep(&provider, 300).await.unwrap();
    let (_stop, stopped) = tokio::sync::watch::channel(false);
    let both = [(); 2].map(|()| idp::jobs::sweep::often(provider.wired.jobs.clone(), stopped.clone()));
    let [one, other] = both;
    let (one, other) = tokio::join!(one, other);
    assert!(one.is_ok() && other.is_ok());
    until("both are gone", async || {
        state(&provider, NATURAL_PERSON).await.is_none() && state(&provider, CIVIL_SERVANT).await.is_none()
    })
    .await;
    let deleted = events(&provider).await.into_iter().filter(|event| event == "account.deleted").count();
    assert_eq!(deleted, 2);
    assert_eq!(noted(&provider).await, 2, "that it was done, to each; what was told them before went along");
    until("both are over", async || settled(&provider).await == 2).await;
    assert_eq!(mails(&provider).len(), 4);
}

#[tokio::test]
async fn a_form_that_is_sent_twice_at_once_asks_once() {
    let provider = Provider::start().await.unwrap();
    let browser = signed_in(&provider, NATURAL_PERSON, PASSWORD).await;
    let page = browser.open(&provider.url(PATH)).await.unwrap();
    let both = tokio::join!(send_from(&browser, &page, PATH, &YES), send_from(&browser, &page, PATH, &YES));
    let asked = [&both.0, &both.1].into_iter().filter(|page| page.has("deletion-asked")).count();
    assert_eq!(asked, 1, "{} {}", both.0.body, both.1.body);
    assert_eq!(events(&provider).await, ["account.deletion_asked"]);
    tokio::time::sleep(seconds(1)).await;
    assert_eq!(mails(&provider).len(), 1);
}

#[tokio::test]
async fn the_last_administrator_stays_until_there_is_another() {
    let provider = Provider::start().await.unwrap();
    let grant = |account: &'static str| {
        change(&provider, account, |tx, id| account_roles::grant(tx, id, "administrator").map(drop))
    };
    grant(NATURAL_PERSON).await;
    let browser = signed_in(&provider, NATURAL_PERSON, PASSWORD).await;
    let page = send(&provider, &browser, PATH, &YES).await;
    assert!(page.status == 409 && page.body.contains("最後一位系統管理人員"), "{}", page.body);
    assert!(browser.open(&provider.url("/")).await.unwrap().has("person-name"), "and is signed in as before");
    let no = run(&provider, &["accounts", "delete", NATURAL_PERSON]).await.unwrap_err();
    assert!(no.contains("grant-role"), "{no}");
    grant(CIVIL_SERVANT).await;
    provider.advance(seconds(10)).await.unwrap();
    assert!(send(&provider, &browser, PATH, &YES).await.has("deletion-asked"));
    // Who leaves is none any more.
    let browser = signed_in(&provider, CIVIL_SERVANT, PASSWORD).await;
    assert_eq!(send(&provider, &browser, PATH, &YES).await.status, 409);
}

#[tokio::test]
async fn who_lost_the_password_to_a_thief_sets_another_and_undoes_it() {
    let provider = Provider::start().await.unwrap();
    ask(&provider, NATURAL_PERSON).await;
    assert!(asked(&provider, "/forgot-password", NATURAL_PERSON).await.body.contains("我們已寄出"));
    let mail = so_many_mails(&provider, 2).await;
    let mail = mail.iter().find(|mail| mail.subject() == Some("「我的E政府」重設密碼")).unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    let page = browser.open(&link(&provider, mail)).await.unwrap();
    let key = page.field("key").unwrap();
    let fields = [("key", key.as_str()), ("new-password", "vT4-hN8wq"), ("new-password-again", "vT4-hN8wq")];
    assert!(browser.submit("/reset-password", &fields).await.unwrap().body.contains("密碼已經重設"));
    assert!(!is_offered(&sign_in(&provider, NATURAL_PERSON, PASSWORD).await));
    provider.advance(seconds(10)).await.unwrap();
    let page = sign_in_by(&provider, &browser, NATURAL_PERSON, "vT4-hN8wq").await;
    assert!(is_offered(&page), "{}", page.body);
    assert!(undo(&browser, &page).await.has("deletion-undone"));
}

#[tokio::test]
async fn an_operator_undoes_it_and_brings_it_about() {
    let provider = Provider::start().await.unwrap();
    let idp = async |arguments: &[&str]| run(&provider, &[&["accounts"], arguments].concat()).await;
    assert!(idp(&["keep", NATURAL_PERSON]).await.unwrap_err().contains("not about to be removed"));
    ask(&provider, NATURAL_PERSON).await;
    assert!(idp(&["unlock", NATURAL_PERSON]).await.unwrap_err().contains("idp accounts keep"));
    assert!(idp(&["delete", NATURAL_PERSON]).await.unwrap_err().contains("--now"));
    idp(&["keep", NATURAL_PERSON]).await.unwrap();
    assert_eq!(state(&provider, NATURAL_PERSON).await, Some(AccountState::Active));
    provider.advance(seconds(10)).await.unwrap();
    ask(&provider, NATURAL_PERSON).await;
    idp(&["lock", NATURAL_PERSON]).await.unwrap();
    assert_eq!(state(&provider, NATURAL_PERSON).await, Some(AccountState::Locked), "evidence does not go by itself");
    sweep(&provider, 15 * DAY).await.unwrap();
    assert_eq!(state(&provider, NATURAL_PERSON).await, Some(AccountState::Locked));
    idp(&["delete", NATURAL_PERSON, "--now"]).await.unwrap();
    assert!(idp(&["keep", NATURAL_PERSON]).await.unwrap_err().contains("too late"));
    sweep(&provider, 300).await.unwrap();
    until("the account is gone", async || state(&provider, NATURAL_PERSON).await.is_none()).await;
    let noted = provider.audit(200).await.unwrap();
    for name in ["account.deleted", "account.deletion_undone"] {
        assert!(noted.iter().any(|line| line.event == name), "{name}");
    }
    assert!(noted.iter().all(|line| !format!("{line:?}").contains(NATURAL_PERSON)), "no line names whom it is about");
}

#[tokio::test]
async fn the_form_is_read_in_the_other_language_with_its_tick_and_the_page_after_it_leads_nowhere_else() {
    let provider = Provider::start().await.unwrap();
    let browser = signed_in(&provider, NATURAL_PERSON, PASSWORD).await;
    let ticked = [("understood", "yes"), ("lang", "en")];
    let page = send(&provider, &browser, PATH, &ticked).await;
    assert!(page.status == 200 && page.body.contains("<html lang=\"en\">"), "{} {}", page.status, page.body);
    assert!(page.body.contains("value=\"yes\" checked") && !page.has("current-password-error"), "{}", page.body);
    let empty = send(&provider, &browser, PATH, &[("lang", "zh-Hant-TW")]).await;
    assert!(empty.status == 200 && !empty.body.contains("checked") && !empty.has("understood-error"), "{}", empty.body);
    let asked = send(&provider, &browser, PATH, &YES).await;
    assert!(asked.has("deletion-asked") && asked.field("return_to").is_none(), "{}", asked.body);
}
