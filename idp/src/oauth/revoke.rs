//! POST /connect/revoke — RFC 7009.
//!
//! Access tokens and refresh tokens are handles to the same grant: giving either back ends the grant.

use super::client_authentication::{authenticate, read_form};
use crate::answer;
use crate::refusal::{Asked, MachineNo};
use crate::wiring::Ctx;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use idp_core::GrantId;
use idp_core::audit::{Event, RevokedBy};
use idp_core::oauth::access_token::AccessToken;
use idp_core::oauth::client_token::ClientToken;
use idp_core::oauth::error::{OAuthError, OAuthErrorCode};
use idp_core::oauth::refresh_token::RefreshToken;
use idp_store::{audit, grants};
use keys::Sealer;

const ROUTE: &str = "/connect/revoke";

/// The endpoint.
pub async fn post(State(ctx): State<Ctx>, headers: HeaderMap, body: Bytes) -> Response {
    match revoke(&ctx, &headers, &body).await {
        Ok(()) => answer::empty(200),
        Err(no) => no.into_response(&Asked { route: ROUTE, headers: &headers, form: &body }),
    }
}

async fn revoke(ctx: &Ctx, headers: &HeaderMap, body: &[u8]) -> Result<(), MachineNo> {
    let form = read_form(headers, body)?;
    let known = authenticate(ctx, headers, &form, ROUTE).await?;
    let token = form.require("token")?;
    let now = ctx.clock.now();
    ctx.directory.learn_sealing_key(token).await?;
    let snapshot = ctx.directory.for_issuing(now)?;
    if ClientToken::open(&snapshot.sealer, token).is_ok_and(|token| token.client_id == known.client.id) {
        let words = "a token of the client's own lasts as long as it says: there is nothing that could be revoked";
        return Err(OAuthError::new(OAuthErrorCode::UnsupportedTokenType, words).into());
    }
    // §2.2: a token that is none, or is expired, is as good as revoked.
    let Some(id) = grant_of(&snapshot.sealer, token) else { return Ok(()) };
    let client = known.client.id.clone();
    let answer = ctx.db.write(move |tx| {
        let Some(found) = grants::standing(tx.conn(), &id)? else { return Ok(Ok(())) };
        if found.grant.client_id != client {
            return Ok(Err(OAuthError::invalid_grant("the token belongs to another client")));
        }
        if grants::revoke(tx, &id, now)? {
            let (account, client) = (found.grant.account_id, client.clone());
            let event = Event::GrantRevoked { account, client, by: RevokedBy::Portal };
            audit::write(tx, event, now, keys::random()?)?;
        }
        Ok(Ok(()))
    });
    Ok(answer.await??)
}

/// `token_type_hint` is not needed: each kind opens as itself alone (§2.1 allows to ignore it).
fn grant_of(sealer: &Sealer, token: &str) -> Option<GrantId> {
    let refresh = RefreshToken::open(sealer, token).map(|token| token.grant_id);
    refresh.or_else(|_| AccessToken::open(sealer, token).map(|token| token.grant_id)).ok()
}
