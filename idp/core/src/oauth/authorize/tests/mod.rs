mod next_step;
mod response_types;

use super::checks::{Endpoint, read};
use super::in_progress::Came;
use super::*;
use crate::client::registration::{Registration, register};
use crate::client::{ApplicationType, AuthMethod, GrantType, Profile};
use crate::oauth::error::OAuthErrorCode;
use keys::{Algorithm, UnixMillis};

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const NOW: UnixMillis = UnixMillis(1_763_000_000_000);

fn client(profile: Profile, auth_method: AuthMethod) -> Client {
    let asked = Registration {
        profile,
        auth_method,
        scope: "openid identity profile offline_access".into(),
        id_token_signed_response_alg: Algorithm::Es256,
        grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        ..Registration::of("emic", "EMIC", "https://emic.example/cb")
    };
    register(asked).unwrap()
}

fn government() -> Client {
    client(Profile::Government, AuthMethod::ClientSecretBasic)
}

fn query(changes: &[(&str, Option<&str>)]) -> String {
    let mut pairs = vec![
        ("client_id", "emic"),
        ("redirect_uri", "https://emic.example/cb"),
        ("response_type", "code"),
        ("scope", "openid identity"),
        ("state", "s"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in changes {
        pairs.retain(|(known, _)| known != name);
        pairs.extend(value.map(|value| (*name, value)));
    }
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn refusal(client: &Client, query: &str) -> OAuthErrorCode {
    let params = Params::parse(query.as_bytes()).unwrap();
    identify(Some(client), &params).unwrap();
    read(client, &params, Endpoint::Authorize, &Came::default()).unwrap_err().code
}

#[test]
fn until_client_and_redirect_uri_are_known_a_refusal_stays_here() {
    let stay =
        |client: Option<&Client>, query: &str| identify(client, &Params::parse(query.as_bytes()).unwrap()).unwrap_err();
    let emic = government();
    assert_eq!(stay(None, &query(&[])), Stay::UnknownClient);
    assert_eq!(stay(Some(&emic), &(query(&[]) + "&client_id=emic")), Stay::UnknownClient);
    assert_eq!(stay(Some(&emic), &query(&[("redirect_uri", None)])), Stay::NoRedirectUri);
    assert_eq!(
        stay(Some(&emic), &query(&[("redirect_uri", Some("https://evil.example/cb"))])),
        Stay::ForeignRedirectUri
    );
    assert_eq!(stay(Some(&emic), &(query(&[]) + "&redirect_uri=https://evil.example")), Stay::ForeignRedirectUri);
    let disabled = Client { disabled: true, ..government() };
    assert_eq!(stay(Some(&disabled), &query(&[])), Stay::DisabledClient);
}

#[test]
fn the_registered_age_counts_on_every_way_in_unless_the_request_names_one() {
    let mut emic = government();
    for (registered, asked, expected) in [
        (None, None, None),
        (Some(60), None, Some(60)),
        (Some(0), None, Some(0)),
        (Some(60), Some("5"), Some(5)),
        (Some(5), Some("60"), Some(60)),
        (None, Some("5"), Some(5)),
    ] {
        emic.defaults.default_max_age = registered;
        let text = query(&[("max_age", asked)]);
        for endpoint in [Endpoint::Authorize, Endpoint::Par] {
            let request = read(&emic, &Params::parse(text.as_bytes()).unwrap(), endpoint, &Came::default()).unwrap();
            let expected = expected.map(std::time::Duration::from_secs);
            assert_eq!(request.max_age, expected, "{registered:?} {asked:?} {endpoint:?}");
        }
    }
}

#[test]
fn answers_carry_state_and_issuer_and_keep_the_query_that_was_registered() {
    let mut emic = government();
    emic.redirect_uris = vec!["https://emic.example/cb?from=idp".into()];
    let text = query(&[("redirect_uri", Some("https://emic.example/cb?from=idp")), ("state", Some("a&b=\"<"))]);
    let address = identify(Some(&emic), &Params::parse(text.as_bytes()).unwrap()).unwrap();
    let sent = address.with_answer(&[("code", "c")], "https://idp.example");
    let url = "https://emic.example/cb?from=idp&code=c&state=a%26b%3D%22%3C&iss=https%3A%2F%2Fidp.example";
    assert_eq!(sent, Sent::Redirect(url.into()));
    let text = format!("{text}&response_mode=form_post");
    let address = identify(Some(&emic), &Params::parse(text.as_bytes()).unwrap()).unwrap();
    let Sent::Form { action, fields } = address.with_answer(&[("code", "c")], "https://idp.example") else {
        panic!("no form")
    };
    assert_eq!(action, "https://emic.example/cb?from=idp");
    let expected = [("code", "c"), ("state", "a&b=\"<"), ("iss", "https://idp.example")];
    assert_eq!(fields, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[test]
fn a_mode_that_is_not_to_be_had_is_refused_in_the_query() {
    let mut app = client(Profile::Standard, AuthMethod::None);
    app.application_type = ApplicationType::Native;
    app.redirect_uris = vec!["tw.gov.example:/cb".into(), "https://emic.example/cb".into()];
    let rows = [
        ("https://emic.example/cb", "&response_mode=web_message"),
        ("https://emic.example/cb", "&response_mode=form_post&response_mode=form_post"),
        ("tw.gov.example:/cb", "&response_mode=form_post"),
    ];
    for (uri, mode) in rows {
        let text = query(&[("redirect_uri", Some(uri))]) + mode;
        let params = Params::parse(text.as_bytes()).unwrap();
        let address = identify(Some(&app), &params).unwrap();
        let error = read(&app, &params, Endpoint::Authorize, &Came::default()).unwrap_err();
        assert_eq!(error.code, OAuthErrorCode::InvalidRequest, "{uri}{mode}");
        assert!(matches!(address.with_error(&error, "https://idp.example"), Sent::Redirect(_)), "{uri}{mode}");
    }
}

#[test]
fn each_row_of_the_table_refuses_what_it_is_for() {
    use OAuthErrorCode::*;
    let emic = government();
    let long = "x".repeat(2049);
    let rows: &[(&str, Option<&str>, OAuthErrorCode)] = &[
        ("state", Some(&long), InvalidRequest),
        ("request", Some("e30."), RequestNotSupported),
        ("request_uri", Some("https://emic.example/r"), RequestUriNotSupported),
        ("registration", Some("{}"), RegistrationNotSupported),
        ("response_type", None, InvalidRequest),
        ("response_type", Some("token"), UnsupportedResponseType),
        ("response_type", Some("none"), UnsupportedResponseType),
        ("response_type", Some("code id_token"), UnauthorizedClient),
        ("response_mode", Some("jwt"), InvalidRequest),
        ("scope", None, InvalidScope),
        ("scope", Some("identity"), InvalidScope),
        ("scope", Some("openid email"), InvalidScope),
        ("nonce", Some(&long), InvalidRequest),
        ("code_challenge", None, InvalidRequest),
        ("code_challenge", Some("short"), InvalidRequest),
        ("code_challenge_method", None, InvalidRequest),
        ("code_challenge_method", Some("plain"), InvalidRequest),
        ("prompt", Some("none login"), InvalidRequest),
        ("prompt", Some("create"), InvalidRequest),
        ("max_age", Some("-1"), InvalidRequest),
        ("max_age", Some("+5"), InvalidRequest),
        ("max_age", Some("1.5"), InvalidRequest),
    ];
    for (name, value, expected) in rows {
        assert_eq!(refusal(&emic, &query(&[(name, *value)])), *expected, "{name}={value:?}");
    }
    assert_eq!(refusal(&emic, &(query(&[]) + "&scope=openid")), InvalidRequest);
}

#[test]
fn pkce_is_required_by_profile_or_of_public_clients_and_verified_whenever_sent() {
    let without = query(&[("code_challenge", None), ("code_challenge_method", None)]);
    let public = client(Profile::Standard, AuthMethod::None);
    assert_eq!(refusal(&public, &without), OAuthErrorCode::InvalidRequest);
    let standard = client(Profile::Standard, AuthMethod::ClientSecretBasic);
    let params = Params::parse(without.as_bytes()).unwrap();
    assert_eq!(read(&standard, &params, Endpoint::Authorize, &Came::default()).unwrap().challenge, None);
    let method_only = query(&[("code_challenge", None)]);
    assert_eq!(refusal(&standard, &method_only), OAuthErrorCode::InvalidRequest);
}

#[test]
fn scopes_that_nobody_knows_are_passed_over() {
    let text = query(&[("scope", Some("openid weather profile"))]);
    let request =
        read(&government(), &Params::parse(text.as_bytes()).unwrap(), Endpoint::Authorize, &Came::default()).unwrap();
    assert_eq!(request.scope.to_string(), "openid profile");
}
