//! The job that removes the accounts of who left: its portals are told, and nothing says any more who they were.

use super::{ask_to_leave, send, signed_in};
use crate::receiver::{Receiver, Then};
use crate::stored::{Stored, hex};
use crate::support::*;
use conformance::steps::{register, run, seconds, tokens};
use conformance::{Browser, NATURAL_PERSON, PASSWORD as OLD, Page, Portal, Provider, ProviderOptions};
use idp::keystore::personal;
use idp::membership::deletion::{self, Asking};
use idp::settings::Span;
use idp_core::audit::DeletedBy;
use idp_core::oauth::gate::{Bound, Grant};
use idp_core::people::account::Person;
use idp_core::scope::ScopeSet;
use idp_core::sign_in::authentication::Acr;
use idp_core::sign_in::session::Session;
use idp_core::{AccountId, ClientId, GrantId, SessionId, UnixMillis};
use idp_store::{Conn, Tx, accounts, former_emails, grants, sessions};
use keys::{b64, hmac_sha256};
use serde_json::Value;
use std::collections::BTreeSet;

/// More than one transaction ends.
const SESSIONS: u8 = 120;

async fn person(provider: &Provider, account: &'static str) -> Person {
    let find = move |conn: &mut Conn| accounts::login(conn, account);
    provider.wired.base.db.read(find).await.unwrap().unwrap().person
}

/// A portal that is told of sign-outs.
async fn portal(provider: &Provider, id: &str, receiver: &Receiver) -> Portal {
    register(provider, id, |asked| asked.backchannel_logout_uri = Some(receiver.uri.clone())).await
}

/// Has somebody signed in at the portal with many browsers.
async fn signed_in_often(provider: &Provider, person: &Person, portal: &str) {
    let (now, id, portal) = (provider.clock.now(), person.account_id.clone(), ClientId::from_trusted(portal));
    let security_epoch = person.security_epoch;
    let unit = move |tx: &mut Tx<'_>| {
        for number in 1..=SESSIONS {
            let expires_at = now.plus(seconds(86_400));
            let session = Session {
                id: SessionId::new([number; 16]),
                account_id: id.clone(),
                security_epoch,
                auth_time: now,
                acr: Acr::Password,
                last_used_at: now,
                expires_at,
                ended_at: None,
            };
            sessions::insert(tx, &session, &[number; 32])?;
            let grant = Grant {
                id: GrantId::new(now, [number; 10]),
                account_id: id.clone(),
                session_id: session.id,
                client_id: portal.clone(),
                scope: ScopeSet::parse_strict("openid").unwrap(),
                bound: Bound::ToSession,
                security_epoch,
                capacity_epoch: 1,
                auth_time: now,
                acr: Acr::Password,
                generation: 1,
                refreshed_at: now,
                expires_at,
                revoked_at: None,
            };
            grants::insert(tx, &grant)?;
        }
        Ok(())
    };
    provider.wired.base.db.write(unit).await.unwrap();
}

/// What whoever asks commits, and nothing after that: the process ended there.
async fn asked_and_killed(provider: &Provider, person: &Person, until: UnixMillis) {
    let (snapshot, now) = (provider.wired.base.directory.snapshot(), provider.clock.now());
    let asking = Asking { person: person.clone(), until, by: DeletedBy::Person, mails: Vec::new() };
    let unit = move |tx: &mut Tx<'_>| deletion::ask(tx, &|client| snapshot.logout_channels(client), &asking, now);
    let (ended, last) = provider.wired.base.db.write(unit).await.unwrap().unwrap();
    assert!(ended.sessions < usize::from(SESSIONS) && last.is_some(), "one batch is enough: nothing is shown here");
}

