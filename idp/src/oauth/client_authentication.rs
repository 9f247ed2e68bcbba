//! Which client sent this form, proven by the method it is registered for (RFC 6749 §2.3).

use crate::directory::Known;
use crate::refusal::MachineNo;
use crate::wiring::Ctx;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use idp_core::ClientId;
use idp_core::oauth::client_authentication::Credentials;
use idp_core::oauth::error::OAuthError;
use idp_core::oauth::params::Params;
use std::sync::Arc;

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

/// The client that sent the form.
///
/// # Errors
/// `invalid_client`, `invalid_request`, or a failure of ours.
pub async fn authenticate(ctx: &Ctx, headers: &HeaderMap, form: &Params<'_>) -> Result<Arc<Known>, MachineNo> {
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
    let found = known.as_deref().map(|known| (&known.client, known.secrets.as_slice()));
    credentials.check(found, ctx.clock.now())?;
    known.ok_or_else(|| OAuthError::invalid_client("nobody has this client_id").into())
}
