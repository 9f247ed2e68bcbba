//! What 個人資料查詢 shows: one look at the database for all of it.

use super::AccountCtx;
use super::member::Member;
use super::{record, recovery as helps_page};
use crate::answer;
use crate::pages::ErrorKind;
use crate::pages::account::{Agreement, OverviewPage};
use crate::refusal::PageNo;
use axum::response::Response;
use idp_store::sessions::list::{self, Wanted};
use idp_store::{Conn, Fault, agreements, email_changes, records, recovery};

/// The newest sign-ins that are shown.
const SIGN_INS: i64 = 5;

/// The page.
///
/// # Errors
/// A failure of ours.
pub(super) async fn show(ctx: &AccountCtx, member: &Member) -> Result<Response, PageNo> {
    let id = member.person.account_id.clone();
    let read = move |conn: &mut Conn| {
        let wanted = Wanted { account: Some(id.clone()), not_over_at: None };
        let record = (records::find(conn, &id)?, recovery::find(conn, &id)?);
        let rest = (email_changes::find(conn, &id)?, agreements::of(conn, &id)?);
        Ok::<_, Fault>((record, rest, list::page(conn, &wanted, None, SIGN_INS)?))
    };
    let ((found, helps), (change, agreed), sessions) = ctx.base.db.scan(read).await?;
    let opened = record::open(&ctx.base.directory.snapshot(), found.ok_or(ErrorKind::ExpiredPage)?, helps)?;
    let change = change.filter(|change| change.stands(&opened.person, member.now));
    let agreement =
        |one: agreements::Agreement| Agreement { document: one.document, version: one.version, at: one.agreed_at };
    let sign_ins = sessions.iter().map(|(session, _)| (session.auth_time, session.id == member.session.id));
    let counts_from = helps_page::counts_from(ctx, member).await?;
    let return_to = member.return_to(ctx)?;
    let page = OverviewPage {
        frame: member.frame(ctx, &return_to),
        person: &opened.person,
        personal: &opened.personal,
        profile: &opened.profile,
        recovery: &opened.recovery,
        recovery_counts_from: counts_from,
        email_waiting: change.as_ref().map(|change| change.email.as_str()),
        agreed: agreed.into_iter().map(agreement).collect(),
        sign_ins: sign_ins.collect(),
    };
    Ok(answer::page(200, page.html()))
}
