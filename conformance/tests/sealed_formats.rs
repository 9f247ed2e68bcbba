//! What the previous release sealed can be read: people, tokens and portals of before an upgrade go on, and two nodes of two
//! releases read each other. A format that changes gets another version byte, and the old one is read for one release.
//!
//! `sealed_formats/previous_release.json` is what the previous release's `cargo run -p conformance --bin sealed_values` printed;
//! `this_release.json` is what this one printed when its last format was added, so that none changes unnoticed between two releases.
//! Values that only the program itself opens have such a test beside them.

#![expect(clippy::unwrap_used, reason = "a test")]

#[path = "../src/bin/sealed_values/values.rs"]
mod values;

use idp::directory::open_secrets;
use idp::keystore::personal::{blind_index, open_claims, open_national_id};
use idp_core::identity::subject::session_at_client;
use idp_core::lifetimes::Lifetimes;
use idp_core::oauth::access_token::AccessToken;
use idp_core::oauth::client_token::ClientToken;
use idp_core::oauth::code::Code;
use idp_core::oauth::dpop::nonce;
use idp_core::oauth::par::Pushed;
use idp_core::oauth::refresh_token::RefreshToken;
use idp_core::sign_in::interaction::Interaction;
use keys::sealing::OpenError;
use keys::{Algorithm, KeyError, Purpose, Sealer, SealingKey, SigningKey, b64};
use serde_json::Value;

const PREVIOUS: &str = include_str!("sealed_formats/previous_release.json");
const THIS: &str = include_str!("sealed_formats/this_release.json");

/// Both sets of values, each with what opens them.
fn both() -> [(Value, Sealer); 2] {
    [PREVIOUS, THIS].map(|text_of| {
        let made: Value = serde_json::from_str(text_of).unwrap();
        let id = text(&made, "sealing_key_id").parse().unwrap();
        (made, Sealer::new(SealingKey::new(id, values::SEALING), []))
    })
}

/// What a list of sealed values says.
fn opened<T>(made: &Value, name: &str, open: impl Fn(&str) -> Result<T, OpenError>) -> Vec<T> {
    let list = made.get(name).and_then(Value::as_array).unwrap_or_else(|| unreachable!("no {name}"));
    list.iter().map(|one| open(one.as_str().unwrap()).unwrap()).collect()
}

fn text(made: &Value, name: &str) -> String {
    made.get(name).and_then(Value::as_str).unwrap_or_else(|| unreachable!("no {name}")).to_owned()
}

fn bytes(made: &Value, name: &str) -> Vec<u8> {
    b64::decode(&text(made, name)).unwrap()
}

#[test]
fn tokens_codes_and_pages_of_the_previous_release_can_be_read() {
    for (made, sealer) in both() {
        let access_tokens = opened(&made, "access_tokens", |one| AccessToken::open(&sealer, one));
        assert!(!access_tokens.is_empty() && values::access_tokens().starts_with(&access_tokens));
        let refresh_tokens = opened(&made, "refresh_tokens", |one| RefreshToken::open(&sealer, one));
        assert!(!refresh_tokens.is_empty() && values::refresh_tokens().starts_with(&refresh_tokens));
        let codes = opened(&made, "codes", |one| Code::open(&sealer, one));
        assert!(!codes.is_empty() && values::codes().starts_with(&codes));
        let interactions = opened(&made, "interactions", |one| Interaction::open(&sealer, one));
        assert!(!interactions.is_empty() && values::interactions().starts_with(&interactions));
    }
}

