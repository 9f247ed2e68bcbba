//! From the application to the account.

use super::support::{MAIL, PASSWORD, link, mails, to_the_last};
use super::{AUDIT, Form, MESSAGES, World};
use conformance::{Browser, Page};

/// The newest link that activates.
fn newest_link(world: &World) -> String {
    let mails = mails(&world.provider);
    let mail = mails.iter().rfind(|mail| mail.body_text(0).unwrap().contains("/activate?key="));
    link(&world.provider, mail.unwrap())
}

/// Agrees on the last step; the page that waits for the mail.
async fn applies(world: &World, browser: &Browser, account: &str) -> Page {
    let page = &to_the_last(&world.provider, browser, account).await;
    let form = Form {
        what: "applying",
        browser,
        page,
        path: "/join",
        typed: &[("agree", "yes")],
        writes: &[AUDIT, MESSAGES],
        done: |page| page.url.contains("/join/sent?waiting="),
    };
    world.send(&form).await
}

async fn applies_corrects_and_activates(world: &World) {
    let browser = &world.browser();
    let waiting = &applies(world, browser, "newcomer01").await;
    let sent = |what, typed, done| Form {
        what,
        browser,
        page: waiting,
        path: "/join/sent",
        typed,
        writes: &[AUDIT, MESSAGES],
        done,
    };
    let right = "right@example.gov.tw";
    let correction = [("decision", "correct"), ("email", right), ("email-again", right)];
    world.send(&sent("correcting the address", &correction, |page| page.body.contains("right@example.gov.tw"))).await;
    world.send(&sent("asking for another mail", &[("decision", "again")], |page| page.status == 200)).await;
    assert_eq!(mails(&world.provider).len(), 3);
    let page = &browser.open(&newest_link(world)).await.unwrap();
    let form = Form {
        what: "activating",
        browser,
        page,
        path: "/activate",
        typed: &[("current-password", PASSWORD)],
        writes: &[AUDIT],
        done: |page| page.body.contains("帳號已啟用成功"),
    };
    world.send(&form).await;
}

async fn does_away_with_an_application(world: &World) {
    let browser = &world.browser();
    let waiting = applies(world, browser, "unwanted01").await;
    assert!(waiting.body.contains(MAIL), "{}", waiting.body);
    let page = &browser.open(&newest_link(world)).await.unwrap();
    let form = Form {
        what: "doing away with an application",
        browser,
        page,
        path: "/activate",
        typed: &[("decision", "discard")],
        writes: &[AUDIT],
        done: |page| page.body.contains("申請已經取消"),
    };
    world.send(&form).await;
}

#[tokio::test]
async fn an_application_is_made_corrected_activated_or_done_away_with_whole_or_not_at_all() {
    let world = World::start().await;
    applies_corrects_and_activates(&world).await;
    does_away_with_an_application(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_application_is_whole_or_not_at_all_on_postgres_too() {
    let Some(world) = World::on_postgres().await else { return };
    applies_corrects_and_activates(&world).await;
    does_away_with_an_application(&world).await;
}
