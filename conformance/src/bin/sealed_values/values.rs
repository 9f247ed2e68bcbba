//! What is sealed, under which keys. `tests/sealed_formats.rs` expects the same.

use idp_core::identity::wanted::WantedClaims;
use idp_core::oauth::access_token::AccessToken;
use idp_core::oauth::authorize::in_progress::InProgress;
use idp_core::oauth::code::{Code, Nonce};
use idp_core::oauth::pkce::Challenge;
use idp_core::oauth::refresh_token::RefreshToken;
use idp_core::scope::ScopeSet;
use idp_core::sign_in::authentication::Acr;
use idp_core::sign_in::interaction::{Done, Interaction};
use idp_core::{ClientId, GrantId, SessionId};
use keys::{KeyError, MacKey, MasterKey, UnixMillis, b64};

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

const AT: UnixMillis = UnixMillis(1_763_000_000_000);

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

/// An access token.
pub fn access_token() -> AccessToken {
    AccessToken {
        grant_id: grant(),
        expires_at: AT,
        scope: ScopeSet::from_bits(3),
        claims: WantedClaims::default(),
        key: None,
    }
}

/// A refresh token.
pub fn refresh_token() -> RefreshToken {
    RefreshToken { grant_id: grant(), generation: 4, claims: WantedClaims::default(), key: None }
}

/// Codes: with a nonce in them, with one elsewhere, with none.
pub fn codes() -> [Code; 3] {
    let nonces = [Nonce::Inside("nonce".into()), Nonce::Stored("name".into()), Nonce::None];
    nonces.map(|nonce| Code {
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
    })
}

/// A sign-in in progress.
pub fn interaction() -> Interaction {
    Interaction {
        request: Some(InProgress::plain("client_id=emic".into())),
        browser: Some(Interaction::browser_digest("cookie")),
        done: Done { signed_in: true, selected: false, agreed: true },
        session: Some(session()),
        shown_at: AT,
    }
}
