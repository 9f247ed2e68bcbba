//! Mails to one mailbox, and text messages that tell of a change to one mobile, are counted when they leave
//! (`idp_core::membership::mailbox_limit`): all nodes together, in ephemeral state. Codes by text message are counted in their table.

use super::messages::written::Written;
use crate::failure::Failure;
use crate::sign_in::address_limit::AddressLimit;
use crate::wiring::JobsCtx;
use idp_core::UnixMillis;
use idp_core::ids::moment_of;
use idp_core::membership::mailbox_limit::{Cause, NOTICES, NOTICES_WITHIN, WAITS_AT_MOST, WINDOW, name};
use idp_store::Ephemeral;
use idp_store::messages::{Outcome, Waiting};
use keys::{b64, hmac_sha256};

/// Words for the operator, in the row of a mail that is not sent.
pub(super) const DROPPED: &str = "dropped: mailbox limit";

/// The same of a text message.
pub(super) const DROPPED_TEXT: &str = "dropped: limit of the mobile";

/// What is counted. Cheap to clone.
#[derive(Clone)]
pub struct MailboxLimits {
    confirmation: AddressLimit,
    unconfirmed: AddressLimit,
    confirmed: AddressLimit,
    /// The first of a kind for an account.
    first: AddressLimit,
    /// Text messages that tell of a change.
    notices: AddressLimit,
}

impl MailboxLimits {
    /// Counted together by all who have the same ephemeral state.
    pub fn new(together: &Ephemeral, now: UnixMillis) -> Self {
        let limit = |of, most: Option<u32>| {
            AddressLimit::new(of, most.unwrap_or(u32::MAX).into(), together.clone(), now).within(WINDOW)
        };
        Self {
            confirmation: limit("mailbox-confirmation", Cause::Confirmation.most()),
            unconfirmed: limit("mailbox-unconfirmed", Cause::Unconfirmed.most()),
            confirmed: limit("mailbox-confirmed", Cause::Confirmed.most()),
            first: limit("mailbox-first", Some(1)),
            notices: limit("mobile-notices", Some(NOTICES)).within(NOTICES_WITHIN),
        }
    }
}

/// Takes a place for a mail. `Some`: there is none, and what becomes of it.
///
/// # Errors
/// When ephemeral state holds what makes no sense.
pub(super) async fn full(
    ctx: &JobsCtx,
    row: &Waiting,
    written: &Written,
    now: UnixMillis,
) -> Result<Option<Outcome>, Failure> {
    let limits = &ctx.mailboxes;
    let limit = match written.cause {
        Cause::Account => return Ok(None),
        Cause::Confirmation => &limits.confirmation,
        Cause::Unconfirmed => &limits.unconfirmed,
        Cause::Confirmed => &limits.confirmed,
    };
    // One that was tried and is tried again has its place.
    if row.attempts > 0 {
        return Ok(None);
    }
    let key = &ctx.base.directory.snapshot().secrets.typed_name;
    let mailbox = b64::encode(&hmac_sha256(key, name(&written.to).as_bytes()));
    let taken = limit.take_named(&mailbox, now).await?;
    let first = match written.cause {
        Cause::Confirmed => {
            let what = format!("{mailbox}:{}:{}", row.purpose()?.as_str(), row.account_id());
            limits.first.take_named(&what, now).await?.is_ok()
        }
        _ => false,
    };
    let Err(until) = taken else { return Ok(None) };
    let noted = moment_of(&row.id).unwrap_or(now);
    Ok(match written.cause {
        _ if first => None,
        Cause::Confirmation if until <= noted.plus(WAITS_AT_MOST) => Some(Outcome::Held(until)),
        _ => Some(Outcome::GivenUp(DROPPED.to_owned())),
    })
}

/// Takes a place for a text message that tells of a change. `false`: there is none.
///
/// # Errors
/// When ephemeral state holds what makes no sense.
pub(super) async fn has_place(ctx: &JobsCtx, row: &Waiting, number: &str, now: UnixMillis) -> Result<bool, Failure> {
    let key = &ctx.base.directory.snapshot().secrets.typed_name;
    let mobile = b64::encode(&hmac_sha256(key, number.as_bytes()));
    Ok(row.attempts > 0 || ctx.mailboxes.notices.take_named(&mobile, now).await?.is_ok())
}
