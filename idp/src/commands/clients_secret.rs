//! The secret of a client: out of a file, or made and written there; never printed.

use super::{CommandError, named_file};
use crate::directory::{StoredSecret, open_secrets};
use crate::keystore::{Prepared, secrets};
use idp_core::client::Client;
use idp_store::clients::StoredClient;
use keys::{Sealer, b64};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The sealer of today.
pub(super) async fn sealer(prepared: &Prepared) -> Result<Sealer, CommandError> {
    let master = prepared.master.clone();
    Ok(prepared.db.scan(move |conn| secrets::read(conn, &master)).await?.1)
}

/// A secret, and how it was come by.
pub(super) struct Obtained {
    /// The secret.
    pub(super) secret: String,
    /// `made in` the file, or `read from` it.
    pub(super) how: &'static str,
}

/// The secret a client shall have: out of the file, or made and written there.
pub(super) fn obtain(client: &Client, file: Option<&Path>) -> Result<Option<Obtained>, CommandError> {
    match (client.auth_method.has_secret(), file) {
        (false, None) => Ok(None),
        (false, Some(_)) => {
            let method = client.auth_method.as_str();
            Err(CommandError::refused(format!("--secret-file: a client of the auth method {method} has no secret")))
        }
        (_, None) => Err(CommandError::refused("--secret-file is needed: the secret is never printed")),
        (_, Some(path)) if path.exists() => Ok(Some(Obtained { secret: read(path)?, how: "read from" })),
        (_, Some(path)) => {
            let secret = b64::encode(&keys::random::<32>()?);
            write(path, &secret).map_err(|why| wrong(path, &why))?;
            Ok(Some(Obtained { secret, how: "made in" }))
        }
    }
}

fn wrong(path: &Path, why: &std::io::Error) -> CommandError {
    CommandError::refused(format!("--secret-file {}: {why}", path.display()))
}

fn write(path: &Path, secret: &str) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(secret.as_bytes())?;
    file.sync_all()
}

fn read(path: &Path) -> Result<String, CommandError> {
    let bytes = named_file::read(path, 1).map_err(|why| wrong(path, &why))?;
    let text = String::from_utf8_lossy(&bytes);
    let secret = text.trim();
    let printable = secret.bytes().all(|b| (0x20..0x7f).contains(&b));
    if !(32..=256).contains(&secret.len()) || !printable {
        let words = "a secret needs 32 to 256 printable ASCII characters; leave the file away and one is made";
        return Err(CommandError::refused(format!("{}: {words}", path.display())));
    }
    Ok(secret.to_owned())
}

/// The secrets of a stored client.
pub(super) fn stored(sealer: &Sealer, stored: &StoredClient) -> Result<Vec<StoredSecret>, CommandError> {
    Ok(open_secrets(sealer, &stored.client.id, &stored.secrets_sealed)?)
}
