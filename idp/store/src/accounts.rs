//! Accounts.

use crate::conn::on;
use crate::person::{self, PersonRow, with_capacity};
use crate::schema::{accounts as a, former_accounts as f};
use crate::{Conn, Fault, Tx};
use diesel::prelude::*;
use idp_core::people::account::{AccountState, Person};
use idp_core::people::account_name::AccountName;
use idp_core::people::email_address::EmailAddress;
use idp_core::{AccountId, UnixMillis};
use std::fmt;

diesel::define_sql_function! {
    /// Lower case: of ASCII on SQLite, of more on PostgreSQL.
    fn lower(text: diesel::sql_types::Nullable<diesel::sql_types::Text>) -> diesel::sql_types::Nullable<diesel::sql_types::Text>;
}

/// A new account.
#[derive(Clone)]
pub struct NewAccount {
    /// Its id.
    pub id: AccountId,
    /// 帳號.
    pub account: AccountName,
    /// 姓名.
    pub name: String,
    /// E-mail address.
    pub email: Option<String>,
    /// Whether the address was confirmed.
    pub email_verified: bool,
    /// Its state.
    pub state: AccountState,
    /// Argon2id, as a PHC string.
    pub password_hash: String,
    /// Keyed digest of 帳號, by which the names of accounts that are gone are remembered.
    pub name_digest: [u8; 32],
}

/// A password hash and personal data are never printed.
impl fmt::Debug for NewAccount {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("NewAccount").field("id", &self.id).field("state", &self.state).finish_non_exhaustive()
    }
}

/// What is needed to check a password.
#[derive(Clone)]
pub struct Login {
    /// Who it would be.
    pub person: Person,
    /// Argon2id, as a PHC string.
    pub password_hash: String,
}

/// The hash is never printed.
impl fmt::Debug for Login {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Login").field("account_id", &self.person.account_id).finish_non_exhaustive()
    }
}

/// Sealed personal data of an account.
#[derive(Clone, Debug, Default, Queryable)]
pub struct SealedPersonal {
    /// 身分證字號.
    pub national_id: Option<Vec<u8>>,
    /// Whether it was proven.
    pub national_id_verified: bool,
    /// Further standard claims.
    pub claims: Option<Vec<u8>>,
}

pub(crate) const SEALED: (a::national_id_sealed, a::national_id_verified, a::claims_sealed) =
    (a::national_id_sealed, a::national_id_verified, a::claims_sealed);

/// The account of a name, for checking a password. Whatever was typed may be asked for: what nobody can be called is not
/// looked for, since PostgreSQL takes text with a zero byte for an error.
///
/// # Errors
/// When the database cannot be read.
pub fn login(conn: &mut Conn, account_key: &str) -> Result<Option<Login>, Fault> {
    if AccountName::parse(account_key).is_none() {
        return Ok(None);
    }
    let query =
        with_capacity!(a::table).filter(a::account_key.eq(account_key)).select((person::columns(), a::password_hash));
    let row: Option<(PersonRow, String)> = on!(conn, |c| query.get_result(c).optional()?);
    row.map(|(person, password_hash)| Ok(Login { person: person.parse()?, password_hash })).transpose()
}

/// Whether somebody has an account name, or had it and is gone.
///
/// * `name_digest`: keyed digest of the name, see [`NewAccount::name_digest`].
///
/// # Errors
/// When the database cannot be read.
pub fn is_taken(conn: &mut Conn, account_key: &str, name_digest: &[u8; 32]) -> Result<bool, Fault> {
    let query = a::table.filter(a::account_key.eq(account_key)).count();
    let found: i64 = on!(conn, |c| query.get_result(c)?);
    Ok(found > 0 || was_taken(conn, name_digest)?)
}

/// Whether an account of this name is gone: the name is never given again.
fn was_taken(conn: &mut Conn, name_digest: &[u8; 32]) -> Result<bool, Fault> {
    let query = f::table.filter(f::name_digest.eq(&name_digest[..])).count();
    let found: i64 = on!(conn, |c| query.get_result(c)?);
    Ok(found > 0)
}

/// One person.
///
/// # Errors
/// When the database cannot be read.
pub fn find(conn: &mut Conn, id: &AccountId) -> Result<Option<Person>, Fault> {
    let query = with_capacity!(a::table).filter(a::id.eq(id.as_str())).select(person::columns());
    let row: Option<PersonRow> = on!(conn, |c| query.get_result(c).optional()?);
    row.map(PersonRow::parse).transpose()
}

