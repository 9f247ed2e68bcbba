//! Mails on a bad day: the database is away when the server has taken one, and one that ends whoever delivers it.

use conformance::{NATURAL_PERSON, Provider};
use idp::messages::mail;
use idp::settings::{MailSection, SecretUrl, Span};
use idp::text::Language;
use idp_core::AccountId;
use idp_core::membership::message::Purpose;
use idp_store::messages::{self, Standing, State};
use idp_store::{Conn, accounts};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

const ABOUT: Purpose = Purpose::PasswordChanged;

async fn person(provider: &Provider) -> AccountId {
    let find = |conn: &mut Conn| accounts::login(conn, NATURAL_PERSON);
    provider.wired.base.db.read(find).await.unwrap().unwrap().person.account_id
}

/// Notes a mail; its id.
async fn note(provider: &Provider) -> String {
    let base = &provider.wired.base;
    let (id, now) = (person(provider).await, provider.clock.now());
    let to = (&id, "clairesu1234@example.gov.tw");
    let message = mail(&base.directory.snapshot().sealer, to, ABOUT, Language::default(), now).unwrap();
    let noted = message.id.clone();
    base.db.write(move |tx| messages::add(tx, &message, now)).await.unwrap();
    base.message_bell.notify_one();
    noted
}

async fn standing(provider: &Provider) -> Standing {
    let id = person(provider).await;
    let read = move |conn: &mut Conn| messages::newest(conn, &id, ABOUT);
    provider.wired.base.db.scan(read).await.unwrap().unwrap()
}

async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    for _ in 0..300 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("after 30 s still not so: {what}");
}

/// A mail server that says when a mail is there, and takes each when it is let.
async fn server() -> (SocketAddr, UnboundedReceiver<()>, Arc<Semaphore>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, (came, comes), lets) =
        (listener.local_addr().unwrap(), unbounded_channel(), Arc::new(Semaphore::new(0)));
    let let_go = lets.clone();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let (came, let_go) = (came.clone(), let_go.clone());
            tokio::spawn(async move {
                let (read, mut write) = stream.into_split();
                write.write_all(b"220 here\r\n").await.unwrap();
                let (mut lines, mut is_mail) = (BufReader::new(read).lines(), false);
                while let Ok(Some(line)) = lines.next_line().await {
                    let answer = match line.as_str() {
                        "." => {
                            came.send(()).unwrap();
                            let_go.acquire().await.unwrap().forget();
                            "250 taken\r\n"
                        }
                        _ if is_mail => continue,
                        "DATA" => "354 go on\r\n",
                        _ => "250 ok\r\n",
                    };
                    is_mail = line == "DATA";
                    write.write_all(answer.as_bytes()).await.unwrap();
                }
            });
        }
    });
    (address, comes, lets)
}

#[tokio::test]
async fn a_mail_that_was_taken_while_the_database_was_away_is_not_sent_again() {
    let (address, mut comes, lets) = server().await;
    let mut provider = Provider::start().await.unwrap();
    let url = SecretUrl(format!("smtp://{address}"));
    provider.settings.mail = MailSection { url, timeout: Span(Duration::from_secs(20)), ..MailSection::default() };
    provider.restart().await.unwrap();
    note(&provider).await;
    comes.recv().await.unwrap();
    let somebody = rusqlite::Connection::open(provider.folder().join("idp.db")).unwrap();
    somebody.execute_batch("BEGIN IMMEDIATE").unwrap();
    lets.add_permits(2);
    // Longer than the writer waits.
    tokio::time::sleep(Duration::from_secs(7)).await;
    assert!(matches!(standing(&provider).await.state, State::Queued));
    somebody.execute_batch("ROLLBACK").unwrap();
    until("the outcome is written", async || matches!(standing(&provider).await.state, State::Sent { .. })).await;
    provider.advance(Duration::from_secs(3_600)).await.unwrap();
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    assert!(comes.is_empty(), "it came again");
}

#[tokio::test]
async fn a_mail_that_ends_whoever_delivers_it_is_given_up() {
    let mut provider = Provider::start().await.unwrap();
    provider.stop().await;
    let (id, now) = (note(&provider).await, provider.clock.now());
    for attempt in 1..=13 {
        let these = vec![id.clone()];
        let leased = provider.wired.base.db.write(move |tx| messages::lease(tx, &these, now, now)).await.unwrap();
        assert_eq!(leased.len(), 1, "{attempt}");
    }
    provider.restart().await.unwrap();
    until("it is over", async || matches!(standing(&provider).await.state, State::NotSent { .. })).await;
    assert!(!provider.folder().join("mail").exists(), "it was not tried again");
}
