//! What most tests begin with: a provider, its portals, a person at a browser. A step that does not go as it should stops the
//! test.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "in a test a surprise shall stop the test"
)]

use crate::{Answer, Browser, ClientKey, PASSWORD, Page, Portal, Provider, Request, Tokens};
use idp_core::AccountId;
use idp_core::client::registration::Registration;
use idp_core::client::{AuthMethod, Client};
use idp_core::people::account::AccountState;
use idp_store::Tx;
use idp_store::accounts::SealedPersonal;
use keys::Algorithm;
use serde_json::{Value, json};
use std::time::Duration;

/// Where the operator's own portal of every provider listens; nobody does, browsers stop there.
pub const EMIC: &str = "http://localhost:1/callback";
/// The other portal, which asks for consent.
pub const WEATHER: &str = "http://localhost:2/callback";
/// Every scope a person is asked about.
pub const EVERYTHING: &str = "openid identity profile email phone address gsp.profile uid offline_access";

/// So many seconds.
pub fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// A provider and its portal `emic`.
pub async fn start() -> (Provider, Portal) {
    let provider = Provider::start().await.unwrap();
    let emic = portal(&provider, "emic", EMIC).await;
    (provider, emic)
}

/// A portal that every provider has.
pub async fn portal(provider: &Provider, id: &str, redirect_uri: &str) -> Portal {
    Portal::new(provider, id, redirect_uri, AuthMethod::ClientSecretBasic).await.unwrap()
}

/// A new portal: trusted, unless the test says otherwise. One that signs assertions gets a key.
pub async fn register(provider: &Provider, id: &str, change: impl FnOnce(&mut Registration)) -> Portal {
    let mut registration = Provider::registration(id, &format!("http://localhost:9/{id}"));
    registration.trusted = true;
    change(&mut registration);
    let (redirect_uri, method) = (registration.redirect_uris[0].clone(), registration.auth_method);
    let without_keys = registration.jwks.is_none() && registration.jwks_uri.is_none();
    let key =
        (method == AuthMethod::PrivateKeyJwt && without_keys).then(|| ClientKey::generate(Algorithm::Es256).unwrap());
    if let Some(key) = &key {
        registration.jwks = Some(key.set());
    }
    provider.register(registration).await.unwrap();
    Portal { key, ..Portal::new(provider, id, &redirect_uri, method).await.unwrap() }
}

/// A browser of its own, with no cookie yet.
pub fn browser(provider: &Provider) -> Browser {
    Browser::new(&provider.issuer).unwrap()
}

/// Opens a request and does what the pages ask, until the browser is sent to the portal.
pub async fn arrive(browser: &Browser, request: &Request, person: &str) -> Page {
    let mut page = browser.open(&request.url()).await.unwrap();
    for _ in 0..4 {
        if page.has("login-submit") {
            page = browser.sign_in(&page, person, PASSWORD).await.unwrap();
        } else if page.has("consent-allow") {
            page = browser.decide(&page, "allow").await.unwrap();
        } else {
            return page;
        }
    }
    panic!("still at the provider: {} {}", page.url, page.body);
}

/// The code of a sign-in.
pub async fn code(browser: &Browser, request: &Request, person: &str) -> String {
    let page = arrive(browser, request, person).await;
    page.parameter("code").unwrap_or_else(|| panic!("no code: {} {} {}", page.status, page.url, page.body))
}

/// The tokens of a sign-in.
pub async fn tokens(portal: &Portal, browser: &Browser, request: &Request, person: &str) -> Tokens {
    let code = code(browser, request, person).await;
    portal.redeem(request, &code).await.unwrap().tokens().unwrap()
}

/// Asks silently. The error, or `None` for a code.
pub async fn silent(portal: &Portal, browser: &Browser) -> Option<String> {
    let page = browser.open(&portal.request().with("prompt", "none").url()).await.unwrap();
    assert!(page.url.starts_with(&portal.redirect_uri), "prompt=none stays at {}: {}", page.url, page.body);
    page.parameter("error")
}

/// Whether an access token gives nothing and says so as RFC 6750 §3.1 does.
pub async fn is_dead(portal: &Portal, access_token: &str) -> bool {
    let answer = portal.userinfo(access_token).await.unwrap();
    let challenge = answer.header("www-authenticate").unwrap_or_default();
    assert_eq!(answer.status == 401, challenge.contains("error=\"invalid_token\""), "{} {challenge}", answer.status);
    answer.status == 401
}

/// A refusal as RFC 6749 §5.2 wants it.
#[track_caller]
pub fn refused(answer: &Answer, status: u16, error: &str) {
    assert_eq!((answer.status.as_u16(), answer.error()), (status, error), "{}", answer.body);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(answer.json.get("access_token").is_none());
    let words = answer.json["error_description"].as_str().unwrap_or_default();
    assert!(words.bytes().all(|b| (0x20..0x7f).contains(&b) && b != b'"' && b != b'\\'), "{words}");
}

/// Runs a command as an operator does beside the running provider: on its database, by its clock.
///
/// # Errors
/// What the command said.
pub async fn run(provider: &Provider, arguments: &[&str]) -> Result<(), String> {
    let cli = idp::commands::Cli::read(&[&["idp"], arguments].concat())?;
    let context = idp::commands::Context {
        settings: provider.settings.clone(),
        out: idp::commands::Output { json: true },
        clock: provider.clock.clone(),
    };
    cli.perform(context).await.map_err(|error| error.to_string())
}

