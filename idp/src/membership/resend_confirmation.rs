//! GET, POST /resend-confirmation — 重寄確認信 (manual of the account service: by account).

use super::{MembershipCtx, asking};
use crate::client_address::ClientAddress;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::HeaderMap;
use idp_core::membership::asking::Help;

/// GET /resend-confirmation.
pub async fn get(State(ctx): State<MembershipCtx>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    asking::open(&ctx, &headers, Help::Confirmation, query)
}

/// POST /resend-confirmation.
pub async fn post(
    State(ctx): State<MembershipCtx>,
    ClientAddress(from): ClientAddress,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    asking::take(&ctx, from, (headers, body), Help::Confirmation).await
}
