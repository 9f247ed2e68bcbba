//! How a unit of work runs on a connection.
//!
//! * reading by key: one statement, without a transaction around it
//! * scanning: `REPEATABLE READ READ ONLY`: all its statements see one state
//! * a backup: `SERIALIZABLE READ ONLY DEFERRABLE`: one state that there was between whole transactions
//! * writing: `SERIALIZABLE`, which is what SQLite's one writer gives; tried again when the server says that it collided

use super::line::Line;
use super::sqlstate::SqlState;
use crate::measured::now;
use crate::{Conn, Fault, Tx};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

/// A unit that collides with others is tried so often at least, and then until it has taken so long. The few in the midst of
/// everything, as the lock of an account that is being used, collide many times with units that are over in a moment.
const TRIES: u32 = 5;
const TRYING: Duration = Duration::from_secs(2);
/// From this try on, collided units of all nodes take turns: of a crowd that wants the same row each try would otherwise
/// help one of them alone.
const IN_TURN_FROM: u32 = 2;
const SERIALIZABLE: &str = "BEGIN ISOLATION LEVEL SERIALIZABLE";
const ONE_STATE: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
const ONE_MOMENT: &str = "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE";
/// An advisory lock, also of migrations, taken before a transaction sees anything. The number is `shenfen` in bytes.
const TAKE_TURN: &str = "SELECT pg_advisory_lock(32484407174915438)";
const LEAVE_TURN: &str = "SELECT pg_advisory_unlock(32484407174915438)";

/// How a writing unit is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Writing {
    /// Beside others.
    AtOnce,
    /// Alone among those who ask for the same, before it sees anything.
    InTurn,
}

/// What became of one try.
enum Tried<T> {
    Done(Result<T, Fault>),
    /// It collided with another, and nothing of it stands.
    Collided,
    /// The connection was dead before anything was done on it.
    NothingDone(Fault),
}

/// A few rows by key, each statement by itself.
pub(super) fn read<T>(line: &mut Line, unit: &impl Fn(&mut Conn) -> Result<T, Fault>) -> Result<T, Fault> {
    for last in [false, true] {
        let link = line.link()?;
        let out = guarded(|| unit(&mut link.conn));
        match (out, link.complaint(), link.is_alive()) {
            (out @ Ok(_), None, true) => return out,
            (out @ Ok(_), ..) => {
                line.hang_up();
                return out;
            }
            (Err(fault), None, true) => return Err(fault),
            (Err(fault), Some(state), _) => {
                line.hang_up();
                let failed = state.judge(fault);
                if last || !state.lets_a_read_run_again() {
                    return Err(failed);
                }
            }
            (Err(_), None, false) => {
                let lost = line.lost();
                line.hang_up();
                if last || line.is_over() {
                    return Err(lost);
                }
            }
        }
    }
    Err(line.lost())
}

/// Any number of statements that see one state.
pub(super) fn scan<T>(line: &mut Line, unit: &impl Fn(&mut Conn) -> Result<T, Fault>) -> Result<T, Fault> {
    reading(line, ONE_STATE, unit)
}

/// The same, and what they see is as if transactions had run one after the other.
pub(super) fn snapshot<T>(line: &mut Line, unit: &impl Fn(&mut Conn) -> Result<T, Fault>) -> Result<T, Fault> {
    reading(line, ONE_MOMENT, unit)
}

fn reading<T>(line: &mut Line, begin: &str, unit: &impl Fn(&mut Conn) -> Result<T, Fault>) -> Result<T, Fault> {
    again_if_dead(line, |line| match attempt(line, &[begin], unit) {
        // Nothing was written: whether the end of it is answered does not matter.
        Tried::Collided => Tried::Done(Err(Fault::Busy)),
        other => other,
    })
}

/// A transaction; `Ok` commits.
pub(super) fn write<T>(
    line: &mut Line,
    writing: Writing,
    unit: &impl Fn(&mut Tx<'_>) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let name = name_of(unit);
    let unit = |conn: &mut Conn| unit(&mut Tx(conn));
    let (begun, mut number) = (now(), 0);
    while number < TRIES || begun.elapsed() < TRYING {
        number += 1;
        if number > 1 {
            pause(number);
        }
        let in_turn = writing == Writing::InTurn || number >= IN_TURN_FROM;
        let begin: &[&str] = if in_turn { &[TAKE_TURN, SERIALIZABLE] } else { &[SERIALIZABLE] };
        let tried = again_if_dead(line, |line| {
            let tried = attempt(line, begin, &unit);
            if in_turn {
                leave_turn(line);
            }
            match tried {
                Tried::Done(out) => Tried::Done(Ok(Some(out))),
                Tried::Collided => Tried::Done(Ok(None)),
                Tried::NothingDone(fault) => Tried::NothingDone(fault),
            }
        });
        match tried {
            Ok(Some(out)) => return out,
            Ok(None) if line.is_over() => return Err(line.lost()),
            Ok(None) => tracing::debug!(number, unit = name, "a unit collided with another"),
            Err(fault) => return Err(fault),
        }
    }
    Err(Fault::Unavailable(format!("PostgreSQL: a unit collided with others {number} times ({name})")))
}

/// Where a unit stands in the program: for the log.
fn name_of<U>(_: &U) -> &'static str {
    std::any::type_name::<U>()
}

