//! Servers that speak to the end of a mail and no further.

use crate::outside::mail::{Post, SmtpServer};
use crate::outside::not_sent::NotSent;
use lettre::address::Envelope;
use lettre::transport::smtp::extension::ClientId;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// Answers everything, a recipient with what it was told to, and QUIT with nothing; the connection stays open. Tells what it heard.
async fn silent_at_quit(to_a_recipient: &'static str) -> (Post, UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap()).parse().unwrap();
    let hello = ClientId::Domain("localhost".into());
    let server = SmtpServer::new(&url, None, None, (true, hello, Duration::from_secs(3))).unwrap();
    let (heard, hears) = unbounded_channel();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let heard = heard.clone();
            tokio::spawn(async move {
                let (read, mut write) = stream.into_split();
                write.write_all(b"220 here\r\n").await.unwrap();
                let (mut lines, mut is_mail) = (BufReader::new(read).lines(), false);
                while let Ok(Some(line)) = lines.next_line().await {
                    let word = line.split([' ', ':']).next().unwrap_or_default().to_owned();
                    let answer = match word.as_str() {
                        "." => "250 2.0.0 taken\r\n",
                        _ if is_mail => continue,
                        "DATA" => "354 go on\r\n",
                        "RCPT" => to_a_recipient,
                        "QUIT" => "",
                        _ => "250 ok\r\n",
                    };
                    is_mail = word == "DATA";
                    heard.send(word).unwrap();
                    write.write_all(answer.as_bytes()).await.unwrap();
                }
            });
        }
    });
    (Post::Smtp(server), hears)
}

async fn send(post: &Post, to: &str) -> Result<String, NotSent> {
    let from = Some("idp@example.gov.tw".parse().unwrap());
    let envelope = Envelope::new(from, vec![to.parse().unwrap()]).unwrap();
    post.send("0001", &envelope, b"Subject: a\r\n\r\nfirst").await
}

fn so_far(hears: &mut UnboundedReceiver<String>) -> Vec<String> {
    std::iter::from_fn(|| hears.try_recv().ok()).collect()
}

#[tokio::test]
async fn what_a_server_took_is_sent_though_it_says_nothing_to_the_farewell() {
    let (post, mut hears) = silent_at_quit("250 ok\r\n").await;
    assert_eq!(send(&post, "claire@example.gov.tw").await, Ok("2.0.0 taken".into()));
    assert_eq!(so_far(&mut hears), ["EHLO", "MAIL", "RCPT", "DATA", ".", "QUIT"]);
}

#[tokio::test]
async fn what_a_server_refused_is_refused_though_it_says_nothing_to_the_farewell() {
    let (post, mut hears) = silent_at_quit("550 5.1.1 nobody here\r\n").await;
    let sent = send(&post, "claire@example.gov.tw").await;
    assert!(matches!(&sent, Err(NotSent::Refused(said)) if said.contains("nobody here")), "{sent:?}");
    assert_eq!(so_far(&mut hears), ["EHLO", "MAIL", "RCPT", "QUIT"]);
}

#[tokio::test]
async fn an_address_of_other_letters_is_refused_by_a_server_that_knows_none() {
    let (post, mut hears) = silent_at_quit("250 ok\r\n").await;
    let sent = send(&post, "蘇小美@example.gov.tw").await;
    assert!(matches!(sent, Err(NotSent::Refused(_))), "{sent:?}");
    assert_eq!(so_far(&mut hears), ["EHLO", "QUIT"]);
}
