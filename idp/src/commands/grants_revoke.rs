//! `idp grants revoke` — taking back what people gave to portals, a bounded batch in each transaction.

use super::told::Told;
use super::{CommandError, Context, grants};
use crate::keystore::Prepared;
use crate::sign_out;
use clap::Args;
use idp_core::audit::{Event, RevokedBy};
use idp_core::oauth::gate::Grant;
use idp_core::{GrantId, UnixMillis};
use idp_store::grants::list::{self, Wanted};
use idp_store::{Fault, Tx, audit};
use serde_json::json;
use std::collections::HashSet;

/// What `idp grants revoke` takes.
#[derive(Args)]
pub struct RevokeGrants {
    /// One grant
    #[arg(conflicts_with_all = ["account", "client"])]
    grant_id: Option<String>,
    /// What this account gave
    #[arg(long)]
    account: Option<String>,
    /// What this client was given
    #[arg(long, value_name = "CLIENT_ID")]
    client: Option<String>,
    /// Needed for --client without --account: it concerns everybody
    #[arg(long)]
    yes: bool,
}

/// Grants that one transaction revokes at most: the writer is not held for long.
const BATCH: i64 = 100;

/// What was revoked.
#[derive(Clone, Debug, Default)]
struct Revoked {
    grants: usize,
    told: Told,
}

/// Runs it.
pub async fn run(context: &Context, prepared: &Prepared, revoke: RevokeGrants) -> Result<(), CommandError> {
    let now = context.clock.now();
    let Revoked { grants, told } = match &revoke.grant_id {
        Some(id) => one(prepared, id, now).await?,
        None if revoke.account.is_none() && revoke.client.is_none() => {
            return Err(CommandError::refused("say which: GRANT_ID, --account ACCOUNT or --client CLIENT_ID"));
        }
        None => {
            if revoke.account.is_none() && !revoke.yes {
                let words = "--client without --account concerns everybody who uses it; give --yes if that is meant";
                return Err(CommandError::refused(words));
            }
            let wanted = grants::wanted(prepared, revoke.account.as_deref(), revoke.client.as_deref()).await?;
            all(prepared, Wanted { not_over_at: Some(now), ..wanted }, now).await?
        }
    };
    context.out.result(
        &format!("revoked grants: {grants}; {}", told.words()),
        &json!({ "grants_revoked": grants, "portals_told": told.portals(), "logout_tokens": told.tokens }),
    )
}

/// One grant. One that was revoked before is left as it is.
async fn one(prepared: &Prepared, id: &str, now: UnixMillis) -> Result<Revoked, CommandError> {
    let key = GrantId::from_trusted(id);
    let found = prepared.db.read(move |conn| idp_store::grants::standing(conn, &key)).await?;
    let missing = || CommandError::refused(format!("there is no grant {id}; idp grants list shows them"));
    let found = [found.ok_or_else(missing)?.grant];
    Ok(prepared.db.write(move |tx| revoke_each(tx, &found, now)).await?)
}

async fn all(prepared: &Prepared, wanted: Wanted, now: UnixMillis) -> Result<Revoked, CommandError> {
    let (mut all, mut after) = (Revoked::default(), None::<GrantId>);
    loop {
        let (wanted, from) = (wanted.clone(), after.clone());
        // Looking for them may take long where no index helps: not while the writer waits.
        let found = prepared.db.scan(move |conn| list::to_revoke(conn, &wanted, from.as_ref(), BATCH)).await?;
        let Some(last) = found.last() else { return Ok(all) };
        after = Some(last.id.clone());
        let revoked = prepared.db.write(move |tx| revoke_each(tx, &found, now)).await?;
        all = Revoked { grants: all.grants + revoked.grants, told: all.told.plus(revoked.told) };
    }
}

/// Revokes grants and notes whom to tell: one logout token for each portal and session.
fn revoke_each(tx: &mut Tx<'_>, found: &[Grant], now: UnixMillis) -> Result<Revoked, Fault> {
    let channels = sign_out::channels(tx.conn())?;
    let (mut revoked, mut told) = (0, HashSet::new());
    for grant in found {
        if !idp_store::grants::revoke(tx, &grant.id, now)? {
            continue;
        }
        revoked += 1;
        let (account, client) = (grant.account_id.clone(), grant.client_id.clone());
        audit::write(tx, Event::GrantRevoked { account, client, by: RevokedBy::Operator }, now, keys::random()?)?;
        if channels.of(&grant.client_id).back && told.insert((&grant.client_id, &grant.session_id)) {
            sign_out::tell(tx, &grant.client_id, (&grant.account_id, &grant.session_id), now)?;
        }
    }
    Ok(Revoked { grants: revoked, told: told.into_iter().map(|(client, _)| client.clone()).collect() })
}
