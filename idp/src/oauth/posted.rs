//! A request that came by POST goes on as GET. A cross-site POST carries no `SameSite=Lax` cookie, so that nobody would seem
//! signed in; its parameters wait in the ephemeral store under a handle.

use crate::answer;
use crate::failure::Failure;
use crate::pages::ErrorKind;
use crate::refusal::PageNo;
use crate::wiring::Ctx;
use axum::response::Response;
use http::HeaderMap;
use idp_core::oauth::params::LONGEST;
use keys::b64;
use std::time::Duration;

/// For as long a page may be loaded again.
const LIFE: Duration = Duration::from_secs(600);

/// Checks what was posted.
///
/// # Errors
/// What a person is shown: no form, or too long.
pub fn check(headers: &HeaderMap, body: &[u8]) -> Result<(), PageNo> {
    if !answer::is_form(headers) {
        let words = "the body must be application/x-www-form-urlencoded";
        return Err(PageNo::Shown(ErrorKind::BadRequest, Some(words.into())));
    }
    if body.len() > LONGEST {
        return Err(ErrorKind::TooLarge.into());
    }
    // The parameters go on in an address: whatever is not plain there has to be encoded, as every browser does.
    if !body.iter().all(|b| (0x21..0x7f).contains(b) && *b != b'#') {
        return Err(PageNo::Shown(ErrorKind::BadRequest, Some("the body must be percent-encoded ASCII".into())));
    }
    Ok(())
}

/// Keeps the parameters and sends the browser to the same path by GET.
///
/// # Errors
/// When randomness fails.
pub async fn send_on(ctx: &Ctx, path: &str, body: &[u8]) -> Result<Response, Failure> {
    let handle = b64::encode(&keys::random::<16>()?);
    ctx.ephemeral.put(&key(path, &handle), body.to_vec(), LIFE, ctx.clock.now()).await;
    Ok(answer::redirect(&format!("{path}?posted={handle}")))
}

/// The parameters of a request: the query itself, or what waits under its handle.
///
/// # Errors
/// When nothing waits there any more.
pub async fn parameters(ctx: &Ctx, path: &str, query: String) -> Result<String, PageNo> {
    let Some(handle) = query.strip_prefix("posted=").filter(|handle| !handle.contains('&')) else { return Ok(query) };
    let body = ctx.ephemeral.get(&key(path, handle), ctx.clock.now()).await;
    body.and_then(|body| String::from_utf8(body).ok()).ok_or_else(|| ErrorKind::ExpiredPage.into())
}

/// What was posted to one endpoint is nothing to another.
fn key(path: &str, handle: &str) -> String {
    format!("posted:{path}:{handle}")
}
