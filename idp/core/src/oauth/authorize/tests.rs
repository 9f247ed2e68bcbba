use super::checks::{Endpoint, read};
use super::in_progress::Came;
use super::prompt::{Browser, ConfirmReason, Consent, NextStep, SignInReason, next_step};
use super::*;
use crate::client::registration::{Registration, register};
use crate::client::{ApplicationType, AuthMethod, GrantType, Profile};
use crate::ids::{AccountId, SessionId};
use crate::oauth::error::OAuthErrorCode;
use crate::oauth::gate::Bound;
use crate::scope::ScopeSet;
use crate::sign_in::authentication::Acr;
use crate::sign_in::interaction::Done;
use crate::sign_in::session::Session;
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

/// Every response type with its grant types, as a client of a web portal that the operator lets have them.
fn standard_with_everything() -> Client {
    let mut client = client(Profile::Standard, AuthMethod::ClientSecretBasic);
    client.response_types = ResponseType::ALL.to_vec();
    client.grant_types.push(GrantType::Implicit);
    client
}

/// What an answer or a refusal to this request looks like.
fn travels(client: &Client, query: &str) -> (&'static str, Option<OAuthErrorCode>) {
    let params = Params::parse(query.as_bytes()).unwrap();
    let address = identify(Some(client), &params).unwrap();
    let mode = match address.with_answer(&[("x", "y")], "https://idp.example") {
        Sent::Form { .. } => "form_post",
        Sent::Redirect(url) if url.starts_with("https://emic.example/cb?x=y&") && !url.contains('#') => "query",
        Sent::Redirect(url) if url.starts_with("https://emic.example/cb#x=y&") && !url.contains('?') => "fragment",
        Sent::Redirect(url) => panic!("{url}"),
    };
    (mode, read(client, &params, Endpoint::Authorize, &Came::default()).err().map(|error| error.code))
}

#[test]
fn each_response_type_travels_as_it_was_asked_and_tokens_never_in_the_query() {
    let client = standard_with_everything();
    for kind in ResponseType::ALL {
        let natural = if kind.gives_tokens() { "fragment" } else { "query" };
        for mode in [None, Some("query"), Some("fragment"), Some("form_post"), Some("web_message")] {
            let asked = [("response_type", Some(kind.as_str())), ("response_mode", mode), ("nonce", Some("n"))];
            let expected = match mode {
                None => (natural, None),
                Some("web_message") => (natural, Some(OAuthErrorCode::InvalidRequest)),
                Some("query") if kind.gives_tokens() => ("fragment", Some(OAuthErrorCode::InvalidRequest)),
                Some(mode) => (mode, None),
            };
            assert_eq!(travels(&client, &query(&asked)), expected, "{kind} {mode:?}");
        }
    }
    // A refusal goes where the portal looks for it, also of types that are not offered.
    let rows = [("token", "fragment"), ("token none", "fragment"), ("none", "query"), ("code foo", "query")];
    for (kind, mode) in rows {
        let refused = (mode, Some(OAuthErrorCode::UnsupportedResponseType));
        assert_eq!(travels(&client, &query(&[("response_type", Some(kind))])), refused, "{kind}");
    }
}

#[test]
fn a_response_type_is_for_the_clients_that_are_registered_for_it() {
    for own in ResponseType::ALL {
        let client = Client { response_types: vec![own], ..standard_with_everything() };
        for kind in ResponseType::ALL {
            let (_, error) = travels(&client, &query(&[("response_type", Some(kind.as_str())), ("nonce", Some("n"))]));
            let expected = (kind != own).then_some(OAuthErrorCode::UnauthorizedClient);
            assert_eq!(error, expected, "{kind} of a client with {own}");
        }
    }
    let asked = [("response_type", Some("token id_token code")), ("nonce", Some("n"))];
    assert_eq!(travels(&standard_with_everything(), &query(&asked)).1, None, "the order means nothing");
}

