//! A real mail server on its good and bad days, and a provider that is killed between the commit and the mail. Switched on by script/test (`IDP_TEST_SERVERS=1`).

use crate::support::*;
use conformance::servers::are_installed;
use conformance::servers::idp_node::IdpNode;
use conformance::servers::mail_server::{Answer, MailServer, Way};
use conformance::{Browser, NATURAL_PERSON, Page, Provider};
use idp::settings::{MailSection, SecretUrl, Span};
use idp_store::ephemeral::AHEAD;
use mail_parser::{Message, MessageParser};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::watch;

const DELAYED: &str = "暫時沒有收下";
const TAKEN: &str = "寄達對方的郵件伺服器";
const CAME_BACK: &str = "確認信沒有寄達";

async fn provider_with(mail: MailSection) -> Provider {
    let mut provider = Provider::start().await.unwrap();
    provider.settings.mail = mail;
    provider.restart().await.unwrap();
    provider.clock.advance(AHEAD);
    provider
}

/// Somebody who applied, and the page that waits.
struct Person {
    browser: Browser,
    waiting: Page,
}

impl Person {
    async fn applies(provider: &Provider, account: &str) -> Self {
        let browser = Browser::new(&provider.issuer).unwrap();
        let waiting = apply(provider, &browser, account).await;
        Self { browser, waiting }
    }

    /// With a mailbox of their own: one gets so many mails an hour.
    async fn applies_from(provider: &Provider, number: usize) -> Self {
        let browser = Browser::new(&provider.issuer).unwrap();
        let page = begin(provider, &browser).await;
        let page = step(&browser, &page, &first(&format!("silent0{number:02}"))).await;
        let email = format!("claire{number}@example.gov.tw");
        let mut second = SECOND;
        (second[1].1, second[2].1) = (&email, &email);
        let page = skip_both(&browser, &step(&browser, &page, &second).await).await;
        let waiting = agree(provider, &browser, &page).await;
        assert!(waiting.url.contains("/join/sent?waiting="), "{}", waiting.body);
        Self { browser, waiting }
    }

    async fn reads(&self, words: &str) {
        until(words, async || self.browser.open(&self.waiting.url).await.unwrap().body.contains(words)).await;
    }

    async fn corrects(&self, right: &str) {
        let handle = self.waiting.field("waiting").unwrap();
        let fields = [("waiting", handle.as_str()), ("decision", "correct"), ("email", right), ("email-again", right)];
        let page = self.browser.submit("/join/sent", &fields).await.unwrap();
        assert!(page.status == 200 && page.body.contains(right), "{}", page.body);
    }
}

fn parsed(server: &MailServer) -> Vec<Message<'static>> {
    let parse = |mail: Vec<u8>| MessageParser::default().parse(&mail).unwrap().into_owned();
    server.mails().unwrap().into_iter().map(parse).collect()
}

async fn mails_at(server: &MailServer, number: usize) -> Vec<Message<'static>> {
    until("the server has the mails", async || server.mails().unwrap().len() >= number).await;
    parsed(server)
}

#[tokio::test]
async fn a_mail_goes_over_starttls_with_the_password_and_is_whole() {
    if !are_installed() {
        return;
    }
    let server = MailServer::start(Way::StartTls).await.unwrap();
    let provider = provider_with(server.settings()).await;
    let person = Person::applies(&provider, "overtls01").await;
    person.reads(TAKEN).await;
    let mail = mails_at(&server, 1).await.remove(0);
    let from = mail.from().unwrap().first().unwrap();
    assert_eq!(
        (from.name(), from.address()),
        (Some(provider.settings.server.brand.as_str()), Some("idp@example.gov.tw"))
    );
    assert_eq!(mail.to().unwrap().first().unwrap().address(), Some(MAIL));
    assert!(mail.subject().unwrap().contains("確認信"), "{:?}", mail.subject());
    assert!(mail.message_id().unwrap().ends_with("@example.gov.tw"));
    assert_eq!((mail.text_body_count(), mail.html_body_count()), (1, 1));
    let link = link(&provider, &mail);
    let html = mail.body_html(0).unwrap();
    assert!(html.contains(&link) && mail.body_text(0).unwrap().contains("overtls01"), "{html}");
    assert!(activate(&person.browser, &link).await.body.contains("帳號已啟用成功"));
    let seen = server.seen().unwrap();
    assert_eq!(seen.len(), 2, "{seen:?}");
    assert!(seen[0]["login"] == "idp@example.gov.tw" && seen[0]["right"] == true && seen[0]["tls"] == true, "{seen:?}");
    let told = &seen[1];
    assert!(told["authenticated"] == true && told["tls"] == true && told["recipient"] == MAIL, "{told}");
    assert_eq!((&told["sender"], &told["hello"]), (&"idp@example.gov.tw".into(), &"localhost".into()));
}

