//! 忘記密碼救援 of an account: 密碼提示 and 救援手機.

use crate::conn::on;
use crate::schema::{accounts as a, recovery as r};
use crate::sealing_keys::{Sealed, Stale, substr};
use crate::{Conn, Fault, Tx, records};
use diesel::prelude::*;
use idp_core::membership::recovery::{CountsFrom, SETTLES};
use idp_core::{AccountId, UnixMillis};
use std::fmt;

/// What is kept.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SealedRecovery {
    /// 密碼提示問題, sealed, and its answer: Argon2id of the normalised words, as a PHC string.
    pub hint: Option<(Vec<u8>, String)>,
    /// 救援手機, sealed, and its blind index.
    pub mobile: Option<(Vec<u8>, [u8; 32])>,
}

/// An answer is guessed from its hash sooner than a password: it is never printed.
impl fmt::Debug for SealedRecovery {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { hint, mobile } = self;
        let mut out = out.debug_struct("SealedRecovery");
        out.field("hint", &hint.is_some()).field("mobile", &mobile.is_some()).finish_non_exhaustive()
    }
}

/// When each part was changed.
#[derive(Clone, Copy)]
struct Moments {
    hint: i64,
    mobile: i64,
}

/// When the row was changed, and each part.
type Dates = (i64, Option<i64>, Option<i64>);

const DATES: (r::updated_at, r::hint_changed_at, r::mobile_changed_at) =
    (r::updated_at, r::hint_changed_at, r::mobile_changed_at);

impl Moments {
    fn read((row, hint, mobile): Dates) -> Self {
        match hint.zip(mobile) {
            Some((hint, mobile)) if row == hint.max(mobile) => Self { hint, mobile },
            // A program that knows nothing of the parts changed the row: it may have been either.
            _ => Self { hint: row, mobile: row },
        }
    }
}

/// Replaces what an account has, and raises the version of its record. What is as it was keeps its moment: a part settles by itself.
///
/// # Errors
/// When the database says no.
pub fn set(tx: &mut Tx<'_>, account: &AccountId, new: &SealedRecovery, now: UnixMillis) -> Result<(), Fault> {
    let which = r::table.filter(r::account_id.eq(account.as_str())).select((COLUMNS, DATES));
    let before: Option<(Columns, Dates)> = on!(tx.0, |c| which.get_result(c).optional()?);
    let Moments { hint, mobile } = match before {
        None => Moments { hint: now.0, mobile: now.0 },
        Some((columns, dates)) => changed(&read(columns)?, new, Moments::read(dates), now),
    };
    let columns = (
        r::question_sealed.eq(new.hint.as_ref().map(|(question, _)| question)),
        r::answer_hash.eq(new.hint.as_ref().map(|(_, answer)| answer)),
        r::mobile_sealed.eq(new.mobile.as_ref().map(|(number, _)| number)),
        r::mobile_index.eq(new.mobile.as_ref().map(|(_, index)| index.to_vec())),
        r::updated_at.eq(hint.max(mobile)),
        r::hint_changed_at.eq(hint),
        r::mobile_changed_at.eq(mobile),
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

/// Told apart by what no sealing changes: whoever changes the question types an answer, which gets another hash.
fn changed(before: &SealedRecovery, new: &SealedRecovery, at: Moments, now: UnixMillis) -> Moments {
    let answer = |one: &SealedRecovery| one.hint.as_ref().map(|(_, answer)| answer.clone());
    let number = |one: &SealedRecovery| one.mobile.as_ref().map(|(_, index)| *index);
    Moments {
        hint: if answer(before) == answer(new) { at.hint } else { now.0 },
        mobile: if number(before) == number(new) { at.mobile } else { now.0 },
    }
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

/// What counts for another password of what an account has: each part that stood in the application, or has not been changed since a
/// moment. `None`: there is nothing at all.
///
/// # Errors
/// When the database cannot be read.
pub fn settled(conn: &mut Conn, account: &AccountId, since: UnixMillis) -> Result<Option<SealedRecovery>, Fault> {
    let Some((has, counts)) = with_counts(conn, account, since)? else { return Ok(None) };
    Ok(Some(SealedRecovery { hint: has.hint.filter(|_| counts.hint), mobile: has.mobile.filter(|_| counts.mobile) }))
}

/// Which part counts.
struct Counts {
    hint: bool,
    mobile: bool,
    at: Moments,
}

fn with_counts(
    conn: &mut Conn,
    account: &AccountId,
    since: UnixMillis,
) -> Result<Option<(SealedRecovery, Counts)>, Fault> {
    // In one statement, whatever there is: strangers wait for it.
    let query = r::table
        .inner_join(a::table.on(a::id.eq(r::account_id)))
        .filter(r::account_id.eq(account.as_str()))
        .select((COLUMNS, DATES, a::created_at));
    let row: Option<(Columns, Dates, i64)> = on!(conn, |c| query.get_result(c).optional()?);
    let Some((columns, dates, created_at)) = row else { return Ok(None) };
    let at = Moments::read(dates);
    let counts = |at: i64| at <= since.0 || at <= created_at;
    Ok(Some((read(columns)?, Counts { hint: counts(at.hint), mobile: counts(at.mobile), at })))
}

/// From when on what an account has counts, where it does not yet.
///
/// # Errors
/// When the database cannot be read.
pub fn counts_from(conn: &mut Conn, account: &AccountId, now: UnixMillis) -> Result<CountsFrom, Fault> {
    let Some((has, counts)) = with_counts(conn, account, now.minus(SETTLES))? else { return Ok(CountsFrom::default()) };
    let from = |at: i64| UnixMillis(at).plus(SETTLES);
    Ok(CountsFrom {
        hint: has.hint.filter(|_| !counts.hint).map(|_| from(counts.at.hint)),
        mobile: has.mobile.filter(|_| !counts.mobile).map(|_| from(counts.at.mobile)),
    })
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

/// Removes each part that does not count. `false`: all of it does, or there is none.
///
/// # Errors
/// When the database says no.
pub fn remove_unsettled(tx: &mut Tx<'_>, account: &AccountId, since: UnixMillis) -> Result<bool, Fault> {
    let Some((has, counts)) = with_counts(tx.conn(), account, since)? else { return Ok(false) };
    let (hint, mobile) = (has.hint.is_some() && !counts.hint, has.mobile.is_some() && !counts.mobile);
    let which = r::table.filter(r::account_id.eq(account.as_str()));
    if hint {
        let none = (r::question_sealed.eq(None::<Vec<u8>>), r::answer_hash.eq(None::<String>));
        on!(tx.0, |c| diesel::update(which).set(none).execute(c)?);
    }
    if mobile {
        let none = (r::mobile_sealed.eq(None::<Vec<u8>>), r::mobile_index.eq(None::<Vec<u8>>));
        on!(tx.0, |c| diesel::update(which).set(none).execute(c)?);
    }
    if hint || mobile {
        records::raise(tx, account)?;
    }
    Ok(hint || mobile)
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

#[cfg(test)]
mod tests {
    use super::Moments;

    #[test]
    fn of_a_row_that_a_program_of_before_wrote_both_parts_are_as_young_as_the_row() {
        let read = |dates| {
            let Moments { hint, mobile } = Moments::read(dates);
            (hint, mobile)
        };
        assert_eq!(read((5, None, None)), (5, 5), "never written by this one");
        assert_eq!(read((5, Some(3), Some(5))), (3, 5));
        assert_eq!(read((5, Some(5), Some(4))), (5, 4));
        assert_eq!(read((9, Some(3), Some(5))), (9, 9), "written by that one since");
    }
}
