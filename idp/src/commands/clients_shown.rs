//! What `idp clients add` and `update` take of what people are shown of a client beside its name.

use super::CommandError;
use super::clients_arguments::replaced_all;
use crate::client_logo;
use crate::pages::dates::rfc3339;
use clap::Args;
use idp_core::client::presentation::{Localised, Presentation};
use idp_store::client_logos::ClientLogo;
use serde_json::{Value, json};

/// What is said beside a command that names a logo.
pub(super) const FETCHES_LOGO: &str =
    "; its logo is fetched by the running server, idp clients show says what came of it";

/// See the module. What is not given stays; `none` takes it away.
#[derive(Args)]
pub(super) struct ShownArguments {
    /// Its name in a further language, such as en="Emergency portal"; may be given several times; `none` takes them away
    #[arg(long = "name-in", value_name = "LANG=NAME")]
    names: Vec<String>,
    /// The portal's own page, shown where a person decides; for one language: en=URI. May be given several times; `none` takes it away
    #[arg(long = "client-uri", value_name = "[LANG=]URI")]
    client_uris: Vec<String>,
    /// What it does with people's data; as --client-uri
    #[arg(long = "policy-uri", value_name = "[LANG=]URI")]
    policy_uris: Vec<String>,
    /// What people agree to who use it; as --client-uri
    #[arg(long = "tos-uri", value_name = "[LANG=]URI")]
    tos_uris: Vec<String>,
    /// Where its logo is (PNG, JPEG, GIF, WebP), as --client-uri; the running server fetches it, once, and again when this is given again
    #[arg(long = "logo-uri", value_name = "[LANG=]URI")]
    logo_uris: Vec<String>,
    /// Whom to ask about it; may be given several times; `none` takes them away
    #[arg(long = "contact", value_name = "WHO")]
    contacts: Vec<String>,
}

impl ShownArguments {
    /// Whether a logo is to be fetched.
    pub(super) fn names_logo(&self) -> bool {
        self.logo_uris.iter().any(|uri| uri != "none")
    }

    /// Puts what was given over what is kept.
    ///
    /// # Errors
    /// What cannot be read.
    pub(super) fn over(self, kept: Presentation) -> Result<Presentation, CommandError> {
        if let Some(bare) = self.names.iter().find(|name| *name != "none" && !name.contains('=')) {
            return Err(CommandError::refused(format!("--name-in: {bare:?} names no language; give LANG=NAME")));
        }
        Ok(Presentation {
            names: localised("--name-in", self.names, kept.names)?,
            client_uri: localised("--client-uri", self.client_uris, kept.client_uri)?,
            policy_uri: localised("--policy-uri", self.policy_uris, kept.policy_uri)?,
            tos_uri: localised("--tos-uri", self.tos_uris, kept.tos_uri)?,
            logo_uri: localised("--logo-uri", self.logo_uris, kept.logo_uri)?,
            contacts: replaced_all(self.contacts, kept.contacts),
        })
    }
}

/// What became of a logo, as `clients show` has it.
pub(super) fn logo(logo: &ClientLogo) -> Value {
    let state = match (&logo.picture, logo.next_try_at) {
        (Some(_), _) => "shown",
        (None, Some(_)) => "is_fetched",
        (None, None) => "given_up",
    };
    json!({
        "uri": logo.uri,
        "state": state,
        "address": logo.picture.as_ref().map(client_logo::address),
        "failures": logo.failures,
        "problem": logo.problem,
        "tried_at": logo.tried_at.map(|at| rfc3339(at.0)),
        "next_try_at": logo.next_try_at.map(|at| rfc3339(at.0)),
    })
}

fn localised(option: &str, given: Vec<String>, kept: Localised) -> Result<Localised, CommandError> {
    if given.is_empty() {
        return Ok(kept);
    }
    let mut texts = Localised::default();
    for one in replaced_all(given, vec![]) {
        // An address may hold an equals sign, behind its scheme.
        let (tag, text) = one.split_once('=').filter(|(tag, _)| !tag.contains(':')).unwrap_or(("", &one));
        if texts.0.insert(tag.to_owned(), text.to_owned()).is_some() {
            let which = if tag.is_empty() { "without a language".to_owned() } else { format!("in {tag}") };
            return Err(CommandError::refused(format!("{option}: is given twice {which}")));
        }
    }
    Ok(texts)
}
