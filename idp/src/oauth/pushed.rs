//! Requests that were pushed wait in ephemeral state, sealed: whoever can write into Redis can lose one, and never change it.
//!
//! One can be looked at as often as a page is loaded, and is used up by its answer. It is kept for as long as a page of a
//! sign-in may be open, so that whoever began in time is not too late at the end.

use crate::failure::Failure;
use crate::refusal::MachineNo;
use crate::wiring::Ctx;
use idp_core::ClientId;
use idp_core::oauth::authorize::in_progress::{Came, InProgress};
use idp_core::oauth::error::{OAuthError, OAuthErrorCode};
use idp_core::oauth::par::{Handle, Pushed, Unusable};
use std::time::Duration;

/// How long the requests of a client are counted together.
const WINDOW: Duration = Duration::from_secs(60);

/// Keeps a request of an authenticated client; gives its `request_uri`.
///
/// # Errors
/// 429 (RFC 9126 §2.3) when the client pushes too much; a failure of ours.
pub(super) async fn keep(ctx: &Ctx, client: &ClientId, request: InProgress) -> Result<String, MachineNo> {
    let now = ctx.clock.now();
    let count = ctx.ephemeral.bump(&format!("pushed_count:{client}"), WINDOW, now).await?;
    if count > ctx.pushed_per_minute {
        let words = "this client has pushed too many requests within a minute";
        return Err(OAuthError::new(OAuthErrorCode::TooMany, words).into());
    }
    let snapshot = ctx.directory.for_issuing(now)?;
    let InProgress { query, came } = request;
    let handle = Handle::new(keys::random()?);
    let life = ctx.lifetimes.pushed_request;
    let pushed = Pushed {
        handle: handle.clone(),
        client_id: client.clone(),
        usable_until: now.plus(life),
        query,
        signed: came.signed,
    };
    let sealed = pushed.seal(&snapshot.sealer)?;
    let kept = life.saturating_add(ctx.lifetimes.sign_in_page);
    ctx.ephemeral.put(&key(&handle), sealed.into_bytes(), kept, now).await?;
    Ok(handle.request_uri())
}

/// The request that a browser brings the name of. It stays.
///
/// # Errors
/// A failure of ours.
pub(super) async fn find(
    ctx: &Ctx,
    request_uri: &str,
    client: &ClientId,
) -> Result<Result<InProgress, Unusable>, Failure> {
    let now = ctx.clock.now();
    let Some(handle) = Handle::of(request_uri) else { return Ok(Err(Unusable::Unknown)) };
    let kept = ctx.ephemeral.get(&key(&handle), now).await?;
    let Some(sealed) = kept.and_then(|bytes| String::from_utf8(bytes).ok()) else { return Ok(Err(Unusable::Unknown)) };
    ctx.directory.learn_sealing_key(&sealed).await?;
    Ok(match Pushed::open(&ctx.directory.snapshot().sealer, &sealed) {
        Ok(pushed) => pushed.bring(&handle, client, now),
        Err(_) => Err(Unusable::Unknown),
    })
}

/// Uses a request up, if it is one that was pushed. Of all who try, one succeeds (RFC 9126 §7.3).
///
/// # Errors
/// A failure of ours: nobody knows whether it is used up.
pub(super) async fn use_up(ctx: &Ctx, came: &Came) -> Result<Result<(), Unusable>, Failure> {
    let Some(handle) = &came.pushed else { return Ok(Ok(())) };
    let taken = ctx.ephemeral.take(&key(handle), ctx.clock.now()).await?;
    Ok(taken.map(|_| ()).ok_or(Unusable::Unknown))
}

fn key(handle: &Handle) -> String {
    format!("pushed:{}", handle.as_str())
}
