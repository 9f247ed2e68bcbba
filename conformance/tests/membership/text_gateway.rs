//! A gateway for text messages on its good and bad days.

use crate::forgotten_account::add;
use crate::support::*;
use conformance::servers::are_installed;
use conformance::servers::idp_node::IdpNode;
use conformance::servers::text_gateway::{ACCEPT, Received, TextGateway, Way};
use conformance::{Browser, NATURAL_PERSON, Page, Provider};
use idp::settings::{SecretUrl, Span, TextsBody, TextsSection};
use idp_core::membership::message::Purpose;
use idp_store::ephemeral::AHEAD;
use idp_store::messages::{self, Standing, State};
use keys::{b64, hmac_sha256};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

fn secret(folder: &Path, words: &str) -> std::path::PathBuf {
    let path = folder.join("gateway-secret");
    std::fs::write(&path, words).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    path
}

fn fields(fields: &Value) -> serde_json::Map<String, Value> {
    fields.as_object().unwrap().clone()
}

/// One of today's: JSON, a bearer token, numbers as the whole world dials them.
fn json_gateway(gateway: &TextGateway, folder: &Path) -> TextsSection {
    TextsSection {
        url: SecretUrl(gateway.url()),
        fields: fields(&json!({ "to": "{international}", "text": "{text}", "ref": "{id}" })),
        headers: [("Authorization".to_owned(), "Bearer {secret}".to_owned())].into(),
        secret_file: Some(secret(folder, "t0ken")),
        timeout: Span(Duration::from_secs(1)),
        ..TextsSection::default()
    }
}

async fn provider_with(gateway: &TextGateway, texts: impl FnOnce(&TextGateway, &Path) -> TextsSection) -> Provider {
    let mut provider = Provider::start().await.unwrap();
    provider.settings.texts = texts(gateway, provider.folder());
    provider.restart().await.unwrap();
    provider.clock.advance(AHEAD);
    equip(&provider, NATURAL_PERSON, None, Some(MOBILE)).await;
    provider
}

async fn ask(provider: &Provider) -> (Browser, Page) {
    let browser = Browser::new(&provider.issuer).unwrap();
    let page = ask_by_text(provider, &browser, NATURAL_PERSON).await;
    assert_eq!(page.status, 200, "{}", page.body);
    (browser, page)
}

async fn so_many(gateway: &TextGateway, number: usize) -> Vec<Received> {
    until("the gateway has the messages", async || gateway.received().len() >= number).await;
    gateway.received()
}

/// Where the newest message with a code stands.
async fn standing(provider: &Provider) -> Standing {
    let key = &provider.wired.base.directory.snapshot().secrets.typed_name;
    let about = idp_core::AccountId::from_trusted(b64::encode(&hmac_sha256(key, NATURAL_PERSON.as_bytes())));
    let find = move |conn: &mut idp_store::Conn| messages::newest(conn, &about, Purpose::ResetCode);
    provider.wired.base.db.scan(find).await.unwrap().unwrap()
}

async fn detail(provider: &Provider) -> String {
    standing(provider).await.detail.unwrap_or_default()
}

#[tokio::test]
async fn a_message_goes_as_json_with_its_secret_and_a_name_that_makes_it_one() {
    let gateway = TextGateway::start().await.unwrap();
    let provider = provider_with(&gateway, json_gateway).await;
    let (browser, page) = ask(&provider).await;
    let came = so_many(&gateway, 1).await.remove(0);
    assert!(came.head.starts_with("POST /send HTTP/1.1"), "{}", came.head);
    assert_eq!(came.header("content-type"), Some("application/json"));
    assert_eq!(came.header("authorization"), Some("Bearer t0ken"));
    let body: Value = serde_json::from_str(&came.body).unwrap();
    assert_eq!(body["to"], "+886911123456");
    assert_eq!(body["ref"].as_str(), came.header("idempotency-key"));
    assert_eq!(body.as_object().unwrap().len(), 3);
    assert!(type_code(&browser, &page, &code_in(body["text"].as_str().unwrap())).await.has("reset"));
    until("it is sent", async || matches!(standing(&provider).await.state, State::Sent { .. })).await;
    assert_eq!(detail(&provider).await, "HTTP 200 {\"status\":\"queued\"}");
}

