//! What was asked for by a name or an address that somebody typed: here alone it is looked up whether anybody has it, where no answer
//! waits for it. Nothing goes but to an address that somebody has confirmed, or is about to; what gives the account away, to none that
//! was changed a few days ago.
//!
//! Whoever has no account is told nothing: a mail «there is no such account» would let anybody have us write to strangers.

use super::messages::written::{Written, activation};
use crate::failure::Failure;
use crate::letters;
use crate::pages::dates::moment_text;
use crate::text::Language;
use crate::wiring::JobsCtx;
use idp_core::UnixMillis;
use idp_core::membership::former_email::reset_mailbox;
use idp_core::membership::mailbox_limit::Cause;
use idp_core::membership::message::Purpose;
use idp_core::membership::reset_key::{Proofs, ResetKey};
use idp_core::people::account::{AccountState, Person};
use idp_store::{accounts, former_emails};

/// Accounts that one letter names at most. A household shares an address.
const MOST_NAMES: i64 = 10;

/// 忘記密碼.
pub(super) async fn password_reset(
    ctx: &JobsCtx,
    typed: &str,
    lang: Language,
    now: UnixMillis,
) -> Result<Option<Written>, Failure> {
    let Some((person, to)) = resettable(ctx, typed, now).await? else { return Ok(None) };
    let (provider, account) = (&ctx.base.provider, &person.account);
    let letter = match person.state {
        AccountState::NotActivated => {
            let letter = activation(ctx, &person, lang, now).await?;
            letter.map(|letter| letters::activate_first(&provider.brand, account, letter))
        }
        AccountState::Locked => person.email_verified.then(|| letters::locked(lang, &provider.brand, account)),
        AccountState::Active | AccountState::Leaving { .. } => {
            let until = now.plus(ctx.base.lifetimes.reset_link);
            let Some(key) = ResetKey::new(&person, Proofs::MAIL, until) else { return Ok(None) };
            let key = key.seal(&ctx.base.directory.snapshot().sealer)?;
            let link = format!("{}/reset-password?key={key}", provider.issuer);
            Some(letters::password_reset(lang, &provider.brand, account, link, &moment_text(until.0, lang)))
        }
    };
    let cause = Cause::of(Purpose::PasswordReset, person.email_verified);
    Ok(letter.map(|letter| Written { to, letter, cause }))
}

/// Wrong passwords locked the name.
///
/// * `from`: since when.
pub(super) async fn sign_in_locked(
    ctx: &JobsCtx,
    typed: &str,
    lang: Language,
    from: UnixMillis,
) -> Result<Option<Written>, Failure> {
    let told = |(who, _): &(Person, String)| who.email_verified && who.state == AccountState::Active;
    let now = ctx.base.clock.now();
    let Some((person, to)) = resettable(ctx, typed, now).await?.filter(told) else { return Ok(None) };
    let provider = &ctx.base.provider;
    let link = format!("{}/forgot-password", provider.issuer);
    let moments = [from, from.plus(ctx.locked_for)].map(|moment| moment_text(moment.0, lang));
    let letter = letters::sign_in_locked((lang, &provider.brand), &person.account, &moments, link);
    Ok(Some(Written { to, letter, cause: Cause::of(Purpose::SignInLocked, true) }))
}

/// The address of an account that is not locked, for a code beside a picture. One that is not confirmed yet, too: whoever waits to
/// confirm it is asked as anybody else.
pub(super) async fn address(ctx: &JobsCtx, typed: &str) -> Result<Option<(String, Cause)>, Failure> {
    let person = named(ctx, typed).await?.filter(|person| person.state != AccountState::Locked);
    Ok(person.and_then(|person| Some((person.email?, Cause::of(Purpose::SignInCode, person.email_verified)))))
}

/// 忘記帳號. It goes to the address as the account has it, never to what was typed: two that look alike may be two mailboxes.
pub(super) async fn account_names(ctx: &JobsCtx, typed: &str, lang: Language) -> Result<Option<Written>, Failure> {
    let asked = typed.to_owned();
    let people = ctx.base.db.read(move |conn| accounts::with_email(conn, &asked, MOST_NAMES)).await?;
    let same = |person: &&Person| person.email.as_deref() == Some(typed);
    let Some(to) = people.iter().find(same).or(people.first()).and_then(|person| person.email.clone()) else {
        return Ok(None);
    };
    let names = people.into_iter().filter(|person| person.email.as_ref() == Some(&to)).map(|person| person.account);
    let provider = &ctx.base.provider;
    let link = format!("{}/sign-in", provider.issuer);
    let letter = letters::account_names(lang, &provider.brand, names.collect(), link);
    Ok(Some(Written { to, letter, cause: Cause::of(Purpose::AccountNames, true) }))
}

/// 重寄確認信.
pub(super) async fn activation_again(
    ctx: &JobsCtx,
    typed: &str,
    lang: Language,
    now: UnixMillis,
) -> Result<Option<Written>, Failure> {
    let Some(person) = named(ctx, typed).await? else { return Ok(None) };
    let letter = activation(ctx, &person, lang, now).await?;
    let cause = Cause::of(Purpose::ActivationAgain, false);
    Ok(letter.and_then(|letter| Some(Written { to: person.email?, letter, cause })))
}

/// Who has a name, and the address that 忘記密碼 writes to: while a changed one settles, the one of before.
async fn resettable(ctx: &JobsCtx, typed: &str, now: UnixMillis) -> Result<Option<(Person, String)>, Failure> {
    let Some(person) = named(ctx, typed).await? else { return Ok(None) };
    let id = person.account_id.clone();
    let former = ctx.base.db.read(move |conn| former_emails::counting(conn, &id, now)).await?;
    let to = reset_mailbox(&person, former.as_ref()).map(str::to_owned);
    Ok(to.map(|to| (person, to)))
}

async fn named(ctx: &JobsCtx, typed: &str) -> Result<Option<Person>, Failure> {
    let key = typed.to_ascii_lowercase();
    let login = ctx.base.db.read(move |conn| accounts::login(conn, &key)).await?;
    Ok(login.map(|login| login.person))
}
