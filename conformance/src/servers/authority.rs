//! An authority of a test's own, and a certificate for localhost that it signed.

use super::Outcome;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

/// All PEM.
pub struct Certificates {
    /// What a client trusts.
    pub authority: String,
    /// What the server shows.
    pub certificate: String,
    /// The server's private key.
    pub key: String,
}

/// Makes them.
///
/// # Errors
/// When there is no randomness.
pub fn certify() -> Outcome<Certificates> {
    let mut authority = CertificateParams::new(vec![])?;
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;
    let key = KeyPair::generate()?;
    let certificate = CertificateParams::new(vec!["localhost".to_owned()])?.signed_by(&key, &authority)?;
    Ok(Certificates { authority: authority.pem(), certificate: certificate.pem(), key: key.serialize_pem() })
}
