//! Each step: what was typed is judged and put into the application, or shown again with what has to be corrected.

use super::super::{MembershipCtx, create};
use super::captcha::{self, Proof};
use super::shown::{Shown, fields, show};
use super::{go_on, to_waiting};
use crate::browser::language;
use crate::failure::Failure;
use crate::keystore::personal;
use crate::pages::dates::again_text;
use crate::pages::membership::JoinProblem;
use crate::refusal::PageNo;
use crate::retry_after;
use crate::sign_in::address_limit::AddressLimit;
use crate::text::Language;
use axum::response::Response;
use http::HeaderMap;
use idp_core::membership::application::{Application, Chosen, Kind};
use idp_core::membership::field::{Field, FieldError, Wrong};
use idp_core::membership::further::{self, FurtherForm};
use idp_core::membership::recovery::{self, Hint, ReadyQuestion, Recovery, RecoveryForm};
use idp_core::membership::steps::{self, AccountForm, BasicsForm, Step};
use idp_core::oauth::params::Params;
use idp_core::people::account_name::AccountName;
use std::net::IpAddr;
use zeroize::Zeroizing;

/// A form, the browser's headers, and where it comes from.
#[derive(Clone, Copy)]
pub(super) struct Sent<'a> {
    pub(super) form: &'a Params<'a>,
    pub(super) headers: &'a HeaderMap,
    pub(super) from: IpAddr,
}

impl Sent<'_> {
    fn typed(&self, field: Field) -> &str {
        self.form.get(field.id()).unwrap_or_default()
    }
}

/// Takes the step that comes now.
pub(super) async fn take(
    ctx: &MembershipCtx,
    mut application: Application,
    sent: Sent<'_>,
) -> Result<Response, PageNo> {
    application.forget_typed(fields(application.due()));
    match application.due() {
        Step::Account => account(ctx, application, sent).await,
        Step::Basics => basics(ctx, application, sent),
        Step::Further => further(ctx, application, sent),
        Step::Recovery => recovery(ctx, application, sent).await,
        Step::Confirm => confirm(ctx, application, sent).await,
    }
}

/// Leaves a step out, if it may be. `None`: it may not.
pub(super) fn skip(mut application: Application) -> Option<Application> {
    application.forget_typed(fields(application.due()));
    match application.due() {
        Step::Further if application.kind == Kind::General => {
            Some(Application { step: Step::Recovery, further: None, ..application })
        }
        Step::Recovery => Some(Application { step: Step::Confirm, recovery: None, ..application }),
        _ => None,
    }
}

