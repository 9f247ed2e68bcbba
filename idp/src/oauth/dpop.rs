//! Proofs that come with a request (RFC 9449 §4): read, judged, and taken once.

use crate::refusal::MachineNo;
use crate::wiring::Ctx;
use http::{HeaderMap, HeaderName, Method};
use idp_core::oauth::dpop::proof::{Asked, Proof, REMEMBERED};
use idp_core::oauth::error::OAuthError;
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
/// `invalid_dpop_proof`, or a failure of ours: then nobody knows whether the proof counts as used.
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
    let name = format!("dpop:{}", b64::encode(&proof.name));
    match ctx.ephemeral.once(&name, proof.issued_at, REMEMBERED, now).await? {
        Once::First => Ok(Some(proof.key)),
        Once::Seen => {
            Err(OAuthError::invalid_dpop_proof("the DPoP proof was used before: make one for each request").into())
        }
        Once::BeforeStart => {
            Err(OAuthError::invalid_dpop_proof("iat of the DPoP proof is too old here: make a new one in 10 seconds")
                .into())
        }
        Once::FromTheFuture => Err(OAuthError::invalid_dpop_proof("iat of the DPoP proof lies in the future").into()),
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
