//! A nonce that is too long for a code waits in ephemeral state. Its name stands in the sealed code and holds its digest: whoever
//! can write into Redis can lose a nonce, and never give a code another one.

use crate::failure::Failure;
use crate::wiring::Ctx;
use idp_core::UnixMillis;
use idp_store::Fault;
use keys::{b64, sha256};

/// Puts a nonce aside; gives its name. `None`: it cannot be kept, for now; the portal is told.
///
/// # Errors
/// A failure of ours.
pub(super) async fn put(ctx: &Ctx, nonce: &str) -> Result<Option<String>, Failure> {
    let name = format!("nonce:{}:{}", b64::encode(&keys::random::<16>()?), digest(nonce.as_bytes()));
    let (bytes, life) = (nonce.as_bytes().to_vec(), ctx.lifetimes.code);
    match ctx.ephemeral.put(&name, bytes, life, ctx.clock.now()).await {
        Ok(()) => Ok(Some(name)),
        Err(fault @ (Fault::Unavailable(_) | Fault::Busy)) => {
            tracing::warn!(why = %fault, "a long nonce cannot be kept; its portal is told to come back");
            Ok(None)
        }
        Err(fault) => Err(fault.into()),
    }
}

/// The nonce of this name; `None` if it is gone, or is not the one that was put there.
///
/// # Errors
/// [`Fault::Unavailable`].
pub(super) async fn get(ctx: &Ctx, name: &str, now: UnixMillis) -> Result<Option<String>, Fault> {
    let stored = ctx.ephemeral.get(name, now).await?;
    let own = stored.filter(|bytes| name.rsplit_once(':').is_some_and(|(_, expected)| digest(bytes) == expected));
    Ok(own.and_then(|bytes| String::from_utf8(bytes).ok()))
}

fn digest(nonce: &[u8]) -> String {
    b64::encode(&sha256(nonce))
}
