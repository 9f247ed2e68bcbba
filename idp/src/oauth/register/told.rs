//! What a client is told of its registration (RFC 7591 §3.2.1, RFC 7592 §3).

use crate::answer;
use crate::refusal::MachineNo;
use crate::wiring::Ctx;
use axum::response::Response;
use idp_core::UnixMillis;
use idp_core::client::{Client, metadata};
use serde_json::json;

/// A registered client, with what only its owner learns.
pub(super) struct Made {
    /// The client.
    pub(super) client: Client,
    /// Its secret, if its method has one.
    pub(super) secret: Option<String>,
    /// What manages it.
    pub(super) access_token: String,
    /// When it was registered.
    pub(super) registered_at: UnixMillis,
}

/// Everything it is registered as, the defaults included; secrets, therefore not to be kept by anybody on the way.
pub(super) fn response(ctx: &Ctx, status: u16, made: &Made) -> Result<Response, MachineNo> {
    let mut told = metadata::document(&made.client);
    let uri = format!("{}/connect/register/{}", ctx.provider.issuer, made.client.id);
    told.insert("registration_client_uri".into(), json!(uri));
    told.insert("registration_access_token".into(), json!(made.access_token));
    told.insert("client_id_issued_at".into(), json!(made.registered_at.0 / 1000));
    if let Some(secret) = &made.secret {
        told.insert("client_secret".into(), json!(secret));
        // RFC 7591 §3.2.1: it does not expire.
        told.insert("client_secret_expires_at".into(), json!(0));
    }
    Ok(answer::json(status, serde_json::to_vec(&told)?))
}