/// As the gateways of Taiwan's carriers have it: a form in which the secret stands, and 200 to everything.
#[tokio::test]
async fn a_message_goes_as_a_form_to_a_gateway_that_answers_200_to_everything() {
    let gateway = TextGateway::start().await.unwrap();
    let provider = provider_with(&gateway, |gateway, folder| TextsSection {
        url: SecretUrl(format!("{}?CharsetURL=UTF8", gateway.url())),
        body: TextsBody::Form,
        fields: fields(
            &json!({ "username": "egov", "password": "{secret}", "dstaddr": "{number}", "smbody": "{text}", "clientid": "{id}" }),
        ),
        secret_file: Some(secret(folder, "p&ss=密")),
        taken_when: Some("(?m)^statuscode=[0124]".into()),
        refused_when: Some("(?m)^statuscode=v".into()),
        ..TextsSection::default()
    })
    .await;
    gateway.does(Way::Says("200 OK", "", "[1]\r\nstatuscode=e\r\nError=account\r\n"));
    ask(&provider).await;
    let came = so_many(&gateway, 1).await.remove(0);
    assert!(came.head.starts_with("POST /send?CharsetURL=UTF8 HTTP/1.1"), "{}", came.head);
    let sent: Vec<(String, String)> = url::form_urlencoded::parse(came.body.as_bytes()).into_owned().collect();
    let value = |name: &str| sent.iter().find(|(named, _)| named == name).unwrap().1.clone();
    assert_eq!((value("dstaddr").as_str(), value("password").as_str()), (MOBILE, "p&ss=密"));
    assert!(value("smbody").contains("我的E政府"));
    until("it is tried again", async || matches!(standing(&provider).await.state, State::Delayed { .. })).await;
    gateway.does(Way::Says("200 OK", "", "[1]\r\nmsgid=#000000013\r\nstatuscode=1\r\n"));
    provider.advance(Duration::from_secs(6)).await.unwrap();
    until("it is taken", async || matches!(standing(&provider).await.state, State::Sent { .. })).await;
    provider.advance(Duration::from_secs(60)).await.unwrap();
    gateway.does(Way::Says("200 OK", "", "[1]\r\nstatuscode=v\r\n"));
    ask(&provider).await;
    until("it is refused", async || matches!(standing(&provider).await.state, State::NotSent { .. })).await;
    assert_eq!(gateway.received().len(), 3);
}

#[tokio::test]
async fn what_may_pass_is_tried_again_under_the_same_name_and_what_will_not_is_not() {
    let gateway = TextGateway::start().await.unwrap();
    let provider = provider_with(&gateway, json_gateway).await;
    ask(&provider).await;
    let first = so_many(&gateway, 1).await.remove(0);
    until("it is taken", async || matches!(standing(&provider).await.state, State::Sent { .. })).await;
    provider.advance(Duration::from_secs(61)).await.unwrap();
    gateway.does(Way::Says("500 Internal Server Error", "", "to +886911123456: oops"));
    ask(&provider).await;
    let mut count = 2;
    for way in [
        Way::Rubbish,
        Way::Endless,
        Way::Lose,
        Way::Silence,
        Way::Says("302 Found", "Location: http://127.0.0.1:1/\r\n", "bad token t0ken"),
        ACCEPT,
    ] {
        // What is under way has its time behind it.
        until("it waits", async || {
            let waits =
                matches!(standing(&provider).await.state, State::Delayed { next } if next > provider.clock.now());
            waits && gateway.received().len() >= count
        })
        .await;
        let said = detail(&provider).await;
        assert!(!said.is_empty() && !said.contains("911123456") && !said.contains("t0ken"), "{said}");
        gateway.does(way);
        count += 1;
        let State::Delayed { next } = standing(&provider).await.state else { panic!("it waits") };
        provider.advance(next.since(provider.clock.now())).await.unwrap();
        provider.wired.base.message_bell.notify_one();
    }
    until("it is taken", async || matches!(standing(&provider).await.state, State::Sent { .. })).await;
    let came = gateway.received();
    assert_eq!(came.len(), count);
    let names: std::collections::HashSet<_> = came[1..].iter().map(|came| came.header("idempotency-key")).collect();
    assert_eq!(names.len(), 1, "one message, one name: {names:?}");
    assert!(!names.contains(&first.header("idempotency-key")));
    let codes: std::collections::HashSet<_> = came[1..].iter().map(|came| code_in(&came.body)).collect();
    assert_eq!(codes.len(), 1, "and one code");
}

#[tokio::test]
async fn a_gateway_that_asks_for_time_is_given_it_and_a_code_is_not_sent_when_nobody_can_type_it() {
    let gateway = TextGateway::start().await.unwrap();
    let provider = provider_with(&gateway, json_gateway).await;
    gateway.does(Way::Says("429 Too Many Requests", "Retry-After: 120\r\n", ""));
    ask(&provider).await;
    so_many(&gateway, 1).await;
    let asked_at = provider.clock.now();
    until("it waits", async || matches!(standing(&provider).await.state, State::Delayed { .. })).await;
    let State::Delayed { next } = standing(&provider).await.state else { panic!("it waits") };
    assert_eq!(next, asked_at.plus(Duration::from_secs(120)));
    provider.advance(Duration::from_secs(600)).await.unwrap();
    until("it is given up", async || matches!(standing(&provider).await.state, State::NotSent { .. })).await;
    assert_eq!((gateway.received().len(), detail(&provider).await.as_str()), (1, "not needed any more"));
    gateway.does(Way::Says("400 Bad Request", "", "no such number"));
    ask(&provider).await;
    until("it is refused", async || detail(&provider).await == "HTTP 400 no such number").await;
    assert!(matches!(standing(&provider).await.state, State::NotSent { .. }));
    provider.advance(Duration::from_secs(300)).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(gateway.received().len(), 2, "and not tried again");
}