/// When an account was made.
///
/// # Errors
/// When the database cannot be read.
pub fn created_at(conn: &mut Conn, id: &AccountId) -> Result<Option<UnixMillis>, Fault> {
    let query = a::table.filter(a::id.eq(id.as_str())).select(a::created_at);
    let at: Option<i64> = on!(conn, |c| query.get_result(c).optional()?);
    Ok(at.map(UnixMillis))
}

/// The people whose confirmed address this is, whatever the case of its letters, by account name.
///
/// * `most`: so many at most.
///
/// # Errors
/// When the database cannot be read.
pub fn with_email(conn: &mut Conn, email: &str, most: i64) -> Result<Vec<Person>, Fault> {
    // PostgreSQL takes text with a zero byte for an error; nobody has such an address.
    let Some(email) = EmailAddress::parse(email) else { return Ok(Vec::new()) };
    let query = with_capacity!(a::table)
        .filter(lower(a::email).eq(email.as_str().to_lowercase()))
        .filter(a::email_verified.eq(true))
        .select(person::columns())
        .order(a::account_key)
        .limit(most);
    let rows: Vec<PersonRow> = on!(conn, |c| query.get_results(c)?);
    rows.into_iter().map(PersonRow::parse).collect()
}

/// In which state an account is; of nothing else of it.
///
/// # Errors
/// When the database cannot be read.
pub fn state(conn: &mut Conn, id: &AccountId) -> Result<Option<AccountState>, Fault> {
    let query = a::table.filter(a::id.eq(id.as_str())).select((a::state, a::leaves_at));
    let row: Option<(String, Option<i64>)> = on!(conn, |c| query.get_result(c).optional()?);
    row.map(|(word, leaves_at)| {
        AccountState::parse(&word, leaves_at.map(UnixMillis)).ok_or_else(|| Fault::corrupt("state of an account"))
    })
    .transpose()
}

/// A page of people, by account name.
///
/// * `after`: the name in lower case that the page before ended with.
///
/// # Errors
/// When the database cannot be read.
pub fn page(conn: &mut Conn, after: Option<&str>, limit: i64) -> Result<Vec<Person>, Fault> {
    let rows: Vec<PersonRow> = on!(conn, |c| {
        let mut query =
            with_capacity!(a::table).select(person::columns()).order(a::account_key).limit(limit).into_boxed();
        if let Some(name) = after {
            query = query.filter(a::account_key.gt(name));
        }
        query.get_results(c)?
    });
    rows.into_iter().map(PersonRow::parse).collect()
}

/// Stores a new account. `false`: the name is taken, or was an account's that is gone, and nothing changed.
///
/// # Errors
/// When the database says no.
pub fn insert(tx: &mut Tx<'_>, new: &NewAccount, now: UnixMillis) -> Result<bool, Fault> {
    if was_taken(tx.conn(), &new.name_digest)? {
        return Ok(false);
    }
    let (state, leaves_at) = new.state.stored();
    let row = (
        a::id.eq(new.id.as_str()),
        a::account_key.eq(new.account.key()),
        a::account.eq(new.account.as_str()),
        a::name.eq(&new.name),
        a::email.eq(&new.email),
        a::email_verified.eq(new.email_verified),
        (a::state.eq(state), a::leaves_at.eq(leaves_at.map(|at| at.0))),
        a::password_hash.eq(&new.password_hash),
        a::security_epoch.eq(1),
        a::capacity_epoch.eq(1),
        a::national_id_verified.eq(false),
        (a::created_at.eq(now.0), a::updated_at.eq(now.0)),
    );
    Ok(on!(tx.0, |c| diesel::insert_into(a::table).values(row).on_conflict_do_nothing().execute(c)?) == 1)
}

/// 啟用: lets an account that was never used be used, its address confirmed. `false`: it was not waiting for that, or has another
/// address by now.
///
/// # Errors
/// When the database says no.
pub fn activate(tx: &mut Tx<'_>, id: &AccountId, email: &str, now: UnixMillis) -> Result<bool, Fault> {
    let which = a::table
        .filter(a::id.eq(id.as_str()))
        .filter(a::state.eq(AccountState::NotActivated.as_str()))
        .filter(a::email.eq(email));
    let row = (a::state.eq(AccountState::Active.as_str()), a::email_verified.eq(true), a::updated_at.eq(now.0));
    Ok(on!(tx.0, |c| diesel::update(which).set(row).execute(c)?) == 1)
}

