//! Signed request objects (RFC 9101): by value in `request`, or fetched from where the client keeps them, if the operator allows.

use crate::directory::{Known, NotVerified};
use crate::failure::Failure;
use crate::outside::fetch::FetchError;
use crate::outside::reach::Reach;
use crate::refusal::MachineNo;
use crate::wiring::Ctx;
use idp_core::oauth::error::{OAuthError, OAuthErrorCode};
use idp_core::oauth::params::Params;
use idp_core::oauth::request_object::{TYP, check_algorithm, read, refused};
use keys::JwsError;
use std::time::Duration;
use url::Url;

/// How long fetches for one client are counted together, and how many there may be: each comes of a link that anybody can open.
const WINDOW: Duration = Duration::from_secs(60);
const MOST_FETCHES: u64 = 300;

/// The parameters in a request object, as a query.
///
/// * `outside`: what came beside it.
///
/// # Errors
/// `invalid_request_object`, or a failure of ours.
pub(super) async fn open(ctx: &Ctx, known: &Known, token: &str, outside: &Params<'_>) -> Result<String, MachineNo> {
    let client = &known.client;
    let only = client.requests.request_object_signing_alg;
    let verified = match ctx.directory.client_keys().verify(known, token, TYP, only).await {
        Ok(verified) => verified,
        Err(NotVerified::Token(why)) => return Err(not_believed(&why).into()),
        Err(NotVerified::Keys) => {
            return Err(refused("the client's keys could not be fetched from its jwks_uri").into());
        }
        Err(NotVerified::Busy) => return Err(Failure::Busy.into()),
    };
    check_algorithm(client, verified.header.alg)?;
    Ok(read(&verified.payload, client, outside, (&ctx.provider.issuer, ctx.clock.now()))?)
}

/// The request object at an address that the client registered (OpenID Connect Core 1.0 §6.2).
///
/// # Errors
/// `invalid_request_uri`, `temporarily_unavailable`, or a failure of ours.
pub(super) async fn fetch(ctx: &Ctx, known: &Known, reach: &Reach, request_uri: &str) -> Result<String, MachineNo> {
    let no = |words: &'static str| MachineNo::from(OAuthError::new(OAuthErrorCode::InvalidRequestUri, words));
    let client = &known.client;
    if !client.requests.may_be_fetched_from(request_uri) {
        return Err(no("request_uri is not registered for this client"));
    }
    let url = Url::parse(request_uri).map_err(|_| no("request_uri is no URL"))?;
    let busy = |words: &'static str| MachineNo::from(OAuthError::new(OAuthErrorCode::TemporarilyUnavailable, words));
    let count = ctx.ephemeral.bump(&format!("fetched_count:{}", client.id), WINDOW, ctx.clock.now()).await?;
    if count > MOST_FETCHES {
        return Err(busy("too many request objects of this client are fetched"));
    }
    let answer = reach.of(known.self_registered).get_for(client.id.as_str(), &url).await.map_err(|why| {
        tracing::info!(client = client.id.as_str(), %why, "a request object could not be fetched");
        match why {
            FetchError::Busy => busy("too many request objects are being fetched"),
            _ => no("the request object could not be fetched"),
        }
    })?;
    if answer.status != 200 {
        return Err(no("the request object could not be fetched: the answer is not 200"));
    }
    let text = std::str::from_utf8(&answer.body).map_err(|_| no("what was fetched is no request object"))?;
    Ok(text.trim().to_owned())
}

fn not_believed(why: &JwsError) -> OAuthError {
    refused(match why {
        JwsError::TooLong => "the request object is too long",
        JwsError::NotCompact | JwsError::Encoding | JwsError::Header(_) => "the request object is no well-formed JWT",
        JwsError::Encrypted => "encrypted request objects are not supported",
        JwsError::Algorithm(_) | JwsError::AlgorithmMismatch => {
            "the request object's alg is not one that the client's registration and keys allow; none and HMAC never are"
        }
        JwsError::Critical | JwsError::Unencoded => "the request object demands extensions that are not understood",
        JwsError::Typ => "typ says that this is no request object",
        JwsError::UnknownKid(_) => "the request object names a key that the client does not have",
        JwsError::NoKid | JwsError::NoOwnKey | JwsError::OwnKey(_) => {
            "the request object names no key, and which one is meant is not clear"
        }
        JwsError::Signature => "the signature of the request object is wrong",
    })
}
