//! Delivers mail and text messages out of the table of messages, where each act wrote its own in its transaction.
//!
//! What a message says is put together when it is delivered: a link in it is sealed then. A code waits sealed, and is forgotten once it
//! was sent; no secret waits in the database in the clear.

use super::asked;
use super::mailbox_limit::{self, DROPPED};
use super::outage::Outage;
use super::texts;
use crate::failure::Failure;
use crate::letters::{self, Letter};
use crate::membership::{content, recipient};
use crate::outside::not_sent::NotSent;
use crate::pages::dates::moment_text;
use crate::text::Language;
use crate::wiring::JobsCtx;
use idp_core::captcha::CODE_LIFE;
use idp_core::ids::moment_of;
use idp_core::membership::activation_key::ActivationKey;
use idp_core::membership::email_key::EmailKey;
use idp_core::membership::mailbox_limit::Cause;
use idp_core::membership::message::{Channel, Purpose};
use idp_core::people::account::{AccountState, Person};
use idp_core::{AccountId, UnixMillis};
use idp_store::messages::{self, Outcome, Waiting};
use idp_store::{Conn, Fault, accounts, email_changes, not_activated};
use std::collections::HashSet;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Rows taken at once.
const AT_ONCE: i64 = 32;
/// Deliveries under way at most on each channel: a gateway for text messages that never answers holds no mail back.
const UNDER_WAY: usize = 32;
/// What a lease is longer than a delivery can take: then another node may try.
const SLACK: Duration = Duration::from_secs(30);
/// How long what is under way may take when the program is told to stop. What is cut off is tried again after its lease.
const ENDING: Duration = Duration::from_secs(10);
/// How long to wait after the first, second, … failed attempt, in seconds: RFC 5321 §4.5.4.1 wants days, people wait minutes.
const RETRIES: [u64; 12] = [5, 15, 30, 60, 120, 300, 900, 1800, 3600, 2 * 3600, 4 * 3600, 12 * 3600];

/// Runs until told to stop. Woken by whoever notes a message, by a delivery that is over, and every second for what is due.
pub(super) async fn run(ctx: JobsCtx, mut stopped: watch::Receiver<bool>, outage: Outage) {
    let (mut mails, mut texts) = (JoinSet::new(), JoinSet::new());
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = ctx.base.message_bell.notified() => {}
            Some(_) = mails.join_next() => {}
            Some(_) = texts.join_next() => {}
            _ = stopped.changed() => break,
        }
        let taken = async {
            take(&ctx, Channel::Mail, &mut mails).await?;
            take(&ctx, Channel::Text, &mut texts).await
        };
        outage.over("messages", taken.await);
    }
    let rest = async {
        while mails.join_next().await.is_some() {}
        while texts.join_next().await.is_some() {}
    };
    if tokio::time::timeout(ENDING, rest).await.is_err() {
        tracing::warn!("stopped before every message under way was delivered; they are tried again");
    }
}

async fn take(ctx: &JobsCtx, channel: Channel, under_way: &mut JoinSet<()>) -> Result<(), Failure> {
    let free = UNDER_WAY.saturating_sub(under_way.len());
    if free == 0 {
        return Ok(());
    }
    let now = ctx.base.clock.now();
    ctx.base.directory.for_issuing(now)?;
    let most = AT_ONCE.min(i64::try_from(free).unwrap_or(AT_ONCE));
    let due = ctx.base.db.scan(move |conn| messages::due(conn, channel, now, most)).await?;
    if due.is_empty() {
        return Ok(());
    }
    let ids: Vec<String> = due.iter().map(|row| row.id.clone()).collect();
    let patience = match channel {
        Channel::Mail => ctx.post.patience(),
        Channel::Text => ctx.texts.patience(),
    };
    let until = now.plus(patience + SLACK);
    let leased = ctx.base.db.write(move |tx| messages::lease(tx, &ids, now, until)).await?;
    let leased: HashSet<String> = leased.into_iter().collect();
    for row in due.into_iter().filter(|row| leased.contains(&row.id)) {
        under_way.spawn(deliver(ctx.clone(), row));
    }
    Ok(())
}

