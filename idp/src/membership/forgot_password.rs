//! GET, POST /forgot-password — 忘記密碼: a link by mail, to the address of the account, or a code by text message, to its
//! 救援手機 (OWASP Forgot Password Cheat Sheet).

use super::{MembershipCtx, asking};
use axum::body::Bytes;
use axum::extract::{ConnectInfo, RawQuery, State};
use axum::response::Response;
use http::HeaderMap;
use idp_core::membership::asking::Help;
use std::net::SocketAddr;

/// GET /forgot-password.
pub async fn get(State(ctx): State<MembershipCtx>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    asking::open(&ctx, &headers, Help::Password, query)
}

/// POST /forgot-password.
pub async fn post(
    State(ctx): State<MembershipCtx>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    asking::take(&ctx, peer, (headers, body), Help::Password).await
}
