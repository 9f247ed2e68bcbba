//! A message as a file: whoever looks into the folder sees whole ones. They are for their owner alone: links and codes in them let
//! somebody in.

use std::path::Path;

/// Writes it.
///
/// # Errors
/// Those of the file system.
pub(super) async fn write(folder: &Path, path: &Path, message: &[u8]) -> std::io::Result<()> {
    let (folder, path, message) = (folder.to_owned(), path.to_owned(), message.to_vec());
    let write = move || {
        use std::io::Write;
        use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        let unfinished = path.with_extension("part");
        let mut open = std::fs::OpenOptions::new();
        let mut file = open.write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
        file.write_all(&message)?;
        file.sync_all()?;
        std::fs::rename(&unfinished, &path)?;
        std::fs::File::open(&folder)?.sync_all()
    };
    tokio::task::spawn_blocking(write).await.map_err(std::io::Error::other)?
}
