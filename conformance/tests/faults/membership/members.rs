//! 我的專區.

use super::support::{MOBILE, equip, link, mails};
use super::{AUDIT, Form, MESSAGES, OUTBOX, World};
use crate::receiver::Receiver;
use conformance::steps::{register, seconds, tokens};
use conformance::{Browser, NATURAL_PERSON, PASSWORD, Page, Portal};
use idp_core::client::GrantType;

const NEW: &str = "vT4-hN8wq";

async fn signs_in(world: &World, password: &str) -> (Browser, Page) {
    let browser = world.browser();
    let page = browser.open(&world.provider.url("/sign-in")).await.unwrap();
    let page = browser.sign_in(&page, NATURAL_PERSON, password).await.unwrap();
    (browser, page)
}

/// Opens a page of the area, and sends its form.
async fn sends(
    world: &World,
    (browser, path): (&Browser, &'static str),
    typed: &[(&'static str, &str)],
    (writes, done): (&'static [&'static str], fn(&Page) -> bool),
) -> Page {
    let page = &browser.open(&world.provider.url(path)).await.unwrap();
    world.send(&Form { what: path, browser, page, path, typed, writes, done }).await
}

async fn changes_the_record(world: &World) {
    let (browser, _) = &signs_in(world, PASSWORD).await;
    let named = [("name", "蘇大美"), ("nickname", "小美")];
    sends(world, (browser, "/account/profile"), &named, (&[AUDIT], |page| page.has("saved"))).await;
    equip(&world.provider, NATURAL_PERSON, None, Some(MOBILE)).await;
    let helps = [
        ("hint-question", "pet"),
        ("hint-answer", "Mucha"),
        ("rescue-mobile", "0922333444"),
        ("current-password", PASSWORD),
    ];
    sends(world, (browser, "/account/recovery"), &helps, (&[AUDIT, MESSAGES], |page| page.has("saved"))).await;
}

async fn takes_another_address(world: &World) {
    let (browser, _) = &signs_in(world, PASSWORD).await;
    let new = "new@example.tw";
    let typed = [("email", new), ("email-again", new), ("current-password", PASSWORD)];
    let path = "/account/email";
    let waits: fn(&Page) -> bool = |page| page.status == 200 && page.has("withdraw");
    sends(world, (browser, path), &typed, (&[AUDIT, MESSAGES], waits)).await;
    sends(world, (browser, path), &[("decision", "withdraw")], (&[AUDIT], |page| !page.has("withdraw"))).await;
    sends(world, (browser, path), &typed, (&[AUDIT, MESSAGES], waits)).await;
    sends(world, (browser, path), &[("decision", "again")], (&[AUDIT, MESSAGES], waits)).await;
    let mails = mails(&world.provider);
    let mail = mails.iter().rfind(|mail| mail.to().unwrap().first().unwrap().address() == Some(new)).unwrap();
    let page = &browser.open(&link(&world.provider, mail)).await.unwrap();
    let form = Form {
        what: "confirming the address",
        browser,
        page,
        path: "/account/email/confirm",
        typed: &[],
        writes: &[AUDIT, MESSAGES],
        done: |page| page.has("email-changed"),
    };
    world.send(&form).await;
}

async fn library(world: &World, receiver: &Receiver) -> Portal {
    register(&world.provider, "library", |asked| {
        asked.grant_types.push(GrantType::RefreshToken);
        asked.trusted = false;
        asked.backchannel_logout_uri = Some(receiver.uri.clone());
    })
    .await
}

/// What portals are told of, too.
async fn changes_the_password_stops_using_a_portal_and_leaves(world: &World) {
    let receiver = Receiver::start([]).await;
    let portal = library(world, &receiver).await;
    tokens(&portal, &world.browser(), &portal.request(), NATURAL_PERSON).await;
    let (here, _) = &signs_in(world, PASSWORD).await;
    let typed = [("current-password", PASSWORD), ("new-password", NEW), ("new-password-again", NEW)];
    let done: fn(&Page) -> bool = |page| page.has("password-changed");
    sends(world, (here, "/account/password"), &typed, (&[AUDIT, MESSAGES, OUTBOX], done)).await;
    receiver.wait_for(1).await;
    tokens(&portal, here, &portal.request(), NATURAL_PERSON).await;
    // The page that asks whether they mean it; the list has no form.
    let page = here.open(&world.provider.url("/account/password")).await.unwrap();
    let (sealed, path) = (page.field("page").unwrap(), "/account/portals");
    let page = &here.submit(path, &[("page", &sealed), ("portal", "library")]).await.unwrap();
    let form = Form {
        what: "no longer using a portal",
        browser: here,
        page,
        path,
        typed: &[("portal", "library"), ("decision", "withdraw")],
        writes: &[AUDIT, OUTBOX],
        done: |page| page.status == 200 && page.has("no-portals"),
    };
    world.send(&form).await;
    receiver.wait_for(2).await;
    // What is given from now on is newer than the withdrawal.
    world.provider.advance(seconds(1)).await.unwrap();
    tokens(&portal, here, &portal.request(), NATURAL_PERSON).await;
    let sure = [("current-password", NEW), ("understood", "yes")];
    let asked: fn(&Page) -> bool = |page| page.has("deletion-asked");
    sends(world, (here, "/account/delete"), &sure, (&[AUDIT, MESSAGES, OUTBOX], asked)).await;
    receiver.wait_for(3).await;
    let (browser, page) = &signs_in(world, NEW).await;
    let form = Form {
        what: "staying after all",
        browser,
        page,
        path: "/undo-deletion",
        typed: &[],
        writes: &[AUDIT, MESSAGES],
        done: |page| page.has("deletion-undone"),
    };
    world.send(&form).await;
}

#[tokio::test]
async fn what_a_member_changes_is_changed_whole_or_not_at_all() {
    let world = World::start().await;
    changes_the_record(&world).await;
    takes_another_address(&world).await;
    changes_the_password_stops_using_a_portal_and_leaves(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_member_changes_is_whole_or_not_at_all_on_postgres_too() {
    let Some(world) = World::on_postgres().await else { return };
    changes_the_record(&world).await;
    takes_another_address(&world).await;
    changes_the_password_stops_using_a_portal_and_leaves(&world).await;
}