#[tokio::test]
async fn who_has_many_sessions_is_signed_out_of_all_portals_though_the_process_ended_between() {
    // To be removed in two weeks, and at once.
    for wait in [14 * 86_400, 0] {
        let provider = Provider::start().await.unwrap();
        let receiver = Receiver::start([]).await;
        let portal = portal(&provider, "library", &receiver).await;
        let person = person(&provider, NATURAL_PERSON).await;
        signed_in_often(&provider, &person, "library").await;
        asked_and_killed(&provider, &person, provider.clock.now().plus(seconds(wait))).await;
        sweep(&provider, 300).await.unwrap();
        let keys = portal.keys().await.unwrap();
        let mut told = BTreeSet::new();
        for sent in receiver.wait_for(usize::from(SESSIONS)).await {
            let claims = portal.verify_logout(&keys, sent.token()).unwrap();
            told.insert(claims.additional_claims().text("sid").unwrap().to_owned());
        }
        assert_eq!(told.len(), usize::from(SESSIONS), "each once");
        assert_eq!(state(&provider, NATURAL_PERSON).await.is_none(), wait == 0);
    }
}

#[tokio::test]
async fn whoever_undid_it_is_not_signed_out_by_the_job() {
    let provider = Provider::start().await.unwrap();
    ask_to_leave(&provider, NATURAL_PERSON).await;
    run(&provider, &["accounts", "keep", NATURAL_PERSON]).await.unwrap();
    provider.advance(seconds(10)).await.unwrap();
    let browser = signed_in(&provider, NATURAL_PERSON, OLD).await;
    sweep(&provider, 300).await.unwrap();
    // A job that had found the account just before.
    let (id, now) = (person(&provider, NATURAL_PERSON).await.account_id, provider.clock.now());
    let snapshot = provider.wired.base.directory.snapshot();
    let unit =
        move |tx: &mut Tx<'_>| deletion::end_sessions(tx, &|client| snapshot.logout_channels(client), (&id, None), now);
    assert_eq!(provider.wired.base.db.write(unit).await.unwrap(), None);
    assert!(browser.open(&provider.url("/")).await.unwrap().has("person-name"));
}

const ACCOUNT: &str = "Wushuang01";
const KEY: &str = "wushuang01";
const NAME: &str = "辛無雙";
const EMAIL: &str = "wushuang@example.gov.tw";
const NEW_EMAIL: &str = "matchless@example.tw";
const FORMER_EMAIL: &str = "wushuang.of.before@example.tw";
const NICKNAME: &str = "無雙";

/// Somebody with everything: all steps of an application, a capacity, a role, portals.
async fn somebody_with_everything(provider: &Provider) -> Browser {
    let browser = Browser::new(&provider.issuer).unwrap();
    let page = begin(provider, &browser).await;
    let page = step(&browser, &page, &first(ACCOUNT)).await;
    let second = [("name", NAME), ("email", EMAIL), ("email-again", EMAIL), ("nickname", NICKNAME)];
    let page = step(&browser, &page, &second).await;
    let page = step(&browser, &page, &THIRD).await;
    let page = step(&browser, &page, &FOURTH).await;
    let page = agree(provider, &browser, &page).await;
    assert!(page.url.contains("/join/sent"), "{}", page.body);
    let link = link(provider, &so_many_mails(provider, 1).await[0]);
    assert!(activate(&browser, &link).await.body.contains("帳號已啟用成功"));
    let agency = ["--agency-oid", "2.16.886.101.20003.20001.20003", "--official-type", "civil_servant"];
    run(provider, &[&["accounts", "set-capacity", KEY], agency.as_slice()].concat()).await.unwrap();
    run(provider, &["accounts", "grant-role", KEY, "reviewer"]).await.unwrap();
    let page = browser.open(&provider.url("/sign-in")).await.unwrap();
    assert!(browser.sign_in(&page, ACCOUNT, PASSWORD).await.unwrap().has("person-name"));
    browser
}

/// Types a wrong password.
async fn guess(provider: &Provider, browser: &Browser) {
    let page = browser.open(&provider.url("/sign-in?prompt=login")).await.unwrap();
    let page = browser.sign_in(&page, ACCOUNT, "wrong-one").await.unwrap();
    assert_eq!(page.status, 422, "{}", page.body);
}

