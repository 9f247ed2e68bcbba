//! GET /terms, GET /privacy — 服務條款 and 隱私權政策.

use crate::browser::language;
use crate::pages::membership::DocumentPage;
use crate::pages::{ErrorKind, Frame};
use crate::refusal::PageNo;
use crate::text::AgreedTo;
use crate::wiring::Ctx;
use crate::{answer, language as language_endpoint};
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;

/// GET /terms.
pub async fn terms(State(ctx): State<Ctx>, headers: HeaderMap) -> Response {
    show(&ctx, &headers, AgreedTo::Terms).unwrap_or_else(|no| no.into_response(&ctx, &headers))
}

/// GET /privacy.
pub async fn privacy(State(ctx): State<Ctx>, headers: HeaderMap) -> Response {
    show(&ctx, &headers, AgreedTo::Privacy).unwrap_or_else(|no| no.into_response(&ctx, &headers))
}

fn show(ctx: &Ctx, headers: &HeaderMap, which: AgreedTo) -> Result<Response, PageNo> {
    let lang = language(&ctx.cookies, headers, None);
    let here = match which {
        AgreedTo::Terms => "/terms",
        AgreedTo::Privacy => "/privacy",
    };
    let return_to = language_endpoint::seal_return(&ctx.directory.snapshot().sealer, here)?;
    let frame = Frame::new(lang, ctx.provider.house()).returning_to(&return_to);
    let document = ctx.provider.documents.of(which, lang).ok_or(ErrorKind::NotFound)?;
    Ok(answer::page(200, DocumentPage { frame, which, document }.html()))
}
