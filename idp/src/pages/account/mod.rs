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
pub use delete::{DeletePage, DeleteProblem, DeleteState, Tick};
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
    /// Element id; empty for none.
    id: &'static str,
    href: &'static str,
    label: &'static str,
    is_here: bool,
}

/// Where the provider's own page is, and where signing out begins: the same as from that page.
const WAYS_OUT: [&str; 2] = ["/", "/connect/end_session"];

/// 首頁, the pages of the area, 登出.
fn menu(here: Place, text: &'static Text) -> Vec<MenuItem> {
    let [home, sign_out] = WAYS_OUT;
    let out = |id, href, label| MenuItem { id, href, label, is_here: false };
    let item = |place: Place| MenuItem {
        id: "",
        href: place.href(),
        label: (text.account.place)(place),
        is_here: place == here,
    };
    let first = std::iter::once(out("home", home, text.account.home));
    let last = std::iter::once(out("sign-out", sign_out, text.home.sign_out));
    first.chain(Place::ALL.into_iter().map(item)).chain(last).collect()
}

#[cfg(test)]
mod tests {
    use super::{Place, WAYS_OUT};
    use crate::routes::PATHS;

    #[test]
    fn the_menu_leads_to_pages_that_there_are() {
        for href in Place::ALL.map(Place::href).into_iter().chain(WAYS_OUT) {
            assert!(PATHS.contains(&href), "{href}");
        }
    }
}