#[tokio::test]
async fn an_address_that_is_refused_for_ever_is_told_to_the_person_who_corrects_it() {
    if !are_installed() {
        return;
    }
    let server = MailServer::start(Way::StartTls).await.unwrap();
    server.answers(Answer::Refuse).unwrap();
    let provider = provider_with(server.settings()).await;
    let person = Person::applies(&provider, "cameback1").await;
    person.reads(CAME_BACK).await;
    server.answers(Answer::Accept).unwrap();
    provider.advance(Duration::from_secs(24 * 3600 - 60)).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert!(server.mails().unwrap().is_empty(), "it is not tried again");
    person.corrects("right@example.gov.tw").await;
    person.reads(TAKEN).await;
    let mails = mails_at(&server, 1).await;
    assert_eq!(mails[0].to().unwrap().first().unwrap().address(), Some("right@example.gov.tw"));
}

#[tokio::test]
async fn what_is_not_taken_yet_is_tried_again_whatever_the_reason_and_is_one_mail() {
    if !are_installed() {
        return;
    }
    let server = MailServer::start(Way::StartTls).await.unwrap();
    let provider = provider_with(server.settings()).await;
    for (number, answer) in [Answer::Later, Answer::HangUp, Answer::Policy].into_iter().enumerate() {
        server.answers(answer).unwrap();
        let person = Person::applies(&provider, &format!("notyet00{number}")).await;
        person.reads(DELAYED).await;
        server.answers(Answer::Accept).unwrap();
        provider.advance(Duration::from_secs(6)).await.unwrap();
        person.reads(TAKEN).await;
        assert_eq!(server.mails().unwrap().len(), number + 1, "{answer:?}");
    }
    // It took this one, but who sent it never learns.
    server.answers(Answer::Lose).unwrap();
    let person = Person::applies(&provider, "lostword1").await;
    person.reads(DELAYED).await;
    server.answers(Answer::Accept).unwrap();
    provider.advance(Duration::from_secs(6)).await.unwrap();
    person.reads(TAKEN).await;
    let ids: Vec<_> = mails_at(&server, 5).await.iter().map(|mail| mail.message_id().unwrap().to_owned()).collect();
    assert_eq!((ids.len(), ids[3] == ids[4]), (5, true), "a mail program shows one: {ids:?}");
    assert_ne!(ids[2], ids[3]);
}

#[tokio::test]
async fn nothing_goes_to_a_server_without_tls_or_with_another_certificate_and_it_waits() {
    if !are_installed() {
        return;
    }
    let other = MailServer::start(Way::StartTls).await.unwrap();
    let stranger = MailServer::start(Way::StartTls).await.unwrap();
    let plain = MailServer::start(Way::Plain).await.unwrap();
    let not_trusted = MailSection { ca_file: other.settings().ca_file, ..stranger.settings() };
    for (number, (server, settings)) in [(&plain, plain.settings()), (&stranger, not_trusted)].into_iter().enumerate() {
        let provider = provider_with(settings).await;
        let person = Person::applies(&provider, &format!("noclear0{number}")).await;
        person.reads(DELAYED).await;
        assert_eq!(server.seen().unwrap(), Vec::<serde_json::Value>::new(), "no password, no address");
        assert!(server.mails().unwrap().is_empty());
    }
}

/// A server that takes connections, counts them and says nothing until it lets them go.
async fn silent() -> (SocketAddr, Arc<AtomicUsize>, watch::Sender<bool>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, count) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let (let_go, gone) = watch::channel(false);
    let counted = count.clone();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            counted.fetch_add(1, Ordering::SeqCst);
            let mut gone = gone.clone();
            tokio::spawn(async move {
                let _ = gone.wait_for(|gone| *gone).await;
                drop(stream);
            });
        }
    });
    (address, count, let_go)
}

#[tokio::test]
async fn a_server_that_never_speaks_holds_so_many_mails_and_nobody_else_up() {
    let (address, count, let_go) = silent().await;
    let url = SecretUrl(format!("smtp://127.0.0.1:{}", address.port()));
    let provider =
        provider_with(MailSection { url, timeout: Span(Duration::from_secs(600)), ..MailSection::default() }).await;
    let mut people = Vec::new();
    for number in 0..40 {
        people.push(Person::applies_from(&provider, number).await);
    }
    until("as many as there may be", async || count.load(Ordering::SeqCst) == 32).await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(count.load(Ordering::SeqCst), 32);
    let page = sign_in(&provider, NATURAL_PERSON, conformance::PASSWORD).await;
    assert!(page.body.contains("蘇小美"), "{}", page.body);
    let_go.send(true).unwrap();
    until("the others have their turn", async || count.load(Ordering::SeqCst) >= 40).await;
    for person in &people {
        person.reads(DELAYED).await;
    }
}

