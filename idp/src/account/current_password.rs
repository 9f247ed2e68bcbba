//! 目前的密碼: whoever changes what is dangerous proves anew who they are, by `sign_in::confirm`.

use super::AccountCtx;
use super::member::Member;
use crate::pages::SignInProblem;
use crate::refusal::PageNo;
use crate::sign_in::attempt::Proven;
pub use crate::sign_in::confirm::NotConfirmed;
use crate::sign_in::confirm::{FIELD, Typed, check as confirm};
use idp_core::membership::member_page::MemberPage;
use idp_core::oauth::params::Params;

/// That nothing was typed, to be told with what else is wrong with the form. What was typed waits until the rest is right: it is a guess.
pub fn missing(form: &Params<'_>) -> Option<SignInProblem> {
    form.get(FIELD).unwrap_or_default().is_empty().then_some(SignInProblem::MissingPassword)
}

/// Whether the current password stands in the form. What it proves has to be used by [`Proven::counts`], in the transaction of the
/// change.
///
/// * `page`: the page that the form was on.
///
/// # Errors
/// A failure of ours, which counts for nobody.
pub async fn check(
    ctx: &AccountCtx,
    member: &Member,
    (form, page): (&Params<'_>, &MemberPage),
) -> Result<Result<Proven, NotConfirmed>, PageNo> {
    let typed = Typed {
        password: form.get(FIELD).unwrap_or_default(),
        from: member.from,
        headers: &member.headers,
        lang: member.lang,
        page: page.session.as_str(),
        shown_at: page.shown_at,
    };
    confirm(&ctx.sign_in, &member.person, typed).await
}
