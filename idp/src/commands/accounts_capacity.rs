//! `idp accounts set-capacity|end-capacity` — official capacity (公務身分).

use super::accounts::{administered, find};
use super::told::Told;
use super::{CommandError, Context};
use crate::keystore::Prepared;
use crate::sign_out;
use clap::{Args, ValueEnum};
use idp_core::identity::agency::AgencyOid;
use idp_core::identity::capacity::OfficialType;
use idp_core::{ClientId, SessionId};
use idp_store::{agencies, audit, capacities, grants, outbox};
use serde_json::json;

/// What `idp accounts set-capacity` takes.
#[derive(Args)]
pub struct SetCapacity {
    /// The account name
    account: String,
    /// 機關 OID, such as 2.16.886.101.20003.20001.20003
    #[arg(long, value_name = "OID")]
    agency_oid: String,
    /// As what
    #[arg(long, value_enum, value_name = "TYPE")]
    official_type: OfficialTypeArg,
}

#[derive(Clone, Copy, ValueEnum)]
enum OfficialTypeArg {
    /// 公務人員
    #[value(name = "civil_servant")]
    CivilServant,
    /// 約聘僱人員
    #[value(name = "contract_staff")]
    ContractStaff,
    /// 教育人員
    #[value(name = "educator")]
    Educator,
}

impl From<OfficialTypeArg> for OfficialType {
    fn from(given: OfficialTypeArg) -> Self {
        match given {
            OfficialTypeArg::CivilServant => Self::CivilServant,
            OfficialTypeArg::ContractStaff => Self::ContractStaff,
            OfficialTypeArg::Educator => Self::Educator,
        }
    }
}

/// Conversion or transfer: the next token carries it.
pub async fn set(context: &Context, prepared: &Prepared, set: SetCapacity) -> Result<(), CommandError> {
    let words = || CommandError::refused(format!("--agency-oid: {:?} is no OID under 2.16.886", set.agency_oid));
    let oid = AgencyOid::parse(&set.agency_oid).ok_or_else(words)?;
    let for_name = oid.clone();
    let name = prepared.db.read(move |conn| agencies::name(conn, &for_name)).await?.ok_or_else(|| {
        let words = "is not in the list of agencies; import it first with: idp agencies import FILE.csv";
        CommandError::refused(format!("--agency-oid: {} {words}", set.agency_oid))
    })?;
    let kind: OfficialType = set.official_type.into();
    let id = find(prepared, &set.account).await?.account_id;
    let now = context.clock.now();
    let unit = move |tx: &mut idp_store::Tx<'_>| {
        capacities::set(tx, &id, (&oid, kind), now)?;
        let detail = json!({ "agency_oid": oid.as_str(), "official_type": kind.as_str() });
        audit::write(tx, administered("accounts.set_capacity", &id, detail), now, keys::random()?)
    };
    prepared.db.write(unit).await?;
    context.out.result(
        &format!("{} is {} of {name}", set.account, kind.chinese()),
        &json!({ "account": set.account, "official_type": kind.as_str(), "agency_oid": set.agency_oid, "agency_name": name }),
    )
}

/// Suspension or end: grants that speak of it end by their epoch, and their portals are told; the session stays. Who was told
/// that the session ended, or is still to be told of it, is not told again.
pub async fn end(context: &Context, prepared: &Prepared, account: &str) -> Result<(), CommandError> {
    let id = find(prepared, account).await?.account_id;
    let now = context.clock.now();
    let ended = prepared
        .db
        .write(move |tx| {
            let concerned = grants::of_account_with_identity(tx.conn(), &id)?;
            if !capacities::end(tx, &id)? {
                return Ok(None);
            }
            let channels = sign_out::channels(tx.conn())?;
            let waiting = outbox::waiting_of_account(tx.conn(), &id, now)?;
            let mut told = Told::default();
            let tells = |pair: &(ClientId, SessionId)| channels.of(&pair.0).back && !waiting.contains(pair);
            for (client, session) in concerned.into_iter().filter(tells) {
                sign_out::tell(tx, &client, (&id, &session), now)?;
                told.add(client);
            }
            let detail = json!({ "portals": told.portals(), "logout_tokens": told.tokens });
            let event = administered("accounts.end_capacity", &id, detail);
            audit::write(tx, event, now, keys::random()?)?;
            Ok(Some(told))
        })
        .await?;
    let told = ended.ok_or_else(|| CommandError::refused(format!("{account} has no official capacity")))?;
    context.out.result(
        &format!("{account} is 自然人 from now on; {}", told.words()),
        &json!({
            "account": account, "identity_type": "natural_person", "portals_told": told.portals(),
            "logout_tokens": told.tokens,
        }),
    )
}
