//! What `idp clients add` and `update` take about the way a client's authorization requests come.

use clap::Args;
use idp_core::client::request_rules::RequestRules;
use keys::Algorithm;

/// See the module. What is not given stays.
#[derive(Args)]
pub(super) struct RequestArguments {
    /// Whether its authorization requests must be pushed (RFC 9126)
    #[arg(long, value_name = "true|false", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    require_pushed_authorization_requests: Option<bool>,
    /// Whether its authorization requests must be signed (RFC 9101)
    #[arg(long, value_name = "true|false", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    require_signed_request_object: Option<bool>,
    /// What signs its request objects [default: any algorithm that its keys are for]
    #[arg(long, value_name = "ALG")]
    request_object_signing_alg: Option<Algorithm>,
    /// Where it keeps request objects, if the setting requests.fetch_request_uris allows; may be given several times
    #[arg(long = "request-uri", value_name = "URI")]
    request_uris: Vec<String>,
}

impl RequestArguments {
    /// The rules with what was given.
    pub(super) fn over(self, kept: RequestRules) -> RequestRules {
        let pushed = self.require_pushed_authorization_requests;
        let signed = self.require_signed_request_object;
        RequestRules {
            require_pushed_authorization_requests: pushed.unwrap_or(kept.require_pushed_authorization_requests),
            require_signed_request_object: signed.unwrap_or(kept.require_signed_request_object),
            request_object_signing_alg: self.request_object_signing_alg.or(kept.request_object_signing_alg),
            request_uris: if self.request_uris.is_empty() { kept.request_uris } else { self.request_uris },
        }
    }
}
