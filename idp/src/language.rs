//! POST /language — switches the language of the pages.
//!
//! The form carries, sealed, which page to show again, so that nobody else can choose where the person goes. A page on which something
//! is typed has no such form: its switch is a button of its own form (`language` in `templates/form.html`), which so brings along what was
//! typed, and its endpoint shows the same page with it, not judged ([`asked_by`]).

use crate::answer;
use crate::browser::Cookie;
use crate::failure::Failure;
use crate::pages::ErrorKind;
use crate::posted_form;
use crate::refusal::PageNo;
use crate::text::Language;
use crate::wiring::Ctx;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use idp_core::oauth::params::Params;
use keys::{Purpose, Sealer};

const RETURN_TO: Purpose = Purpose::new("return_to");

/// Seals a path and query of ours, for the form.
///
/// # Errors
/// When randomness fails.
pub fn seal_return(sealer: &Sealer, path_and_query: &str) -> Result<String, Failure> {
    Ok(sealer.seal(RETURN_TO, path_and_query.as_bytes())?)
}

/// The other language, if a form of a page asks for that and nothing else.
pub fn asked_by(form: &Params<'_>) -> Option<Language> {
    form.get("lang").and_then(Language::from_tag)
}

/// The endpoint.
pub async fn post(State(ctx): State<Ctx>, headers: HeaderMap, body: Bytes) -> Response {
    switch(&ctx, &headers, &body).await.unwrap_or_else(|no| no.into_response(&ctx, &headers))
}

async fn switch(ctx: &Ctx, headers: &HeaderMap, body: &[u8]) -> Result<Response, PageNo> {
    let form = posted_form::fields(ctx, headers, body)?;
    let language = form.get("lang").and_then(Language::from_tag).ok_or(ErrorKind::BadRequest)?;
    let sealed = form.get("return_to").ok_or(ErrorKind::BadRequest)?;
    ctx.directory.learn_sealing_key(sealed).await?;
    let path = ctx.directory.snapshot().sealer.open(RETURN_TO, sealed).map_err(|_| ErrorKind::ExpiredPage)?;
    let path = String::from_utf8(path).map_err(|_| ErrorKind::ExpiredPage)?;
    let mut response = answer::redirect(&path);
    ctx.cookies.set(&mut response, Cookie::Language, language.tag());
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden;

    /// A page of before an upgrade, or of another node, can be read in the other language.
    #[test]
    fn what_another_release_sealed_can_be_read() {
        let now = seal_return(&golden::sealer(), "/sign-in?x=y").unwrap_or_default();
        golden::same(RETURN_TO, SEALED_BEFORE, &now);
    }

    const SEALED_BEFORE: &str = "CdwPqYncoo0bVgDziv-4EHsVeEA6i267O0roZVdkFQERo4YgMEJ-bHtFZC1XD86gI6RQDO3ZYxE";
}
