//! GET / — the provider's own page: who is signed in, sign in, sign out.

use crate::browser::language;
use crate::pages::dates::moment_text;
use crate::pages::{Frame, HomePage, HomePerson};
use crate::refusal::PageNo;
use crate::session::{self, SignedIn};
use crate::text::Language;
use crate::wiring::Ctx;
use crate::{answer, language, routes};
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;

/// The endpoint.
pub async fn get(State(ctx): State<Ctx>, headers: HeaderMap) -> Response {
    show(&ctx, &headers).await.unwrap_or_else(|no| no.into_response(&ctx, &headers))
}

async fn show(ctx: &Ctx, headers: &HeaderMap) -> Result<Response, PageNo> {
    let now = ctx.clock.now();
    let signed_in = session::current(ctx, headers, now).await?;
    let lang = language(&ctx.cookies, headers, None);
    let return_to = language::seal_return(&ctx.directory.snapshot().sealer, "/")?;
    let page = HomePage {
        frame: Frame::new(lang, ctx.provider.house())
            .signed_in_as(signed_in.as_ref().map(|who| who.person.name.as_str()))
            .returning_to(&return_to),
        person: signed_in.as_ref().map(|who| describe(who, lang)),
        sign_in_href: "/sign-in",
        sign_out_href: "/connect/end_session",
        icon_path: routes::ICON,
    };
    Ok(answer::page(200, page.html()))
}

fn describe(who: &SignedIn, lang: Language) -> HomePerson<'_> {
    let capacity = who.person.capacity.as_ref();
    HomePerson {
        name: &who.person.name,
        account: &who.person.account,
        identity_type_name: lang.text().home.identity(capacity.map(|capacity| capacity.official_type)),
        agency_name: capacity.map(|capacity| capacity.agency_name.as_str()),
        agency_oid: capacity.map(|capacity| capacity.agency_oid.as_str()),
        signed_in_at: moment_text(who.session.auth_time.0, lang),
        how: lang.text().home.means_password.to_string(),
    }
}
