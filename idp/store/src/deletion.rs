//! 刪除帳號: asking for it, undoing it, and what is removed when the time has come.
//!
//! Removing goes in small steps, each in a transaction of its own: first what is worth nothing any more (grants and sessions, dead since
//! it was asked for), then everything else with the account at once. Whoever is interrupted goes on where it ended.

use crate::conn::on;
use crate::schema::{
    account_roles as r, accounts as a, agreements as g, capacities as k, consents as c_, former_accounts as f,
    grants as t, messages as m, outbox as o, password_attempts as p, recovery as h, reset_codes as n, sessions as s,
};
use crate::{Conn, Fault, Tx};
use diesel::prelude::*;
use idp_core::people::account::AccountState;
use idp_core::{AccountId, UnixMillis};

/// The account is removed from a moment on, unless that is undone. Raises the security epoch: sessions and grants end everywhere at
/// once. `false`: it changed since it was read.
///
/// * `before`: security epoch and state of the account as it was read.
///
/// # Errors
/// When the database says no.
pub fn ask(
    tx: &mut Tx<'_>,
    id: &AccountId,
    before: (i64, AccountState),
    until: UnixMillis,
    now: UnixMillis,
) -> Result<bool, Fault> {
    let (epoch, state) = before;
    let (word, leaves_at) = AccountState::Leaving { until }.stored();
    let which = a::table
        .filter(a::id.eq(id.as_str()))
        .filter(a::security_epoch.eq(epoch))
        .filter(a::state.eq(state.stored().0));
    let row = (
        (a::state.eq(word), a::leaves_at.eq(leaves_at.map(|at| at.0))),
        a::security_epoch.eq(a::security_epoch + 1),
        a::updated_at.eq(now.0),
    );
    Ok(on!(tx.0, |c| diesel::update(which).set(row).execute(c)?) == 1)
}

/// The account can be used again. `false`: it is not about to be removed, its time has come, or it was asked for anew.
///
/// * `before`: security epoch of the account and the moment of its removal as they were read.
///
/// # Errors
/// When the database says no.
pub fn undo(
    tx: &mut Tx<'_>,
    id: &AccountId,
    (epoch, until): (i64, UnixMillis),
    now: UnixMillis,
) -> Result<bool, Fault> {
    let which = a::table
        .filter(a::id.eq(id.as_str()))
        .filter(a::security_epoch.eq(epoch))
        .filter(a::leaves_at.eq(until.0))
        .filter(a::leaves_at.gt(now.0));
    let active = AccountState::Active.stored().0;
    let row = (a::state.eq(active), a::leaves_at.eq(None::<i64>), a::updated_at.eq(now.0));
    Ok(on!(tx.0, |c| diesel::update(which).set(row).execute(c)?) == 1)
}

/// Whether somebody else who can sign in has a role.
///
/// # Errors
/// When the database cannot be read.
pub fn others_with_role(conn: &mut Conn, id: &AccountId, role: &str) -> Result<bool, Fault> {
    let others = r::table
        .inner_join(a::table.on(a::id.eq(r::account_id)))
        .filter(r::role.eq(role))
        .filter(a::id.ne(id.as_str()))
        .filter(a::state.eq(AccountState::Active.as_str()));
    Ok(on!(conn, |c| diesel::select(diesel::dsl::exists(others)).get_result(c)?))
}

/// An account whose time has come, with what its digests are made of.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Due {
    id: String,
    /// 帳號, in lower case.
    pub account_key: String,
    /// Where its last mail goes.
    pub email: Option<String>,
    email_verified: bool,
}

impl Due {
    /// Which account.
    pub fn id(&self) -> AccountId {
        AccountId::from_trusted(self.id.as_str())
    }

    /// Where its last mail goes, if that was confirmed.
    pub fn confirmed_email(&self) -> Option<&str> {
        self.email.as_deref().filter(|_| self.email_verified)
    }
}

/// Accounts whose time has come, the longest due first, at most `limit`.
///
/// # Errors
/// When the database cannot be read.
pub fn due(conn: &mut Conn, now: UnixMillis, limit: i64) -> Result<Vec<Due>, Fault> {
    let query = a::table.filter(a::leaves_at.le(now.0)).order((a::leaves_at, a::id)).limit(limit).select((
        a::id,
        a::account_key,
        a::email,
        a::email_verified,
    ));
    Ok(on!(conn, |c| query.get_results(c)?))
}

/// Accounts that are about to be removed and have sessions that nobody ended, at most `limit`. Those are worth nothing, but no portal was
/// told so.
///
/// # Errors
/// When the database cannot be read.
pub fn in_session(conn: &mut Conn, now: UnixMillis, limit: i64) -> Result<Vec<AccountId>, Fault> {
    let sessions =
        s::table.filter(s::account_id.eq(a::id)).filter(s::ended_at.is_null()).filter(s::expires_at.gt(now.0));
    let leaving = a::table.filter(a::leaves_at.gt(now.0)).filter(diesel::dsl::exists(sessions));
    let ids: Vec<String> =
        on!(conn, |c| leaving.order((a::leaves_at, a::id)).limit(limit).select(a::id).get_results(c)?);
    Ok(ids.into_iter().map(AccountId::from_trusted).collect())
}

