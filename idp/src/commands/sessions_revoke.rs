//! `idp sessions revoke` — ending sessions, a bounded batch in each transaction, by the same unit as a sign-out.

use super::told::Told;
use super::{CommandError, Context, accounts, sessions};
use crate::keystore::Prepared;
use crate::sign_out::{self, many};
use clap::Args;
use idp_core::audit::EndedBy;
use idp_core::{AccountId, SessionId, UnixMillis};
use idp_store::{Fault, Tx};
use serde_json::json;

/// What `idp sessions revoke` takes.
#[derive(Args)]
pub struct RevokeSessions {
    #[command(flatten)]
    which: Which,
    /// Needed for --all: everybody has to sign in again
    #[arg(long)]
    yes: bool,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct Which {
    /// One session
    #[arg(allow_hyphen_values = true)]
    session_id: Option<String>,
    /// Every session of an account
    #[arg(long)]
    account: Option<String>,
    /// Every session there is
    #[arg(long)]
    all: bool,
}

/// What was ended.
#[derive(Clone, Debug, Default)]
pub(super) struct Ended {
    /// Sessions.
    pub(super) sessions: usize,
    /// Whom it will be told to.
    pub(super) told: Told,
}

impl Ended {
    pub(super) fn plus(self, more: Self) -> Self {
        Self { sessions: self.sessions + more.sessions, told: self.told.plus(more.told) }
    }
}

/// Runs it.
pub async fn run(context: &Context, prepared: &Prepared, revoke: RevokeSessions) -> Result<(), CommandError> {
    let now = context.clock.now();
    let ended = match revoke.which {
        Which { session_id: Some(id), .. } => one(prepared, &id, now).await?,
        Which { account: Some(name), .. } => {
            let account = accounts::find(prepared, &name).await?.account_id;
            rest(prepared, Some(account), (None, EndedBy::Operator), now).await?
        }
        Which { .. } if !revoke.yes => {
            let words = "--all ends every session: everybody has to sign in again; give --yes if that is meant";
            return Err(CommandError::refused(words));
        }
        Which { .. } => rest(prepared, None, (None, EndedBy::Operator), now).await?,
    };
    let Ended { sessions, told } = ended;
    context.out.result(
        &format!("ended sessions: {sessions}; {}", told.words()),
        &json!({ "sessions_ended": sessions, "portals_told": told.portals(), "logout_tokens": told.tokens }),
    )
}

/// One session. One that is over already is left as it is.
async fn one(prepared: &Prepared, id: &str, now: UnixMillis) -> Result<Ended, CommandError> {
    let session = sessions::find(prepared, id).await?;
    let unit = move |tx: &mut Tx<'_>| {
        if session.ended_at.is_some() || session.expires_at <= now {
            return Ok(Ended::default());
        }
        let channels = sign_out::channels(tx.conn())?;
        let told = sign_out::end(tx, &|client| channels.of(client), &session, EndedBy::Operator, now)?;
        Ok(Ended { sessions: 1, told: many::tokens(told).into_iter().collect() })
    };
    Ok(prepared.db.write(unit).await?)
}

/// Ends the sessions of an account, or everybody's, from `after` on, one transaction after the other. Broken off, it can be
/// run again and goes on with what is left.
pub(super) async fn rest(
    prepared: &Prepared,
    account: Option<AccountId>,
    (mut after, by): (Option<SessionId>, EndedBy),
    now: UnixMillis,
) -> Result<Ended, CommandError> {
    let mut all = Ended::default();
    loop {
        let which = many::Which { account: account.clone(), except: None, after: after.clone(), by };
        let unit = move |tx: &mut Tx<'_>| batch(tx, &which, now);
        let (ended, last) = prepared.db.write(unit).await?;
        all = all.plus(ended);
        match last {
            Some(last) => after = Some(last),
            None => return Ok(all),
        }
    }
}

/// Ends a batch of sessions, by how the database says that portals are told. Gives the last one if there may be more.
fn batch(tx: &mut Tx<'_>, which: &many::Which, now: UnixMillis) -> Result<(Ended, Option<SessionId>), Fault> {
    let channels = sign_out::channels(tx.conn())?;
    let (ended, last) = many::batch(tx, &|client| channels.of(client), which, now)?;
    Ok((Ended { sessions: ended.sessions, told: ended.told.into_iter().collect() }, last))
}
