//! A request that came by POST goes on as GET. A cross-site POST carries no `SameSite=Lax` cookie, so that nobody would seem
//! signed in; its parameters wait in the ephemeral store under a handle. If they cannot wait there, they go on sealed in
//! the address itself, as far as it has room.

use crate::answer;
use crate::failure::Failure;
use crate::pages::ErrorKind;
use crate::refusal::PageNo;
use crate::wiring::Ctx;
use axum::response::Response;
use http::HeaderMap;
use idp_core::UnixMillis;
use idp_core::oauth::params::LONGEST;
use idp_store::Fault;
use keys::sealing::fields::{Reader, Writer};
use keys::{KeyError, Purpose, Sealer, b64};
use std::time::Duration;

/// For as long a page may be loaded again.
const LIFE: Duration = Duration::from_secs(600);
const SEALED: Purpose = Purpose::new("posted_request");
/// What nginx and Apache accept as a request line unless told otherwise is 8 KiB.
const LONGEST_ADDRESS: usize = 8000;

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
/// When they can be kept nowhere: the person may send them again.
pub async fn send_on(ctx: &Ctx, path: &str, body: &[u8]) -> Result<Response, Failure> {
    let (handle, now) = (b64::encode(&keys::random::<16>()?), ctx.clock.now());
    let fault = match ctx.ephemeral.put(&key(path, &handle), body.to_vec(), LIFE, now).await {
        Ok(()) => return Ok(answer::redirect(&format!("{path}?posted={handle}"))),
        Err(fault @ (Fault::Unavailable(_) | Fault::Busy)) => fault,
        Err(fault) => return Err(fault.into()),
    };
    let sealed = seal(&ctx.directory.snapshot().sealer, path, body, now.plus(LIFE))?;
    let address = format!("{path}?sealed={sealed}");
    if address.len() > LONGEST_ADDRESS {
        return Err(fault.into());
    }
    tracing::warn!(why = %fault, "a posted request cannot be kept; it goes on in its address");
    Ok(answer::redirect(&address))
}

/// The parameters of a request: the query itself, or what waits under its handle, or what is sealed in it.
///
/// # Errors
/// When nothing waits there any more, or nobody can say.
pub async fn parameters(ctx: &Ctx, path: &str, query: String) -> Result<String, PageNo> {
    let now = ctx.clock.now();
    let body = match query.split_once('=') {
        Some(("posted", handle)) if !handle.contains('&') => {
            let kept = ctx.ephemeral.get(&key(path, handle), now).await?;
            kept.and_then(|body| String::from_utf8(body).ok())
        }
        Some(("sealed", sealed)) if !sealed.contains('&') => open(&ctx.directory.snapshot().sealer, path, sealed, now),
        _ => return Ok(query),
    };
    body.ok_or_else(|| ErrorKind::ExpiredPage.into())
}

fn seal(sealer: &Sealer, path: &str, body: &[u8], until: UnixMillis) -> Result<String, KeyError> {
    sealer.seal(SEALED, &Writer::new(1).text(path).i64(until.0).bytes(body).finish())
}

fn open(sealer: &Sealer, path: &str, sealed: &str, now: UnixMillis) -> Option<String> {
    let plain = sealer.open(SEALED, sealed).ok()?;
    let mut from = Reader::new(&plain, 1).ok()?;
    let fits = from.text().ok()? == path && UnixMillis(from.i64().ok()?) > now;
    let body = String::from_utf8(from.bytes().ok()?.to_vec()).ok()?;
    from.finish().ok()?;
    Some(body).filter(|_| fits)
}

/// What was posted to one endpoint is nothing to another.
fn key(path: &str, handle: &str) -> String {
    // A handle of ours has 22 characters; a longer one that somebody made up is none, and no reason for a fault.
    format!("posted:{path}:{}", handle.chars().take(64).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden;

    /// An address of before an upgrade, or of another node, goes on.
    #[test]
    fn what_another_release_sealed_can_be_read() {
        let (until, body) = (UnixMillis(1_763_000_000_000), b"client_id=emic&scope=openid");
        golden::same(SEALED, SEALED_BEFORE, &seal(&golden::sealer(), "/connect/authorize", body, until).unwrap());
        let opened = open(&golden::sealer(), "/connect/authorize", SEALED_BEFORE, until.minus(LIFE));
        assert_eq!(opened.as_deref().map(str::as_bytes), Some(&body[..]));
    }

    const SEALED_BEFORE: &str = "\
        CdwPqbGMLwUNfwqGaF3UCp2WN-LDHL76cxkNzg4jwGXt8MtyRclkTFtHee9wFxThEP-e1RuwdeEc4om0qHQjC0PTxX1WErPFDGbv\
        ISNKnXv7zZGO9NofsAcj55ilVZo2V8U";
}
