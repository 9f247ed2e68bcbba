//! Turns of jobs that walk through whole tables: of all nodes one takes each.

use crate::conn::on;
use crate::schema::job_turns as t;
use crate::{Fault, Tx};
use diesel::prelude::*;
use idp_core::UnixMillis;
use std::time::Duration;

/// A turn that was taken: until when nobody else takes the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn(UnixMillis);

/// Takes a turn, if the last one is `every` ago. `None`: another node has it.
///
/// # Errors
/// When the database says no.
pub fn take(tx: &mut Tx<'_>, job: &str, now: UnixMillis, every: Duration) -> Result<Option<Turn>, Fault> {
    let next = now.plus(every);
    // A turn further away than that was written by a clock that was wrong.
    let due = t::next_at.le(now.0).or(t::next_at.gt(next.0));
    let taken = on!(tx.0, |c| diesel::update(t::table.filter(t::job.eq(job)).filter(due))
        .set(t::next_at.eq(next.0))
        .execute(c)?);
    let row = (t::job.eq(job), t::next_at.eq(next.0));
    let taken = taken + on!(tx.0, |c| diesel::insert_into(t::table).values(row).on_conflict_do_nothing().execute(c)?);
    Ok((taken > 0).then_some(Turn(next)))
}

/// Gives a turn back that came to nothing: whoever asks next has it. One that another has by now stays.
///
/// # Errors
/// When the database says no.
pub fn give_back(tx: &mut Tx<'_>, job: &str, Turn(until): Turn, now: UnixMillis) -> Result<(), Fault> {
    let mine = t::table.filter(t::job.eq(job)).filter(t::next_at.eq(until.0));
    on!(tx.0, |c| diesel::update(mine).set(t::next_at.eq(now.0)).execute(c)?);
    Ok(())
}

/// Keeps a turn that takes longer: `every` from now on. `None`: another node has the next one already.
///
/// # Errors
/// When the database says no.
pub fn keep(
    tx: &mut Tx<'_>,
    job: &str,
    Turn(until): Turn,
    (now, every): (UnixMillis, Duration),
) -> Result<Option<Turn>, Fault> {
    let next = now.plus(every);
    let mine = t::table.filter(t::job.eq(job)).filter(t::next_at.eq(until.0));
    let kept = on!(tx.0, |c| diesel::update(mine).set(t::next_at.eq(next.0)).execute(c)?);
    Ok((kept == 1).then_some(Turn(next)))
}
