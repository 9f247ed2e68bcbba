//! The public keys of a client on the command line.

use super::CommandError;
use clap::Args;
use idp_core::client::Client;
use idp_core::client::public_keys::{AssertionAlgorithm, LONGEST_SET, PublicKeys};
use idp_core::client::registration::Registration;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The options of `clients add` and `clients update`.
#[derive(Args)]
pub(super) struct KeysArguments {
    /// The client's public keys, a JWK Set: for private_key_jwt
    #[arg(long, value_name = "FILE", conflicts_with = "jwks_uri")]
    jwks_file: Option<PathBuf>,
    /// Where the client publishes its public keys instead; fetched, and used for a minute
    #[arg(long, value_name = "URI")]
    jwks_uri: Option<String>,
    /// The only algorithm of its assertions [default: any that the method allows]
    #[arg(long, value_name = "ALG")]
    token_endpoint_auth_signing_alg: Option<AssertionAlgorithm>,
}

impl KeysArguments {
    /// Puts them into a registration.
    ///
    /// * `before`: the client as it is, if it is to be changed. What is not given stays, as far as it fits its method.
    ///
    /// # Errors
    /// When the file cannot be read or is no JSON.
    pub(super) fn put_into(self, asked: &mut Registration, before: Option<&Client>) -> Result<(), CommandError> {
        let kept = before.and_then(|client| client.token_endpoint_auth_signing_alg);
        let fits = |algorithm: &AssertionAlgorithm| algorithm.method() == asked.auth_method;
        asked.token_endpoint_auth_signing_alg = self.token_endpoint_auth_signing_alg.or(kept.filter(fits));
        asked.jwks = self.jwks_file.as_deref().map(read).transpose()?;
        asked.jwks_uri = self.jwks_uri;
        if asked.jwks.is_none() && asked.jwks_uri.is_none() {
            let kept = before.and_then(|client| client.public_keys.as_ref());
            asked.jwks = kept.and_then(PublicKeys::jwks).cloned();
            asked.jwks_uri = kept.and_then(PublicKeys::jwks_uri).map(str::to_owned);
        }
        Ok(())
    }
}

fn read(path: &Path) -> Result<Value, CommandError> {
    let wrong = |why: String| CommandError::refused(format!("--jwks-file: {}: {why}", path.display()));
    let length = std::fs::metadata(path).map_err(|why| wrong(why.to_string()))?.len();
    if length > LONGEST_SET as u64 {
        return Err(wrong(format!("is longer than {LONGEST_SET} bytes")));
    }
    let text = std::fs::read(path).map_err(|why| wrong(why.to_string()))?;
    keys::json::parse(&text).map_err(|why| wrong(why.to_string()))
}
