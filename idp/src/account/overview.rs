//! What 個人資料查詢 shows.

use super::AccountCtx;
use super::member::Member;
use crate::answer;
use crate::pages::account::OverviewPage;
use crate::refusal::PageNo;
use axum::response::Response;

/// The page.
///
/// # Errors
/// A failure of ours.
pub(super) fn show(ctx: &AccountCtx, member: &Member) -> Result<Response, PageNo> {
    let return_to = member.return_to(ctx)?;
    let page = OverviewPage { frame: member.frame(ctx, &return_to), person: &member.person };
    Ok(answer::page(200, page.html()))
}
