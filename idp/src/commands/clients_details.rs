//! What `idp clients add` and `update` take of what few clients need: other ways in, another list of addresses, what applies where a
//! request says nothing, which program it is.

use super::clients_arguments::{replaced, replaced_all};
use super::{CommandError, Context};
use crate::oauth::register::sector::{self, NotListed};
use clap::Args;
use idp_core::client::Client;
use idp_core::client::registration::Registration;

/// See the module. What is not given stays; `none` takes it away.
#[derive(Args)]
pub(super) struct DetailArguments {
    /// Where somebody else may send a person to sign in at it; who made an account on the way is offered it. `none` takes it away
    #[arg(long, value_name = "URI")]
    initiate_login_uri: Option<String>,
    /// Where the redirect URIs of its sector are listed; fetched now. Its host becomes the sector, and with another sector people have
    /// other pairwise subjects; `none` takes it away, and the sector stays
    #[arg(long, value_name = "URI")]
    sector_identifier_uri: Option<String>,
    /// Whether logout tokens must name the session; ours always do
    #[arg(long, value_name = "true|false", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    backchannel_logout_session_required: Option<bool>,
    /// How long ago somebody may have signed in where a request has no max_age; `none`: however long the session lasts
    #[arg(long, value_name = "SECONDS")]
    default_max_age: Option<String>,
    /// Whether ID tokens must say when somebody signed in; ours always do
    #[arg(long, value_name = "true|false", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    require_auth_time: Option<bool>,
    /// How strongly people should have signed in, the best first; a wish; may be given several times; `none` takes them away
    #[arg(long = "default-acr-value", value_name = "ACR")]
    default_acr_values: Vec<String>,
    /// Which program it is an installation of; `none` takes it away
    #[arg(long, value_name = "ID")]
    software_id: Option<String>,
    /// Which version of it; `none` takes it away
    #[arg(long, value_name = "VERSION")]
    software_version: Option<String>,
}

impl DetailArguments {
    /// Puts what was given over what stands in a registration.
    ///
    /// # Errors
    /// What cannot be read.
    pub(super) fn put_into(self, asked: &mut Registration) -> Result<(), CommandError> {
        let kept = asked.sector_identifier_uri.take();
        if self.sector_identifier_uri.as_ref().is_some_and(|uri| uri != "none" && Some(uri) != kept.as_ref()) {
            asked.sector = None;
        }
        asked.sector_identifier_uri = replaced(self.sector_identifier_uri, kept);
        asked.initiate_login_uri = replaced(self.initiate_login_uri, asked.initiate_login_uri.take());
        if let Some(required) = self.backchannel_logout_session_required {
            asked.backchannel_logout_session_required = required;
        }
        let defaults = &mut asked.defaults;
        defaults.default_max_age = match self.default_max_age.as_deref() {
            None => defaults.default_max_age,
            Some("none") => None,
            Some(text) => Some(text.parse().map_err(|_| {
                CommandError::refused(format!("--default-max-age: {text:?} is no whole number of seconds"))
            })?),
        };
        defaults.require_auth_time = self.require_auth_time.unwrap_or(defaults.require_auth_time);
        defaults.default_acr_values =
            replaced_all(self.default_acr_values, std::mem::take(&mut defaults.default_acr_values));
        let software = &mut asked.software;
        software.software_id = replaced(self.software_id, software.software_id.take());
        software.software_version = replaced(self.software_version, software.software_version.take());
        Ok(())
    }
}

/// The list at a sector identifier URI names every redirect URI, unless somebody looked there already.
///
/// # Errors
/// When it does not, or cannot be had.
pub(super) async fn check_sector(
    context: &Context,
    client: &Client,
    before: Option<&Client>,
) -> Result<(), CommandError> {
    // The operator asks, whosever client it is.
    let reach = crate::wiring::outbound(&context.settings)?;
    let wrong = |why: &str| CommandError::refused(format!("--sector-identifier-uri {why}"));
    sector::check(reach.of(false), client, before).await.map_err(|not| match not {
        NotListed::Wrong(member) => wrong(&member.why),
        NotListed::Busy => wrong("cannot be fetched now; try again"),
    })
}
