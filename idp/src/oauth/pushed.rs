//! Requests that were pushed wait in ephemeral state, sealed: whoever can write into Redis can lose one, and never change it.
//!
//! One can be looked at as often as a page is loaded, and is used up by its answer. It is kept for as long as a page of a
//! sign-in may be open, so that whoever began in time is not too late at the end.
//!
//! Whom anybody can be (a client without a secret: its id is no secret; one that registered itself) pushes less, and into room of its
//! own: what strangers push drops nothing of a portal that the operator registered and that proves itself.

use crate::directory::Known;
use crate::failure::Failure;
use crate::refusal::MachineNo;
use crate::settings::{BadSetting, Settings};
use crate::sign_in::address_limit::AddressLimit;
use crate::wiring::Ctx;
use idp_core::client::AuthMethod;
use idp_core::oauth::authorize::in_progress::{Came, InProgress};
use idp_core::oauth::error::{OAuthError, OAuthErrorCode};
use idp_core::oauth::par::{Handle, Pushed, Unusable};
use idp_core::{ClientId, UnixMillis};
use idp_store::{Ephemeral, Fault};
use std::net::IpAddr;
use std::time::Duration;

/// How long the requests of a client are counted together.
const WINDOW: Duration = Duration::from_secs(60);
/// What anybody may push within it, and of which length in bytes.
const BY_ANYBODY: u64 = 120;
const LONGEST_BY_ANYBODY: usize = 4096;
/// The kinds of ephemeral state that requests are kept in, each bounded by itself.
const PROVEN: &str = "pushed";
const ANYBODY: &str = "pushed_by_anybody";

/// How many requests a client may push within a minute.
pub struct PushLimits {
    /// Of the operator's, that proves itself.
    per_client: u64,
    /// Of one that registered itself.
    per_self_registered: u64,
    /// Of one without a secret, from each address.
    per_address: AddressLimit,
}

impl PushLimits {
    /// As the settings say.
    ///
    /// # Errors
    /// Which of them is wrong.
    pub fn new(settings: &Settings, together: Ephemeral, now: UnixMillis) -> Result<Self, BadSetting> {
        let per_client = settings.requests.pushed_per_minute.into();
        let by_anybody = BY_ANYBODY.min(per_client);
        Ok(Self {
            per_client,
            per_self_registered: by_anybody,
            per_address: AddressLimit::new("pushed", by_anybody, together, now).within(WINDOW),
        })
    }

    /// Counts one more. `false`: there were too many already.
    async fn take(&self, ctx: &Ctx, known: &Known, from: IpAddr, now: UnixMillis) -> Result<bool, Fault> {
        let id = known.client.id.as_str();
        if known.client.auth_method == AuthMethod::None {
            return Ok(self.per_address.for_each(id).take(from, now).await?.is_ok());
        }
        let most = if known.self_registered { self.per_self_registered } else { self.per_client };
        Ok(ctx.ephemeral.bump(&format!("pushed_count:{id}"), WINDOW, now).await? <= most)
    }
}

/// Whether whoever likes can be such a client.
fn anybody(known: &Known) -> bool {
    known.self_registered || known.client.auth_method == AuthMethod::None
}

/// Keeps a request of an authenticated client; gives its `request_uri`.
///
/// * `from`: the network address that it came from.
///
/// # Errors
/// 413 or 429 (RFC 9126 §2.3) when the client pushes too much; a failure of ours.
pub(super) async fn keep(ctx: &Ctx, known: &Known, from: IpAddr, request: InProgress) -> Result<String, MachineNo> {
    let now = ctx.clock.now();
    if !ctx.pushing.take(ctx, known, from, now).await? {
        let words = "this client has pushed too many requests within a minute";
        return Err(OAuthError::new(OAuthErrorCode::TooMany, words).into());
    }
    if anybody(known) && request.query.len() > LONGEST_BY_ANYBODY {
        let words = "a client without a secret, or that registered itself, pushes 4096 bytes of parameters at most";
        return Err(OAuthError::new(OAuthErrorCode::TooLarge, words).into());
    }
    let snapshot = ctx.directory.for_issuing(now)?;
    let InProgress { query, came } = request;
    let handle = Handle::new(keys::random()?);
    let life = ctx.lifetimes.pushed_request;
    let pushed = Pushed {
        handle: handle.clone(),
        client_id: known.client.id.clone(),
        usable_until: now.plus(life),
        query,
        signed: came.signed,
    };
    let sealed = pushed.seal(&snapshot.sealer)?;
    let kept = life.saturating_add(ctx.lifetimes.sign_in_page);
    let kind = if anybody(known) { ANYBODY } else { PROVEN };
    ctx.ephemeral.put(&key(kind, &handle), sealed.into_bytes(), kept, now).await?;
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
    let mut kept = ctx.ephemeral.get(&key(PROVEN, &handle), now).await?;
    if kept.is_none() {
        kept = ctx.ephemeral.get(&key(ANYBODY, &handle), now).await?;
    }
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
    let now = ctx.clock.now();
    let mut taken = ctx.ephemeral.take(&key(PROVEN, handle), now).await?;
    if taken.is_none() {
        taken = ctx.ephemeral.take(&key(ANYBODY, handle), now).await?;
    }
    Ok(taken.map(|_| ()).ok_or(Unusable::Unknown))
}

fn key(kind: &str, handle: &Handle) -> String {
    format!("{kind}:{}", handle.as_str())
}
