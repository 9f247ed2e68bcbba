//! Where the provider's endpoints are and what it can do: OpenID Connect Discovery 1.0 §4.

use std::sync::Arc;

use openidconnect::core::CoreJsonWebKeySet;
use openidconnect::{AdditionalProviderMetadata, EndSessionUrl, IssuerUrl};
use serde::{Deserialize, Serialize};

use super::document::Document;
use super::{Client, Metadata};
use crate::clock::Clock;
use crate::config::Config;
use crate::http::{Http, Unreachable};

/// Fields of the discovery document that the crate has no names for.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct MoreMetadata {
    /// RP-Initiated Logout 1.0 §2.1
    pub(super) end_session_endpoint: Option<EndSessionUrl>,
    /// RFC 9207 §3
    #[serde(default)]
    pub(super) authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for MoreMetadata {}

pub(crate) struct Provider {
    pub(super) issuer: IssuerUrl,
    pub(super) http: Http,
    pub(super) clock: Clock,
    metadata: Document<Metadata>,
    pub(super) keys: Document<CoreJsonWebKeySet>,
}

impl Provider {
    pub(crate) fn new(issuer: IssuerUrl, http: Http, clock: Clock) -> Self {
        Self { issuer, http, metadata: Document::new(clock.clone()), keys: Document::new(clock.clone()), clock }
    }

    pub(super) async fn metadata(&self) -> Result<Arc<Metadata>, Unreachable> {
        let url = self
            .issuer
            .join(".well-known/openid-configuration")
            .map_err(|error| Unreachable(format!("{}: {error}", self.issuer.as_str())))?;
        let metadata = self.metadata.get(&self.http, &url).await?;
        // Discovery §4.3: the issuer in the document MUST be the one it was asked for.
        if *metadata.issuer() != self.issuer {
            return Err(Unreachable(format!("{url} is about another issuer, {}", metadata.issuer().as_str())));
        }
        Ok(metadata)
    }

    /// A client of the crate, which authenticates with `client_secret_basic` (RFC 6749 §2.3.1).
    pub(super) async fn client(&self, config: &Config) -> Result<Client, Unreachable> {
        let metadata = Metadata::clone(&*self.metadata().await?);
        let secret = Some(config.client_secret.clone());
        Ok(Client::from_provider_metadata(metadata, config.client_id.clone(), secret)
            .set_redirect_uri(config.redirect_uri.clone()))
    }
}
