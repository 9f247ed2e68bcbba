//! GET /captcha/image — the picture of a challenge, a PNG, for the browser that was asked.
//!
//! `challenge`: as it stands in the page. Drawing costs milliseconds: it is done beside the threads that answer, so many at once,
//! and of one address so many.

use super::{Captcha, picture};
use crate::answer;
use crate::browser::is_tied;
use crate::client_address::ClientAddress;
use crate::failure::Failure;
use crate::pages::ErrorKind;
use crate::posted_form;
use crate::refusal::PageNo;
use crate::wiring::{Ctx, SignInCtx};
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::HeaderMap;
use idp_core::captcha::{Challenge, How};
use std::net::IpAddr;
use std::time::Duration;

/// How long a picture waits for its turn.
const PATIENCE: Duration = Duration::from_secs(2);

/// GET /captcha/image.
pub async fn get(
    State(ctx): State<SignInCtx>,
    ClientAddress(from): ClientAddress,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let drawn = draw(&ctx.base, &ctx.captcha, (&headers, from), &query.unwrap_or_default()).await;
    drawn.unwrap_or_else(|no| no.into_response(&ctx.base, &headers))
}

async fn draw(
    ctx: &Ctx,
    captcha: &Captcha,
    (headers, from): (&HeaderMap, IpAddr),
    query: &str,
) -> Result<Response, PageNo> {
    let params = posted_form::query(query.as_bytes())?;
    let sealed = params.get("challenge").ok_or(ErrorKind::ExpiredPage)?;
    ctx.directory.learn_sealing_key(sealed).await?;
    let challenge = Challenge::open(&ctx.directory.snapshot().sealer, sealed).map_err(|_| ErrorKind::ExpiredPage)?;
    let mine = is_tied(&ctx.cookies, headers, &challenge.browser);
    let now = ctx.clock.now();
    // A mailed code is nobody's to see but the mailbox's.
    if !mine || challenge.how != How::Picture || challenge.is_over(now) {
        return Err(ErrorKind::ExpiredPage.into());
    }
    // Whoever has many drawn at once waits for nobody's turn but their own.
    let Ok(place) = captcha.places.take(from) else { return Err(Failure::Busy.into()) };
    let turn = tokio::time::timeout(PATIENCE, captcha.drawing.clone().acquire_owned()).await;
    let Ok(Ok(turn)) = turn else { return Err(Failure::Busy.into()) };
    let left = challenge.issued_at.plus(challenge.how.life()).since(now);
    let drawn = tokio::task::spawn_blocking(move || {
        let png = picture::draw(challenge.answer(), &challenge.id);
        drop((turn, place));
        png
    });
    let drawn = drawn.await.map_err(|why| Failure::Other(format!("a picture could not be drawn: {why}")))?;
    let png = drawn.ok_or_else(|| Failure::Other("a picture could not be drawn".into()))?;
    Ok(answer::own_picture(png, left))
}