async fn deliver(ctx: JobsCtx, row: Waiting) {
    let outcome = match attempt(&ctx, &row).await {
        Ok(outcome) => outcome,
        Err(failure) => {
            tracing::error!(job = "messages", why = %failure, "a delivery failed; it is tried again");
            later(&ctx, &row, "our own failure", None)
        }
    };
    ctx.metrics.message(word(&outcome));
    match &outcome {
        Outcome::Retry(_, why) => {
            tracing::warn!(
                message_id = row.id,
                attempt = row.attempts + 1,
                why,
                "a message was not taken; it is tried again"
            );
        }
        Outcome::Refused(why) => tracing::info!(message_id = row.id, why, "a message was refused for ever"),
        Outcome::Held(until) => tracing::info!(message_id = row.id, until = until.0, "a mailbox is full for now"),
        Outcome::GivenUp(why) if why == DROPPED => {
            tracing::info!(message_id = row.id, why, "a mailbox is full; this is not sent");
        }
        Outcome::Sent(_) | Outcome::GivenUp(_) => {}
    }
    let now = ctx.base.clock.now();
    let settled = ctx.base.db.write(move |tx| messages::settle(tx, (&row.id, row.attempts + 1), &outcome, now)).await;
    if let Err(fault) = settled {
        tracing::error!(job = "messages", why = %fault, "the outcome could not be written; tried again after the lease");
    }
}

async fn attempt(ctx: &JobsCtx, row: &Waiting) -> Result<Outcome, Failure> {
    let Some(sealed) = &row.recipient_sealed else { return Ok(Outcome::GivenUp("has no recipient".into())) };
    let typed = recipient::open(&ctx.base.directory.snapshot().sealer, &row.id, sealed)?;
    let now = ctx.base.clock.now();
    if row.channel()? == Channel::Text {
        return texts::attempt(ctx, row, typed, now).await;
    }
    let Some(written) = write(ctx, row, typed, now).await? else {
        return Ok(Outcome::GivenUp("not needed any more".into()));
    };
    if written.to.parse::<lettre::Address>().is_err() {
        return Ok(Outcome::Refused("no mail can be addressed to it".into()));
    }
    if let Some(outcome) = mailbox_limit::full(ctx, row, &written, now).await? {
        return Ok(outcome);
    }
    let (envelope, mail) = written.letter.to_mail((&ctx.sender, &written.to), &row.id, now)?;
    Ok(match ctx.post.send(&row.id, &envelope, &mail).await {
        Ok(said) => Outcome::Sent(said),
        Err(NotSent::Refused(said)) => Outcome::Refused(said),
        Err(NotSent::Later(said)) => later(ctx, row, &said, None),
        Err(NotSent::NotBefore(said, after)) => later(ctx, row, &said, Some(after)),
    })
}

/// A mail as it leaves.
pub(super) struct Written {
    /// The address.
    pub(super) to: String,
    /// What it says.
    pub(super) letter: Letter,
    /// Who could bring it about.
    pub(super) cause: Cause,
}

/// To whom the message goes, and what it says now. `None`: it is not needed any more.
///
/// * `to`: as it was noted: an address, or what somebody typed who asked for help.
async fn write(ctx: &JobsCtx, row: &Waiting, to: String, now: UnixMillis) -> Result<Option<Written>, Failure> {
    let lang = Language::from_tag(&row.language).unwrap_or_default();
    let purpose = row.purpose()?;
    match purpose {
        Purpose::PasswordReset => asked::password_reset(ctx, &to, lang, now).await,
        Purpose::AccountNames => asked::account_names(ctx, &to, lang).await,
        Purpose::SignInCode => {
            let Some(letter) = code(ctx, row, lang)? else { return Ok(None) };
            Ok(asked::address(ctx, &to).await?.map(|(to, cause)| Written { to, letter, cause }))
        }
        Purpose::ActivationAgain => asked::activation_again(ctx, &to, lang, now).await,
        Purpose::SignInLocked => asked::sign_in_locked(ctx, &to, lang, moment_of(&row.id).unwrap_or(now)).await,
        _ => {
            let written = to_address(ctx, row, to, (lang, now)).await?;
            Ok(written.map(|(to, letter)| Written { to, letter, cause: Cause::of(purpose, false) }))
        }
    }
}

