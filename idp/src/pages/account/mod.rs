//! The pages of 我的專區: who is signed in looks at and changes what is kept of them.

mod confirm;
mod delete;
mod email;
mod overview;
mod password;
mod portals;
mod profile;
mod recovery;

pub use confirm::{ConfirmPage, ConfirmState};
pub use delete::{DeletePage, DeleteProblem, DeleteState};
pub use email::{EmailPage, EmailWaits};
pub use overview::{Agreement, OverviewPage};
pub use password::{PasswordPage, PasswordState};
pub use portals::{PortalShown, PortalsPage, PortalsState};
pub use profile::{ProfilePage, SaveState};
pub use recovery::RecoveryPage;

use super::form::{FieldKind, Summary, TextField};
use super::membership::Fields;
use super::{Frame, document};
use crate::text::Text;

/// A page of the area, as its menu lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// 個人資料查詢.
    Overview,
    /// 個人資料維護.
    Profile,
    /// 電子信箱.
    Email,
    /// 忘記密碼救援.
    Recovery,
    /// 密碼維護.
    Password,
    /// 我使用的網站.
    Portals,
    /// 刪除帳號.
    Delete,
}

impl Place {
    /// The menu. A page stands here once it is routed, and not before: no link leads nowhere.
    pub const ALL: [Self; 7] =
        [Self::Overview, Self::Profile, Self::Email, Self::Recovery, Self::Password, Self::Portals, Self::Delete];

    /// Its address.
    pub const fn href(self) -> &'static str {
        match self {
            Self::Overview => "/account",
            Self::Profile => "/account/profile",
            Self::Email => "/account/email",
            Self::Recovery => "/account/recovery",
            Self::Password => "/account/password",
            Self::Portals => "/account/portals",
            Self::Delete => "/account/delete",
        }
    }
}

/// A line of the menu.
struct MenuItem {
    href: &'static str,
    label: &'static str,
    is_here: bool,
}

fn menu(here: Place, text: &'static Text) -> Vec<MenuItem> {
    let item =
        |place: Place| MenuItem { href: place.href(), label: (text.account.place)(place), is_here: place == here };
    Place::ALL.into_iter().map(item).collect()
}

#[cfg(test)]
mod tests {
    use super::Place;
    use crate::routes::PATHS;

    #[test]
    fn the_menu_leads_to_pages_that_there_are() {
        for place in Place::ALL {
            assert!(PATHS.contains(&place.href()), "{place:?}");
        }
    }
}
