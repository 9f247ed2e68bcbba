//! What text messages say, put together when they leave: the code of 忘記密碼 is made here, and again where it is typed. It waits
//! nowhere.
//!
//! Whether anybody has the name that was typed, and a 救援手機, is looked up here alone, where no answer waits for it. A message does
//! not name the account in full: nobody has proven that the mobile is the person's, and who has it by mistake learns no name.

use super::mailbox_limit::{DROPPED_TEXT, has_place};
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
/// * `to`: the account name that help was asked for at; or the number.
pub(super) async fn attempt(ctx: &JobsCtx, row: &Waiting, to: String, now: UnixMillis) -> Result<Outcome, Failure> {
    let lang = Language::from_tag(&row.language).unwrap_or_default();
    let written = match row.purpose()? {
        Purpose::ResetCode => reset_code(ctx, row, to, (lang, now)).await?,
        Purpose::PasswordChanged => changed(ctx, row, to, words(lang).changed_message).await?,
        Purpose::RecoveryChanged => changed(ctx, row, to, words(lang).recovery_message).await?,
        Purpose::EmailChanged => changed(ctx, row, to, words(lang).email_message).await?,
        _ => None,
    };
    let Some(text) = written else { return Ok(Outcome::GivenUp("not needed any more".into())) };
    if row.purpose()? != Purpose::ResetCode && !has_place(ctx, row, &text.number, now).await? {
        return Ok(Outcome::GivenUp(DROPPED_TEXT.into()));
    }
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

/// A person with the number of their 救援手機, sealed, and its blind index.
type WithMobile = (Person, Vec<u8>, [u8; 32]);

/// Who has an account name, if they have a mobile that has settled.
fn with_mobile(conn: &mut Conn, account: &str, settled_since: UnixMillis) -> Result<Option<WithMobile>, Fault> {
    let Some(login) = accounts::login(conn, account)? else { return Ok(None) };
    let helps = recovery::settled(conn, &login.person.account_id, settled_since)?;
    Ok(helps.and_then(|helps| helps.mobile).map(|(number, index)| (login.person, number, index)))
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
    let find = move |conn: &mut Conn| with_mobile(conn, &typed.to_ascii_lowercase(), since);
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

/// The password was changed, 忘記密碼救援 or the e-mail address: to the mobile that there was, whatever there is since.
///
/// * `to`: its number. A program of before noted the account name in its place when the password was changed.
async fn changed(
    ctx: &JobsCtx,
    row: &Waiting,
    to: String,
    says: fn(&str, &str) -> String,
) -> Result<Option<Text>, Failure> {
    let id = row.account_id();
    let find = move |conn: &mut Conn| accounts::find(conn, &id);
    let Some(person) = ctx.base.db.read(find).await? else { return Ok(None) };
    let number = if to == person.account { newest_mobile(ctx, &person).await? } else { Some(to) };
    let says = says(&ctx.base.provider.brand, &masked(&person.account));
    Ok(number.map(|number| Text { id: row.id.clone(), number, says }))
}

async fn newest_mobile(ctx: &JobsCtx, person: &Person) -> Result<Option<String>, Failure> {
    let id = person.account_id.clone();
    let helps = ctx.base.db.read(move |conn| recovery::find(conn, &id)).await?;
    let Some((sealed, _)) = helps.and_then(|helps| helps.mobile) else { return Ok(None) };
    Ok(Some(personal::open_mobile(&ctx.base.directory.snapshot().sealer, person.account_id.as_str(), &sealed)?))
}

/// As the manuals show an account name to who may not read it.
fn masked(account: &str) -> String {
    let seen: String = account.chars().take(2).collect();
    format!("{seen}****")
}
