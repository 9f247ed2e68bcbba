//! Proofs that come with a request (RFC 9449 §4): read, judged, and taken once.

use crate::refusal::MachineNo;
use crate::wiring::Ctx;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use idp_core::UnixMillis;
use idp_core::oauth::dpop::nonce;
use idp_core::oauth::dpop::proof::{AHEAD, Asked, Proof, REMEMBERED};
use idp_core::oauth::error::{OAuthError, OAuthErrorCode};
use idp_store::Once;
use keys::{Thumbprint, b64};

/// The header.
pub const DPOP: HeaderName = HeaderName::from_static("dpop");

/// What a proof has to be made for.
#[derive(Clone, Copy)]
pub struct At<'a> {
    /// The method of the request.
    pub method: &'a Method,
    /// The path of the endpoint.
    pub path: &'a str,
    /// The access token that comes with it, at a resource.
    pub access_token: Option<&'a str>,
}

/// The key that the request proves to hold; `None` without a proof.
///
/// # Errors
/// `invalid_dpop_proof`, `use_dpop_nonce` ([`give_nonce`]), or a failure of ours: then nobody knows whether the proof counts as used.
pub async fn key(ctx: &Ctx, headers: &HeaderMap, at: At<'_>) -> Result<Option<Thumbprint>, MachineNo> {
    // Every request comes by here, and hardly one has a proof.
    if !headers.contains_key(DPOP) {
        return Ok(None);
    }
    let text = the_one(headers)?;
    let now = ctx.clock.now();
    let url = format!("{}{}", ctx.provider.issuer, at.path);
    let asked = Asked { method: at.method.as_str(), url: &url, access_token: at.access_token };
    let proof = Proof::read(text, &asked, now)?;
    let nonce_at = nonce_at(ctx, proof.nonce.as_deref(), now).await?;
    if ctx.provider.dpop_nonces && nonce_at.is_none() {
        return Err(use_a_nonce().into());
    }
    // Whoever has a nonce of ours made the proof after it, whatever his own clock says: nobody's clock runs ahead.
    let by_our_clock = nonce_at.map(|at| at.min(now).plus(AHEAD));
    let issued_at = by_our_clock.map_or(proof.issued_at, |at| at.max(proof.issued_at));
    let name = format!("dpop:{}", b64::encode(&proof.name));
    let refused = |words| Err(OAuthError::invalid_dpop_proof(words).into());
    match ctx.ephemeral.once(&name, issued_at, REMEMBERED, now).await? {
        Once::First => Ok(Some(proof.key)),
        Once::Seen => refused("the DPoP proof was used before: make one for each request"),
        // What was used is not known from before the start; with a nonce of after it there is nothing to know.
        Once::BeforeStart => Err(use_a_nonce().into()),
        Once::FromTheFuture => refused("iat of the DPoP proof lies in the future"),
    }
}

fn use_a_nonce() -> OAuthError {
    let words = "put the nonce of the header DPoP-Nonce into a new DPoP proof";
    OAuthError::new(OAuthErrorCode::UseDpopNonce, words)
}

async fn nonce_at(ctx: &Ctx, nonce: Option<&str>, now: UnixMillis) -> Result<Option<UnixMillis>, MachineNo> {
    let Some(nonce) = nonce else { return Ok(None) };
    ctx.directory.learn_sealing_key(nonce).await?;
    Ok(nonce::made_at(&ctx.directory.for_issuing(now)?.sealer, nonce, now, &ctx.lifetimes))
}

/// Puts a nonce into an answer (§8): where the client was told to use one, and, where proofs have to carry one, into the answer to
/// every proof (§8.2).
///
/// * `refused`: the error that the answer says, if it says one.
pub fn give_nonce(ctx: &Ctx, headers: &HeaderMap, refused: Option<OAuthErrorCode>, response: &mut Response) {
    let due = refused == Some(OAuthErrorCode::UseDpopNonce) || ctx.provider.dpop_nonces && headers.contains_key(DPOP);
    let now = ctx.clock.now();
    if due
        && let Ok(snapshot) = ctx.directory.for_issuing(now)
        && let Ok(nonce) = nonce::seal(&snapshot.sealer, now)
        && let Ok(value) = HeaderValue::try_from(nonce)
    {
        response.headers_mut().insert(HeaderName::from_static("dpop-nonce"), value);
    }
}

/// §4.3, check 1.
fn the_one(headers: &HeaderMap) -> Result<&str, OAuthError> {
    let mut all = headers.get_all(DPOP).iter();
    match (all.next().map(|value| value.to_str()), all.next()) {
        (Some(Ok(text)), None) => Ok(text),
        (_, Some(_)) => Err(OAuthError::invalid_dpop_proof("there is more than one DPoP header")),
        _ => Err(OAuthError::invalid_dpop_proof("the DPoP header is not ASCII")),
    }
}