#[tokio::test]
async fn a_frozen_server_is_given_up_after_its_time_and_gets_the_mail_when_it_goes_on() {
    if !are_installed() {
        return;
    }
    let server = MailServer::start(Way::StartTls).await.unwrap();
    let provider = provider_with(MailSection { timeout: Span(Duration::from_secs(2)), ..server.settings() }).await;
    server.freeze().unwrap();
    let person = Person::applies(&provider, "frozen001").await;
    person.reads(DELAYED).await;
    server.thaw().unwrap();
    provider.advance(Duration::from_secs(6)).await.unwrap();
    person.reads(TAKEN).await;
    assert_eq!(mails_at(&server, 1).await.len(), 1);
}

/// A process of its own, with its log beside its database.
fn node(folder: &Path, mail: Vec<(String, String)>) -> IdpNode {
    let mut settings = vec![
        ("IDP__DATABASE__URL".to_owned(), format!("sqlite:{}", folder.join("idp.db").display())),
        ("IDP__PASSWORDS__ARGON2_MEMORY_KIB".into(), "7168".into()),
        ("IDP__PASSWORDS__ARGON2_PASSES".into(), "1".into()),
        ("RUST_LOG".into(), "debug".into()),
        // Mails are looked at here; a picture could not be answered so soon after a start.
        ("IDP__CAPTCHA__MEMBERSHIP".into(), "false".into()),
    ];
    settings.extend(mail);
    IdpNode::new(&settings, folder.join("log")).unwrap()
}

/// The same on a process: all steps, to the page that waits.
async fn applies_at(node: &IdpNode, browser: &Browser, account: &str) -> Page {
    let page = browser.open(&format!("{}/join?kind=general", node.issuer())).await.unwrap();
    let page = step(browser, &page, &first(account)).await;
    let page = skip_both(browser, &step(browser, &page, &SECOND).await).await;
    let page = step(browser, &page, &[("agree", "yes")]).await;
    assert!(page.url.contains("/join/sent?waiting="), "{}", page.body);
    page
}

/// For what the machine's clock has to bring: a lease of a killed process lasts 35 s.
async fn within_minutes(what: &str, holds: impl AsyncFn() -> bool) {
    for _ in 0..1500 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("after 150 s still not so: {what}");
}

#[tokio::test]
async fn nobody_waits_for_a_mail_that_never_comes_when_the_process_is_killed_after_the_commit() {
    if !are_installed() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let mut server = MailServer::start(Way::StartTls).await.unwrap();
    server.kill().unwrap();
    let mut node = node(folder.path(), server.environment());
    node.start_ready().await.unwrap();
    let browser = Browser::new(node.issuer()).unwrap();
    let waiting = applies_at(&node, &browser, "killed001").await;
    node.kill().unwrap();
    server.start_again().await.unwrap();
    assert!(server.mails().unwrap().is_empty());
    node.start_ready().await.unwrap();
    within_minutes("the mail comes", async || !server.mails().unwrap().is_empty()).await;
    within_minutes("the page says so", async || browser.open(&waiting.url).await.unwrap().body.contains(TAKEN)).await;
    let mails = parsed(&server);
    assert_eq!(mails.len(), 1);
    let plain = mails[0].body_text(0).unwrap();
    let link = plain.split_whitespace().find(|word| word.starts_with(node.issuer())).unwrap();
    assert!(activate(&browser, link).await.body.contains("帳號已啟用成功"));
    node.stop().await.unwrap();
}

#[tokio::test]
async fn the_operator_reads_why_in_the_log_and_neither_password_nor_address_nor_link() {
    if !are_installed() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let server = MailServer::start(Way::StartTls).await.unwrap();
    let wrong = folder.path().join("wrong");
    std::fs::write(&wrong, "not-the-password").unwrap();
    std::fs::set_permissions(&wrong, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let mut mail = server.environment();
    mail.retain(|(name, _)| name != "IDP__MAIL__PASSWORD_FILE");
    mail.push(("IDP__MAIL__PASSWORD_FILE".into(), wrong.display().to_string()));
    let mut node = node(folder.path(), mail);
    node.start_ready().await.unwrap();
    let browser = Browser::new(node.issuer()).unwrap();
    let waiting = applies_at(&node, &browser, "wrongpw01").await;
    until("it waits", async || browser.open(&waiting.url).await.unwrap().body.contains(DELAYED)).await;
    node.stop().await.unwrap();
    let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
    assert!(log.contains("a message was not taken") && log.contains("535"), "{log}");
    assert!(server.seen().unwrap().iter().all(|seen| seen["right"] == false));

    let good = server.environment();
    let mut node = self::node(folder.path(), good);
    server.answers(Answer::Refuse).unwrap();
    node.start_ready().await.unwrap();
    let browser = Browser::new(node.issuer()).unwrap();
    let waiting = applies_at(&node, &browser, "wrongpw02").await;
    until("it came back", async || browser.open(&waiting.url).await.unwrap().body.contains(CAME_BACK)).await;
    node.stop().await.unwrap();
    let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
    assert!(log.contains("refused for ever") && log.contains("no such user here"), "{log}");
    for secret in ["not-the-password", keys::b64::encode(b"not-the-password").as_str(), "activate?key", MAIL] {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
}
