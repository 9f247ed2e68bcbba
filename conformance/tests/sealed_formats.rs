//! What the previous release sealed can be read: people, tokens and portals of before an upgrade go on, and two nodes of two
//! releases read each other. A format that changes gets another version byte, and the old one is read for one release.
//!
//! `sealed_formats.json` is what the previous release's `cargo run -p conformance --bin sealed_values` printed.

#![expect(clippy::unwrap_used, reason = "a test")]

#[path = "../src/bin/sealed_values/values.rs"]
mod values;

use idp::directory::open_secrets;
use idp::keystore::personal::{blind_index, open_claims, open_national_id};
use idp_core::identity::subject::session_at_client;
use idp_core::oauth::access_token::AccessToken;
use idp_core::oauth::code::Code;
use idp_core::oauth::refresh_token::RefreshToken;
use idp_core::sign_in::interaction::Interaction;
use keys::{Algorithm, Purpose, Sealer, SealingKey, SigningKey, b64};
use serde_json::Value;

/// The values, and what opens them.
fn previous() -> (Value, Sealer) {
    let made: Value = serde_json::from_str(include_str!("sealed_formats.json")).unwrap();
    let id = text(&made, "sealing_key_id").parse().unwrap();
    (made, Sealer::new(SealingKey::new(id, values::SEALING), []))
}

fn text(made: &Value, name: &str) -> String {
    made.get(name).and_then(Value::as_str).unwrap_or_else(|| unreachable!("no {name}")).to_owned()
}

fn bytes(made: &Value, name: &str) -> Vec<u8> {
    b64::decode(&text(made, name)).unwrap()
}

#[test]
fn tokens_codes_and_pages_of_the_previous_release_can_be_read() {
    let (made, sealer) = previous();
    assert_eq!(AccessToken::open(&sealer, &text(&made, "access_token")).unwrap(), values::access_token());
    assert_eq!(RefreshToken::open(&sealer, &text(&made, "refresh_token")).unwrap(), values::refresh_token());
    assert_eq!(Interaction::open(&sealer, &text(&made, "interaction")).unwrap(), values::interaction());
    let codes = made.get("codes").and_then(Value::as_array).unwrap();
    let opened: Vec<_> = codes.iter().map(|code| Code::open(&sealer, code.as_str().unwrap()).unwrap()).collect();
    assert_eq!(opened, values::codes());
}

#[test]
fn columns_that_the_previous_release_sealed_can_be_read() {
    let (made, sealer) = previous();
    let number = open_national_id(&sealer, values::ACCOUNT, &bytes(&made, "national_id")).unwrap();
    assert_eq!(number, values::NATIONAL_ID);
    assert_eq!(blind_index(&values::mac(), &number).as_slice(), bytes(&made, "national_id_index"));
    let claims = open_claims(&sealer, values::ACCOUNT, &bytes(&made, "further_claims")).unwrap();
    assert_eq!(claims, values::CLAIMS);
    let secrets = open_secrets(&sealer, &values::client(), &bytes(&made, "client_secrets")).unwrap();
    let secrets: Vec<_> = secrets.into_iter().map(|one| (one.secret, one.expires_at)).collect();
    assert_eq!(secrets, [(values::SECRET.to_owned(), Some(5))]);
}

#[test]
fn keys_that_the_previous_release_wrapped_can_be_used_and_name_people_alike() {
    let (made, _) = previous();
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