/// Whether an account is about to be removed, or due.
///
/// # Errors
/// When the database cannot be read.
pub fn is_leaving(conn: &mut Conn, id: &AccountId) -> Result<bool, Fault> {
    let which = a::table.filter(a::id.eq(id.as_str())).filter(a::leaves_at.is_not_null());
    Ok(on!(conn, |c| diesel::select(diesel::dsl::exists(which)).get_result(c)?))
}

/// Removes grants, then sessions of an account whose time has come, so many rows at most. Gives how many; none: nothing is left of them.
///
/// # Errors
/// When the database says no.
pub fn remove_dead(tx: &mut Tx<'_>, id: &AccountId, now: UnixMillis, limit: i64) -> Result<usize, Fault> {
    if !is_due(tx.conn(), id, now)? {
        return Ok(0);
    }
    let its = s::table.filter(s::account_id.eq(id.as_str())).select(s::id);
    let grants = t::table.filter(t::session_id.eq_any(its)).select(t::id).limit(limit);
    let grants: Vec<String> = on!(tx.0, |c| grants.get_results(c)?);
    if !grants.is_empty() {
        return Ok(on!(tx.0, |c| diesel::delete(t::table.filter(t::id.eq_any(&grants))).execute(c)?));
    }
    let sessions: Vec<String> = on!(tx.0, |c| its.limit(limit).get_results(c)?);
    Ok(on!(tx.0, |c| diesel::delete(s::table.filter(s::id.eq_any(&sessions))).execute(c)?))
}

fn is_due(conn: &mut Conn, id: &AccountId, now: UnixMillis) -> Result<bool, Fault> {
    let which = a::table.filter(a::id.eq(id.as_str())).filter(a::leaves_at.le(now.0));
    Ok(on!(conn, |c| diesel::select(diesel::dsl::exists(which)).get_result(c)?))
}

/// What stands in the database under a digest of what the person is called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Digests {
    /// Under which the name is remembered, so that nobody gets it again.
    pub former: [u8; 32],
    /// Under which wrong passwords are counted.
    pub attempts: [u8; 32],
    /// Under which wrong answers to the hint question are.
    pub answers: [u8; 32],
    /// What stands in place of the account at messages that were asked for by what somebody typed: its name.
    pub typed_name: String,
    /// The same for its address. Others may have it too: what waits for them stays.
    pub typed_address: Option<String>,
}

/// Removes an account whose time has come, with everything that hangs on it but grants and sessions, which went before. `false`: it was
/// undone, another node removed it, or grants or sessions are left.
///
/// What stays: logouts that portals are still to be told (ids alone; they go a week after that), lines of the audit (ids alone; they go
/// when their time is over), and the digest of the name.
///
/// # Errors
/// When the database says no.
pub fn remove(tx: &mut Tx<'_>, id: &AccountId, digests: &Digests, now: UnixMillis) -> Result<bool, Fault> {
    let left = s::table.filter(s::account_id.eq(id.as_str()));
    let left: bool = on!(tx.0, |c| diesel::select(diesel::dsl::exists(left)).get_result(c)?);
    if left || !is_due(tx.conn(), id, now)? {
        return Ok(false);
    }
    let id = id.as_str();
    on!(tx.0, |c| {
        diesel::delete(m::table.filter(m::account_id.eq(&digests.typed_name))).execute(c)?;
        let of_address = m::table.filter(m::account_id.nullable().eq(&digests.typed_address));
        diesel::delete(of_address.filter(m::finished_at.is_not_null())).execute(c)?;
        diesel::delete(o::table.filter(o::account_id.eq(id)).filter(o::finished_at.is_not_null())).execute(c)?;
        let counted = [&digests.attempts[..], &digests.answers[..]];
        diesel::delete(p::table.filter(p::name_digest.eq_any(counted))).execute(c)?;
        let name = f::name_digest.eq(&digests.former[..]);
        diesel::insert_into(f::table).values(name).on_conflict_do_nothing().execute(c)?;
    });
    remove_with_all(tx, id)?;
    Ok(true)
}

/// Removes an account and what says by its id whose it is: of each table with a foreign key to accounts and of messages, but grants and sessions. Of those
/// there may be many: they go before, or there were none. `email_changes` and
/// `former_emails` go with their account (CASCADE).
pub(crate) fn remove_with_all(tx: &mut Tx<'_>, id: &str) -> Result<(), Fault> {
    on!(tx.0, |c| {
        let mobile = h::table.filter(h::account_id.eq(id)).select(h::mobile_index);
        let texted = n::table.filter(n::mobile_index.eq_any(mobile));
        diesel::update(texted).set(n::mobile_index.eq(None::<Vec<u8>>)).execute(c)?;
        diesel::delete(h::table.filter(h::account_id.eq(id))).execute(c)?;
        diesel::delete(g::table.filter(g::account_id.eq(id))).execute(c)?;
        diesel::delete(k::table.filter(k::account_id.eq(id))).execute(c)?;
        diesel::delete(r::table.filter(r::account_id.eq(id))).execute(c)?;
        diesel::delete(c_::table.filter(c_::account_id.eq(id))).execute(c)?;
        diesel::delete(m::table.filter(m::account_id.eq(id))).execute(c)?;
        diesel::delete(a::table.filter(a::id.eq(id))).execute(c)?;
    });
    Ok(())
}
