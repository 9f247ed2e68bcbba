//! The provider's own certificate for its conformance configuration, made anew at each start.

use super::Outcome;
use rcgen::{CertificateParams, KeyPair};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Writes `certificate.pem` and `key.pem` into the folder, for `host`. The key is RSA: the suite offers ECDHE-RSA alone where
/// it insists on TLS 1.2.
pub(super) fn make(folder: &Path, host: &str) -> Outcome<()> {
    let der = keys::generate::generate_rsa_key(2048)?;
    let key = KeyPair::try_from(der.as_bytes())?;
    let certificate = CertificateParams::new([host.to_owned()])?.self_signed(&key)?;
    std::fs::write(folder.join("certificate.pem"), certificate.pem())?;
    let file =
        std::fs::File::options().write(true).create(true).truncate(true).mode(0o600).open(folder.join("key.pem"))?;
    std::io::Write::write_all(&mut &file, key.serialize_pem().as_bytes())?;
    Ok(())
}
