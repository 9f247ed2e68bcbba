//! What a mail says, and to whom it goes: put together when it leaves, with links that are sealed then.

use crate::failure::Failure;
use crate::jobs::asked;
use crate::jobs::not_activated::longest;
use crate::letters::{self, Letter, Resets};
use crate::messages::sealed::Part;
use crate::pages::dates::moment_text;
use crate::text::Language;
use crate::wiring::JobsCtx;
use idp_core::captcha::CODE_LIFE;
use idp_core::ids::moment_of;
use idp_core::membership::activation_key::ActivationKey;
use idp_core::membership::email_key::EmailKey;
use idp_core::membership::former_email::FormerEmail;
use idp_core::membership::mailbox_limit::Cause;
use idp_core::membership::message::Purpose;
use idp_core::membership::recovery::{Changes, SETTLES};
use idp_core::people::account::{AccountState, Person};
use idp_core::{AccountId, UnixMillis};
use idp_store::messages::Waiting;
use idp_store::{Conn, Fault, accounts, email_changes, former_emails, not_activated};

/// A mail as it leaves.
pub(in crate::jobs) struct Written {
    /// The address.
    pub(in crate::jobs) to: String,
    /// What it says.
    pub(in crate::jobs) letter: Letter,
    /// Who could bring it about.
    pub(in crate::jobs) cause: Cause,
}

/// To whom the message goes, and what it says now. `None`: it is not needed any more.
///
/// * `to`: as it was noted: an address, or what somebody typed who asked for help.
pub(super) async fn write(
    ctx: &JobsCtx,
    row: &Waiting,
    to: String,
    now: UnixMillis,
) -> Result<Option<Written>, Failure> {
    let lang = Language::from_tag(&row.language).unwrap_or_default();
    let purpose = row.purpose()?;
    let letter = match purpose {
        Purpose::PasswordReset => return asked::password_reset(ctx, &to, lang, now).await,
        Purpose::AccountNames => return asked::account_names(ctx, &to, lang).await,
        Purpose::SignInCode => {
            let Some(letter) = code(ctx, row, lang)? else { return Ok(None) };
            return Ok(asked::address(ctx, &to).await?.map(|(to, cause)| Written { to, letter, cause }));
        }
        Purpose::ActivationAgain => return asked::activation_again(ctx, &to, lang, now).await,
        Purpose::SignInLocked => {
            return asked::sign_in_locked(ctx, &to, lang, moment_of(&row.id).unwrap_or(now)).await;
        }
        Purpose::JoinCode => code(ctx, row, lang)?,
        Purpose::EmailConfirm => email_confirm(ctx, &row.account_id(), &to, (lang, now)).await?,
        Purpose::AccountDeleted => {
            let at = moment_text(moment_of(&row.id).unwrap_or(now).0, lang);
            Some(letters::account_deleted(lang, &ctx.base.provider.brand, &at))
        }
        _ => of_account(ctx, row, &to, (lang, now)).await?,
    };
    Ok(letter.map(|letter| Written { to, letter, cause: Cause::of(purpose, false) }))
}

/// What is told of an account. `None`: it is not so any more, or the account is gone.
async fn of_account(
    ctx: &JobsCtx,
    row: &Waiting,
    to: &str,
    (lang, now): (Language, UnixMillis),
) -> Result<Option<Letter>, Failure> {
    let id = row.account_id();
    let read = move |conn: &mut Conn| Ok((accounts::find(conn, &id)?, former_emails::counting(conn, &id, now)?));
    let (Some(person), former) = ctx.base.db.scan(read).await? else { return Ok(None) };
    let until = former.as_ref().map(|former| moment_text(former.until().0, lang));
    let resets = resets(to, former.as_ref(), until.as_deref());
    let provider = &ctx.base.provider;
    let (brand, account) = (&provider.brand, &person.account);
    let at = moment_text(moment_of(&row.id).unwrap_or(now).0, lang);
    let page = |path: &str| format!("{}{path}", provider.issuer);
    let forgot = || page("/forgot-password");
    Ok(match (row.purpose()?, person.state) {
        (Purpose::Activation, _) if person.email.as_deref() != Some(to) => None,
        (Purpose::Activation, _) => activation(ctx, &person, lang, now).await?,
        (Purpose::PasswordChanged, _) => {
            Some(letters::password_changed(lang, brand, account, &at, forgot()).about_resets(resets))
        }
        (Purpose::EmailChangeAsked, _) => {
            Some(letters::email_change_asked((lang, brand), account, &at, resets, forgot()))
        }
        // Changed back before this left: the mailbox in between is told.
        (Purpose::EmailChanged, _) if person.email.as_deref() == Some(to) => None,
        (Purpose::EmailChanged, _) => Some(letters::email_changed((lang, brand), account, &at, resets, forgot())),
        (Purpose::RecoveryChanged, _) => {
            let counts = moment_text(moment_of(&row.id).unwrap_or(now).plus(SETTLES).0, lang);
            let changes = changes(ctx, row)?;
            let letter = letters::recovery_changed((lang, brand), account, &[at, counts], changes, forgot());
            Some(letter.about_resets(resets))
        }
        (Purpose::HintForgotten, _) => Some(letters::hint_forgotten(lang, brand, account)),
        (Purpose::DeletionAsked, AccountState::Leaving { until }) => {
            let until = moment_text(until.0, lang);
            Some(letters::deletion_asked(lang, brand, account, &until, page("/sign-in")))
        }
        // Asked for, and undone before this left: the other letter says so.
        (Purpose::DeletionAsked, _) => None,
        (Purpose::DeletionUndone, _) => {
            Some(letters::deletion_undone(lang, brand, account, &at, forgot()).about_resets(resets))
        }
        // Written elsewhere, or a text message.
        (
            Purpose::PasswordReset
            | Purpose::AccountNames
            | Purpose::SignInCode
            | Purpose::JoinCode
            | Purpose::ActivationAgain
            | Purpose::SignInLocked
            | Purpose::EmailConfirm
            | Purpose::AccountDeleted
            | Purpose::ResetCode,
            _,
        ) => None,
    })
}

