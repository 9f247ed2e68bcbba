//! A person who applies for an account, and the mailbox.

use conformance::Provider;
use conformance::{Browser, Page};
use idp::failure::Failure;
use idp::keystore::personal;
use idp_core::membership::message::Channel;
use idp_core::membership::recovery::{HintQuestion, SETTLES, normalised};
use idp_core::people::account::AccountState;
use idp_store::recovery::{self, SealedRecovery};
use idp_store::sweep::MESSAGES;
use mail_parser::{Message, MessageParser};
use std::path::PathBuf;
use std::time::Duration;

pub const PASSWORD: &str = "xK9mQ2v-z";
pub const MAIL: &str = "claire@example.gov.tw";

/// Goes on from a step with these fields.
pub async fn step(browser: &Browser, page: &Page, fields: &[(&str, &str)]) -> Page {
    let application = page.field("application").unwrap_or_else(|| panic!("no step: {}", page.body));
    let mut all = vec![("application", application.as_str())];
    // Of the last step alone: which versions it showed.
    let documents = page.field("documents");
    all.extend(documents.as_deref().map(|documents| ("documents", documents)));
    all.extend(fields);
    browser.submit("/join", &all).await.unwrap()
}

/// The last step: agrees, and reads the picture.
pub async fn agree(provider: &Provider, browser: &Browser, page: &Page) -> Page {
    let proof = provider.proof(page).unwrap();
    let mut fields = vec![("agree", "yes")];
    fields.extend(proof.iter().map(|(name, value)| (*name, value.as_str())));
    step(browser, page, &fields).await
}

/// The same page in English.
pub async fn in_english(browser: &Browser, page: &Page) -> Page {
    in_language(browser, page, "en").await
}

/// The same page in another language.
pub async fn in_language(browser: &Browser, page: &Page, tag: &str) -> Page {
    let here = url::Url::parse(&page.url).unwrap();
    let choice = browser.open(here.join("/join").unwrap().as_str()).await.unwrap();
    let return_to = choice.field("return_to").unwrap();
    browser.submit("/language", &[("return_to", &return_to), ("lang", tag)]).await.unwrap();
    browser.open(&page.url).await.unwrap()
}

/// The first step of a new application.
pub async fn begin(provider: &Provider, browser: &Browser) -> Page {
    browser.open(&provider.url("/join?kind=general")).await.unwrap()
}

pub fn first(account: &str) -> [(&str, &str); 3] {
    [("account", account), ("new-password", PASSWORD), ("new-password-again", PASSWORD)]
}

pub const SECOND: [(&str, &str); 4] =
    [("name", "蘇小美"), ("email", MAIL), ("email-again", MAIL), ("nickname", "小美")];

/// All steps to the last, which is not sent yet.
pub async fn to_the_last(provider: &Provider, browser: &Browser, account: &str) -> Page {
    let page = begin(provider, browser).await;
    let page = step(browser, &page, &first(account)).await;
    let page = step(browser, &page, &SECOND).await;
    skip_both(browser, &page).await
}

pub const SKIP: [(&str, &str); 1] = [("decision", "skip")];

/// From the third step to the last, nothing given.
pub async fn skip_both(browser: &Browser, page: &Page) -> Page {
    let page = step(browser, page, &SKIP).await;
    step(browser, &page, &SKIP).await
}

/// 進階資料, complete, as somebody types it.
pub const THIRD: [(&str, &str); 11] = [
    ("birth-year", "70"),
    ("birth-month", "01"),
    ("birth-day", "31"),
    ("national-id", "a12345 6789"),
    ("gender", "female"),
    ("county", "臺北市"),
    ("district", "文山區"),
    ("postal-code", "116"),
    ("street", "木柵路一段 1 號"),
    ("phone", "(02) 1234-5678"),
    ("extension", "123"),
];

/// 忘記密碼救援, as somebody types it.
pub const FOURTH: [(&str, &str); 4] = [
    ("hint-question", "own"),
    ("own-question", "我的貓叫什麼名字？"),
    ("hint-answer", " Mucha 一世 "),
    ("rescue-mobile", "0911-123-456"),
];

/// A whole application; the page that waits for the mail.
pub async fn apply(provider: &Provider, browser: &Browser, account: &str) -> Page {
    let page = to_the_last(provider, browser, account).await;
    let page = agree(provider, browser, &page).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.url.contains("/join/sent?waiting="), "{}", page.url);
    page
}

/// The mails there are, the oldest first.
pub fn mails(provider: &Provider) -> Vec<Message<'static>> {
    let folder = provider.folder().join("mail");
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "eml"));
    files.sort();
    let read = |path| MessageParser::default().parse(&std::fs::read(path).unwrap()).unwrap().into_owned();
    files.into_iter().map(read).collect()
}