/// Counts what costs a hash, and for the first step also tells whether a name is free. `Some`: too many.
async fn too_many(
    ctx: &MembershipCtx,
    application: &Application,
    (limit, sent): (&AddressLimit, Sent<'_>),
) -> Result<Option<Response>, PageNo> {
    let now = ctx.base.clock.now();
    let Err(until) = limit.take(sent.from, now).await? else { return Ok(None) };
    let seconds = retry_after::seconds(until, now);
    let until = again_text(until.0, now.0, language(&ctx.base.cookies, sent.headers, None));
    let shown = Shown::typed(application.due(), sent.form).because(JoinProblem::TooMany { until }, seconds);
    Ok(Some(show(ctx, sent.headers, application, shown)?))
}

/// Step 1. A password that was chosen before stays if none is typed.
async fn account(ctx: &MembershipCtx, application: Application, sent: Sent<'_>) -> Result<Response, PageNo> {
    let headers = sent.headers;
    let name = sent.typed(Field::Account).trim();
    let password = Zeroizing::new(sent.typed(Field::Password).to_owned());
    let again = sent.typed(Field::PasswordAgain);
    let shown = || Shown::typed(Step::Account, sent.form);
    let keeps =
        application.chosen.as_ref().filter(|chosen| password.is_empty() && again.is_empty() && chosen.account == name);
    if keeps.is_some() {
        return go_on(ctx, &Application { step: Step::Basics, ..application });
    }
    let typed = AccountForm { account: name, password: &password, password_again: again };
    let judged = steps::account(typed, ctx.policy, |lower| ctx.listed.contains(lower));
    let account = match judged {
        Ok(account) => account,
        Err(errors) => return show(ctx, headers, &application, shown().wrong(errors)),
    };
    // Estimating and hashing cost, and whether a name is free is told: all are counted for each address.
    if let Some(response) = too_many(ctx, &application, (&ctx.limits.applications, sent)).await? {
        return Ok(response);
    }
    let key = account.key();
    let digest = personal::name_digest(&ctx.base.directory.snapshot().secrets.typed_name, &key);
    if ctx.base.db.read(move |conn| idp_store::accounts::is_taken(conn, &key, &digest)).await? {
        let taken = vec![FieldError::new(Field::Account, Wrong::AccountTaken)];
        return show(ctx, headers, &application, shown().wrong(taken));
    }
    let password_hash = match ctx.sign_in.passwords.hash_chosen(sent.from, password, Some(account.clone())).await {
        Err(Failure::Busy) => {
            return show(ctx, headers, &application, shown().because(JoinProblem::Busy, retry_after::BUSY));
        }
        hashed => hashed?,
    };
    let Some(password_hash) = password_hash else {
        let common = vec![FieldError::new(Field::Password, Wrong::PasswordCommon)];
        return show(ctx, headers, &application, shown().wrong(common));
    };
    let chosen = Some(Chosen { account: account.as_str().to_owned(), password_hash });
    go_on(ctx, &Application { step: Step::Basics, chosen, ..application })
}

/// Step 2.
fn basics(ctx: &MembershipCtx, application: Application, sent: Sent<'_>) -> Result<Response, PageNo> {
    let typed = BasicsForm {
        name: sent.typed(Field::Name),
        email: sent.typed(Field::Email),
        email_again: sent.typed(Field::EmailAgain),
        nickname: sent.typed(Field::Nickname),
    };
    match steps::basics(typed) {
        Ok(basics) => go_on(ctx, &Application { step: Step::Further, basics: Some(basics), ..application }),
        Err(errors) => show(ctx, sent.headers, &application, Shown::typed(Step::Basics, sent.form).wrong(errors)),
    }
}

/// Step 3.
fn further(ctx: &MembershipCtx, application: Application, sent: Sent<'_>) -> Result<Response, PageNo> {
    let typed = FurtherForm::read(|field| sent.form.get(field.id()).unwrap_or_default());
    let required = application.kind == Kind::Official;
    match further::further(typed, required, further::today(ctx.base.clock.now())) {
        Ok(further) => go_on(ctx, &Application { step: Step::Recovery, further: Some(further), ..application }),
        Err(errors) => show(ctx, sent.headers, &application, Shown::typed(Step::Further, sent.form).wrong(errors)),
    }
}

/// Step 4. An answer that was given before stays if none is typed to the same question.
async fn recovery(ctx: &MembershipCtx, application: Application, sent: Sent<'_>) -> Result<Response, PageNo> {
    let shown = || Shown::typed(Step::Recovery, sent.form);
    let typed = RecoveryForm::read(|field| sent.form.get(field.id()).unwrap_or_default());
    let account = application.chosen.as_ref().and_then(|chosen| AccountName::parse(&chosen.account));
    let before = application.recovery.as_ref().and_then(|recovery| recovery.hint.clone());
    let says = |question: ReadyQuestion| Language::ALL.map(|lang| (lang.text().membership.recovery.ready)(question));
    let judged = match recovery::recovery(typed, account.as_ref(), says, before.as_ref()) {
        Ok(judged) => judged,
        Err(errors) => return show(ctx, sent.headers, &application, shown().wrong(errors)),
    };
    let hint = match judged.hint {
        None => None,
        Some((_, None)) => before,
        Some((question, Some(answer))) => {
            if let Some(response) = too_many(ctx, &application, (&ctx.limits.answers, sent)).await? {
                return Ok(response);
            }
            let answer_hash = match ctx.sign_in.passwords.hash(Some(sent.from), answer).await {
                Err(Failure::Busy) => {
                    let shown = shown().because(JoinProblem::Busy, retry_after::BUSY);
                    return show(ctx, sent.headers, &application, shown);
                }
                hashed => hashed?,
            };
            Some(Hint { question, answer_hash })
        }
    };
    let recovery = Some(Recovery { hint, mobile: judged.mobile });
    go_on(ctx, &Application { step: Step::Confirm, recovery, ..application })
}

/// The last step.
async fn confirm(ctx: &MembershipCtx, application: Application, sent: Sent<'_>) -> Result<Response, PageNo> {
    let headers = sent.headers;
    if !captcha::showed_what_holds(ctx, sent) {
        return show(ctx, headers, &application, captcha::kept(ctx, &application, sent).await?);
    }
    if sent.form.get(Field::Agree.id()).is_none() {
        let shown = captcha::kept(ctx, &application, sent).await?;
        return show(ctx, headers, &application, shown.wrong(vec![FieldError::new(Field::Agree, Wrong::NotAgreed)]));
    }
    match captcha::judge(ctx, &application, sent).await? {
        Proof::Given => {}
        Proof::Not(shown) => return show(ctx, headers, &application, *shown),
        Proof::SentAgain(made) => return Ok(to_waiting(&made)),
    }
    let lang = language(&ctx.base.cookies, headers, None);
    match create::account(ctx, &application, lang).await? {
        create::Created::Made(made) => Ok(to_waiting(&made)),
        create::Created::Taken => {
            let first = Application { step: Step::Account, ..application };
            let shown = Shown::stored(&first, lang).wrong(vec![FieldError::new(Field::Account, Wrong::AccountTaken)]);
            show(ctx, headers, &first, shown)
        }
    }
}
