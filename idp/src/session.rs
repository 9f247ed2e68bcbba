//! The session a browser has: its cookie holds the session's secret, the database its digest.

use crate::browser::Cookie;
use crate::failure::Failure;
use crate::wiring::Ctx;
use http::HeaderMap;
use idp_core::UnixMillis;
use idp_core::people::account::Person;
use idp_core::sign_in::session::Session;
use keys::{b64, sha256};

/// Who is signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The session.
    pub session: Session,
    /// The person.
    pub person: Person,
}

/// A session's secret: 32 random bytes, base64url in the cookie, a digest in the database.
pub struct SessionSecret {
    /// For the cookie.
    pub cookie: String,
    /// For the database.
    pub digest: [u8; 32],
}

impl SessionSecret {
    /// A new secret.
    ///
    /// # Errors
    /// When randomness fails.
    pub fn new() -> Result<Self, Failure> {
        let secret = keys::random::<32>()?;
        Ok(Self { cookie: b64::encode(&secret), digest: sha256(&secret) })
    }
}

/// The digest of the secret a browser sends, if it looks like one.
pub fn presented(ctx: &Ctx, headers: &HeaderMap) -> Option<[u8; 32]> {
    let cookie = ctx.cookies.get(headers, Cookie::Session)?;
    Some(sha256(&b64::decode_array::<32>(cookie)?))
}

/// Who is signed in on this browser now, if anybody.
///
/// # Errors
/// When the database cannot be read.
pub async fn current(ctx: &Ctx, headers: &HeaderMap, now: UnixMillis) -> Result<Option<SignedIn>, Failure> {
    let Some(digest) = presented(ctx, headers) else { return Ok(None) };
    let found = ctx.db.read(move |conn| idp_store::sessions::by_secret(conn, &digest)).await?;
    let alive = found.filter(|(session, person)| session.check(person, now, &ctx.lifetimes).is_ok());
    Ok(alive.map(|(session, person)| SignedIn { session, person }))
}
