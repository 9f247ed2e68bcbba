//! GET, POST /forgot-account — 忘記帳號: the account names, by mail to the address that they have.

use super::{MembershipCtx, asking};
use axum::body::Bytes;
use axum::extract::{ConnectInfo, RawQuery, State};
use axum::response::Response;
use http::HeaderMap;
use idp_core::membership::asking::Help;
use std::net::SocketAddr;

/// GET /forgot-account.
pub async fn get(State(ctx): State<MembershipCtx>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    asking::open(&ctx, &headers, Help::Account, query)
}

/// POST /forgot-account.
pub async fn post(
    State(ctx): State<MembershipCtx>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    asking::take(&ctx, peer, (headers, body), Help::Account).await
}
