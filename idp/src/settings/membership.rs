//! `[membership]`: who may get an account over the web.

use serde::{Deserialize, Serialize};

/// Getting an account.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MembershipSection {
    /// First steps of an application from one address within an hour.
    pub applications_per_address: u32,
    /// Mails that are asked for from one address within an hour.
    pub mails_per_address: u32,
}

impl Default for MembershipSection {
    fn default() -> Self {
        Self { applications_per_address: 200, mails_per_address: 200 }
    }
}
