//! Text messages (簡訊): into a folder, one file a message, or to an HTTP gateway.
//!
//! Owns how a text message leaves the house and what its refusal means. Does not own when (`jobs::messages`) or what it says
//! (`jobs::texts`).

pub mod gateway;
pub mod template;

pub use gateway::Gateway;

use super::message_file;
use super::not_sent::NotSent;
use std::path::PathBuf;
use std::time::Duration;

/// A disk is not waited for by name; this is what a lease allows for.
const FOLDER: Duration = Duration::from_secs(10);

/// Where text messages go. Cheap to clone.
#[derive(Clone, Debug)]
pub enum Texts {
    /// Into a folder, one file a message: the number, an empty line, what it says. For trying things out.
    Folder(PathBuf),
    /// To a gateway.
    Gateway(Box<Gateway>),
}

/// A text message.
pub struct Text {
    /// Row id: the same whenever it is sent again.
    pub id: String,
    /// To which mobile: 09 and eight digits.
    pub number: String,
    /// What it says.
    pub says: String,
}

impl Texts {
    /// How long one delivery may take.
    pub fn patience(&self) -> Duration {
        match self {
            Self::Folder(_) => FOLDER,
            Self::Gateway(gateway) => gateway.patience(),
        }
    }

    /// Hands a message over. Gives what the other side said.
    ///
    /// # Errors
    /// [`NotSent`].
    pub async fn send(&self, text: &Text) -> Result<String, NotSent> {
        match self {
            Self::Folder(folder) => {
                let path = folder.join(format!("{}.txt", text.id));
                let message = format!("{}\n\n{}\n", text.number, text.says);
                let written = message_file::write(folder, &path, message.as_bytes()).await;
                written.map_err(|why| NotSent::Later(format!("the folder: {why}")))?;
                Ok(format!("written to {}", path.display()))
            }
            Self::Gateway(gateway) => gateway.send(text).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_message_in_the_folder_names_its_number_and_what_it_says_once_however_often_it_is_sent() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("texts");
        let text = Text { id: "0001".into(), number: "0911123456".into(), says: "驗證碼：12345678".into() };
        for _ in 0..2 {
            Texts::Folder(folder.clone()).send(&text).await.unwrap();
        }
        assert_eq!(std::fs::read_to_string(folder.join("0001.txt")).unwrap(), "0911123456\n\n驗證碼：12345678\n");
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
        let file = tempfile::NamedTempFile::new().unwrap();
        let sent = Texts::Folder(file.path().join("below")).send(&text).await;
        assert!(matches!(sent, Err(NotSent::Later(_))), "{sent:?}");
    }
}
