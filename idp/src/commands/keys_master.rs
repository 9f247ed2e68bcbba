//! `idp keys change-master` — another master key for the same keys.

use super::operator::operator;
use super::{CommandError, Context};
use crate::keystore::prepare::CannotStart;
use crate::keystore::{Prepared, change_master, master_key_file};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;

/// Makes the new file, or takes the one that an interrupted change left; then wraps every key anew, in one transaction.
pub async fn run(context: &Context, prepared: &Prepared, file: &Path) -> Result<(), CommandError> {
    let old_file = context.settings.master_key_file()?;
    let new = match master_key_file::create(file) {
        Err(master_key_file::MasterKeyFileError::Exists(_)) => master_key_file::read(file),
        made => made,
    };
    let new = Arc::new(new.map_err(CannotStart::from)?);
    if prepared.master.matches_check_value(&new.check_value()) {
        let words = format!("{} holds the master key that is in use already; nothing was changed", file.display());
        return Err(CommandError::refused(words));
    }
    let by = (operator(), context.clock.now());
    let keys = change_master::change(&prepared.db, &prepared.master, &new, by).await?;
    let (old, new) = (old_file.display(), file.display());
    let text = format!(
        "{keys} keys are wrapped by the master key in {new} from now on; a program with the old one does not start any more\n\
         running nodes go on with the keys they have. Now, on every node:\n\
         1. keep a copy of {old} for the backups of before, which need it, and apart from them\n\
         2. bring {new} there, owned by the server's user, mode 0600\n\
         3. put it in the place of the old one: mv {new} {old}\n\
         a running node notices within a second, and /readyz stops to warn"
    );
    context.out.result(&text, &json!({ "master_key_file": file, "keys": keys }))
}
