//! Guesses at names, known or not: taking one is guarded, so that of many at once exactly those the rule allows succeed.

use crate::conn::on;
use crate::schema::password_attempts as p;
use crate::{Conn, Fault, Tx};
use diesel::prelude::*;
use idp_core::UnixMillis;
use idp_core::people::password_attempt::{self, AttemptPolicy, Attempts, NotTaken, TooSoon, needs_proof, reserve};

/// Takes one attempt for the name, or says when the next one may be taken.
///
/// * `name`: keyed digest of the name, or of the name in a browser that has a counter of its own.
/// * `policy`: [`AttemptPolicy::proven`] once a person showed that they are no program.
///
/// # Errors
/// When the database says no. The inner error is the refusal, which changes nothing.
pub fn take(
    tx: &mut Tx<'_>,
    name: &[u8; 32],
    now: UnixMillis,
    policy: &AttemptPolicy,
) -> Result<Result<Attempts, NotTaken>, Fault> {
    let columns = |taken: &Attempts| {
        let failures = p::failures.eq(i64::from(taken.failures));
        (failures, p::not_before.eq(taken.not_before.0), p::last_at.eq(taken.last_at.0))
    };
    // Most names have no row. That is tried before anything is read: to PostgreSQL, whoever read in this small table is in the
    // way of everybody who writes into it at that moment.
    if let Ok(first) = reserve(None, now, policy) {
        let row = (p::name_digest.eq(&name[..]), columns(&first));
        if on!(tx.0, |c| diesel::insert_into(p::table).values(row).on_conflict_do_nothing().execute(c)?) == 1 {
            return Ok(Ok(first));
        }
    }
    let query = p::table.filter(p::name_digest.eq(&name[..])).select((p::failures, p::not_before, p::last_at));
    let seen: (i64, i64, i64) = on!(tx.0, |c| query.get_result(c)?);
    let (failures, not_before, _) = seen;
    let taken = match reserve(Some(attempts(seen)), now, policy) {
        Ok(taken) => taken,
        Err(refusal) => return Ok(Err(NotTaken::TooSoon(refusal))),
    };
    if needs_proof(&taken, policy) {
        return Ok(Err(NotTaken::NeedsProof));
    }
    let unmoved = p::table
        .filter(p::name_digest.eq(&name[..]))
        .filter(p::failures.eq(failures))
        .filter(p::not_before.eq(not_before));
    let changed = on!(tx.0, |c| diesel::update(unmoved).set(columns(&taken)).execute(c)?);
    // Somebody else took it between reading and writing.
    Ok(if changed == 1 { Ok(taken) } else { Err(NotTaken::TooSoon(TooSoon::Wait { until: taken.not_before })) })
}

fn attempts((failures, not_before, last_at): (i64, i64, i64)) -> Attempts {
    Attempts {
        failures: u32::try_from(failures).unwrap_or(u32::MAX),
        not_before: UnixMillis(not_before),
        last_at: UnixMillis(last_at),
    }
}

/// Gives an attempt back whose password nobody looked at. Whoever took one since keeps theirs.
///
/// # Errors
/// When the database says no.
pub fn give_back(tx: &mut Tx<'_>, name: &[u8; 32], taken: Attempts) -> Result<(), Fault> {
    let untouched = p::table
        .filter(p::name_digest.eq(&name[..]))
        .filter(p::failures.eq(i64::from(taken.failures)))
        .filter(p::not_before.eq(taken.not_before.0));
    match password_attempt::give_back(taken) {
        None => on!(tx.0, |c| diesel::delete(untouched).execute(c)?),
        Some(left) => {
            let columns = (p::failures.eq(i64::from(left.failures)), p::not_before.eq(left.not_before.0));
            on!(tx.0, |c| diesel::update(untouched).set(columns).execute(c)?)
        }
    };
    Ok(())
}

/// Forgets the failures of a name: its password was right.
///
/// # Errors
/// When the database says no.
pub fn forget(tx: &mut Tx<'_>, name: &[u8; 32]) -> Result<(), Fault> {
    on!(tx.0, |c| diesel::delete(p::table.filter(p::name_digest.eq(&name[..]))).execute(c)?);
    Ok(())
}

/// What is remembered of a name; `None`: nothing.
///
/// # Errors
/// When the database cannot be read.
pub fn find(conn: &mut Conn, name: &[u8; 32]) -> Result<Option<Attempts>, Fault> {
    let query = p::table.filter(p::name_digest.eq(&name[..])).select((p::failures, p::not_before, p::last_at));
    let seen: Option<(i64, i64, i64)> = on!(conn, |c| query.get_result(c).optional()?);
    Ok(seen.map(attempts))
}

/// When a name behind the `most` guessed at last was guessed at; `None`: there are no more than that.
///
/// # Errors
/// When the database cannot be read.
pub fn last_guess_behind(conn: &mut Conn, most: i64) -> Result<Option<UnixMillis>, Fault> {
    let behind = p::table.select(p::last_at).order(p::last_at.desc()).offset(most).limit(1);
    let at: Option<i64> = on!(conn, |c| behind.get_result(c).optional()?);
    Ok(at.map(UnixMillis))
}
