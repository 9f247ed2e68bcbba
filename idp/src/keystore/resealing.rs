//! Sealing anew what is stored: client secrets and personal data that a key of before sealed. In bounded batches, each a
//! transaction; every row by a guarded update, so that many nodes may do it at once.

use super::personal;
use crate::directory::reseal_secrets;
use crate::failure::Failure;
use idp_store::sealing_keys::{self, Stale};
use idp_store::{Conn, Db, Fault, Tx, recovery};
use keys::Sealer;

/// Rows in one transaction.
const BATCH: i64 = 100;

type Read = fn(&mut Conn, [u8; 4], &str, i64) -> Result<Vec<Stale>, Fault>;
type Write = fn(&mut Tx<'_>, &Stale, &[Option<Vec<u8>>]) -> Result<bool, Fault>;
type Reseal = fn(&Sealer, &Stale) -> Result<Vec<Option<Vec<u8>>>, Failure>;

/// Seals everything anew that another key than the current one sealed. How many rows changed. A row that does not
/// open is logged and stays, and so does its key.
///
/// # Errors
/// When the database says no.
pub async fn reseal(db: &Db, sealer: &Sealer) -> Result<usize, Failure> {
    let clients = pass(db, sealer, (sealing_keys::stale_clients, sealing_keys::reseal_client, client)).await?;
    let accounts = pass(db, sealer, (sealing_keys::stale_accounts, sealing_keys::reseal_account, account)).await?;
    let of_recovery = pass(db, sealer, (recovery::stale, recovery::reseal, helping)).await?;
    Ok(clients + accounts + of_recovery)
}

async fn pass(db: &Db, sealer: &Sealer, (read, write, seal): (Read, Write, Reseal)) -> Result<usize, Failure> {
    let (mut last, mut changed) = (String::new(), 0);
    loop {
        let (current, from) = (sealer.current().0, last);
        let stale = db.scan(move |conn| read(conn, current, &from, BATCH)).await?;
        let Some(end) = stale.last() else { return Ok(changed) };
        last = end.id.clone();
        let mut pairs = Vec::new();
        for row in stale {
            match seal(sealer, &row) {
                Ok(after) => pairs.push((row, after)),
                Err(why) => tracing::error!(of = %row.id, %why, "a stored value does not open and stays as it is"),
            }
        }
        let unit = move |tx: &mut Tx<'_>| {
            let mut written = 0;
            for (before, after) in &pairs {
                written += usize::from(write(tx, before, after)?);
            }
            Ok(written)
        };
        changed += db.write(unit).await?;
    }
}

fn client(sealer: &Sealer, row: &Stale) -> Result<Vec<Option<Vec<u8>>>, Failure> {
    let one = |sealed: &Option<Vec<u8>>| sealed.as_ref().map(|old| reseal_secrets(sealer, &row.id, old)).transpose();
    row.sealed.iter().map(one).collect()
}

fn account(sealer: &Sealer, row: &Stale) -> Result<Vec<Option<Vec<u8>>>, Failure> {
    let [number, claims] = &row.sealed[..] else { return Err(Fault::corrupt("personal data").into()) };
    let number = number.as_ref().map(|old| personal::reseal_national_id(sealer, &row.id, old)).transpose()?;
    let claims = claims.as_ref().map(|old| personal::reseal_claims(sealer, &row.id, old)).transpose()?;
    Ok(vec![number, claims])
}

fn helping(sealer: &Sealer, row: &Stale) -> Result<Vec<Option<Vec<u8>>>, Failure> {
    let [question, mobile] = &row.sealed[..] else { return Err(Fault::corrupt("recovery").into()) };
    let question = question.as_ref().map(|old| personal::reseal_question(sealer, &row.id, old)).transpose()?;
    let mobile = mobile.as_ref().map(|old| personal::reseal_mobile(sealer, &row.id, old)).transpose()?;
    Ok(vec![question, mobile])
}
