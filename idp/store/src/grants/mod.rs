//! What people gave to portals. A grant's id is that of the code it was redeemed with: inserting it is the one gate of
//! single use.

use crate::accounts::{self, SealedPersonal};
use crate::conn::on;
use crate::person::{self, PersonRow, with_capacity};
use crate::schema::{accounts as a, grants as g, sessions as s};
use crate::sessions::{self, SessionRow};
use crate::{Conn, Fault, Tx};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use idp_core::oauth::gate::{AWAITS_CODE, Bound, Grant};
use idp_core::people::account::Person;
use idp_core::scope::ScopeSet;
use idp_core::sign_in::authentication::Acr;
use idp_core::sign_in::session::Session;
use idp_core::{AccountId, ClientId, GrantId, SessionId, UnixMillis};

pub mod list;
pub mod of_account;

#[derive(Queryable)]
struct GrantRow {
    id: String,
    account_id: String,
    session_id: String,
    client_id: String,
    scope: String,
    offline: bool,
    security_epoch: i64,
    capacity_epoch: i64,
    auth_time: i64,
    acr: String,
    generation: i64,
    refreshed_at: i64,
    expires_at: i64,
    revoked_at: Option<i64>,
}

impl GrantRow {
    fn parse(self) -> Result<Grant, Fault> {
        Ok(Grant {
            id: GrantId::from_trusted(self.id),
            account_id: AccountId::from_trusted(self.account_id),
            session_id: SessionId::from_trusted(self.session_id),
            client_id: ClientId::from_trusted(self.client_id),
            scope: ScopeSet::parse_known(&self.scope),
            bound: if self.offline { Bound::Offline } else { Bound::ToSession },
            security_epoch: self.security_epoch,
            capacity_epoch: self.capacity_epoch,
            auth_time: UnixMillis(self.auth_time),
            acr: Acr::parse(&self.acr).ok_or_else(|| Fault::corrupt("acr of a grant"))?,
            generation: self.generation,
            refreshed_at: UnixMillis(self.refreshed_at),
            expires_at: UnixMillis(self.expires_at),
            revoked_at: self.revoked_at.map(UnixMillis),
        })
    }
}

/// A grant with everything the gate judges, and the sealed personal data for UserInfo.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The grant.
    pub grant: Grant,
    /// The session it was given in.
    pub session: Session,
    /// Whose it is.
    pub person: Person,
    /// Opened only when the scope asks for it.
    pub personal: SealedPersonal,
}

/// A grant, its session, its person: one statement.
///
/// # Errors
/// When the database cannot be read.
pub fn standing(conn: &mut Conn, id: &GrantId) -> Result<Option<Standing>, Fault> {
    let joined =
        g::table.inner_join(s::table.on(s::id.eq(g::session_id))).inner_join(a::table.on(a::id.eq(g::account_id)));
    let query = with_capacity!(joined).filter(g::id.eq(id.as_str())).select((
        g::all_columns,
        sessions::COLUMNS,
        person::columns(),
        accounts::SEALED,
    ));
    let row: Option<(GrantRow, SessionRow, PersonRow, SealedPersonal)> =
        on!(conn, |c| query.get_result(c).optional()?);
    row.map(|(grant, session, person, personal)| {
        Ok(Standing { grant: grant.parse()?, session: session.parse()?, person: person.parse()?, personal })
    })
    .transpose()
}

/// The statement of [`insert`], under a name by which diesel finds it prepared. By itself it would write the text of an
/// `ON CONFLICT` statement anew for every sign-in, at half the cost of running it.
struct InsertGrant<S>(S);

impl<S> QueryId for InsertGrant<S> {
    type QueryId = InsertGrant<()>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<S: QueryFragment<DB>, DB: diesel::backend::Backend> QueryFragment<DB> for InsertGrant<S> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }
}

impl<S, C> RunQueryDsl<C> for InsertGrant<S> {}

/// Stores a grant. `false`: there is one with this id; the code was redeemed before.
///
/// # Errors
/// When the database says no.
pub fn insert(tx: &mut Tx<'_>, grant: &Grant) -> Result<bool, Fault> {
    let row = (
        g::id.eq(grant.id.as_str()),
        g::account_id.eq(grant.account_id.as_str()),
        g::session_id.eq(grant.session_id.as_str()),
        g::client_id.eq(grant.client_id.as_str()),
        g::scope.eq(grant.scope.to_string()),
        g::offline.eq(grant.bound == Bound::Offline),
        g::security_epoch.eq(grant.security_epoch),
        g::capacity_epoch.eq(grant.capacity_epoch),
        g::auth_time.eq(grant.auth_time.0),
        g::acr.eq(grant.acr.as_str()),
        (
            g::generation.eq(grant.generation),
            g::refreshed_at.eq(grant.refreshed_at.0),
            g::expires_at.eq(grant.expires_at.0),
            g::revoked_at.eq(grant.revoked_at.map(|at| at.0)),
        ),
    );
    let insert = InsertGrant(diesel::insert_into(g::table).values(row).on_conflict_do_nothing());
    Ok(on!(tx.0, |c| insert.execute(c)?) == 1)
}

