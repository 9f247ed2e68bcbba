//! What text messages say, put together when they leave: the code of 忘記密碼 is made here, and again where it is typed. It waits
//! nowhere.
//!
//! Whether anybody has the name that was typed, and a 救援手機, is looked up here alone, where no answer waits for it. A message does
//! not name the account in full: nobody has proven that the mobile is the person's, and who has it by mistake learns no name.

use super::messages::later;
use crate::failure::Failure;
use crate::keystore::personal;
use crate::outside::not_sent::NotSent;
use crate::outside::texts::Text;
use crate::text::{Language, RescueText};
use crate::wiring::JobsCtx;
use idp_core::UnixMillis;
use idp_core::ids::moment_of;
use idp_core::membership::asking::TEXTS;
use idp_core::membership::message::Purpose;
use idp_core::membership::recovery::SETTLES;
use idp_core::membership::reset_code;
use idp_core::people::account::Person;
use idp_store::messages::{Outcome, Waiting};
use idp_store::{Conn, Fault, accounts, recovery, reset_codes};

/// Delivers one.
///
/// * `typed`: the account name that help was asked for at, or the account's own; or the number itself.
pub(super) async fn attempt(ctx: &JobsCtx, row: &Waiting, typed: String, now: UnixMillis) -> Result<Outcome, Failure> {
    let lang = Language::from_tag(&row.language).unwrap_or_default();
    let written = match row.purpose()? {
        Purpose::ResetCode => reset_code(ctx, row, typed, (lang, now)).await?,
        Purpose::PasswordChanged => changed(ctx, row, lang).await?,
        Purpose::RecoveryChanged => told(ctx, row, typed, words(lang).recovery_message).await?,
        Purpose::EmailChanged => told(ctx, row, typed, words(lang).email_message).await?,
        _ => None,
    };
    let Some(text) = written else { return Ok(Outcome::GivenUp("not needed any more".into())) };
    Ok(match ctx.texts.send(&text).await {
        Ok(said) => Outcome::Sent(said),
        Err(NotSent::Refused(said)) => Outcome::Refused(said),
        Err(NotSent::Later(said)) => later(ctx, row, &said, None),
        Err(NotSent::NotBefore(said, after)) => later(ctx, row, &said, Some(after)),
    })
}

fn words(lang: Language) -> &'static RescueText {
    &lang.text().membership.rescue
}

/// A person with the number of their 救援手機 and its blind index.
type WithMobile = Option<(Person, Vec<u8>, [u8; 32])>;

fn with_mobile(
    conn: &mut Conn,
    person: Option<Person>,
    settled_since: Option<UnixMillis>,
) -> Result<WithMobile, Fault> {
    let Some(person) = person else { return Ok(None) };
    let helps = match settled_since {
        Some(since) => recovery::settled(conn, &person.account_id, since)?,
        None => recovery::find(conn, &person.account_id)?,
    };
    Ok(helps.and_then(|helps| helps.mobile).map(|(number, index)| (person, number, index)))
}

/// 忘記密碼: the code.
async fn reset_code(
    ctx: &JobsCtx,
    row: &Waiting,
    typed: String,
    (lang, now): (Language, UnixMillis),
) -> Result<Option<Text>, Failure> {
    // One that comes when the page is over only puzzles.
    if now >= moment_of(&row.id).unwrap_or(now).plus(ctx.base.lifetimes.reset_code) {
        return Ok(None);
    }
    let since = now.minus(SETTLES);
    let find = move |conn: &mut Conn| {
        let login = accounts::login(conn, &typed.to_ascii_lowercase())?;
        with_mobile(conn, login.map(|login| login.person), Some(since))
    };
    let Some((person, sealed, index)) = ctx.base.db.scan(find).await? else { return Ok(None) };
    let snapshot = ctx.base.directory.snapshot();
    let key = reset_code::key(&snapshot.secrets.typed_name);
    let Some(code) = reset_code::code_for(&key, &row.id, &person, &index) else { return Ok(None) };
    let (id, asked_at, since) = (row.id.clone(), row.account_id(), now.minus(TEXTS.window));
    if !ctx.base.db.write(move |tx| reset_codes::send_to(tx, (&id, &asked_at), &index, since)).await? {
        tracing::warn!(message_id = row.id, "no more text messages go to that mobile today");
        return Ok(None);
    }
    let number = personal::open_mobile(&snapshot.sealer, person.account_id.as_str(), &sealed)?;
    let says = (words(lang).code_message)(&ctx.base.provider.brand, &code);
    Ok(Some(Text { id: row.id.clone(), number, says }))
}

/// The password was changed: whoever reads the mails of somebody else cannot keep it from them.
async fn changed(ctx: &JobsCtx, row: &Waiting, lang: Language) -> Result<Option<Text>, Failure> {
    let id = row.account_id();
    let find = move |conn: &mut Conn| {
        let person = accounts::find(conn, &id)?;
        with_mobile(conn, person, None)
    };
    let Some((person, sealed, _)) = ctx.base.db.scan(find).await? else { return Ok(None) };
    let number = personal::open_mobile(&ctx.base.directory.snapshot().sealer, person.account_id.as_str(), &sealed)?;
    let says = (words(lang).changed_message)(&ctx.base.provider.brand, &masked(&person.account));
    Ok(Some(Text { id: row.id.clone(), number, says }))
}

/// 忘記密碼救援, or the e-mail address, was changed.
///
/// * `number`: of the mobile of before.
/// * `says`: of brand and masked account.
async fn told(
    ctx: &JobsCtx,
    row: &Waiting,
    number: String,
    says: fn(&str, &str) -> String,
) -> Result<Option<Text>, Failure> {
    let id = row.account_id();
    let person = ctx.base.db.read(move |conn| accounts::find(conn, &id)).await?;
    let says = |person: Person| says(&ctx.base.provider.brand, &masked(&person.account));
    Ok(person.map(says).map(|says| Text { id: row.id.clone(), number, says }))
}

/// As the manuals show an account name to who may not read it.
fn masked(account: &str) -> String {
    let seen: String = account.chars().take(2).collect();
    format!("{seen}****")
}
