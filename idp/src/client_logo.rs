//! GET /client-logo/{picture} — the copy of a client's logo that people are shown, `SHA-256.png`.
//!
//! Nobody who signs in tells the portal's server so, nor does what that server sends now reach a page of ours.

use crate::answer;
use crate::failure::Failure;
use crate::pages::ErrorKind;
use crate::refusal::PageNo;
use crate::wiring::Ctx;
use axum::extract::{Path, State};
use axum::response::Response;
use http::HeaderMap;
use idp_core::client::logo::PictureName;
use idp_store::client_logos;

/// Where a picture is served.
pub fn address(picture: &PictureName) -> String {
    format!("/client-logo/{picture}.png")
}

/// The endpoint.
pub async fn get(State(ctx): State<Ctx>, Path(file): Path<String>, headers: HeaderMap) -> Response {
    match find(&ctx, &file).await {
        Ok(Some(png)) => answer::picture(png),
        Ok(None) => PageNo::from(ErrorKind::NotFound).into_response(&ctx, &headers),
        Err(failure) => PageNo::from(failure).into_response(&ctx, &headers),
    }
}

async fn find(ctx: &Ctx, file: &str) -> Result<Option<Vec<u8>>, Failure> {
    let Some(name) = file.strip_suffix(".png").and_then(PictureName::parse) else { return Ok(None) };
    Ok(ctx.db.read(move |conn| client_logos::picture(conn, &name)).await?)
}