/// Revokes a grant. `false`: it was revoked before, or there is none.
///
/// # Errors
/// When the database says no.
pub fn revoke(tx: &mut Tx<'_>, id: &GrantId, now: UnixMillis) -> Result<bool, Fault> {
    let which = g::table.filter(g::id.eq(id.as_str())).filter(g::revoked_at.is_null());
    Ok(on!(tx.0, |c| diesel::update(which).set(g::revoked_at.eq(now.0)).execute(c)?) == 1)
}

/// The same, unless its code was never redeemed: a code that comes too late is then no replay.
///
/// # Errors
/// When the database says no.
pub fn revoke_redeemed(tx: &mut Tx<'_>, id: &GrantId, now: UnixMillis) -> Result<bool, Fault> {
    let which = g::table.filter(g::id.eq(id.as_str())).filter(g::revoked_at.is_null());
    let which = which.filter(g::generation.ne(AWAITS_CODE));
    Ok(on!(tx.0, |c| diesel::update(which).set(g::revoked_at.eq(now.0)).execute(c)?) == 1)
}

/// The same for one whose code was not redeemed yet.
///
/// # Errors
/// When the database says no.
pub fn revoke_awaiting(tx: &mut Tx<'_>, id: &GrantId, now: UnixMillis) -> Result<bool, Fault> {
    let which = g::table.filter(g::id.eq(id.as_str())).filter(g::revoked_at.is_null());
    let which = which.filter(g::generation.eq(AWAITS_CODE));
    Ok(on!(tx.0, |c| diesel::update(which).set(g::revoked_at.eq(now.0)).execute(c)?) == 1)
}

/// Redeems the code of a grant that was written at the authorization endpoint; from then on it has this generation. `false`:
/// the code was redeemed before, or the grant revoked.
///
/// # Errors
/// When the database says no.
pub fn redeem(tx: &mut Tx<'_>, id: &GrantId, generation: i64, now: UnixMillis) -> Result<bool, Fault> {
    let which = g::table.filter(g::id.eq(id.as_str())).filter(g::generation.eq(AWAITS_CODE));
    let which = which.filter(g::revoked_at.is_null());
    let row = (g::generation.eq(generation), g::refreshed_at.eq(now.0));
    Ok(on!(tx.0, |c| diesel::update(which).set(row).execute(c)?) == 1)
}

/// Advances the refresh generation from `from` to the next. `false`: somebody else did.
///
/// # Errors
/// When the database says no.
pub fn advance(tx: &mut Tx<'_>, id: &GrantId, from: i64, now: UnixMillis) -> Result<bool, Fault> {
    let which = g::table.filter(g::id.eq(id.as_str())).filter(g::generation.eq(from)).filter(g::revoked_at.is_null());
    let row = (g::generation.eq(from + 1), g::refreshed_at.eq(now.0));
    Ok(on!(tx.0, |c| diesel::update(which).set(row).execute(c)?) == 1)
}

/// Notes that the newest refresh token of a grant was used, and leaves it as it is. `false`: it is not the newest, or revoked.
///
/// # Errors
/// When the database cannot be written.
pub fn used(tx: &mut Tx<'_>, id: &GrantId, generation: i64, now: UnixMillis) -> Result<bool, Fault> {
    let which = g::table.filter(g::id.eq(id.as_str())).filter(g::generation.eq(generation));
    let which = which.filter(g::revoked_at.is_null());
    Ok(on!(tx.0, |c| diesel::update(which).set(g::refreshed_at.eq(now.0)).execute(c)?) == 1)
}

/// The grants of a session go on under another security epoch of its account, as the session does; those alone that counted until
/// then.
///
/// * `epochs`: from which to which.
///
/// # Errors
/// When the database says no.
pub fn go_on(tx: &mut Tx<'_>, session: &SessionId, (from, to): (i64, i64)) -> Result<(), Fault> {
    let which = g::table.filter(g::session_id.eq(session.as_str())).filter(g::security_epoch.eq(from));
    on!(tx.0, |c| diesel::update(which).set(g::security_epoch.eq(to)).execute(c)?);
    Ok(())
}

/// The portals that a session reached.
///
/// # Errors
/// When the database cannot be read.
pub fn clients_of_session(conn: &mut Conn, session: &SessionId) -> Result<Vec<ClientId>, Fault> {
    let query = g::table.filter(g::session_id.eq(session.as_str())).select(g::client_id).distinct();
    let ids: Vec<String> = on!(conn, |c| query.order(g::client_id).get_results(c)?);
    Ok(ids.into_iter().map(ClientId::from_trusted).collect())
}

/// The living grants of an account whose scope holds `identity`, as client and session: who is told when an official
/// capacity ends. Not those of sessions that were ended: their portals were told then.
///
/// # Errors
/// When the database cannot be read.
pub fn of_account_with_identity(conn: &mut Conn, account: &AccountId) -> Result<Vec<(ClientId, SessionId)>, Fault> {
    // By its sessions: an index finds those, and by them the grants.
    let query = g::table
        .inner_join(s::table.on(s::id.eq(g::session_id)))
        .filter(s::account_id.eq(account.as_str()))
        .filter(s::ended_at.is_null())
        .filter(g::revoked_at.is_null())
        .filter(g::scope.like("%identity%"))
        .select((g::client_id, g::session_id))
        .distinct();
    let rows: Vec<(String, String)> = on!(conn, |c| query.get_results(c)?);
    let ids = |(client, session): (String, String)| (ClientId::from_trusted(client), SessionId::from_trusted(session));
    Ok(rows.into_iter().map(ids).collect())
}
