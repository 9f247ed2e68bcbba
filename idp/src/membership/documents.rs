//! GET /terms, GET /privacy — 服務條款 and 隱私權政策.

use crate::browser::language;
use crate::pages::Frame;
use crate::pages::membership::DocumentPage;
use crate::refusal::PageNo;
use crate::wiring::Ctx;
use crate::{answer, language as language_endpoint};
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;

/// A document that people agree to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgreedTo {
    /// 服務條款.
    Terms,
    /// 隱私權政策.
    Privacy,
}

impl AgreedTo {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Terms, Self::Privacy];

    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Terms => "terms",
            Self::Privacy => "privacy",
        }
    }

    /// The version that holds now: the day it was written.
    pub const fn version(self) -> &'static str {
        "2026-11-22"
    }
}

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
    let words = &lang.text().membership.documents;
    let (here, title, body) = match which {
        AgreedTo::Terms => ("/terms", words.terms, words.terms_body),
        AgreedTo::Privacy => ("/privacy", words.privacy, words.privacy_body),
    };
    let return_to = language_endpoint::seal_return(&ctx.directory.snapshot().sealer, here)?;
    let frame = Frame::new(lang, &ctx.provider.brand).returning_to(&return_to);
    let page = DocumentPage { frame, title, version: which.version(), body };
    Ok(answer::page(200, page.html()))
}
