//! Codes that were asked for as text messages (忘記密碼): how often each was typed, and whether it was right. What a code is stands in
//! `idp_core::membership::reset_code`; here are its counters alone, by the id of its message, alike for names that nobody has.

use crate::conn::on;
use crate::schema::{messages as m, reset_codes as k};
use crate::{Fault, Tx};
use diesel::prelude::*;
use idp_core::ids::first_of;
use idp_core::membership::reset_code::{TRIES, may_send};
use idp_core::{AccountId, UnixMillis};

/// Notes that a code was asked for.
///
/// * `id`: of its message.
///
/// # Errors
/// When the database says no.
pub fn add(tx: &mut Tx<'_>, id: &str) -> Result<(), Fault> {
    let row = (k::id.eq(id), k::tries.eq(0));
    on!(tx.0, |c| diesel::insert_into(k::table).values(row).execute(c)?);
    Ok(())
}

/// Takes one of the tries that a code has, before anything is compared. Gives how many are left; `None`: there was none, or the
/// code was used.
///
/// # Errors
/// When the database says no.
pub fn take_try(tx: &mut Tx<'_>, id: &str) -> Result<Option<u32>, Fault> {
    let which = k::table.filter(k::id.eq(id)).filter(k::used_at.is_null()).filter(k::tries.lt(i64::from(TRIES)));
    let update = diesel::update(which).set(k::tries.eq(k::tries + 1)).returning(k::tries);
    let taken: Option<i64> = on!(tx.0, |c| update.get_result(c).optional()?);
    Ok(taken.map(|taken| TRIES.saturating_sub(u32::try_from(taken).unwrap_or(TRIES))))
}

/// Uses a code. `false`: it was.
///
/// # Errors
/// When the database says no.
pub fn redeem(tx: &mut Tx<'_>, id: &str, now: UnixMillis) -> Result<bool, Fault> {
    let which = k::table.filter(k::id.eq(id)).filter(k::used_at.is_null());
    Ok(on!(tx.0, |c| diesel::update(which).set(k::used_at.eq(now.0)).execute(c)?) == 1)
}

/// Notes to which mobile a code is sent. `false`: so many went there since `since` that it may not (`reset_code::may_send`).
///
/// * `asked_at`: what stands in place of the account at its message: a digest of the name that was typed.
///
/// # Errors
/// When the database says no.
pub fn send_to(
    tx: &mut Tx<'_>,
    (id, asked_at): (&str, &AccountId),
    mobile: &[u8; 32],
    since: UnixMillis,
) -> Result<bool, Fault> {
    let others =
        k::table.filter(k::mobile_index.eq(&mobile[..])).filter(k::id.ge(first_of(since))).filter(k::id.ne(id));
    let own = others.clone().inner_join(m::table.on(m::id.eq(k::id))).filter(m::account_id.eq(asked_at.as_str()));
    let sent: i64 = on!(tx.0, |c| others.count().get_result(c)?);
    let own: i64 = on!(tx.0, |c| own.count().get_result(c)?);
    if !may_send(sent, own) {
        return Ok(false);
    }
    let which = k::table.filter(k::id.eq(id));
    Ok(on!(tx.0, |c| diesel::update(which).set(k::mobile_index.eq(&mobile[..])).execute(c)?) == 1)
}
