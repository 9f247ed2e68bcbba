//! POST /connect/introspect — RFC 7662.

use super::client_authentication::{authenticate, read_form};
use crate::answer;
use crate::refusal::{Asked, MachineNo};
use crate::wiring::Ctx;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use idp_core::oauth::client_token::ClientToken;
use idp_core::oauth::error::OAuthError;
use idp_core::oauth::introspect::{Answer, Question, Standing, Token, judge, judge_client, may_ask};
use idp_store::grants;

const ROUTE: &str = "/connect/introspect";

/// The endpoint.
pub async fn post(State(ctx): State<Ctx>, headers: HeaderMap, body: Bytes) -> Response {
    match introspect(&ctx, &headers, &body).await {
        Ok(said) => answer::json(200, said),
        Err(no) => no.into_response(&Asked { route: ROUTE, headers: &headers, form: &body }),
    }
}

async fn introspect(ctx: &Ctx, headers: &HeaderMap, body: &[u8]) -> Result<Vec<u8>, MachineNo> {
    let form = read_form(headers, body)?;
    let known = authenticate(ctx, headers, &form, ROUTE).await?;
    if !may_ask(&known.client) {
        return Err(OAuthError::invalid_client("a public client may not ask about tokens").into());
    }
    let token = form.require("token")?;
    let now = ctx.clock.now();
    ctx.directory.learn_sealing_key(token).await?;
    let snapshot = ctx.directory.for_issuing(now)?;
    let nothing = || serde_json::to_vec(&Answer::default());
    let question = Question {
        asking: &known.client,
        issuer: &ctx.provider.issuer,
        subjects: &snapshot.secrets.subject,
        now,
        lifetimes: &ctx.lifetimes,
    };
    if let Ok(token) = ClientToken::open(&snapshot.sealer, token) {
        let Some(issued_to) = snapshot.client(&token.client_id) else { return Ok(nothing()?) };
        return Ok(serde_json::to_vec(&judge_client(&token, question, &issued_to.client))?);
    }
    let Some(token) = Token::open(&snapshot.sealer, token) else { return Ok(nothing()?) };
    let id = token.grant_id().clone();
    let Some(found) = ctx.db.read(move |conn| grants::standing(conn, &id)).await? else { return Ok(nothing()?) };
    let Some(issued_to) = snapshot.client(&found.grant.client_id) else { return Ok(nothing()?) };
    let standing =
        Standing { issued_to: &issued_to.client, grant: &found.grant, session: &found.session, person: &found.person };
    Ok(serde_json::to_vec(&judge(&token, question, standing))?)
}
