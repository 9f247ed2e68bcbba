//! Who forgot something.

use super::support::{ANSWER, MOBILE, QUESTION, code_in, equip, link, mails, sign_in, texts};
use super::{AUDIT, Form, MESSAGES, OUTBOX, World};
use crate::receiver::Receiver;
use conformance::steps::{register, tokens};
use conformance::{Browser, CIVIL_SERVANT, NATURAL_PERSON, Page};

const NEW: &str = "vT4-hN8wq";
const BOTH: &[&str] = &[AUDIT, MESSAGES];

async fn asks(world: &World, browser: &Browser, path: &'static str, typed: &[(&'static str, &str)]) -> Page {
    let page = &browser.open(&world.provider.url(path)).await.unwrap();
    let done = |page: &Page| page.status == 200 && (page.url.ends_with("asked=yes") || page.has("type-code"));
    world.send(&Form { what: "asking for help", browser, page, path, typed, writes: BOTH, done }).await
}

/// Every form that has something sent, for a name or address that is somebody's and one that is nobody's.
async fn asks_everywhere(world: &World) {
    let browser = &world.browser();
    for account in [CIVIL_SERVANT, "nobody01234"] {
        asks(world, browser, "/forgot-password", &[("account", account)]).await;
        asks(world, browser, "/resend-confirmation", &[("account", account)]).await;
    }
    asks(world, browser, "/forgot-account", &[("email", "fireman0119@example.gov.tw")]).await;
}

/// By mail, with the answer to the question; a portal is to be told.
async fn resets_by_mail(world: &World) {
    let receiver = Receiver::start([]).await;
    let portal = register(&world.provider, "library", |asked| {
        asked.backchannel_logout_uri = Some(receiver.uri.clone());
    })
    .await;
    tokens(&portal, &world.browser(), &portal.request(), NATURAL_PERSON).await;
    equip(&world.provider, NATURAL_PERSON, Some(QUESTION), Some(MOBILE)).await;
    let browser = &world.browser();
    asks(world, browser, "/forgot-password", &[("account", NATURAL_PERSON)]).await;
    let link = link(&world.provider, mails(&world.provider).last().unwrap());
    let page = &browser.open(&link).await.unwrap();
    let path = "/reset-password";
    let answers = Form {
        what: "answering the question",
        browser,
        page,
        path,
        typed: &[("hint-answer", ANSWER)],
        writes: &[AUDIT],
        done: |page| page.has("reset"),
    };
    let page = &world.send(&answers).await;
    let sets = Form {
        what: "setting another password",
        typed: &[("new-password", NEW), ("new-password-again", NEW)],
        writes: &[AUDIT, MESSAGES, OUTBOX],
        done: |page| page.body.contains("密碼已經重設"),
        page,
        ..answers
    };
    world.send(&sets).await;
    assert_eq!(receiver.wait_for(1).await.len(), 1);
    assert!(sign_in(&world.provider, NATURAL_PERSON, NEW).await.has("person-name"));
}

async fn types_a_code(world: &World) {
    equip(&world.provider, CIVIL_SERVANT, None, Some("0922333444")).await;
    let browser = &world.browser();
    let page = &asks(world, browser, "/forgot-password", &[("account", CIVIL_SERVANT), ("way", "text")]).await;
    let code = code_in(&texts(&world.provider).last().unwrap().1);
    let form = Form {
        what: "typing the code",
        browser,
        page,
        path: "/reset-password/code",
        typed: &[("text-code", &code)],
        writes: &[AUDIT],
        done: |page| page.has("reset"),
    };
    world.send(&form).await;
}

#[tokio::test]
async fn help_is_asked_for_and_a_password_reset_whole_or_not_at_all() {
    let world = World::start().await;
    asks_everywhere(&world).await;
    resets_by_mail(&world).await;
    types_a_code(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn help_is_whole_or_not_at_all_on_postgres_too() {
    let Some(world) = World::on_postgres().await else { return };
    asks_everywhere(&world).await;
    resets_by_mail(&world).await;
    types_a_code(&world).await;
}