/// What became of which part of 忘記密碼救援. `None`: a program of before noted it.
fn changes(ctx: &JobsCtx, row: &Waiting) -> Result<Option<Changes>, Failure> {
    let Some(sealed) = &row.content_sealed else { return Ok(None) };
    let json = Part::Content.open(&ctx.base.directory.snapshot().sealer, &row.id, sealed)?;
    Ok(Some(serde_json::from_str(&json).map_err(Fault::from)?))
}

/// Whether the links of 忘記密碼 go to this mailbox.
///
/// * `until`: when the address of the account has settled, as people read it.
fn resets<'a>(to: &str, former: Option<&FormerEmail>, until: Option<&'a str>) -> Resets<'a> {
    match (former, until) {
        (Some(former), Some(until)) if former.email.as_deref() == Some(to) => Resets::HereUntil(until),
        (Some(_), Some(until)) => Resets::NotBefore(until),
        _ => Resets::Here,
    }
}

/// The code beside a picture. `None`: it is over.
fn code(ctx: &JobsCtx, row: &Waiting, lang: Language) -> Result<Option<Letter>, Failure> {
    let over = moment_of(&row.id).is_none_or(|noted| noted.plus(CODE_LIFE) <= ctx.base.clock.now());
    let Some(sealed) = row.content_sealed.as_ref().filter(|_| !over) else { return Ok(None) };
    let code = Part::Content.open(&ctx.base.directory.snapshot().sealer, &row.id, sealed)?;
    Ok(Some(letters::captcha_code(lang, &ctx.base.provider.brand, code)))
}

/// The link that confirms another address. `None`: it is not asked for any more.
async fn email_confirm(
    ctx: &JobsCtx,
    id: &AccountId,
    to: &str,
    (lang, now): (Language, UnixMillis),
) -> Result<Option<Letter>, Failure> {
    let id = id.clone();
    let read = move |conn: &mut Conn| Ok::<_, Fault>((accounts::find(conn, &id)?, email_changes::find(conn, &id)?));
    let (Some(person), Some(change)) = ctx.base.db.scan(read).await? else { return Ok(None) };
    if change.email != to || !change.stands(&person, now) {
        return Ok(None);
    }
    let key = EmailKey::new(&person, &change).seal(&ctx.base.directory.snapshot().sealer)?;
    let provider = &ctx.base.provider;
    let link = format!("{}/account/email/confirm?key={key}", provider.issuer);
    let until = moment_text(change.expires_at.0, lang);
    Ok(Some(letters::email_confirm(lang, &provider.brand, &person.account, link, &until)))
}

/// 帳號確認信. `None`: there is nothing to activate. Wherever its link is asked for: the account stays as long as it works.
pub(in crate::jobs) async fn activation(
    ctx: &JobsCtx,
    person: &Person,
    lang: Language,
    now: UnixMillis,
) -> Result<Option<Letter>, Failure> {
    let Some(to) = person.email.as_deref().filter(|_| person.state == AccountState::NotActivated) else {
        return Ok(None);
    };
    let (id, goes_to) = (person.account_id.clone(), to.to_owned());
    let since = longest(ctx.not_activated_kept, now);
    if !ctx.base.db.write(move |tx| not_activated::mailed(tx, &id, &goes_to, since, now)).await? {
        return Ok(None);
    }
    let until = now.plus(ctx.base.lifetimes.activation_link);
    let key = ActivationKey::new(person.account_id.clone(), to, until).seal(&ctx.base.directory.snapshot().sealer)?;
    let provider = &ctx.base.provider;
    let link = format!("{}/activate?key={key}", provider.issuer);
    let until = moment_text(until.0, lang);
    Ok(Some(letters::activation(lang, &provider.brand, &person.account, link, &until)))
}