/// What was noted with an address.
async fn to_address(
    ctx: &JobsCtx,
    row: &Waiting,
    to: String,
    (lang, now): (Language, UnixMillis),
) -> Result<Option<(String, Letter)>, Failure> {
    let id = row.account_id();
    match row.purpose()? {
        Purpose::Activation => {
            let person = ctx.base.db.read(move |conn| accounts::find(conn, &id)).await?;
            let person = person.filter(|person| person.email.as_deref() == Some(&to));
            let Some(person) = person else { return Ok(None) };
            Ok(activation(ctx, &person, lang, now).await?.map(|letter| (to, letter)))
        }
        Purpose::PasswordChanged => {
            let person = ctx.base.db.read(move |conn| accounts::find(conn, &id)).await?;
            let at = moment_text(moment_of(&row.id).unwrap_or(now).0, lang);
            let provider = &ctx.base.provider;
            let link = format!("{}/forgot-password", provider.issuer);
            Ok(person.map(|person| (to, letters::password_changed(lang, &provider.brand, &person.account, &at, link))))
        }
        Purpose::DeletionAsked | Purpose::DeletionUndone | Purpose::AccountDeleted => {
            let letter = leaving(ctx, row, lang, now).await?;
            Ok(letter.map(|letter| (to, letter)))
        }
        Purpose::EmailConfirm => email_confirm(ctx, &id, to, lang, now).await,
        Purpose::EmailChangeAsked => {
            let person = ctx.base.db.read(move |conn| accounts::find(conn, &id)).await?;
            let at = moment_text(moment_of(&row.id).unwrap_or(now).0, lang);
            let provider = &ctx.base.provider;
            let link = format!("{}/forgot-password", provider.issuer);
            let letter =
                |person: Person| letters::email_change_asked(lang, &provider.brand, &person.account, &at, link);
            Ok(person.map(letter).map(|letter| (to, letter)))
        }
        Purpose::EmailChanged => {
            let person = ctx.base.db.read(move |conn| accounts::find(conn, &id)).await?;
            let at = moment_text(moment_of(&row.id).unwrap_or(now).0, lang);
            let brand = &ctx.base.provider.brand;
            Ok(person.map(|person| (to, letters::email_changed(lang, brand, &person.account, &at))))
        }
        Purpose::RecoveryChanged => {
            let person = ctx.base.db.read(move |conn| accounts::find(conn, &id)).await?;
            let at = moment_text(moment_of(&row.id).unwrap_or(now).0, lang);
            let provider = &ctx.base.provider;
            let link = format!("{}/forgot-password", provider.issuer);
            Ok(person.map(|person| (to, letters::recovery_changed(lang, &provider.brand, &person.account, &at, link))))
        }
        Purpose::JoinCode => Ok(code(ctx, row, lang)?.map(|letter| (to, letter))),
        Purpose::HintForgotten => {
            let person = ctx.base.db.read(move |conn| accounts::find(conn, &id)).await?;
            let brand = &ctx.base.provider.brand;
            Ok(person.map(|person| (to, letters::hint_forgotten(lang, brand, &person.account))))
        }
        Purpose::PasswordReset
        | Purpose::AccountNames
        | Purpose::SignInCode
        | Purpose::ActivationAgain
        | Purpose::SignInLocked
        | Purpose::ResetCode => Ok(None),
    }
}