/// The mails, when there are so many.
pub async fn so_many_mails(provider: &Provider, number: usize) -> Vec<Message<'static>> {
    until(&format!("{number} mails are there"), async || mails(provider).len() >= number).await;
    mails(provider)
}

/// A text message: number and what it says.
pub type Text = (String, String);

/// The text messages there are, the oldest first.
pub fn texts(provider: &Provider) -> Vec<Text> {
    let Ok(entries) = std::fs::read_dir(provider.folder().join("texts")) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    files.sort();
    let read = |path| {
        let file = std::fs::read_to_string(path).unwrap();
        let (number, says) = file.split_once("\n\n").unwrap();
        (number.to_owned(), says.trim_end().to_owned())
    };
    files.into_iter().map(read).collect()
}

/// The text messages, when there are so many.
pub async fn so_many_texts(provider: &Provider, number: usize) -> Vec<Text> {
    until(&format!("{number} text messages are there"), async || texts(provider).len() >= number).await;
    texts(provider)
}

/// Waits until a message was tried in vain, and its next try stands: whoever lets time pass in the middle of a try moves the next one, too.
pub async fn tried_in_vain(provider: &Provider, channel: Channel) {
    // Not in the middle of it: its lease is longer than this.
    let soon = provider.clock.now().plus(Duration::from_secs(10));
    let due = move |conn: &mut idp_store::Conn| idp_store::messages::due(conn, channel, soon, 10);
    let was_tried = async || provider.wired.base.db.scan(due).await.unwrap().iter().any(|row| row.attempts > 0);
    until("a message was tried in vain", was_tried).await;
}

/// The code in a text message.
pub fn code_in(says: &str) -> String {
    let mut runs = says.split(|c: char| !c.is_ascii_digit());
    runs.find(|run| run.len() == 8).unwrap_or_else(|| panic!("no code: {says}")).to_owned()
}

/// Another code than that.
pub fn not(code: &str) -> String {
    format!("{:08}", (code.parse::<u64>().unwrap() + 1) % 100_000_000)
}

pub const MOBILE: &str = "0911123456";
pub const QUESTION: &str = "我的貓叫什麼名字？";
pub const ANSWER: &str = "mucha 一世";

/// Gives somebody a hint question, a 救援手機, both or neither.
pub async fn equip(provider: &Provider, account: &str, question: Option<&str>, mobile: Option<&str>) {
    let snapshot = provider.wired.base.directory.snapshot();
    let account = account.to_owned();
    let find = move |conn: &mut idp_store::Conn| idp_store::accounts::login(conn, &account);
    let id = provider.wired.base.db.read(find).await.unwrap().unwrap().person.account_id;
    let hash = provider.wired.membership.sign_in.passwords.hash(None, normalised(ANSWER)).await.unwrap();
    let hint = question.map(|question| {
        let question = HintQuestion::Own(question.to_owned());
        (personal::seal_question(&snapshot.sealer, id.as_str(), &question).unwrap(), hash)
    });
    let mobile = mobile.map(|number| {
        let sealed = personal::seal_mobile(&snapshot.sealer, id.as_str(), number).unwrap();
        (sealed, personal::blind_index_of_mobile(&snapshot.secrets.national_id, number))
    });
    // So long ago that it counts.
    let (new, now) = (SealedRecovery { hint, mobile }, provider.clock.now().minus(SETTLES));
    provider.wired.base.db.write(move |tx| recovery::set(tx, &id, &new, now)).await.unwrap();
}

/// Asks for a code by text message; the page where it is typed.
pub async fn ask_by_text(provider: &Provider, browser: &Browser, account: &str) -> Page {
    let form = browser.open(&provider.url("/forgot-password")).await.unwrap();
    let proof = provider.proof(&form).unwrap();
    let mut fields = vec![("account", account), ("way", "text")];
    fields.extend(proof.iter().map(|(name, value)| (*name, value.as_str())));
    browser.submit("/forgot-password", &fields).await.unwrap()
}

/// Types a code on the page that waits for it.
pub async fn type_code(browser: &Browser, page: &Page, code: &str) -> Page {
    let asking = page.field("asking").unwrap_or_else(|| panic!("no page for a code: {}", page.body));
    browser.submit("/reset-password/code", &[("asking", &asking), ("text-code", code)]).await.unwrap()
}

/// Sets a password on the page that asks for one.
pub async fn set_password(browser: &Browser, page: &Page, password: &str) -> Page {
    let key = page.field("key").unwrap_or_else(|| panic!("no page for a password: {}", page.body));
    let fields = [("key", key.as_str()), ("new-password", password), ("new-password-again", password)];
    browser.submit("/reset-password", &fields).await.unwrap()
}

