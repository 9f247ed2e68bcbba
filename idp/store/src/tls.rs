//! TLS towards the servers that keep our state.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::path::Path;
use std::sync::Arc;

/// What a client trusts: the authorities in a PEM file, or those of the operating system.
///
/// # Errors
/// In words, when they cannot be read.
pub fn client(ca_file: Option<&Path>) -> Result<Arc<ClientConfig>, String> {
    let mut roots = RootCertStore::empty();
    match ca_file {
        Some(path) => {
            let wrong = |why: &dyn std::fmt::Display| format!("{}: {why}", path.display());
            let all: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
            for authority in all.map_err(|why| wrong(&why))? {
                roots.add(authority).map_err(|why| wrong(&why))?;
            }
            if roots.is_empty() {
                return Err(wrong(&"holds no certificate"));
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = versions.map_err(|why| why.to_string())?.with_root_certificates(roots).with_no_client_auth();
    Ok(Arc::new(config))
}