#[test]
fn an_id_token_from_here_needs_a_nonce_and_a_code_its_challenge() {
    let confidential = standard_with_everything();
    let public = Client { auth_method: AuthMethod::None, ..standard_with_everything() };
    for kind in ResponseType::ALL {
        let without = |name| query(&[("response_type", Some(kind.as_str())), ("nonce", Some("n")), (name, None)]);
        let refused = |wrong: bool| wrong.then_some(OAuthErrorCode::InvalidRequest);
        assert_eq!(travels(&confidential, &without("nonce")).1, refused(kind.gives_id_token()), "{kind}");
        let no_challenge = without("code_challenge").replace("code_challenge_method=S256", "");
        assert_eq!(travels(&public, &no_challenge).1, refused(kind.gives_code()), "{kind}");
        assert_eq!(travels(&confidential, &no_challenge).1, None, "{kind}");
        let offline =
            [("response_type", Some(kind.as_str())), ("nonce", Some("n")), ("scope", Some("openid offline_access"))];
        let text = query(&offline);
        let params = Params::parse(text.as_bytes()).unwrap();
        let request = read(&public, &params, Endpoint::Authorize, &Came::default()).unwrap();
        assert_eq!(request.scope.has(crate::scope::Scope::OfflineAccess), kind.gives_code(), "{kind}");
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

struct Scene {
    client: Client,
    session: Option<Session>,
    consent: Option<Consent>,
    hinted: Option<bool>,
    done: Done,
}

impl Scene {
    /// Signed in a minute ago, has agreed to everything here and knows as whom.
    fn settled() -> Self {
        let session = Session {
            id: SessionId::from_trusted("s"),
            account_id: AccountId::from_trusted("a"),
            security_epoch: 1,
            auth_time: NOW.minus(std::time::Duration::from_secs(60)),
            acr: Acr::Password,
            last_used_at: NOW,
            expires_at: UnixMillis(i64::MAX),
            ended_at: None,
        };
        let consent = Consent { scope: ScopeSet::parse_known("openid identity profile"), told_at: Some(NOW) };
        Self {
            client: government(),
            session: Some(session),
            consent: Some(consent),
            hinted: None,
            done: Done::default(),
        }
    }

    fn step(&self, changes: &[(&str, Option<&str>)]) -> NextStep {
        let text = query(changes);
        let request =
            read(&self.client, &Params::parse(text.as_bytes()).unwrap(), Endpoint::Authorize, &Came::default())
                .unwrap();
        let Self { session, consent, hinted, done, .. } = self;
        let browser = Browser { session: session.as_ref(), consent: *consent, hinted: *hinted, done: *done, now: NOW };
        next_step(&request, &self.client, &browser)
    }

    fn silently(&self, changes: &[(&str, Option<&str>)]) -> OAuthErrorCode {
        let mut all = changes.to_vec();
        all.push(("prompt", Some("none")));
        match self.step(&all) {
            NextStep::Refuse(error) => error.code,
            other => panic!("{other:?}"),
        }
    }
}

fn issues(step: &NextStep) -> bool {
    matches!(step, NextStep::Issue { .. })
}

#[test]
fn nobody_signed_in_is_shown_the_sign_in_page_and_silently_refused() {
    let scene = Scene { session: None, ..Scene::settled() };
    assert_eq!(scene.step(&[]), NextStep::SignIn(SignInReason::NoSession));
    assert_eq!(scene.silently(&[]), OAuthErrorCode::LoginRequired);
}

#[test]
fn prompt_login_and_max_age_ask_again_until_it_was_done_for_this_request() {
    let mut scene = Scene::settled();
    for ask in [("prompt", "login"), ("max_age", "59"), ("max_age", "0")] {
        let ask = [(ask.0, Some(ask.1))];
        scene.done = Done::default();
        assert_eq!(scene.step(&ask), NextStep::SignIn(SignInReason::Again), "{ask:?}");
        scene.done.signed_in = true;
        assert!(issues(&scene.step(&ask)), "{ask:?}");
    }
    scene.done = Done::default();
    assert!(issues(&scene.step(&[("max_age", Some("60"))])));
    assert_eq!(scene.silently(&[("max_age", Some("59"))]), OAuthErrorCode::LoginRequired);
}

#[test]
fn a_hint_about_somebody_else_asks_them_to_sign_in() {
    let scene = Scene { hinted: Some(false), ..Scene::settled() };
    assert_eq!(scene.step(&[]), NextStep::SignIn(SignInReason::SomebodyElse));
    assert_eq!(scene.silently(&[]), OAuthErrorCode::LoginRequired);
    assert!(issues(&Scene { hinted: Some(true), ..Scene::settled() }.step(&[("prompt", Some("none"))])));
}

#[test]
fn consent_is_asked_for_what_was_not_agreed_to_and_whenever_the_portal_wants() {
    let mut scene = Scene::settled();
    scene.consent = Some(Consent { scope: ScopeSet::parse_known("openid"), told_at: Some(NOW) });
    assert_eq!(scene.step(&[]), NextStep::Confirm(ConfirmReason::Consent));
    assert_eq!(scene.silently(&[]), OAuthErrorCode::ConsentRequired);
    scene.done.agreed = true;
    assert!(issues(&scene.step(&[])));
    let again = Scene::settled().step(&[("prompt", Some("consent"))]);
    assert_eq!(again, NextStep::Confirm(ConfirmReason::Consent));
}

#[test]
fn a_trusted_portal_asks_no_consent_and_the_person_is_told_once_as_whom_they_enter() {
    let mut scene = Scene { consent: None, ..Scene::settled() };
    scene.client.trusted = true;
    assert_eq!(scene.step(&[]), NextStep::Confirm(ConfirmReason::Introduce));
    assert!(issues(&scene.step(&[("prompt", Some("none"))])), "never under prompt=none");
    scene.done.signed_in = true;
    assert!(issues(&scene.step(&[])), "who typed a name knows it");
}

#[test]
fn select_account_is_asked_and_settled_by_choosing_or_signing_in() {
    let mut scene = Scene::settled();
    let ask = [("prompt", Some("select_account"))];
    assert_eq!(scene.step(&ask), NextStep::Confirm(ConfirmReason::SelectAccount));
    scene.done.selected = true;
    assert!(issues(&scene.step(&ask)));
}

#[test]
fn choosing_an_account_is_no_consent() {
    let mut scene = Scene { consent: None, ..Scene::settled() };
    scene.done.selected = true;
    assert_eq!(scene.step(&[("prompt", Some("select_account"))]), NextStep::Confirm(ConfirmReason::Consent));
}

#[test]
fn offline_access_counts_only_with_consent_or_for_a_trusted_portal() {
    let ask = ("scope", Some("openid offline_access"));
    let bound = |scene: &Scene, changes: &[(&str, Option<&str>)]| match scene.step(changes) {
        NextStep::Issue { bound, .. } => bound,
        other => panic!("{other:?}"),
    };
    let mut scene = Scene::settled();
    assert_eq!(bound(&scene, &[ask]), Bound::ToSession);
    scene.done.agreed = true;
    assert_eq!(bound(&scene, &[ask, ("prompt", Some("consent"))]), Bound::Offline);
    scene.done = Done::default();
    scene.client.trusted = true;
    assert_eq!(bound(&scene, &[ask]), Bound::Offline);
    scene.client.trusted = false;
    scene.consent = Some(Consent { scope: ScopeSet::parse_known("openid offline_access"), told_at: Some(NOW) });
    assert_eq!(bound(&scene, &[ask]), Bound::Offline);
}
