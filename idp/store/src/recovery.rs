//! 忘記密碼救援 of an account: 密碼提示 and 救援手機.

use crate::conn::on;
use crate::schema::{accounts as a, recovery as r};
use crate::sealing_keys::{Sealed, Stale, substr};
use crate::{Conn, Fault, Tx, records};
use diesel::prelude::*;
use idp_core::{AccountId, UnixMillis};

/// What is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SealedRecovery {
    /// 密碼提示問題, sealed, and its answer: Argon2id of the normalised words, as a PHC string.
    pub hint: Option<(Vec<u8>, String)>,
    /// 救援手機, sealed, and its blind index.
    pub mobile: Option<(Vec<u8>, [u8; 32])>,
}

/// Replaces what an account has, and raises the version of its record.
///
/// # Errors
/// When the database says no.
pub fn set(tx: &mut Tx<'_>, account: &AccountId, new: &SealedRecovery, now: UnixMillis) -> Result<(), Fault> {
    let columns = (
        r::question_sealed.eq(new.hint.as_ref().map(|(question, _)| question)),
        r::answer_hash.eq(new.hint.as_ref().map(|(_, answer)| answer)),
        r::mobile_sealed.eq(new.mobile.as_ref().map(|(number, _)| number)),
        r::mobile_index.eq(new.mobile.as_ref().map(|(_, index)| index.to_vec())),
        r::updated_at.eq(now.0),
    );
    let row = (r::account_id.eq(account.as_str()), columns.clone());
    on!(tx.0, |c| diesel::insert_into(r::table)
        .values(row)
        .on_conflict(r::account_id)
        .do_update()
        .set(columns)
        .execute(c)?);
    records::raise(tx, account)
}

type Columns = (Sealed, Option<String>, Sealed, Sealed);

/// What an account has.
///
/// # Errors
/// When the database cannot be read.
pub fn find(conn: &mut Conn, account: &AccountId) -> Result<Option<SealedRecovery>, Fault> {
    let query = r::table.filter(r::account_id.eq(account.as_str())).select(COLUMNS);
    let row: Option<Columns> = on!(conn, |c| query.get_result(c).optional()?);
    row.map(read).transpose()
}

const COLUMNS: (r::question_sealed, r::answer_hash, r::mobile_sealed, r::mobile_index) =
    (r::question_sealed, r::answer_hash, r::mobile_sealed, r::mobile_index);

fn read((question, answer, mobile, index): Columns) -> Result<SealedRecovery, Fault> {
    let index = index.map(|index| index.try_into().map_err(|_| Fault::corrupt("blind index of a mobile")));
    Ok(SealedRecovery { hint: question.zip(answer), mobile: mobile.zip(index.transpose()?) })
}

/// What an account has, if that counts for another password: it stood in the application, or has not been changed since a moment.
///
/// # Errors
/// When the database cannot be read.
pub fn settled(conn: &mut Conn, account: &AccountId, since: UnixMillis) -> Result<Option<SealedRecovery>, Fault> {
    // In one statement, whatever there is: strangers wait for it.
    let query = r::table
        .inner_join(a::table.on(a::id.eq(r::account_id)))
        .filter(r::account_id.eq(account.as_str()))
        .filter(r::updated_at.le(since.0).or(r::updated_at.le(a::created_at)))
        .select(COLUMNS);
    let row: Option<Columns> = on!(conn, |c| query.get_result(c).optional()?);
    row.map(read).transpose()
}

/// When it was changed; `None`: there is none, or it stood in the application.
///
/// # Errors
/// When the database cannot be read.
pub fn changed_at(conn: &mut Conn, account: &AccountId) -> Result<Option<UnixMillis>, Fault> {
    let any = r::question_sealed.is_not_null().or(r::mobile_sealed.is_not_null());
    let query = r::table
        .inner_join(a::table.on(a::id.eq(r::account_id)))
        .filter(r::account_id.eq(account.as_str()))
        .filter(r::updated_at.gt(a::created_at))
        .filter(any)
        .select(r::updated_at);
    let at: Option<i64> = on!(conn, |c| query.get_result(c).optional()?);
    Ok(at.map(UnixMillis))
}

/// Removes question and answer; whatever else there is counts as before. `false`: there is none.
///
/// # Errors
/// When the database says no.
pub fn forget_hint(tx: &mut Tx<'_>, account: &AccountId) -> Result<bool, Fault> {
    let which = r::table.filter(r::account_id.eq(account.as_str())).filter(r::answer_hash.is_not_null());
    let none = (r::question_sealed.eq(None::<Vec<u8>>), r::answer_hash.eq(None::<String>));
    let forgotten = on!(tx.0, |c| diesel::update(which).set(none).execute(c)?) == 1;
    if forgotten {
        records::raise(tx, account)?;
    }
    Ok(forgotten)
}

/// Removes all of it. `false`: there is none.
///
/// # Errors
/// When the database says no.
pub fn remove(tx: &mut Tx<'_>, account: &AccountId) -> Result<bool, Fault> {
    let removed = on!(tx.0, |c| diesel::delete(r::table.filter(r::account_id.eq(account.as_str()))).execute(c)?) == 1;
    if removed {
        records::raise(tx, account)?;
    }
    Ok(removed)
}

/// How many columns this key sealed.
pub(crate) fn columns_sealed_with(conn: &mut Conn, id: &[u8]) -> Result<i64, Fault> {
    let questions = r::table.filter(substr(r::question_sealed, 1, 4).eq(id)).count();
    let mobiles = r::table.filter(substr(r::mobile_sealed, 1, 4).eq(id)).count();
    let questions: i64 = on!(conn, |c| questions.get_result(c)?);
    let mobiles: i64 = on!(conn, |c| mobiles.get_result(c)?);
    Ok(questions + mobiles)
}

/// Accounts of which question or mobile were sealed by another key than the current one, in the order of their ids, from after
/// `last` on, at most `limit`.
///
/// # Errors
/// When the database cannot be read.
pub fn stale(conn: &mut Conn, current: [u8; 4], last: &str, limit: i64) -> Result<Vec<Stale>, Fault> {
    let current = current.to_vec();
    let question = substr(r::question_sealed, 1, 4).ne(&current);
    let mobile = substr(r::mobile_sealed, 1, 4).ne(&current);
    let query = r::table
        .filter(r::account_id.gt(last))
        .filter(question.or(mobile))
        .select((r::account_id, r::question_sealed, r::mobile_sealed))
        .order(r::account_id)
        .limit(limit);
    let rows: Vec<(String, Sealed, Sealed)> = on!(conn, |c| query.get_results(c)?);
    Ok(rows.into_iter().map(|(id, question, mobile)| Stale { id, sealed: vec![question, mobile] }).collect())
}

/// Replaces what another key sealed. `false`: it is not that of `before` any more.
///
/// # Errors
/// When the database says no.
pub fn reseal(tx: &mut Tx<'_>, before: &Stale, after: &[Sealed]) -> Result<bool, Fault> {
    let [new_question, new_mobile] = after else { return Ok(false) };
    let which = r::table.filter(r::account_id.eq(&before.id));
    let columns = (r::question_sealed, r::mobile_sealed);
    let now: Option<(Sealed, Sealed)> = on!(tx.0, |c| which.select(columns).get_result(c).optional()?);
    if now.is_none_or(|(question, mobile)| before.sealed != [question, mobile]) {
        return Ok(false);
    }
    let row = (r::question_sealed.eq(new_question), r::mobile_sealed.eq(new_mobile));
    Ok(on!(tx.0, |c| diesel::update(which).set(row).execute(c)?) == 1)
}
