//! The outbox of mail: a restart, states on the page, doubles.

use crate::support::*;
use conformance::Browser;
use conformance::Provider;
use idp_core::membership::message::Channel;
use idp_store::{Fault, messages};
use std::os::unix::fs::PermissionsExt;

/// A program that is stopped after a first try in vain. One that is killed between the commit and the mail: `mail_server`.
#[tokio::test]
async fn a_mail_that_was_noted_and_not_sent_is_sent_after_a_restart() {
    let mut provider = Provider::start().await.unwrap();
    // Nobody can write there: the mail cannot leave before the end.
    let folder = provider.folder().join("mail");
    std::fs::write(&folder, "in the way").unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    let waiting = apply(&provider, &browser, "restart01").await;
    let tried = async || browser.open(&waiting.url).await.unwrap().body.contains("暫時沒有收下");
    until("the page says that it waits", tried).await;
    provider.stop().await;
    std::fs::remove_file(&folder).unwrap();
    provider.restart().await.unwrap();
    provider.advance(std::time::Duration::from_secs(120)).await.unwrap();
    let mails = so_many_mails(&provider, 1).await;
    let page = browser.open(&waiting.url).await.unwrap();
    assert!(page.body.contains("寄達對方的郵件伺服器"), "{}", page.body);
    assert!(activate(&browser, &link(&provider, &mails[0])).await.body.contains("帳號已啟用成功"));
    assert_eq!(folder.metadata().unwrap().permissions().mode() & 0o777, 0o700);
}

#[tokio::test]
async fn no_address_and_no_link_stands_in_the_database_in_the_clear() {
    let provider = Provider::start().await.unwrap();
    let browser = Browser::new(&provider.issuer).unwrap();
    std::fs::write(provider.folder().join("mail"), "in the way").unwrap();
    apply(&provider, &browser, "sealed001").await;
    let now = provider.clock.now().plus(std::time::Duration::from_secs(3600));
    let read = move |conn: &mut idp_store::Conn| messages::due(conn, Channel::Mail, now, 10);
    let due: Result<_, Fault> = provider.wired.base.db.scan(read).await;
    let due = due.unwrap();
    assert_eq!(due.len(), 1);
    let sealed = due[0].recipient_sealed.clone().unwrap();
    assert!(!sealed.windows(MAIL.len()).any(|part| part == MAIL.as_bytes()));
    assert_eq!(due[0].content_sealed, None, "the link is made when it leaves");
}
