//! A mail server that takes nothing for a day: the mail is tried so often and no longer, and the person who waits for it is told.
//! Switched on by script/test (`IDP_TEST_SERVERS=1`).

use crate::support::*;
use conformance::servers::are_installed;
use conformance::servers::mail_server::{Answer, MailServer, Way};
use conformance::steps::seconds;
use conformance::{Browser, Provider};
use idp_store::ephemeral::AHEAD;
use idp_store::messages::{self, Listed, State};

const ACCOUNT: &str = "nobodycame";

/// The one mail that there is.
async fn mail(provider: &Provider) -> Listed {
    let find = |conn: &mut idp_store::Conn| {
        let id = idp_store::accounts::login(conn, ACCOUNT)?.unwrap().person.account_id;
        messages::of(conn, &[id], 10)
    };
    provider.wired.base.db.scan(find).await.unwrap().remove(0)
}

#[tokio::test]
async fn a_mail_that_nobody_takes_for_a_day_is_given_up_and_its_person_is_told_and_corrects_the_address() {
    if !are_installed() {
        return;
    }
    let server = MailServer::start(Way::StartTls).await.unwrap();
    server.answers(Answer::Later).unwrap();
    let mut provider = Provider::start().await.unwrap();
    provider.settings.mail = server.settings();
    provider.restart().await.unwrap();
    provider.clock.advance(AHEAD);
    let browser = Browser::new(&provider.issuer).unwrap();
    let waiting = apply(&provider, &browser, ACCOUNT).await;
    let begin = provider.clock.now();
    let shows = async |words: &str| browser.open(&waiting.url).await.unwrap().body.contains(words);
    let mut attempts = 0;
    let given_up = loop {
        attempts += 1;
        // The clock stands still: what is tried again is tried later than now.
        let is_settled = |state| match state {
            State::Delayed { next } => next > provider.clock.now(),
            state => matches!(state, State::NotSent { .. }),
        };
        until("it was tried", async || {
            let now = mail(&provider).await;
            now.attempts == attempts && is_settled(now.standing.state)
        })
        .await;
        match mail(&provider).await.standing.state {
            State::Delayed { next } => {
                assert!(shows("暫時沒有收下").await, "{attempts}");
                let moment = idp::pages::dates::until_text(next.0, provider.clock.now().0, idp::text::Language::ZhTw);
                assert!(shows(&moment).await, "{moment}");
                provider.advance(next.since(provider.clock.now())).await.unwrap();
            }
            State::NotSent { at } => break at,
            other => panic!("{attempts}: {other:?}"),
        }
    };
    assert_eq!(attempts, 13, "the first, and twelve more");
    let hours = given_up.since(begin).as_secs() / 3600;
    assert!((18..24).contains(&hours), "while the page still works: {hours} hours");
    assert!(server.mails().unwrap().is_empty());
    let page = browser.open(&waiting.url).await.unwrap();
    assert!(page.body.contains("確認信沒有寄達") && page.body.contains("電子信箱沒有打錯的話"), "{}", page.body);
    assert!(!page.body.contains("暫時沒有收下"), "nothing more is promised: {}", page.body);
    server.answers(Answer::Accept).unwrap();
    provider.advance(seconds(3600)).await.unwrap();
    let handle = page.field("waiting").unwrap();
    let right = "right@example.gov.tw";
    let fields = [("waiting", handle.as_str()), ("decision", "correct"), ("email", right), ("email-again", right)];
    let page = browser.submit("/join/sent", &fields).await.unwrap();
    assert!(page.status == 200 && page.body.contains(right), "{}", page.body);
    until("the server took it", async || shows("寄達對方的郵件伺服器").await).await;
    assert_eq!(server.mails().unwrap().len(), 1, "and not the one that was given up");
}
