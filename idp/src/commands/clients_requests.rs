//! What `idp clients add` and `update` take about the way a client's authorization requests come.

use clap::Args;
use idp_core::client::request_rules::RequestRules;

/// See the module. What is not given stays.
#[derive(Args)]
pub(super) struct RequestArguments {
    /// Whether its authorization requests must be pushed (RFC 9126)
    #[arg(long, value_name = "true|false", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    require_pushed_authorization_requests: Option<bool>,
}

impl RequestArguments {
    /// The rules with what was given.
    pub(super) fn over(&self, kept: RequestRules) -> RequestRules {
        RequestRules {
            require_pushed_authorization_requests: self
                .require_pushed_authorization_requests
                .unwrap_or(kept.require_pushed_authorization_requests),
        }
    }
}