/// The link in a mail that leads to the provider.
pub fn link(provider: &Provider, mail: &Message<'_>) -> String {
    let plain = mail.body_text(0).unwrap();
    let link = plain.split_whitespace().find(|word| word.starts_with(&provider.issuer));
    link.unwrap_or_else(|| panic!("no link: {plain}")).to_owned()
}

/// Opens the link, types the password and presses the button.
pub async fn activate(browser: &Browser, link: &str) -> Page {
    activate_by(browser, link, &[("current-password", PASSWORD)]).await
}

/// Opens the link and sends the form with these fields.
pub async fn activate_by(browser: &Browser, link: &str, typed: &[(&str, &str)]) -> Page {
    let page = browser.open(link).await.unwrap();
    let Some(key) = page.field("key") else { return page };
    let fields: Vec<_> = std::iter::once(("key", key.as_str())).chain(typed.iter().copied()).collect();
    browser.submit("/activate", &fields).await.unwrap()
}

/// Asks for help at one of the forms; follows to what it says then.
pub async fn asked(provider: &Provider, path: &str, typed: &str) -> Page {
    asked_by(provider, &Browser::new(&provider.issuer).unwrap(), path, typed).await
}

/// The same in this browser.
pub async fn asked_by(provider: &Provider, browser: &Browser, path: &str, typed: &str) -> Page {
    let field = if path == "/forgot-account" { "email" } else { "account" };
    let page = browser.open(&provider.url(path)).await.unwrap();
    let proof = provider.proof(&page).unwrap();
    let mut fields = vec![(field, typed)];
    fields.extend(proof.iter().map(|(name, value)| (*name, value.as_str())));
    browser.submit(path, &fields).await.unwrap()
}

/// Messages that are over: sent, or not needed.
pub async fn settled(provider: &Provider) -> usize {
    let late = provider.clock.now().plus(Duration::from_secs(7200));
    let find = move |conn: &mut idp_store::Conn| MESSAGES.find(conn, &String::new(), late, 1000);
    provider.wired.base.db.scan(find).await.unwrap().old.len()
}

/// All messages that were ever noted.
pub async fn noted(provider: &Provider) -> usize {
    // One that is settled between the two looks is counted twice: looked at until they agree.
    loop {
        let before = settled(provider).await;
        let (waiting, _) = provider.wired.base.db.scan(idp_store::messages::depth).await.unwrap();
        if settled(provider).await == before {
            return before + usize::try_from(waiting).unwrap();
        }
    }
}

/// Signs in at the provider itself.
pub async fn sign_in(provider: &Provider, account: &str, password: &str) -> Page {
    sign_in_by(provider, &Browser::new(&provider.issuer).unwrap(), account, password).await
}

/// The same in this browser.
pub async fn sign_in_by(provider: &Provider, browser: &Browser, account: &str, password: &str) -> Page {
    let page = browser.open(&provider.url("/sign-in")).await.unwrap();
    let page = browser.sign_in(&page, account, password).await.unwrap();
    if !page.has("captcha-answer-error") {
        return page;
    }
    let interaction = page.field("interaction").unwrap();
    let proof = provider.proof(&page).unwrap();
    let mut fields = vec![("interaction", interaction.as_str()), ("username", account), ("password", password)];
    fields.extend(proof.iter().map(|(name, value)| (*name, value.as_str())));
    browser.submit("/sign-in", &fields).await.unwrap()
}

/// The events about accounts that were written down, by name: the clock stands still between two of them.
pub async fn events(provider: &Provider) -> Vec<String> {
    let lines = provider.audit(100).await.unwrap();
    let mut names: Vec<_> = lines.into_iter().map(|line| line.event).collect();
    names.retain(|event| event.starts_with("account."));
    names.sort();
    names
}

/// The state of an account; `None`: it is gone.
pub async fn state(provider: &Provider, account: &'static str) -> Option<AccountState> {
    let find = move |conn: &mut idp_store::Conn| idp_store::accounts::login(conn, account);
    provider.wired.base.db.read(find).await.unwrap().map(|login| login.person.state)
}

/// Lets so many seconds go by, and the job that removes run.
pub async fn sweep(provider: &Provider, by: u64) -> Result<(), Failure> {
    provider.advance(Duration::from_secs(by)).await.unwrap();
    let (_stop, stopped) = tokio::sync::watch::channel(false);
    idp::jobs::sweep::often(provider.wired.jobs.clone(), stopped).await
}

/// Waits until it is so.
pub async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    for _ in 0..400 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("after 20 s still not so: {what}");
}
