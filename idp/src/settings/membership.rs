//! `[membership]`: who may get an account over the web.

use super::{BadSetting, Span, bad};
use crate::text::Documents;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;

/// Getting an account.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MembershipSection {
    /// First steps of an application from one address within an hour, and as many answers to hint questions.
    pub applications_per_address: u32,
    /// Mails that are asked for from one address within an hour.
    pub mails_per_address: u32,
    /// The folder with the operator's own documents.
    pub documents: Option<PathBuf>,
    /// How long an account stays that nobody activates; `0s`: for ever.
    pub keep_not_activated: Span,
    /// From 刪除帳號 to the removal, as long as it can be undone.
    pub deletion_waits: Span,
}

/// The shortest time for which an account waits to be activated: the life of a mailed link.
const SHORTEST: Duration = Duration::from_secs(7 * 86_400);

/// How long a deletion may wait. Shorter, a mail that tells the owner of a thief's act comes too late; longer, nobody believes that
/// the data goes.
const DELETION: (Duration, Duration) = (Duration::from_secs(86_400), Duration::from_secs(90 * 86_400));

impl MembershipSection {
    /// How long an account stays that nobody activates; `None`: for ever.
    pub fn not_activated_kept(&self) -> Option<Duration> {
        Some(self.keep_not_activated.0).filter(|keep| !keep.is_zero())
    }

    /// 服務條款 and 隱私權政策: the operator's, or those that come with the program.
    ///
    /// # Errors
    /// Which file is wrong, and what to do.
    pub fn documents(&self) -> Result<Documents, BadSetting> {
        let read = self.documents.as_deref().map_or_else(Documents::of_the_program, Documents::of_folder);
        read.map_err(|why| bad("membership.documents", why))
    }

    /// Checks what can be checked without starting.
    pub(super) fn check(&self) -> Result<(), BadSetting> {
        let (least, most) = DELETION;
        if !(least..=most).contains(&self.deletion_waits.0) {
            return Err(bad("membership.deletion_waits", "must be 1 d to 90 d"));
        }
        match self.not_activated_kept() {
            Some(kept) if kept < SHORTEST => {
                let words = "must be 7 d at least, for which a mailed link works, or 0s for ever";
                Err(bad("membership.keep_not_activated", words))
            }
            _ => Ok(()),
        }
    }
}

impl Default for MembershipSection {
    fn default() -> Self {
        Self {
            applications_per_address: 200,
            mails_per_address: 200,
            documents: None,
            keep_not_activated: Span::from_secs(30 * 86_400),
            deletion_waits: Span::from_secs(14 * 86_400),
        }
    }
}
