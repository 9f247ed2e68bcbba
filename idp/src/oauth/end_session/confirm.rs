//! POST /connect/end_session/confirm — the person says yes.

use super::{Plan, finish};
use crate::answer;
use crate::browser::language;
use crate::language as language_endpoint;
use crate::pages::{ErrorKind, Frame, LogoutPage};
use crate::posted_form;
use crate::refusal::PageNo;
use crate::session::{self, SignedIn};
use crate::wiring::Ctx;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use idp_core::{ClientId, SessionId};
use keys::sealing::fields::{Reader, Writer};
use keys::{KeyError, Purpose, Sealer};

const CONFIRMATION: Purpose = Purpose::new("sign_out_confirmation");
const PATH: &str = "/connect/end_session/confirm";

/// The endpoint, posted to from our own page.
pub async fn post(State(ctx): State<Ctx>, headers: HeaderMap, body: Bytes) -> Response {
    confirmed(&ctx, &headers, &body).await.unwrap_or_else(|no| no.into_response(&ctx, &headers))
}

/// Asks the person.
///
/// * `here`: path and query of this request, for the switch of languages.
pub(super) fn show(
    ctx: &Ctx,
    headers: &HeaderMap,
    who: &SignedIn,
    plan: &Plan,
    here: &str,
) -> Result<Response, PageNo> {
    let snapshot = ctx.directory.snapshot();
    let token = seal(&snapshot.sealer, plan)?;
    let return_to = language_endpoint::seal_return(&snapshot.sealer, here)?;
    let portal = plan.client.as_ref().and_then(|id| snapshot.client(id));
    let lang = language(&ctx.cookies, headers, None);
    let page = LogoutPage {
        frame: Frame::new(lang, ctx.provider.house()).signed_in_as(Some(&who.person.name)).returning_to(&return_to),
        person_name: &who.person.name,
        token: &token,
        action_path: PATH,
        portal_name: portal.map(|known| known.client.name_for(lang.reads())),
    };
    Ok(answer::page(200, page.html()))
}

fn seal(sealer: &Sealer, plan: &Plan) -> Result<String, KeyError> {
    let contents = Writer::new(1)
        .option(plan.session.as_ref().map(SessionId::as_str), Writer::text)
        .option(plan.client.as_ref().map(ClientId::as_str), Writer::text)
        .option(plan.return_to.as_deref(), Writer::text);
    sealer.seal(CONFIRMATION, &contents.finish())
}

fn open(sealer: &Sealer, token: &str) -> Option<Plan> {
    let plain = sealer.open(CONFIRMATION, token).ok()?;
    let mut from = Reader::new(&plain, 1).ok()?;
    let plan = Plan {
        session: from.option(Reader::text).ok()?.map(SessionId::from_trusted),
        client: from.option(Reader::text).ok()?.map(ClientId::from_trusted),
        return_to: from.option(Reader::text).ok()?.map(str::to_owned),
    };
    from.finish().ok()?;
    Some(plan)
}

async fn confirmed(ctx: &Ctx, headers: &HeaderMap, body: &[u8]) -> Result<Response, PageNo> {
    let form = posted_form::fields(ctx, headers, body)?;
    let token = form.get("confirmation").ok_or(ErrorKind::ExpiredPage)?;
    ctx.directory.learn_sealing_key(token).await?;
    let plan = open(&ctx.directory.snapshot().sealer, token).ok_or(ErrorKind::ExpiredPage)?;
    let who = session::current(ctx, headers, ctx.clock.now()).await?;
    match &who {
        // Somebody else is signed in by now: that session was not asked about.
        Some(who) if plan.session.as_ref() != Some(&who.session.id) => Err(ErrorKind::ExpiredPage.into()),
        _ => finish(ctx, headers, who, plan).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden;

    /// A page of before an upgrade, or of another node, can be answered.
    #[test]
    fn what_another_release_sealed_can_be_read() {
        let plan = Plan {
            session: Some(SessionId::new([7; 16])),
            client: Some(ClientId::from_trusted("emic")),
            return_to: Some("https://emic.example.gov.tw/signed-out".into()),
        };
        golden::same(CONFIRMATION, SEALED_BEFORE, &seal(&golden::sealer(), &plan).unwrap());
        assert_eq!(open(&golden::sealer(), SEALED_BEFORE), Some(plan));
    }

    const SEALED_BEFORE: &str = "\
        CdwPqWjt6-qnZVEP3W_6Xx3_qx0XqporUP2T0UsMewa62gu4wYtA9690gODvsU3L3JqvLpibJ_nkV0zYQvm-7_ir1JBWeDpeWuuJ\
        MWugJKdHqbbhnSyvKpGF1sx9wujMoG7V6FH8J7dfXlmPdrGKovTn7A";
}
