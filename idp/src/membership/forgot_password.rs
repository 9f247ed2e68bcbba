//! GET, POST /forgot-password — 忘記密碼: a link by mail, to the address of the account, or a code by text message, to its
//! 救援手機 (OWASP Forgot Password Cheat Sheet).

use super::{MembershipCtx, asking};
use crate::client_address::ClientAddress;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::HeaderMap;
use idp_core::membership::asking::Help;

/// GET /forgot-password.
pub async fn get(State(ctx): State<MembershipCtx>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    asking::open(&ctx, &headers, Help::Password, query)
}

/// POST /forgot-password.
pub async fn post(
    State(ctx): State<MembershipCtx>,
    ClientAddress(from): ClientAddress,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    asking::take(&ctx, from, (headers, body), Help::Password).await
}