#[test]
fn every_format_of_this_release_is_held() {
    let [_, (made, sealer)] = both();
    for (name, formats) in [("access_tokens", 3), ("refresh_tokens", 3), ("codes", 5), ("interactions", 4)] {
        assert_eq!(made.get(name).and_then(Value::as_array).map(Vec::len), Some(formats), "{name}");
    }
    let same = |name: &str, purpose, now| same_bytes(&sealer, (made.get(name).unwrap(), purpose), &[now]);
    assert_eq!(ClientToken::open(&sealer, &text(&made, "client_token")).unwrap(), values::client_token());
    same("client_token", "client_access_token", values::client_token().seal(&sealer));
    assert_eq!(Pushed::open(&sealer, &text(&made, "pushed")).unwrap(), values::pushed());
    same("pushed", "pushed_request", values::pushed().seal(&sealer));
    let made_at = nonce::made_at(&sealer, &text(&made, "dpop_nonce"), values::AT, &Lifetimes::default());
    assert_eq!(made_at, Some(values::AT));
}

/// What kept values say, and what is sealed now of the same things, is the same byte for byte.
fn same_bytes(sealer: &Sealer, (before, purpose): (&Value, &'static str), now: &[Result<String, KeyError>]) {
    let plain = |sealed: &str| sealer.open(Purpose::new(purpose), sealed).unwrap();
    let before = before.as_array().map_or(std::slice::from_ref(before), Vec::as_slice);
    assert!(!before.is_empty() && before.len() <= now.len(), "{purpose}");
    for (before, now) in before.iter().zip(now) {
        let now = now.as_ref().unwrap();
        let words = "the format changed: give it another version, and read the one before for a release";
        assert_eq!(plain(before.as_str().unwrap()), plain(now), "{purpose}: {words}; this release seals {now}");
    }
}

#[test]
fn what_this_release_seals_can_be_read_by_the_previous_one() {
    for (made, sealer) in both() {
        let kept = |name: &str| made.get(name).unwrap_or_else(|| unreachable!("no {name}"));
        let same = |name, purpose, now: &[Result<String, KeyError>]| same_bytes(&sealer, (kept(name), purpose), now);
        same("access_tokens", "access_token", &values::access_tokens().map(|one| one.seal(&sealer)));
        same("refresh_tokens", "refresh_token", &values::refresh_tokens().map(|one| one.seal(&sealer)));
        same("codes", "authorization_code", &values::codes().map(|one| one.seal(&sealer)));
        same("interactions", "interaction", &values::interactions().map(|one| one.seal(&sealer)));
    }
}

#[test]
fn columns_that_the_previous_release_sealed_can_be_read() {
    for (made, sealer) in both() {
        let number = open_national_id(&sealer, values::ACCOUNT, &bytes(&made, "national_id")).unwrap();
        assert_eq!(number, values::NATIONAL_ID);
        assert_eq!(blind_index(&values::mac(), &number).as_slice(), bytes(&made, "national_id_index"));
        let claims = open_claims(&sealer, values::ACCOUNT, &bytes(&made, "further_claims")).unwrap();
        assert_eq!(claims, values::CLAIMS);
        let secrets = open_secrets(&sealer, &values::client(), &bytes(&made, "client_secrets")).unwrap();
        let secrets: Vec<_> = secrets.into_iter().map(|one| (one.secret, one.expires_at)).collect();
        assert_eq!(secrets, [(values::SECRET.to_owned(), Some(5))]);
    }
}

#[test]
fn keys_that_the_previous_release_wrapped_can_be_used_and_name_people_alike() {
    for (made, _) in both() {
        let master = values::master().unwrap();
        assert!(master.matches_check_value(&bytes(&made, "master_check")));
        let unwrap = |name: &'static str| master.unwrap(Purpose::new(name), &bytes(&made, name)).unwrap();
        assert_eq!(unwrap("mac_key").as_slice(), values::MAC);
        assert_eq!(unwrap("sealing_key").as_slice(), values::SEALING);
        let key = SigningKey::parse(Algorithm::Es256, &unwrap("signing_key")).unwrap();
        assert_eq!(key.kid().as_str(), text(&made, "signing_kid"));
        let sid = session_at_client(&values::mac(), &values::session(), &values::client());
        assert_eq!(sid, text(&made, "sid"), "a portal would not find the session that a logout token names");
    }
}
