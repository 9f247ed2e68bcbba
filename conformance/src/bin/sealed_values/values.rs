//! What is sealed, under which keys. `tests/sealed_formats.rs` expects the same. A format that is added stands behind those that
//! the previous release had.

use idp_core::identity::claims_parameter::{ClaimsParameter, WantedClaims};
use idp_core::oauth::access_token::AccessToken;
use idp_core::oauth::authorize::in_progress::{Came, InProgress};
use idp_core::oauth::client_token::ClientToken;
use idp_core::oauth::code::{Code, Nonce};
use idp_core::oauth::par::{Handle, Pushed};
use idp_core::oauth::pkce::Challenge;
use idp_core::oauth::refresh_token::RefreshToken;
use idp_core::scope::ScopeSet;
use idp_core::sign_in::authentication::Acr;
use idp_core::sign_in::interaction::{Done, Interaction};
use idp_core::{ClientId, GrantId, SessionId};
use keys::{KeyError, MacKey, MasterKey, Thumbprint, UnixMillis, b64};

/// The master key.
pub fn master() -> Result<MasterKey, KeyError> {
    MasterKey::parse(&b64::encode(&[9; 32]))
}

/// A key of digests.
pub const MAC: [u8; 32] = [1; 32];
/// The sealing key.
pub const SEALING: [u8; 32] = [2; 32];
/// Whose columns are sealed.
pub const ACCOUNT: &str = "account-of-somebody";
/// A 身分證字號.
pub const NATIONAL_ID: &str = "A123456789";
/// Further claims.
pub const CLAIMS: &[u8] = br#"{"nickname":"Mei"}"#;
/// A client's secret.
pub const SECRET: &str = "a-secret-of-at-least-thirty-two-characters";

/// When everything happens.
pub const AT: UnixMillis = UnixMillis(1_763_000_000_000);

/// A client.
pub fn client() -> ClientId {
    ClientId::from_trusted("emic")
}

/// A session.
pub fn session() -> SessionId {
    SessionId::new([7; 16])
}

fn grant() -> GrantId {
    GrantId::new(AT, [7; 10])
}

/// `sid` is made with this.
pub fn mac() -> MacKey {
    MacKey::new(&MAC)
}

/// What single values carry beyond the plain ones: nothing; claims that were asked for one by one; those and the key of a client.
fn extras() -> [(WantedClaims, Option<Thumbprint>); 3] {
    let parameter = r#"{"userinfo":{"name":null,"uid":null},"id_token":{"email":null}}"#;
    let claims = ClaimsParameter::parse(parameter).map(|parameter| parameter.wanted).unwrap_or_default();
    [(WantedClaims::default(), None), (claims, None), (claims, Some(Thumbprint([8; 32])))]
}

/// Access tokens.
pub fn access_tokens() -> [AccessToken; 3] {
    extras().map(|(claims, key)| AccessToken {
        grant_id: grant(),
        expires_at: AT,
        scope: ScopeSet::from_bits(3),
        claims,
        key,
    })
}

/// The access token of a client that acts for itself.
pub fn client_token() -> ClientToken {
    ClientToken { client_id: client(), expires_at: AT, key: Some(Thumbprint([8; 32])) }
}

/// Refresh tokens.
pub fn refresh_tokens() -> [RefreshToken; 3] {
    extras().map(|(claims, key)| RefreshToken { grant_id: grant(), generation: 4, claims, key })
}

/// Codes: with a nonce in them, with one elsewhere, with none; then with claims, and with a key.
pub fn codes() -> [Code; 5] {
    let code = |nonce: Nonce| Code {
        grant_id: grant(),
        session_id: session(),
        client_id: client(),
        redirect_uri: Code::redirect_digest("https://emic.example.gov.tw/callback"),
        challenge: (nonce != Nonce::None).then_some(Challenge([3; 32])),
        nonce,
        scope: ScopeSet::from_bits(5),
        claims: WantedClaims::default(),
        key: None,
        auth_time: AT,
        acr: Acr::Password,
        expires_at: AT,
    };
    let inside = || Nonce::Inside("nonce".into());
    let [_, (claims, _), (_, key)] = extras();
    let (with_claims, with_key) = (Code { claims, ..code(inside()) }, Code { claims, key, ..code(inside()) });
    [code(inside()), code(Nonce::Stored("name".into())), code(Nonce::None), with_claims, with_key]
}

/// Sign-ins in progress: of a request that came in its address, of a signed one, of one that was pushed; of one that no portal
/// asked for.
pub fn interactions() -> [Interaction; 4] {
    let came = [
        Came::default(),
        Came { pushed: None, signed: true },
        Came { pushed: Some(Handle::new([4; 32])), signed: true },
    ];
    let [plain, signed, pushed] = came.map(|came| Interaction {
        request: Some(InProgress { query: "client_id=emic".into(), came }),
        page: None,
        browser: Some(Interaction::browser_digest("cookie")),
        done: Done { signed_in: true, selected: false, agreed: true },
        session: Some(session()),
        shown_at: AT,
    });
    let own = Interaction { request: None, page: Some("/account/email?x=y".into()), ..plain.clone() };
    [plain, signed, pushed, own]
}

/// A request that was pushed.
pub fn pushed() -> Pushed {
    Pushed {
        handle: Handle::new([4; 32]),
        client_id: client(),
        usable_until: AT,
        query: "response_type=code".into(),
        signed: true,
    }
}
