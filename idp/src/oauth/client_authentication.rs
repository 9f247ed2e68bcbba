//! Which client sent this form, proven by the method it is registered for (RFC 6749 §2.3, RFC 7523 §3).

use crate::directory::{Known, NotVerified};
use crate::failure::Failure;
use crate::refusal::MachineNo;
use crate::wiring::Ctx;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use idp_core::ClientId;
use idp_core::client::public_keys::AssertionAlgorithm;
use idp_core::client::secret::macs;
use idp_core::oauth::client_assertion::{self, Addressee};
use idp_core::oauth::client_authentication::{Credentials, Left};
use idp_core::oauth::error::OAuthError;
use idp_core::oauth::params::Params;
use idp_store::{Fault, Once};
use keys::JwsError;
use std::sync::Arc;
use std::time::Duration;

/// An assertion of that age was signed for this very request.
const YOUNG: Duration = Duration::from_secs(10);

/// Reads a form sent to a machine endpoint: its type, its bounds, no parameter twice.
///
/// # Errors
/// `invalid_request`.
pub fn read_form<'a>(headers: &HeaderMap, body: &'a [u8]) -> Result<Params<'a>, OAuthError> {
    if !crate::answer::is_form(headers) {
        return Err(OAuthError::invalid_request("the body must be application/x-www-form-urlencoded"));
    }
    let form = Params::parse(body)?;
    form.refuse_repeated()?;
    Ok(form)
}

/// The client that sent the form to the endpoint at `path`.
///
/// # Errors
/// `invalid_client`, `invalid_request`, or a failure of ours.
pub async fn authenticate(
    ctx: &Ctx,
    headers: &HeaderMap,
    form: &Params<'_>,
    path: &str,
) -> Result<Arc<Known>, MachineNo> {
    if headers.get_all(AUTHORIZATION).iter().count() > 1 {
        return Err(OAuthError::invalid_request("there is more than one Authorization header").into());
    }
    let header = match headers.get(AUTHORIZATION) {
        Some(value) => Some(value.to_str().map_err(|_| OAuthError::invalid_client("the header is not ASCII"))?),
        None => None,
    };
    let credentials = Credentials::read(header, form)?;
    let known = match ClientId::parse(&credentials.client_id) {
        Some(id) => ctx.directory.client(&id).await?,
        None => None,
    };
    let (found, now) = (known.as_deref().map(|known| (&known.client, known.secrets.as_slice())), ctx.clock.now());
    let left = credentials.check(found, now)?;
    let known = known.clone().ok_or_else(|| OAuthError::invalid_client("nobody has this client_id"))?;
    let payload = match left {
        Left::Nothing => return Ok(known),
        Left::Signature(assertion) => signed(ctx, &known, assertion).await?,
        Left::Hmac(assertion) => keys::jws::verify_hs256(macs(&known.secrets, now), assertion, client_assertion::TYP)
            .map_err(|why| not_believed(&why))?,
    };
    use_up(ctx, &known, &payload, path).await?;
    Ok(known)
}

/// The payload of an assertion that one of the client's private keys signed.
async fn signed(ctx: &Ctx, known: &Known, assertion: &str) -> Result<Vec<u8>, MachineNo> {
    let only = match known.client.token_endpoint_auth_signing_alg {
        Some(AssertionAlgorithm::Signature(algorithm)) => Some(algorithm),
        Some(AssertionAlgorithm::Hs256) | None => None,
    };
    match ctx.directory.client_keys().verify(known, assertion, client_assertion::TYP, only).await {
        Ok(verified) if !known.client.may_sign_with(verified.header.alg) => {
            Err(OAuthError::invalid_client("the profile fapi2 takes PS256, ES256 and EdDSA alone").into())
        }
        Ok(verified) => Ok(verified.payload),
        Err(NotVerified::Token(why)) => Err(not_believed(&why).into()),
        Err(NotVerified::Keys) => {
            Err(OAuthError::invalid_client("the client's keys could not be fetched from its jwks_uri").into())
        }
        Err(NotVerified::Busy) => Err(Failure::Busy.into()),
    }
}

/// Judges what a verified assertion says, and lets it be the only time.
async fn use_up(ctx: &Ctx, known: &Known, payload: &[u8], path: &str) -> Result<(), MachineNo> {
    let (issuer, now) = (ctx.provider.issuer.as_str(), ctx.clock.now());
    let endpoint = format!("{issuer}{path}");
    let single = client_assertion::judge(payload, &known.client, Addressee { issuer, endpoint: &endpoint }, now)?;
    match ctx.ephemeral.once(&single.key, single.issued_at, single.life, now).await? {
        Once::First => Ok(()),
        Once::Seen => Err(OAuthError::invalid_client("the assertion was used before").into()),
        // Nobody can sign one that is fresh and was made later: it is us who have to be waited for.
        Once::BeforeStart if now.since(single.issued_at) < YOUNG => {
            Err(Fault::Unavailable("which assertions were used is remembered since a moment ago".into()).into())
        }
        Once::BeforeStart => Err(OAuthError::invalid_client(
            "the assertion was issued before this provider began to remember those that were used",
        )
        .into()),
        Once::FromTheFuture => Err(OAuthError::invalid_client("iat of the assertion is ahead of now").into()),
    }
}

fn not_believed(why: &JwsError) -> OAuthError {
    OAuthError::invalid_client(match why {
        JwsError::TooLong => "the assertion is too long",
        JwsError::NotCompact | JwsError::Encoding | JwsError::Header(_) | JwsError::NoOwnKey | JwsError::OwnKey(_) => {
            "the assertion is no well-formed JWT"
        }
        JwsError::Encrypted => "the assertion is encrypted",
        JwsError::Algorithm(_) | JwsError::AlgorithmMismatch => {
            "the assertion's alg is not one that the client's method, registration and keys allow"
        }
        JwsError::Critical | JwsError::Unencoded => "the assertion demands extensions that are not understood",
        JwsError::Typ => "typ says that this is no client assertion",
        JwsError::UnknownKid(_) => "the assertion names a key that the client does not have",
        JwsError::NoKid => "the assertion names no key, and which one is meant is not clear",
        JwsError::Signature => "the signature of the assertion is wrong",
    })
}
