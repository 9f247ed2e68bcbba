//! Accounts that nobody activates: they go, with whatever hangs on them, and not before their newest link is over.

use crate::account::ask_to_leave;
use crate::support::*;
use conformance::steps::run;
use conformance::{Browser, NATURAL_PERSON, Provider};
use idp_core::people::account::AccountState;
use idp_core::sign_in::authentication::Acr;
use idp_core::sign_in::session::Session;
use idp_core::{AccountId, SessionId};
use idp_store::{accounts, sessions};
use std::time::Duration;

const DAY: u64 = 86_400;

async fn apply_for(provider: &Provider, account: &str) {
    let browser = Browser::new(&provider.issuer).unwrap();
    apply(provider, &browser, account).await;
}

#[tokio::test]
async fn what_an_operator_gave_to_who_never_activates_keeps_neither_them_nor_anybody_who_leaves() {
    let provider = Provider::start().await.unwrap();
    apply_for(&provider, "neverused1").await;
    let agency = ["--agency-oid", "2.16.886.101.20003.20001.20003", "--official-type", "civil_servant"];
    run(&provider, &[&["accounts", "set-capacity", "neverused1"], agency.as_slice()].concat()).await.unwrap();
    run(&provider, &["accounts", "grant-role", "neverused1", "reviewer"]).await.unwrap();
    equip(&provider, "neverused1", Some(QUESTION), Some(MOBILE)).await;
    sweep(&provider, 17 * DAY).await.unwrap();
    ask_to_leave(&provider, NATURAL_PERSON).await;
    assert_eq!(state(&provider, "neverused1").await, Some(AccountState::NotActivated));
    sweep(&provider, 14 * DAY + 60).await.unwrap();
    assert_eq!((state(&provider, "neverused1").await, state(&provider, NATURAL_PERSON).await), (None, None));
    let told = events(&provider).await;
    assert!(
        ["account.never_activated", "account.deleted"].iter().all(|event| told.contains(&(*event).into())),
        "{told:?}"
    );
    apply_for(&provider, "neverused1").await;
}

#[tokio::test]
async fn whoever_cancels_an_application_takes_along_what_an_operator_gave_it() {
    let provider = Provider::start().await.unwrap();
    apply_for(&provider, "cancelled1").await;
    run(&provider, &["accounts", "grant-role", "cancelled1", "reviewer"]).await.unwrap();
    let link = link(&provider, &so_many_mails(&provider, 1).await[0]);
    let browser = Browser::new(&provider.issuer).unwrap();
    let page = activate_by(&browser, &link, &[("decision", "discard")]).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!(state(&provider, "cancelled1").await, None);
}

/// How many files of the database hold a text.
fn files_with(provider: &Provider, text: &str) -> usize {
    let files = ["idp.db", "idp.db-wal"].map(|name| std::fs::read(provider.folder().join(name)).unwrap_or_default());
    files.iter().filter(|file| file.windows(text.len()).any(|part| part == text.as_bytes())).count()
}

#[tokio::test]
async fn whoever_cancels_and_who_never_activates_stand_in_no_file_of_the_database_any_more() {
    let provider = Provider::start().await.unwrap();
    // What another program may have left is over with this.
    sweep(&provider, 1).await.unwrap();
    apply_for(&provider, "cancelled1").await;
    let link = link(&provider, &so_many_mails(&provider, 1).await[0]);
    apply_for(&provider, "neverused1").await;
    let browser = Browser::new(&provider.issuer).unwrap();
    assert_eq!(activate_by(&browser, &link, &[("decision", "discard")]).await.status, 200);
    // Somebody may be reading at that moment: the next sweep has to see to it.
    until("cancelled1 stands in no file", async || {
        sweep(&provider, 301).await.unwrap();
        files_with(&provider, "cancelled1") == 0
    })
    .await;
    sweep(&provider, 31 * DAY).await.unwrap();
    assert_eq!(state(&provider, "neverused1").await, None);
    until("neverused1 stands in no file", async || {
        sweep(&provider, 301).await.unwrap();
        files_with(&provider, "neverused1") == 0
    })
    .await;
}