/// What else is written down about them: a wrong password elsewhere and in a browser that knows them, everything that can be asked for
/// by a name or an address, a wrong answer, an address that waits to be confirmed.
async fn asks_for_everything(provider: &Provider, browser: &Browser) {
    let known = Browser::new(&provider.issuer).unwrap();
    let page = known.open(&provider.url("/sign-in")).await.unwrap();
    let home = known.sign_in(&page, ACCOUNT, PASSWORD).await.unwrap();
    assert!(home.has("person-name"), "{}", home.body);
    conformance::steps::sign_out(&known, provider).await;
    for browser in [&known, &Browser::new(&provider.issuer).unwrap()] {
        guess(provider, browser).await;
    }
    provider.advance(seconds(6)).await.unwrap();
    assert_eq!(asked(provider, "/forgot-account", EMAIL).await.status, 200);
    assert_eq!(asked(provider, "/forgot-password", ACCOUNT).await.status, 200);
    let mails = so_many_mails(provider, 3).await;
    let mailed = mails.iter().find(|mail| mail.subject() == Some("「我的E政府」重設密碼")).unwrap();
    let stranger = Browser::new(&provider.issuer).unwrap();
    let question = stranger.open(&link(provider, mailed)).await.unwrap();
    let key = question.field("key").unwrap();
    let wrong: Page = stranger.submit("/reset-password", &[("key", &key), ("hint-answer", "Garfield")]).await.unwrap();
    assert!(wrong.status == 422 && wrong.body.contains(QUESTION), "{}", wrong.body);
    ask_by_text(provider, &stranger, ACCOUNT).await;
    so_many_texts(provider, 1).await;
    let email = [("email", NEW_EMAIL), ("email-again", NEW_EMAIL), ("current-password", PASSWORD)];
    let waits = send(provider, browser, "/account/email", &email).await;
    assert!(waits.has("withdraw"), "{}", waits.body);
    so_many_mails(provider, 5).await;
    // The address that they have has not settled.
    let (person, now) = (person(provider, KEY).await, provider.clock.now());
    let before = Person { email: Some(FORMER_EMAIL.into()), ..person };
    let unit = move |tx: &mut Tx<'_>| former_emails::note(tx, &before, EMAIL, now);
    provider.wired.base.db.write(unit).await.unwrap();
    until("all is delivered", async || settled(provider).await == noted(provider).await).await;
}

/// What tells who somebody is without a word of it: digests that the provider makes of what it knows, each with where it is found.
fn digests(provider: &Provider, id: &AccountId) -> Vec<(String, &'static [&'static str])> {
    let snapshot = provider.wired.base.directory.snapshot();
    let (typed, index) = (&snapshot.secrets.typed_name, &snapshot.secrets.national_id);
    let of_text = |text: &str| hmac_sha256(typed, text.as_bytes());
    let answers = idp::membership::reset_password::answers_counter(typed, id);
    vec![
        (hex(&personal::blind_index(index, "A123456789")), &["accounts"]),
        (hex(&personal::blind_index_of_mobile(index, MOBILE)), &["recovery", "reset_codes"]),
        (hex(&of_text(KEY)), &["password_attempts"]),
        (hex(&answers), &["password_attempts"]),
        (b64::encode(&of_text(KEY)), &["audit", "messages"]),
        (b64::encode(&of_text(EMAIL)), &["audit", "messages"]),
    ]
}

/// What is sealed, indexed or hashed of somebody.
fn sealed_of(stored: &Stored, id: &AccountId) -> Vec<String> {
    let rows = stored.tables["accounts"].iter().chain(&stored.tables["recovery"]);
    let theirs = rows.filter(|row| row.contains(id.as_str()));
    let cells = theirs.flat_map(|row| serde_json::from_str::<Vec<Value>>(row).unwrap());
    cells.filter_map(|cell| cell.as_str().filter(|text| text.len() >= 40).map(str::to_owned)).collect()
}

