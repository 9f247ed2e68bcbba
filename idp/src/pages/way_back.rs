//! What a page offers whoever came from a portal and has done what kept them from signing in there.

/// The way back to the portal.
#[derive(Clone, Debug)]
pub struct WayBack {
    /// Its name.
    pub portal: String,
    /// Where it is gone on.
    pub href: String,
}
