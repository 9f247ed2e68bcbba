//! The session a browser has: its cookie holds the session's secret, the database its digest.

use crate::browser::Cookie;
use crate::failure::Failure;
use crate::wiring::Ctx;
use http::HeaderMap;
use idp_core::oauth::authorize::prompt::Consent;
use idp_core::people::account::Person;
use idp_core::sign_in::session::Session;
use idp_core::{ClientId, UnixMillis};
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

/// The same for an arrival at a portal, with what the person agreed to there.
///
/// # Errors
/// When the database cannot be read.
pub async fn current_at(
    ctx: &Ctx,
    headers: &HeaderMap,
    client: &ClientId,
    now: UnixMillis,
) -> Result<(Option<SignedIn>, Option<Consent>), Failure> {
    let Some(digest) = presented(ctx, headers) else { return Ok((None, None)) };
    let client = client.clone();
    let found = ctx.db.read(move |conn| idp_store::sessions::by_secret_at(conn, &digest, &client)).await?;
    let alive = found.filter(|(session, person, _)| session.check(person, now, &ctx.lifetimes).is_ok());
    Ok(alive.map_or((None, None), |(session, person, consent)| (Some(SignedIn { session, person }), consent)))
}
