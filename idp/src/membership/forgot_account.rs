//! GET, POST /forgot-account — 忘記帳號: the account names, by mail to the address that they have.

use super::{MembershipCtx, asking};
use crate::client_address::ClientAddress;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::HeaderMap;
use idp_core::membership::asking::Help;

/// GET /forgot-account.
pub async fn get(State(ctx): State<MembershipCtx>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    asking::open(&ctx, &headers, Help::Account, query)
}

/// POST /forgot-account.
pub async fn post(
    State(ctx): State<MembershipCtx>,
    ClientAddress(from): ClientAddress,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    asking::take(&ctx, from, (headers, body), Help::Account).await
}