/// Makes keys of PS256 and EdDSA, and has them sign at once.
pub async fn further_algorithms(provider: &Provider) {
    for alg in ["PS256", "EdDSA"] {
        run(provider, &["keys", "generate", "--alg", alg]).await.unwrap();
    }
    provider.wired.base.directory.check().await.unwrap();
    // Not by letting time pass: with PostgreSQL a command's clock may not be another than the database's.
    let snapshot = provider.wired.base.directory.snapshot();
    let waiting = snapshot.ring.records().iter().filter(|one| one.state.is_next());
    for key in waiting.filter(|one| [Algorithm::Ps256, Algorithm::EdDsa].contains(&one.algorithm)) {
        run(provider, &["keys", "activate", key.kid.as_str(), "--now", "--force"]).await.unwrap();
    }
    provider.wired.base.directory.check().await.unwrap();
}

/// Does something to an account behind the provider's back, as a command on another machine does.
pub async fn change<F, T>(provider: &Provider, account: &str, act: F) -> T
where
    F: Fn(&mut Tx<'_>, &AccountId) -> Result<T, idp_store::Fault> + Send + Sync + 'static,
    T: Send + 'static,
{
    let key = account.to_ascii_lowercase();
    let db = &provider.wired.base.db;
    let unit = move |tx: &mut Tx<'_>| {
        let login = idp_store::accounts::login(tx.conn(), &key)?.expect("the account");
        act(tx, &login.person.account_id)
    };
    db.write(unit).await.unwrap()
}

/// Locks an account.
pub async fn lock(provider: &Provider, account: &str) {
    let now = provider.clock.now();
    change(provider, account, move |tx, id| idp_store::accounts::set_state(tx, id, AccountState::Locked, now)).await;
}

/// Unlocks an account.
pub async fn unlock(provider: &Provider, account: &str) {
    let now = provider.clock.now();
    change(provider, account, move |tx, id| idp_store::accounts::set_state(tx, id, AccountState::Active, now)).await;
}

/// Ends the official capacity that an account has.
pub async fn end_capacity(provider: &Provider, account: &str) {
    assert!(change(provider, account, idp_store::capacities::end).await);
}

/// Changes what a client is registered as.
pub async fn change_client<F>(provider: &Provider, client_id: &str, change: F)
where
    F: Fn(&mut Client) + Send + Sync + 'static,
{
    let id = idp_core::ClientId::parse(client_id).unwrap();
    let now = provider.clock.now();
    let unit = move |tx: &mut Tx<'_>| {
        let before = idp_store::clients::find(tx.conn(), &id)?.expect("the client");
        let mut after = before.clone();
        change(&mut after.client);
        idp_store::clients::update(tx, &before, &after, now)
    };
    assert!(provider.wired.base.db.write(unit).await.unwrap());
    provider.wired.base.directory.check().await.unwrap();
}

/// Switches a client off.
pub async fn disable(provider: &Provider, client_id: &str) {
    change_client(provider, client_id, |client| client.disabled = true).await;
}

/// Gives a person every standard claim that can be set, and a national ID.
pub async fn fill_in(provider: &Provider, person: &str) -> Value {
    let further = json!({
        "given_name": "大勇", "family_name": "林", "middle_name": "M", "nickname": "阿勇", "profile": "https://a.example/p",
        "picture": "https://a.example/p.png", "website": "https://a.example/", "gender": "male", "birthdate": "1980-01-02",
        "zoneinfo": "Asia/Taipei", "locale": "zh-TW", "updated_at": 1_700_000_000, "phone_number": "+886 2 12345678",
        "phone_number_verified": true, "address": { "country": "TW", "locality": "新店區" },
    });
    let claims = serde_json::to_vec(&further).unwrap();
    let snapshot = provider.wired.base.directory.snapshot();
    let seal = move |tx: &mut idp_store::Tx<'_>, id: &idp_core::AccountId| {
        let seal = idp::keystore::personal::seal_claims(&snapshot.sealer, id.as_str(), &claims).unwrap();
        let uid = idp::keystore::personal::seal_national_id(&snapshot.sealer, id.as_str(), "A123456789").unwrap();
        let sealed = SealedPersonal { national_id: Some(uid), national_id_verified: true, claims: Some(seal) };
        idp_store::accounts::set_personal(tx, id, &sealed, None)
    };
    change(provider, person, seal).await;
    further
}

/// Signs out at the provider itself.
pub async fn sign_out(browser: &Browser, provider: &Provider) {
    let page = browser.open(&provider.url("/connect/end_session")).await.unwrap();
    let confirmation = page.field("confirmation").unwrap();
    let page = browser.submit("/connect/end_session/confirm", &[("confirmation", &confirmation)]).await.unwrap();
    assert!(page.has("logged-out"), "{}", page.body);
}

/// The same text with one letter changed.
pub fn flipped(text: &str, at: usize) -> String {
    let mut bytes = text.as_bytes().to_vec();
    bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
    String::from_utf8(bytes).unwrap()
}
