//! How a person is read: account, capacity and agency in one statement, beside whatever a query needs.

use crate::Fault;
use crate::schema::{accounts as a, agencies as g, capacities as k};
use diesel::prelude::*;
use idp_core::identity::agency::AgencyOid;
use idp_core::identity::capacity::{Capacity, OfficialType};
use idp_core::people::account::{AccountState, Person};
use idp_core::{AccountId, UnixMillis};

/// The columns of a person.
#[derive(Queryable)]
pub(crate) struct PersonRow {
    id: String,
    account: String,
    name: String,
    email: Option<String>,
    email_verified: bool,
    state: String,
    leaves_at: Option<i64>,
    security_epoch: i64,
    capacity_epoch: i64,
    agency_oid: Option<String>,
    official_type: Option<String>,
    agency_name: Option<String>,
}

pub(crate) type PersonColumns = (
    a::id,
    a::account,
    a::name,
    a::email,
    a::email_verified,
    a::state,
    a::leaves_at,
    a::security_epoch,
    a::capacity_epoch,
    diesel::dsl::Nullable<k::agency_oid>,
    diesel::dsl::Nullable<k::official_type>,
    diesel::dsl::Nullable<g::name>,
);

/// What to select. The query joins accounts, and from the left capacities and agencies.
pub(crate) fn columns() -> PersonColumns {
    (
        a::id,
        a::account,
        a::name,
        a::email,
        a::email_verified,
        a::state,
        a::leaves_at,
        a::security_epoch,
        a::capacity_epoch,
        k::agency_oid.nullable(),
        k::official_type.nullable(),
        g::name.nullable(),
    )
}

impl PersonRow {
    pub(crate) fn parse(self) -> Result<Person, Fault> {
        let capacity = match (self.agency_oid, self.official_type, self.agency_name) {
            (None, _, _) => None,
            (Some(oid), Some(kind), Some(name)) => Some(Capacity {
                agency_oid: AgencyOid::from_trusted(oid),
                agency_name: name,
                official_type: OfficialType::parse(&kind).ok_or_else(|| Fault::corrupt("official_type"))?,
            }),
            _ => return Err(Fault::corrupt("a capacity without its agency")),
        };
        Ok(Person {
            account_id: AccountId::from_trusted(self.id),
            account: self.account,
            name: self.name,
            email: self.email,
            email_verified: self.email_verified,
            state: AccountState::parse(&self.state, self.leaves_at.map(UnixMillis))
                .ok_or_else(|| Fault::corrupt("account state"))?,
            security_epoch: self.security_epoch,
            capacity_epoch: self.capacity_epoch,
            capacity,
        })
    }
}

/// `accounts` with capacity and agency from the left, on top of whatever `$from` joins accounts to.
macro_rules! with_capacity {
    ($from:expr) => {
        $from
            .left_join(
                $crate::schema::capacities::table
                    .on($crate::schema::capacities::account_id.eq($crate::schema::accounts::id)),
            )
            .left_join(
                $crate::schema::agencies::table
                    .on($crate::schema::agencies::oid.nullable().eq($crate::schema::capacities::agency_oid.nullable())),
            )
    };
}
pub(crate) use with_capacity;
