//! What a page offers whoever came from a portal and has done what kept them from signing in there.

use idp_core::client::shown_host;

/// The way back to the portal.
#[derive(Clone, Debug)]
pub struct WayBack {
    /// Its name.
    pub portal: String,
    /// Where it is gone on.
    pub href: String,
    /// Whose page that is: a person should see where a link leads.
    pub host: String,
}

impl WayBack {
    /// To this address of a portal.
    pub fn new(portal: &str, href: String) -> Self {
        Self { portal: portal.to_owned(), host: shown_host(&href), href }
    }
}