/// What who leaves is told. `None`: it is not so any more.
async fn leaving(ctx: &JobsCtx, row: &Waiting, lang: Language, now: UnixMillis) -> Result<Option<Letter>, Failure> {
    let (id, provider) = (row.account_id(), &ctx.base.provider);
    let at = moment_text(moment_of(&row.id).unwrap_or(now).0, lang);
    let purpose = row.purpose()?;
    if purpose == Purpose::AccountDeleted {
        return Ok(Some(letters::account_deleted(lang, &provider.brand, &at)));
    }
    let Some(person) = ctx.base.db.read(move |conn| accounts::find(conn, &id)).await? else { return Ok(None) };
    let (brand, account) = (&provider.brand, &person.account);
    Ok(match person.state {
        AccountState::Leaving { until } if purpose == Purpose::DeletionAsked => {
            let (until, link) = (moment_text(until.0, lang), format!("{}/sign-in", provider.issuer));
            Some(letters::deletion_asked(lang, brand, account, &until, link))
        }
        // Asked for, and undone before this left: the other letter says so.
        _ if purpose == Purpose::DeletionAsked => None,
        _ => {
            let link = format!("{}/forgot-password", provider.issuer);
            Some(letters::deletion_undone(lang, brand, account, &at, link))
        }
    })
}

/// The code beside a picture. `None`: it is over.
fn code(ctx: &JobsCtx, row: &Waiting, lang: Language) -> Result<Option<Letter>, Failure> {
    let over = moment_of(&row.id).is_none_or(|noted| noted.plus(CODE_LIFE) <= ctx.base.clock.now());
    let Some(sealed) = row.content_sealed.as_ref().filter(|_| !over) else { return Ok(None) };
    let code = content::open(&ctx.base.directory.snapshot().sealer, &row.id, sealed)?;
    Ok(Some(letters::captcha_code(lang, &ctx.base.provider.brand, code)))
}

/// The link that confirms another address. `None`: it is not asked for any more.
async fn email_confirm(
    ctx: &JobsCtx,
    id: &AccountId,
    to: String,
    lang: Language,
    now: UnixMillis,
) -> Result<Option<(String, Letter)>, Failure> {
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
    Ok(Some((to, letters::email_confirm(lang, &provider.brand, &person.account, link, &until))))
}

/// 帳號確認信. `None`: there is nothing to activate. Wherever its link is asked for: the account stays as long as it works.
pub(super) async fn activation(
    ctx: &JobsCtx,
    person: &Person,
    lang: Language,
    now: UnixMillis,
) -> Result<Option<Letter>, Failure> {
    let Some(to) = person.email.as_deref().filter(|_| person.state == AccountState::NotActivated) else {
        return Ok(None);
    };
    let (id, goes_to) = (person.account_id.clone(), to.to_owned());
    if !ctx.base.db.write(move |tx| not_activated::mailed(tx, &id, &goes_to, now)).await? {
        return Ok(None);
    }
    let until = now.plus(ctx.base.lifetimes.activation_link);
    let key = ActivationKey::new(person.account_id.clone(), to, until).seal(&ctx.base.directory.snapshot().sealer)?;
    let provider = &ctx.base.provider;
    let link = format!("{}/activate?key={key}", provider.issuer);
    let until = moment_text(until.0, lang);
    Ok(Some(letters::activation(lang, &provider.brand, &person.account, link, &until)))
}

/// * `asked`: how long the other side asked to be left alone.
pub(super) fn later(ctx: &JobsCtx, row: &Waiting, why: &str, asked: Option<Duration>) -> Outcome {
    let attempt = usize::try_from(row.attempts).unwrap_or(usize::MAX);
    match RETRIES.get(attempt) {
        Some(seconds) => {
            let wait = Duration::from_secs(*seconds).max(asked.unwrap_or_default());
            Outcome::Retry(ctx.base.clock.now().plus(wait), why.to_owned())
        }
        None => {
            tracing::error!(message_id = row.id, why, "a message was never delivered");
            Outcome::GivenUp(why.to_owned())
        }
    }
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Sent(_) => "sent",
        Outcome::Refused(_) => "refused",
        Outcome::GivenUp(why) if why == DROPPED => "dropped",
        Outcome::GivenUp(_) => "given_up",
        Outcome::Held(_) => "held",
        Outcome::Retry(..) => "retried",
    }
}
