//! `idp accounts set-claims` — further standard claims and 身分證字號, sealed.

use super::accounts::{administered, find, is_there, no_account};
use super::{CommandError, Context, named_file};
use crate::keystore::{Prepared, personal, secrets};
use idp_core::identity::claims::check_further;
use idp_core::identity::national_id::NationalId;
use idp_store::accounts::{self, SealedPersonal};
use idp_store::{audit, records};
use serde_json::{Value, json};
use std::path::Path;

/// Replaces them by those of a JSON file.
pub(super) async fn set(
    context: &Context,
    prepared: &Prepared,
    account: &str,
    file: &Path,
) -> Result<(), CommandError> {
    let refused = |why: String| CommandError::refused(format!("{}: {why}", file.display()));
    let text = named_file::read(file, 1).map_err(|why| refused(why.to_string()))?;
    let Value::Object(mut claims) = keys::json::parse(&text).map_err(|why| refused(why.to_string()))? else {
        return Err(refused("must hold one JSON object".into()));
    };
    let names: Vec<_> = claims.keys().cloned().collect();
    let number = match claims.remove("uid") {
        None => None,
        Some(Value::String(text)) => {
            Some(NationalId::parse(&text).ok_or_else(|| refused("uid is no 身分證字號 or 統一證號".into()))?)
        }
        Some(_) => return Err(refused("uid must be text".into())),
    };
    let verified = match claims.remove("uid_verified") {
        None => false,
        Some(Value::Bool(verified)) => verified,
        Some(_) => return Err(refused("uid_verified must be true or false".into())),
    };
    check_further(&claims).map_err(refused)?;
    let person = find(prepared, account).await?;
    let id = person.account_id;
    let master = prepared.master.clone();
    let (secrets, sealer) = prepared.db.scan(move |conn| secrets::read(conn, &master)).await?;
    let sealed = personal::seal_all(&sealer, id.as_str(), (number.as_ref().map(NationalId::as_str), &claims))?;
    let sealed = SealedPersonal { national_id_verified: verified && number.is_some(), ..sealed };
    let index = number.map(|number| personal::blind_index(&secrets.national_id, number.as_str()));
    let (now, detail) = (context.clock.now(), json!({ "claims": names }));
    let unit = move |tx: &mut idp_store::Tx<'_>| {
        if !is_there(tx, &id)? {
            return Ok(Set::Gone);
        }
        // Of one that nobody proved, nothing is told.
        if let Some(index) = index.filter(|_| sealed.national_id_verified)
            && records::is_proven_for_another(tx, &id, &index)?
        {
            return Ok(Set::AnothersNumber);
        }
        accounts::set_personal(tx, &id, &sealed, index)?;
        audit::write(tx, administered("accounts.set_claims", &id, detail.clone()), now, keys::random()?)?;
        Ok(Set::Done)
    };
    match prepared.db.write(unit).await? {
        Set::Done => context.out.result(&format!("the claims of {account} are set"), &json!({ "account": account })),
        Set::Gone => Err(no_account(account)),
        Set::AnothersNumber => {
            let why = "uid is verified for another account, and a verified number belongs to one; leave out uid_verified here, \
                       or there first";
            Err(refused(why.into()))
        }
    }
}

/// What became of it.
enum Set {
    Done,
    /// The account was removed meanwhile.
    Gone,
    AnothersNumber,
}