/// A session of who never signed in: nothing writes one, and the foreign key holds the account.
async fn cannot_go(provider: &Provider, account: &'static str) {
    let now = provider.clock.now();
    let unit = move |tx: &mut idp_store::Tx<'_>| {
        let account_id: AccountId = accounts::login(tx.conn(), account)?.unwrap().person.account_id;
        let expires_at = now.plus(Duration::from_secs(DAY));
        let session = Session {
            id: SessionId::new([1; 16]),
            account_id,
            security_epoch: 1,
            auth_time: now,
            acr: Acr::Password,
            last_used_at: now,
            expires_at,
            ended_at: None,
        };
        sessions::insert(tx, &session, &[1; 32])
    };
    provider.wired.base.db.write(unit).await.unwrap();
}

#[tokio::test]
async fn one_account_that_cannot_go_keeps_no_other_and_no_other_work_and_is_tried_again() {
    let provider = Provider::start().await.unwrap();
    for account in ["firstone1", "cannotgo1", "lastone01"] {
        apply_for(&provider, account).await;
        provider.advance(Duration::from_secs(1)).await.unwrap();
    }
    cannot_go(&provider, "cannotgo1").await;
    sweep(&provider, 17 * DAY).await.unwrap();
    ask_to_leave(&provider, NATURAL_PERSON).await;
    assert!(sweep(&provider, 14 * DAY + 60).await.is_err(), "it is said");
    for account in ["firstone1", "lastone01", NATURAL_PERSON] {
        assert_eq!(state(&provider, account).await, None, "{account}");
    }
    assert_eq!(state(&provider, "cannotgo1").await, Some(AccountState::NotActivated));
    assert!(sweep(&provider, 0).await.is_err(), "the turn was given back: at once, not at the next");
}

#[tokio::test]
async fn a_link_that_was_asked_for_on_the_last_days_works_as_long_as_it_says() {
    let provider = Provider::start().await.unwrap();
    for account in ["byresend1", "byforgot1", "tooslow01"] {
        apply_for(&provider, account).await;
    }
    so_many_mails(&provider, 3).await;
    provider.advance(Duration::from_secs(29 * DAY)).await.unwrap();
    assert_eq!(asked(&provider, "/resend-confirmation", "byresend1").await.status, 200);
    let resent = link(&provider, &so_many_mails(&provider, 4).await[3]);
    provider.advance(Duration::from_secs(1)).await.unwrap();
    assert_eq!(asked(&provider, "/forgot-password", "byforgot1").await.status, 200);
    let reminded = link(&provider, &so_many_mails(&provider, 5).await[4]);
    provider.advance(Duration::from_secs(1)).await.unwrap();
    assert_eq!(asked(&provider, "/resend-confirmation", "tooslow01").await.status, 200);
    let late = link(&provider, &so_many_mails(&provider, 6).await[5]);
    sweep(&provider, 3 * DAY).await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    for link in [&resent, &reminded] {
        let page = activate(&browser, link).await;
        assert!(page.body.contains("帳號已啟用成功"), "{}", page.body);
    }
    sweep(&provider, 4 * DAY - 60).await.unwrap();
    assert_eq!(state(&provider, "tooslow01").await, Some(AccountState::NotActivated), "to the last minute");
    sweep(&provider, 400).await.unwrap();
    assert_eq!(state(&provider, "tooslow01").await, None);
    assert!(activate(&browser, &late).await.body.contains("這個連結已經失效"));
}

