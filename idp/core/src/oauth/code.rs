//! The authorization code: a sealed value that carries everything its redemption needs, so that issuing one writes
//! nothing. At most 512 characters (RFC 6749 §4.1.2). Single use hangs on `idp_store::grants::insert`.

use super::extras::Extras;
use super::pkce::Challenge;
use crate::identity::claims_parameter::WantedClaims;
use crate::ids::{ClientId, GrantId, SessionId};
use crate::lifetimes::Lifetimes;
use crate::scope::ScopeSet;
use crate::sign_in::authentication::Acr;
use keys::sealing::fields::Reader;
use keys::sealing::{OpenError, Purpose, Sealer};
use keys::{KeyError, Thumbprint, UnixMillis, sha256};

/// Codes open as nothing else, and nothing else opens as a code.
const PURPOSE: Purpose = Purpose::new("authorization_code");
/// A longer nonce goes into the ephemeral store, and the code carries its name there.
pub const LONGEST_NONCE_INSIDE: usize = 128;
/// The same for a code that is bound to a key, which takes 32 bytes.
pub const LONGEST_NONCE_BESIDE_KEY: usize = 96;

/// Where the nonce of the request is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Nonce {
    /// None was sent.
    None,
    /// In the code itself.
    Inside(String),
    /// In the ephemeral store, under this name.
    Stored(String),
}

/// What a code says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// The id of the grant that its redemption makes; single use hangs on it.
    pub grant_id: GrantId,
    /// The session it was issued in.
    pub session_id: SessionId,
    /// For whom it is.
    pub client_id: ClientId,
    /// SHA-256 of the redirect URI.
    pub redirect_uri: [u8; 32],
    /// PKCE.
    pub challenge: Option<Challenge>,
    /// See [`Nonce`].
    pub nonce: Nonce,
    /// What was granted.
    pub scope: ScopeSet,
    /// Claims granted one by one.
    pub claims: WantedClaims,
    /// The key that its redemption has to prove (`dpop_jkt`, RFC 9449 §10).
    pub key: Option<Thumbprint>,
    /// When the person proved who they are.
    pub auth_time: UnixMillis,
    /// How strongly.
    pub acr: Acr,
    /// After this it is worth nothing.
    pub expires_at: UnixMillis,
}

impl Code {
    /// The digest by which the redirect URI of both requests is compared.
    pub fn redirect_digest(uri: &str) -> [u8; 32] {
        sha256(uri.as_bytes())
    }

    /// Whether it counts no more, or says that it will count longer than any code does.
    pub fn is_over(&self, now: UnixMillis, life: &Lifetimes) -> bool {
        life.is_over(self.expires_at, life.code, now)
    }

    /// As sent to the client.
    ///
    /// # Errors
    /// When randomness fails.
    pub fn seal(&self, sealer: &Sealer) -> Result<String, KeyError> {
        let (kind, nonce) = match &self.nonce {
            Nonce::None => (0, ""),
            Nonce::Inside(nonce) => (1, nonce.as_str()),
            Nonce::Stored(name) => (2, name.as_str()),
        };
        let extras = Extras { claims: self.claims, key: self.key };
        extras.seal((sealer, PURPOSE), |out| {
            out.text(self.grant_id.as_str())
                .text(self.session_id.as_str())
                .text(self.client_id.as_str())
                .array(&self.redirect_uri)
                .option(self.challenge.as_ref(), |out, challenge| out.array(&challenge.0))
                .u32(kind)
                .text(nonce)
                .u32(u32::from(self.scope.bits()))
                .u32(self.acr.number())
                .i64(self.auth_time.0)
                .i64(self.expires_at.0)
        })
    }

    /// Back from what a client presents.
    ///
    /// # Errors
    /// When it is not a code of ours.
    pub fn open(sealer: &Sealer, text: &str) -> Result<Self, OpenError> {
        let (code, Extras { claims, key }) = Extras::open((sealer, PURPOSE), text, Self::read)?;
        Ok(Self { claims, key, ..code })
    }

    /// All but what stands at its end.
    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            grant_id: GrantId::from_trusted(from.text().ok()?),
            session_id: SessionId::from_trusted(from.text().ok()?),
            client_id: ClientId::from_trusted(from.text().ok()?),
            redirect_uri: from.array().ok()?,
            challenge: from.option(Reader::array).ok()?.map(Challenge),
            nonce: match (from.u32().ok()?, from.text().ok()?) {
                (0, _) => Nonce::None,
                (1, nonce) => Nonce::Inside(nonce.to_owned()),
                (2, name) => Nonce::Stored(name.to_owned()),
                _ => return None,
            },
            scope: ScopeSet::from_bits(u16::try_from(from.u32().ok()?).ok()?),
            acr: Acr::from_number(from.u32().ok()?)?,
            auth_time: UnixMillis(from.i64().ok()?),
            expires_at: UnixMillis(from.i64().ok()?),
            claims: WantedClaims::default(),
            key: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use keys::SealingKey;

    fn longest() -> [Code; 2] {
        let nonce = "n".repeat(LONGEST_NONCE_BESIDE_KEY);
        [one(), Code { nonce: Nonce::Inside(nonce), key: Some(Thumbprint([3; 32])), ..one() }]
    }

    fn one() -> Code {
        Code {
            grant_id: GrantId::new(UnixMillis(1_763_000_000_000), [7; 10]),
            session_id: SessionId::new([7; 16]),
            client_id: ClientId::parse(&"c".repeat(crate::ids::LONGEST_CLIENT_ID)).unwrap(),
            redirect_uri: [1; 32],
            challenge: Some(Challenge([2; 32])),
            nonce: Nonce::Inside("n".repeat(LONGEST_NONCE_INSIDE)),
            scope: ScopeSet::from_bits(u16::MAX),
            claims: every_claim(),
            key: None,
            auth_time: UnixMillis(1_763_000_000_000),
            acr: Acr::Password,
            expires_at: UnixMillis(1_763_000_060_000),
        }
    }

    fn every_claim() -> WantedClaims {
        let parameter = r#"{"userinfo":{"uid":null,"name":null},"id_token":{"uid_verified":null,"name":null}}"#;
        crate::identity::claims_parameter::ClaimsParameter::parse(parameter).unwrap().wanted
    }

    #[test]
    fn the_longest_code_has_512_characters_at_most_and_survives_sealing() {
        let sealer = Sealer::new(SealingKey::generate().unwrap(), []);
        for code in longest() {
            let text = code.seal(&sealer).unwrap();
            assert!(text.len() <= 512, "{}", text.len());
            assert_eq!(Code::open(&sealer, &text).unwrap(), code);
        }
    }

    #[test]
    fn a_code_counts_for_its_life_and_not_if_it_says_longer() {
        let (code, life) = (one(), Lifetimes::default());
        let seconds = |seconds: i64| UnixMillis(code.expires_at.0 + seconds * 1000);
        for (now, over) in [(-121, true), (-120, false), (-60, false), (-1, false), (0, true), (1, true)] {
            assert_eq!(code.is_over(seconds(now), &life), over, "{now} s");
        }
    }

    #[test]
    fn a_code_opens_as_nothing_else() {
        let sealer = Sealer::new(SealingKey::generate().unwrap(), []);
        let text = one().seal(&sealer).unwrap();
        assert!(crate::oauth::access_token::AccessToken::open(&sealer, &text).is_err());
        assert!(crate::oauth::refresh_token::RefreshToken::open(&sealer, &text).is_err());
        assert!(crate::sign_in::interaction::Interaction::open(&sealer, &text).is_err());
    }
}
