//! grant_type=client_credentials — RFC 6749 §4.4: a token for the client itself. It opens nothing about anybody: no scope, no
//! refresh token, no UserInfo. A resource server learns by introspection whose it is.

use super::Asker;
use crate::oauth::issue::TokenAnswer;
use crate::refusal::MachineNo;
use crate::wiring::Ctx;
use idp_core::audit::Event;
use idp_core::oauth::client_token::ClientToken;
use idp_core::oauth::error::{OAuthError, OAuthErrorCode};
use idp_core::oauth::gate;
use idp_core::oauth::params::Params;
use idp_store::audit;

/// Gives a client a token of its own.
///
/// # Errors
/// `invalid_scope`, `unauthorized_client`, or a failure of ours.
pub async fn give(ctx: &Ctx, asker: &Asker, form: &Params<'_>) -> Result<TokenAnswer, MachineNo> {
    let client = &asker.known.client;
    if form.get("scope").is_some() {
        let words = "every scope is about a person: client_credentials has none, leave the parameter away";
        return Err(OAuthError::new(OAuthErrorCode::InvalidScope, words).into());
    }
    let now = ctx.clock.now();
    let snapshot = ctx.directory.for_issuing(now)?;
    gate::client_may_have(client).map_err(|refusal| {
        let words = "the client may have no token of its own";
        OAuthError { detail: Some(refusal.detail()), ..OAuthError::new(OAuthErrorCode::UnauthorizedClient, words) }
    })?;
    let event = Event::ClientTokenIssued { client: client.id.clone() };
    ctx.db.write(move |tx| audit::write(tx, event.clone(), now, keys::random()?)).await?;
    let life = ctx.lifetimes.access_token;
    let token = ClientToken { client_id: client.id.clone(), expires_at: now.plus(life), key: asker.holder.key() };
    Ok(TokenAnswer::of_client(token.seal(&snapshot.sealer)?, asker.holder.token_type(), life))
}