#[tokio::test]
async fn with_the_least_setting_a_link_of_the_sixth_day_works_on_the_twelfth() {
    let mut provider = Provider::start().await.unwrap();
    provider.settings.membership.keep_not_activated = idp::settings::Span(Duration::from_secs(7 * DAY));
    provider.restart().await.unwrap();
    provider.clock.advance(idp_store::ephemeral::AHEAD);
    let browser = Browser::new(&provider.issuer).unwrap();
    apply(&provider, &browser, "sixthday1").await;
    so_many_mails(&provider, 1).await;
    provider.advance(Duration::from_secs(6 * DAY)).await.unwrap();
    assert_eq!(asked(&provider, "/resend-confirmation", "sixthday1").await.status, 200);
    let link = link(&provider, &so_many_mails(&provider, 2).await[1]);
    sweep(&provider, 6 * DAY).await.unwrap();
    assert!(activate(&browser, &link).await.body.contains("帳號已啟用成功"));
}

/// Attack: anybody asks for the mail again and again, and the provider keeps what somebody else typed for ever.
#[tokio::test]
async fn an_application_ends_however_often_its_mail_is_asked_for() {
    let provider = Provider::start().await.unwrap();
    apply_for(&provider, "neverused1").await;
    so_many_mails(&provider, 1).await;
    let mut weeks = 0;
    while state(&provider, "neverused1").await.is_some() {
        assert_eq!(asked(&provider, "/resend-confirmation", "neverused1").await.status, 200);
        until("nothing waits", async || settled(&provider).await == noted(&provider).await).await;
        sweep(&provider, 6 * DAY).await.unwrap();
        weeks += 1;
        assert!(weeks < 20, "it is kept for ever");
    }
    // The last link is mailed before the ninetieth day, and works for seven.
    assert_eq!(weeks, 16);
}

#[tokio::test]
async fn an_operator_removes_an_application_at_once_and_its_name_is_free() {
    let provider = Provider::start().await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    apply(&provider, &browser, "inthename").await;
    let before = link(&provider, &so_many_mails(&provider, 1).await[0]);
    let no = run(&provider, &["accounts", "delete", "inthename"]).await.unwrap_err();
    assert!(no.contains("not activated yet") && no.contains("--now removes it"), "{no}");
    assert!(browser.open(&before).await.unwrap().has("activate"), "nothing happened");
    run(&provider, &["accounts", "delete", "inthename", "--now"]).await.unwrap();
    let lines = provider.audit(100).await.unwrap();
    let acts =
        lines.iter().filter(|line| line.detail.as_ref().is_some_and(|detail| detail.contains("accounts.delete")));
    assert_eq!(acts.map(|line| line.event.as_str()).collect::<Vec<_>>(), ["administered"]);
    assert!(browser.open(&before).await.unwrap().has("link-over"));
    assert!(run(&provider, &["accounts", "delete", "inthename", "--now"]).await.unwrap_err().contains("no account"));

    // Of both at once, one does it.
    for round in 2..6 {
        provider.advance(Duration::from_secs(1)).await.unwrap();
        apply(&provider, &browser, "inthename").await;
        let again = link(&provider, &so_many_mails(&provider, round).await[round - 1]);
        assert!(browser.open(&before).await.unwrap().has("link-over"), "of another application");
        let remove = async || run(&provider, &["accounts", "delete", "inthename", "--now"]).await;
        let (page, removed) = tokio::join!(activate(&browser, &again), remove());
        let is_activated = page.body.contains("帳號已啟用成功");
        let left = state(&provider, "inthename").await;
        match (is_activated, &removed) {
            // An application was removed: nobody was told that it is an account.
            (false, Ok(())) => assert_eq!(left, None),
            // The operator came second: it is an account, and goes as one, or not.
            (true, Ok(())) => assert!(matches!(left, None | Some(AccountState::Leaving { .. })), "{left:?}"),
            (true, Err(why)) => {
                assert!(left == Some(AccountState::Active) && why.contains("meanwhile"), "{left:?} {why}")
            }
            (false, Err(why)) => panic!("neither: {why} {}", page.body),
        }
        let lines = provider.audit(100).await.unwrap();
        let activations = lines.iter().filter(|line| line.event == "account.activated").count();
        assert_eq!(activations > 0, is_activated, "{lines:?}");
        if is_activated {
            return;
        }
    }
}