#[tokio::test]
async fn of_a_person_with_everything_who_left_nothing_is_found_in_any_table() {
    let soon = |settings: &mut idp::settings::Settings| settings.membership.deletion_waits = Span(seconds(60));
    let provider = Provider::start_with(ProviderOptions { settings: Some(soon), ..ProviderOptions::default() });
    let provider = provider.await.unwrap();
    let (good, deaf) = (Receiver::start([]).await, Receiver::start([Then::Answer(500); 50]).await);
    let portals = [portal(&provider, "library", &good).await, portal(&provider, "museum", &deaf).await];
    let browser = somebody_with_everything(&provider).await;
    for portal in &portals {
        tokens(portal, &browser, &portal.request(), ACCOUNT).await;
    }
    asks_for_everything(&provider, &browser).await;
    let id = person(&provider, KEY).await.account_id;
    let before = Stored::of(&provider).await;
    let yes = [("current-password", PASSWORD), ("understood", "yes")];
    assert!(send(&provider, &browser, "/account/delete", &yes).await.has("deletion-asked"));
    good.wait_for(1).await;
    deaf.wait_for(1).await;
    let to_the_former = || {
        let to_it =
            |mail: &&mail_parser::Message<'_>| mail.to().unwrap().first().unwrap().address() == Some(FORMER_EMAIL);
        mails(&provider).iter().filter(to_it).count()
    };
    so_many_mails(&provider, 7).await;
    assert_eq!(to_the_former(), 1, "both are told");
    let between = Stored::of(&provider).await;
    // What is not there before cannot be seen to go.
    let of_accounts = [
        "account_roles",
        "accounts",
        "agreements",
        "audit",
        "capacities",
        "consents",
        "email_changes",
        "former_emails",
        "grants",
        "messages",
        "outbox",
        "recovery",
        "sessions",
    ];
    assert_eq!(between.tables_with(id.as_str()), BTreeSet::from(of_accounts.map(String::from)));
    for (digest, found) in digests(&provider, &id) {
        assert_eq!(before.tables_with(&digest).iter().collect::<Vec<_>>(), found, "{digest}");
    }
    for words in [ACCOUNT, KEY, NAME, EMAIL, NEW_EMAIL, FORMER_EMAIL] {
        assert!(between.has(words), "{words}");
    }
    assert_eq!(before.tables["password_attempts"].len(), 3, "elsewhere, in a browser that knows them, and answers");

    sweep(&provider, 400).await.unwrap();
    assert_eq!(state(&provider, KEY).await, None);
    so_many_mails(&provider, 9).await;
    assert_eq!(to_the_former(), 2, "to the end");
    until("the last mail is delivered", async || settled(&provider).await == noted(&provider).await).await;
    let after = Stored::of(&provider).await;
    for words in [KEY, NAME, EMAIL, NEW_EMAIL, FORMER_EMAIL] {
        assert!(!after.whole.to_lowercase().contains(&words.to_lowercase()), "{words}");
    }
    // What nobody could read before either: 暱稱, number, question, answer, mobile, password.
    let kept = sealed_of(&between, &id);
    assert_eq!(kept.len(), 8, "{kept:?}");
    for sealed in kept {
        assert!(!after.whole.contains(&sealed), "{sealed}");
    }
    for (digest, _) in digests(&provider, &id) {
        let found = after.tables_with(&digest);
        assert!(found.iter().all(|table| table == "audit"), "{digest}: {found:?}");
    }
    assert_eq!(after.tables_with(id.as_str()), BTreeSet::from(["audit".into(), "outbox".into()]));
    let waiting: Vec<_> = after.tables["outbox"].iter().filter(|row| row.contains(id.as_str())).collect();
    assert!(waiting.len() == 1 && waiting[0].contains("museum"), "who is still to be told: {waiting:?}");
    // Under the browser's own number, which stands in its cookie alone.
    assert_eq!(after.tables["password_attempts"].len(), 1);
    assert_eq!(after.tables["former_accounts"].len(), 1);
    let sealed: Vec<_> = between.tables["recovery"].iter().chain(&between.tables["accounts"]).collect();
    assert!(
        sealed.iter().all(|row| after.tables["accounts"].contains(row) || row.contains(id.as_str())),
        "nobody else's"
    );
}