/// Corrects the address of an account that was never used. `false`: it was used by now.
///
/// # Errors
/// When the database says no.
pub fn correct_email(tx: &mut Tx<'_>, id: &AccountId, email: &str, now: UnixMillis) -> Result<bool, Fault> {
    let which = a::table.filter(a::id.eq(id.as_str())).filter(a::state.eq(AccountState::NotActivated.as_str()));
    let row = (a::email.eq(email), a::updated_at.eq(now.0));
    Ok(on!(tx.0, |c| diesel::update(which).set(row).execute(c)?) == 1)
}

/// Replaces the password hash after a successful sign-in, when the setting was raised. Ends nothing.
///
/// # Errors
/// When the database says no.
pub fn rehash(tx: &mut Tx<'_>, id: &AccountId, password_hash: &str) -> Result<(), Fault> {
    let which = a::table.filter(a::id.eq(id.as_str()));
    on!(tx.0, |c| diesel::update(which).set(a::password_hash.eq(password_hash)).execute(c)?);
    Ok(())
}

/// Gives an account another password and raises the security epoch: sessions and grants end everywhere at once.
///
/// # Errors
/// When the database says no.
pub fn set_password(tx: &mut Tx<'_>, id: &AccountId, password_hash: &str, now: UnixMillis) -> Result<(), Fault> {
    let which = a::table.filter(a::id.eq(id.as_str()));
    let raised = a::security_epoch.eq(a::security_epoch + 1);
    let row = (a::password_hash.eq(password_hash), raised, a::updated_at.eq(now.0));
    on!(tx.0, |c| diesel::update(which).set(row).execute(c)?);
    Ok(())
}

/// Gives an account another password by a mailed link: only while the account can be used or is about to be removed, is as it was when
/// the link was made, and has the address that it was mailed to. Raises the security epoch, so that of all links of before one counts. `false`: nothing changed.
///
/// * `person`: as the link found them.
///
/// # Errors
/// When the database says no.
pub fn reset_password(tx: &mut Tx<'_>, person: &Person, password_hash: &str, now: UnixMillis) -> Result<bool, Fault> {
    let which = a::table
        .filter(a::id.eq(person.account_id.as_str()))
        .filter(a::security_epoch.eq(person.security_epoch))
        .filter(a::state.eq(AccountState::Active.as_str()).or(a::leaves_at.is_not_null()))
        .filter(a::email.eq(&person.email))
        .filter(a::email_verified.eq(true));
    let raised = a::security_epoch.eq(a::security_epoch + 1);
    let row = (a::password_hash.eq(password_hash), raised, a::updated_at.eq(now.0));
    Ok(on!(tx.0, |c| diesel::update(which).set(row).execute(c)?) == 1)
}

/// Changes the state of an account. Locking raises the security epoch: sessions and grants end everywhere at once.
///
/// # Errors
/// When the database says no.
pub fn set_state(tx: &mut Tx<'_>, id: &AccountId, state: AccountState, now: UnixMillis) -> Result<(), Fault> {
    let raised = i64::from(state != AccountState::Active);
    let which = a::table.filter(a::id.eq(id.as_str()));
    let (word, leaves_at) = state.stored();
    let state = (a::state.eq(word), a::leaves_at.eq(leaves_at.map(|at| at.0)));
    let row = (state, a::security_epoch.eq(a::security_epoch + raised), a::updated_at.eq(now.0));
    on!(tx.0, |c| diesel::update(which).set(row).execute(c)?);
    Ok(())
}

/// Replaces the sealed personal data of an account. `index`: blind index of the national ID.
///
/// # Errors
/// When the database says no.
pub fn set_personal(
    tx: &mut Tx<'_>,
    id: &AccountId,
    sealed: &SealedPersonal,
    index: Option<[u8; 32]>,
) -> Result<(), Fault> {
    let row = (
        a::national_id_sealed.eq(&sealed.national_id),
        a::national_id_index.eq(index.map(|digest| digest.to_vec())),
        a::national_id_verified.eq(sealed.national_id_verified),
        a::claims_sealed.eq(&sealed.claims),
        a::updated_at.eq(a::updated_at + 1),
    );
    let which = a::table.filter(a::id.eq(id.as_str()));
    on!(tx.0, |c| diesel::update(which).set(row).execute(c)?);
    Ok(())
}
