//! The record of who is signed in, opened, and sealed again.

use super::AccountCtx;
use super::member::Member;
use crate::directory::Snapshot;
use crate::failure::Failure;
use crate::keystore::personal;
use crate::oauth::userinfo::open_personal;
use crate::pages::ErrorKind;
use crate::refusal::PageNo;
use idp_core::membership::former_email::FormerEmail;
use idp_core::membership::profile::{Fixed, Profile};
use idp_core::membership::recovery::{CountsFrom, Hint, Recovery};
use idp_core::people::account::{Person, Personal};
use idp_core::scope::{Scope, ScopeSet};
use idp_core::{AccountId, UnixMillis};
use idp_store::accounts::SealedPersonal;
use idp_store::records::{NewRecord, Record};
use idp_store::recovery::SealedRecovery;
use idp_store::{Conn, Fault, former_emails, records};
use serde_json::{Map, Value};

/// A record, opened.
pub struct Opened {
    /// The person, as the record has them.
    pub person: Person,
    /// Personal data.
    pub personal: Personal,
    /// What of it the person may change.
    pub profile: Profile,
    /// What of that somebody else vouches for.
    pub fixed: Fixed,
    /// 忘記密碼救援.
    pub recovery: Recovery,
    /// From when on it counts.
    pub counts_from: CountsFrom,
    /// The e-mail address of before, if that of the account has not settled.
    pub former_email: Option<FormerEmail>,
    /// Of which state this is: a change names it.
    pub version: i64,
}

/// The record of a member.
///
/// # Errors
/// A failure of ours; an account that is gone.
pub async fn read(ctx: &AccountCtx, member: &Member) -> Result<Opened, PageNo> {
    let (id, now) = (member.person.account_id.clone(), member.now);
    let kept = ctx.base.db.scan(move |conn| find(conn, &id, now)).await?;
    Ok(open(&ctx.base.directory.snapshot(), kept.ok_or(ErrorKind::ExpiredPage)?)?)
}

/// A record as it is kept, with what hangs on it.
pub struct Kept {
    /// The record.
    pub record: Record,
    recovery: Option<SealedRecovery>,
    counts_from: CountsFrom,
    former_email: Option<FormerEmail>,
}

/// Reads it. `None`: there is no such account.
///
/// # Errors
/// When the database cannot be read.
pub fn find(conn: &mut Conn, id: &AccountId, now: UnixMillis) -> Result<Option<Kept>, Fault> {
    let Some(record) = records::find(conn, id)? else { return Ok(None) };
    let recovery = idp_store::recovery::find(conn, id)?;
    let counts_from = idp_store::recovery::counts_from(conn, id, now)?;
    Ok(Some(Kept { record, recovery, counts_from, former_email: former_emails::counting(conn, id, now)? }))
}

/// Opens what was read.
///
/// # Errors
/// What does not open.
pub fn open(snapshot: &Snapshot, kept: Kept) -> Result<Opened, Failure> {
    let Kept { record, recovery, counts_from, former_email } = kept;
    let Record { person, sealed, version } = record;
    let all = [Scope::Uid, Scope::Profile].into_iter().fold(ScopeSet::default(), ScopeSet::with);
    let opened = open_personal(snapshot, person.account_id.as_str(), &sealed, all)?;
    let (profile, fixed) = (Profile::of(&person, &opened), Fixed::of(&person, &opened));
    let (sealer, id) = (&snapshot.sealer, person.account_id.as_str());
    let SealedRecovery { hint, mobile } = recovery.unwrap_or_default();
    let hint = hint.map(|(question, answer_hash)| {
        Ok::<_, Fault>(Hint { question: personal::open_question(sealer, id, &question)?, answer_hash })
    });
    let mobile = mobile.map(|(number, _)| personal::open_mobile(sealer, id, &number));
    let recovery = Recovery { hint: hint.transpose()?, mobile: mobile.transpose()? };
    Ok(Opened { personal: opened, profile, fixed, recovery, counts_from, former_email, version, person })
}

/// Seals what a person changed.
///
/// * `claims`: all of them.
/// * `is_proven`: whether the number was.
///
/// # Errors
/// When randomness fails.
pub fn seal(
    snapshot: &Snapshot,
    account: &str,
    (new, claims): (&Profile, &Map<String, Value>),
    is_proven: bool,
) -> Result<NewRecord, Failure> {
    let number = new.further.national_id.as_deref();
    let sealed = personal::seal_all(&snapshot.sealer, account, (number, claims))?;
    let sealed = SealedPersonal { national_id_verified: is_proven, ..sealed };
    let index = number.map(|number| personal::blind_index(&snapshot.secrets.national_id, number));
    Ok(NewRecord { name: new.name.clone(), sealed, index })
}
