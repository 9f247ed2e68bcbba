//! Ending many sessions: those of an account, or everybody's, a bounded batch in each transaction.

use super::end;
use crate::failure::Failure;
use crate::wiring::Ctx;
use idp_core::audit::EndedBy;
use idp_core::client::LogoutChannels;
use idp_core::{AccountId, ClientId, SessionId, UnixMillis};
use idp_store::outbox::{Channel, Notice};
use idp_store::sessions::list;
use idp_store::{Fault, Tx};

/// Sessions that one transaction ends at most: the writer is not held for long.
const BATCH: i64 = 100;

/// What was ended.
#[derive(Clone, Debug, Default)]
pub struct Ended {
    /// Sessions.
    pub sessions: usize,
    /// The portal of each logout token that will be sent.
    pub told: Vec<ClientId>,
}

impl Ended {
    /// Both.
    #[must_use]
    pub fn plus(mut self, more: Self) -> Self {
        self.sessions += more.sessions;
        self.told.extend(more.told);
        self
    }
}

/// Whose sessions are ended, and how.
#[derive(Clone, Debug)]
pub struct Which {
    /// Of this account; `None`: everybody's.
    pub account: Option<AccountId>,
    /// But not this one, which goes on.
    pub except: Option<SessionId>,
    /// Those behind this one alone.
    pub after: Option<SessionId>,
    /// Who ends them.
    pub by: EndedBy,
}

/// Ends a batch of sessions. Gives the last one if there may be more: those behind it come next.
///
/// * `channels`: how a portal can be told.
///
/// # Errors
/// When the database says no.
pub fn batch(
    tx: &mut Tx<'_>,
    channels: &dyn Fn(&ClientId) -> LogoutChannels,
    which: &Which,
    now: UnixMillis,
) -> Result<(Ended, Option<SessionId>), Fault> {
    let found = list::to_end(tx.conn(), which.account.as_ref(), which.after.as_ref(), (now, BATCH))?;
    let full = i64::try_from(found.len()).is_ok_and(|count| count == BATCH);
    let mut ended = Ended::default();
    for session in found.iter().filter(|session| which.except.as_ref() != Some(&session.id)) {
        let told = tokens(end(tx, channels, session, which.by, now)?);
        ended = ended.plus(Ended { sessions: 1, told });
    }
    Ok((ended, found.into_iter().next_back().map(|session| session.id).filter(|_| full)))
}

/// Ends those that the first batch left, one transaction after the other, and has the portals told.
///
/// * `last`: the last one of the first batch, if there may be more.
///
/// # Errors
/// When the database says no. What was ended stays so.
pub async fn rest(ctx: &Ctx, which: Which, mut last: Option<SessionId>, now: UnixMillis) -> Result<(), Failure> {
    let snapshot = ctx.directory.snapshot();
    while last.is_some() {
        let (which, channels) = (Which { after: last, ..which.clone() }, snapshot.clone());
        let unit = move |tx: &mut Tx<'_>| batch(tx, &|client| channels.logout_channels(client), &which, now);
        last = ctx.db.write(unit).await?.1;
    }
    ctx.outbox_bell.notify_one();
    Ok(())
}

/// The portals of the logout tokens among what is noted.
pub fn tokens(notices: Vec<Notice>) -> Vec<ClientId> {
    notices.into_iter().filter(|notice| notice.channel == Channel::Back).map(|notice| notice.client).collect()
}
