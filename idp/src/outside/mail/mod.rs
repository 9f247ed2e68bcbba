//! Mail: into a folder, as `.eml` files, or to a server by SMTP.
//!
//! Owns how a mail leaves the house and what its refusal means. Does not own when (`jobs::messages`) or what it says (`letters`).

mod smtp;

pub use smtp::SmtpServer;

use super::message_file;
use super::not_sent::NotSent;
use lettre::address::Envelope;
use std::path::PathBuf;
use std::time::Duration;

/// A disk is not waited for by name; this is what a lease allows for.
const FOLDER: Duration = Duration::from_secs(10);

/// Where mail goes. Cheap to clone.
#[derive(Clone, Debug)]
pub enum Post {
    /// Into a folder, one file a mail, for trying things out.
    Folder(PathBuf),
    /// To a server.
    Smtp(SmtpServer),
}

impl Post {
    /// How long one delivery may take.
    pub const fn patience(&self) -> Duration {
        match self {
            Self::Folder(_) => FOLDER,
            Self::Smtp(server) => server.patience,
        }
    }

    /// Hands a mail over. Gives what the other side said.
    ///
    /// * `id`: of the message; a mail that is sent twice has it twice.
    ///
    /// # Errors
    /// [`NotSent`].
    pub async fn send(&self, id: &str, envelope: &Envelope, mail: &[u8]) -> Result<String, NotSent> {
        match self {
            Self::Folder(folder) => {
                let path = folder.join(format!("{id}.eml"));
                message_file::write(folder, &path, mail)
                    .await
                    .map_err(|why| NotSent::Later(format!("the folder: {why}")))?;
                Ok(format!("written to {}", path.display()))
            }
            Self::Smtp(server) => server.send(envelope, mail).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[tokio::test]
    async fn a_mail_in_the_folder_is_whole_and_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("mail");
        let to = vec!["claire@example.gov.tw".parse().unwrap()];
        let envelope = Envelope::new(None, to).unwrap();
        for text in ["Subject: a\r\n\r\nfirst", "Subject: a\r\n\r\nagain"] {
            Post::Folder(folder.clone()).send("0001", &envelope, text.as_bytes()).await.unwrap();
            assert_eq!(std::fs::read_to_string(folder.join("0001.eml")).unwrap(), text);
        }
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "nothing half done stays");
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&folder.join("0001.eml"))), (0o700, 0o600));
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_written_may_be_repaired() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let envelope = Envelope::new(None, vec!["a@example.tw".parse().unwrap()]).unwrap();
        let sent = Post::Folder(file.path().join("below")).send("0001", &envelope, b"x").await;
        assert!(matches!(sent, Err(NotSent::Later(_))), "{sent:?}");
    }
}