/// A connection may have died since it was used last. Where nothing was done, a new one is tried, once.
fn again_if_dead<T>(line: &mut Line, mut run: impl FnMut(&mut Line) -> Tried<T>) -> Result<T, Fault> {
    let mut first = None;
    for _ in 0..2 {
        match run(line) {
            Tried::Done(out) => return out,
            Tried::Collided => return Err(Fault::Busy),
            Tried::NothingDone(fault) if line.is_over() => return Err(fault),
            Tried::NothingDone(fault) => first = first.or(Some(fault)),
        }
    }
    Err(first.unwrap_or(Fault::Busy))
}

fn attempt<T>(line: &mut Line, begin: &[&str], unit: &impl Fn(&mut Conn) -> Result<T, Fault>) -> Tried<T> {
    let link = match line.link() {
        Ok(link) => link,
        // There is no server, or no room: asking it twice in a row tells nothing new.
        Err(fault) => return Tried::Done(Err(fault)),
    };
    if let Err(fault) = begin.iter().try_for_each(|sql| link.batch(sql)) {
        let fault = explain(link.complaint(), fault, line);
        line.hang_up();
        return Tried::NothingDone(fault);
    }
    let out = guarded(|| unit(&mut link.conn));
    match (out, link.complaint()) {
        (Ok(done), None) => commit(line, done),
        // The unit went on after an error: the server has undone it, and would answer the COMMIT with a ROLLBACK.
        (Ok(_), Some(state)) => roll_back(line, Some(state), Fault::Database("a unit went on after an error".into())),
        (Err(fault), complaint) => roll_back(line, complaint, fault),
    }
}

fn commit<T>(line: &mut Line, done: T) -> Tried<T> {
    let Ok(link) = line.link_in_use() else { return Tried::Done(Err(unknown())) };
    let Err(fault) = link.batch("COMMIT") else { return Tried::Done(Ok(done)) };
    let complaint = link.complaint();
    line.hang_up();
    Tried::Done(Err(match complaint {
        Some(state) if state.is_collision() => return Tried::Collided,
        Some(state) if !state.ends_the_connection() => state.judge(fault),
        _ => unknown(),
    }))
}

/// The server may have committed, or not: whoever tries it again by itself could do it twice.
fn unknown() -> Fault {
    Fault::Unavailable("PostgreSQL did not answer the commit: whether it stands is not known".into())
}

fn roll_back<T>(line: &mut Line, complaint: Option<SqlState>, fault: Fault) -> Tried<T> {
    let undone = line.link_in_use().is_ok_and(|link| link.batch("ROLLBACK").is_ok());
    let fault = explain(complaint, fault, line);
    if !undone || complaint.is_some_and(|state| !state.is_ordinary()) {
        line.hang_up();
    }
    match complaint {
        Some(state) if state.is_collision() => Tried::Collided,
        _ => Tried::Done(Err(fault)),
    }
}

fn leave_turn(line: &mut Line) {
    let left = line.link_in_use().and_then(|link| link.batch(LEAVE_TURN));
    if left.is_err() {
        // The lock goes with the connection.
        line.hang_up();
    }
}

/// Waits a little, each time longer, and not all alike: 1 ms at most before the second try, 64 from the eighth on.
fn pause(number: u32) {
    let random = keys::random::<1>().map_or(128, |[byte]| u64::from(byte));
    let most = 250 << number.min(8);
    std::thread::sleep(Duration::from_micros(random * most / 256));
}

fn guarded<T>(unit: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    catch_unwind(AssertUnwindSafe(unit)).unwrap_or_else(|_| Err(Fault::Database("the unit panicked".into())))
}

/// The fault in the words of what really happened.
fn explain(complaint: Option<SqlState>, fault: Fault, line: &mut Line) -> Fault {
    match complaint {
        Some(state) => state.judge(fault),
        None if line.link_in_use().is_ok() => fault,
        None => line.lost(),
    }
}
