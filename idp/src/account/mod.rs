//! GET /account — 我的專區 (個人資料查詢): what is kept of a person, for that person.
//!
//! Owns the pages of who is signed in, all under `/account`. Each is given its person by [`member`]; whatever is dangerous asks for
//! the password again by [`current_password`]. The pages are in `pages::account`, the rules in `idp_core::membership`.

pub mod current_password;
pub mod delete;
pub mod email;
pub mod member;
mod overview;
pub mod password;
pub mod portals;
pub mod profile;
pub mod record;
pub mod recovery;
mod used;

use crate::membership::MembershipCtx;
use crate::wiring::{Ctx, SignInCtx};
use axum::extract::{FromRef, State};
use axum::response::Response;
use member::Member;

/// What the area is given.
#[derive(Clone)]
pub struct AccountCtx {
    /// What every page is given.
    pub base: Ctx,
    /// Judges the current password: the same attempts and limits as at the sign-in page.
    pub sign_in: SignInCtx,
    /// Judges what people choose, and counts mails: the same rules as in 加入會員.
    pub membership: MembershipCtx,
}

impl FromRef<AccountCtx> for Ctx {
    fn from_ref(area: &AccountCtx) -> Self {
        area.base.clone()
    }
}

impl AccountCtx {
    /// Of the parts that it shares.
    pub fn new(sign_in: &SignInCtx, membership: &MembershipCtx) -> Self {
        Self { base: sign_in.base.clone(), sign_in: sign_in.clone(), membership: membership.clone() }
    }
}

/// GET /account.
pub async fn get(State(ctx): State<AccountCtx>, member: Member) -> Response {
    let shown = overview::show(&ctx, &member).await;
    shown.unwrap_or_else(|no| no.into_response(&ctx.base, &member.headers))
}
