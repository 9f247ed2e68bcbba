//! What must not be done by a machine whose clock is wrong: keys sign, and what was issued ends, at moments that a command
//! writes and all nodes act upon.

use super::{CommandError, Context};
use crate::directory::WrongClock;
use idp_store::Db;

/// Refuses a machine whose clock is further from the database's than nodes may be. With SQLite there is no other clock.
///
/// # Errors
/// By how much it is wrong, and what to do; when the database cannot be read.
pub(super) async fn refuse_another(context: &Context, db: &Db) -> Result<(), CommandError> {
    let asked_at = context.clock.now();
    let there = db.read(idp_store::clock::of_the_database).await?;
    let wrong =
        there.and_then(|there| WrongClock::of(&context.clock, (asked_at, there), context.settings.keys.clock_skew.0));
    match wrong {
        None => Ok(()),
        Some(wrong) => Err(CommandError::refused(format!(
            "this machine's clock is {} the database's; nothing was changed. Set it right, or give the command on another \
             machine",
            wrong.by()
        ))),
    }
}
