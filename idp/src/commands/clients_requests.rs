//! What `idp clients add` and `update` take about the way a client's authorization requests come.

use super::CommandError;
use super::clients_arguments::{replaced_algorithm, replaced_all};
use clap::Args;
use idp_core::client::request_rules::RequestRules;

/// See the module. What is not given stays.
#[derive(Args)]
pub(super) struct RequestArguments {
    /// Whether its authorization requests must be pushed (RFC 9126)
    #[arg(long, value_name = "true|false", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    require_pushed_authorization_requests: Option<bool>,
    /// Whether its authorization requests must be signed (RFC 9101)
    #[arg(long, value_name = "true|false", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    require_signed_request_object: Option<bool>,
    /// What signs its request objects; `none`: any algorithm that its keys are for [default: none]
    #[arg(long, value_name = "ALG")]
    request_object_signing_alg: Option<String>,
    /// Where it keeps request objects, if the setting requests.fetch_request_uris allows; may be given several times; `none` takes
    /// them away
    #[arg(long = "request-uri", value_name = "URI")]
    request_uris: Vec<String>,
}

impl RequestArguments {
    /// The rules with what was given.
    ///
    /// # Errors
    /// An algorithm that is none.
    pub(super) fn over(self, kept: RequestRules) -> Result<RequestRules, CommandError> {
        let (option, given) = ("--request-object-signing-alg", self.request_object_signing_alg);
        let pushed = self.require_pushed_authorization_requests;
        let signed = self.require_signed_request_object;
        Ok(RequestRules {
            require_pushed_authorization_requests: pushed.unwrap_or(kept.require_pushed_authorization_requests),
            require_signed_request_object: signed.unwrap_or(kept.require_signed_request_object),
            request_object_signing_alg: replaced_algorithm(option, given, kept.request_object_signing_alg)?,
            request_uris: replaced_all(self.request_uris, kept.request_uris),
        })
    }
}