/// Attack: asking for so many codes that a gateway which does not answer keeps the mails back.
#[tokio::test]
async fn a_gateway_that_never_answers_holds_no_mail_back() {
    let gateway = TextGateway::start().await.unwrap();
    gateway.does(Way::Silence);
    let patient = |gateway: &TextGateway, folder: &Path| TextsSection {
        timeout: Span(Duration::from_secs(600)),
        ..json_gateway(gateway, folder)
    };
    let provider = provider_with(&gateway, patient).await;
    for number in 0..40 {
        let account = format!("silent00{number:02}");
        add(&provider, &account, (MAIL, true)).await;
        equip(&provider, &account, None, Some(&format!("09112233{number:02}"))).await;
        let browser = Browser::new(&provider.issuer).unwrap();
        assert_eq!(ask_by_text(&provider, &browser, &account).await.status, 200);
    }
    so_many(&gateway, 32).await;
    assert_eq!(asked(&provider, "/forgot-password", NATURAL_PERSON).await.status, 200);
    // Long before the gateway is given up.
    until("the mail leaves", async || !mails(&provider).is_empty()).await;
    assert_eq!(gateway.received().len(), 32, "and no more wait for the gateway than may");
}

#[tokio::test]
async fn nobody_waits_for_a_text_that_never_comes_when_the_process_is_killed_after_the_commit() {
    if !are_installed() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let gateway = TextGateway::start().await.unwrap();
    let mut node = node(folder.path(), &gateway);
    node.start_ready().await.unwrap();
    let browser = Browser::new(node.issuer()).unwrap();
    let page = browser.open(&format!("{}/join?kind=general", node.issuer())).await.unwrap();
    let page = step(&browser, &page, &first("killed002")).await;
    let page = step(&browser, &page, &SECOND).await;
    let page = step(&browser, &page, &SKIP).await;
    let page = step(&browser, &page, &FOURTH[3..]).await;
    step(&browser, &page, &[("agree", "yes")]).await;
    let mails = folder.path().join("mail");
    until("the mail is there", async || std::fs::read_dir(&mails).is_ok_and(|mut mails| mails.next().is_some())).await;
    let mail = std::fs::read(std::fs::read_dir(&mails).unwrap().next().unwrap().unwrap().path()).unwrap();
    let mail = mail_parser::MessageParser::default().parse(&mail).unwrap().into_owned();
    let plain = mail.body_text(0).unwrap().into_owned();
    let link = plain.split_whitespace().find(|word| word.starts_with(node.issuer())).unwrap();
    assert!(activate(&browser, link).await.body.contains("帳號已啟用成功"));
    gateway.does(Way::Silence);
    let form = [("account", "killed002"), ("way", "text")];
    let page = browser.submit("/forgot-password", &form).await.unwrap();
    let killed_while = so_many(&gateway, 1).await.remove(0);
    node.kill().unwrap();
    gateway.does(ACCEPT);
    node.start_ready().await.unwrap();
    for _ in 0..1500 {
        if gateway.received().len() > 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let came = gateway.received();
    assert_eq!(came.len(), 2, "after its lease");
    assert_eq!(came[1].header("idempotency-key"), killed_while.header("idempotency-key"));
    assert_eq!(came[1].body, killed_while.body);
    assert!(type_code(&browser, &page, &code_in(&came[1].body)).await.has("reset"));
    node.stop().await.unwrap();
    let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
    assert!(!log.contains(&code_in(&came[1].body)) && !log.contains("0911123456"), "nothing in the log");
}

fn node(folder: &Path, gateway: &TextGateway) -> IdpNode {
    let settings = [
        ("DATABASE__URL", format!("sqlite:{}", folder.join("idp.db").display())),
        ("PASSWORDS__ARGON2_MEMORY_KIB", "7168".into()),
        ("PASSWORDS__ARGON2_PASSES", "1".into()),
        ("MAIL__URL", format!("folder:{}", folder.join("mail").display())),
        ("TEXTS__URL", gateway.url()),
        ("TEXTS__FIELDS", "{to=\"{international}\",text=\"{text}\"}".into()),
        ("TEXTS__HEADERS", "{Authorization=\"Bearer {secret}\"}".into()),
        ("TEXTS__SECRET_FILE", secret(folder, "t0ken").display().to_string()),
        ("TEXTS__TIMEOUT", "2s".into()),
        // A picture could not be answered so soon after a start.
        ("CAPTCHA__MEMBERSHIP", "false".into()),
    ];
    let mut settings: Vec<_> = settings.map(|(name, value)| (format!("IDP__{name}"), value)).into();
    settings.push(("RUST_LOG".into(), "debug".into()));
    IdpNode::new(&settings, folder.join("log")).unwrap()
}
