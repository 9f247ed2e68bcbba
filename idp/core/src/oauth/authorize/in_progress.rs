//! An authorization request as it goes from page to page, until it is answered.

use crate::oauth::par::Handle;

/// The parameters that count, and how they came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InProgress {
    /// The parameters, as a query. Those of a pushed request are those that were pushed.
    pub query: String,
    /// How they came.
    pub came: Came,
}

/// How parameters came. It is found out once, when the request arrives, and stands sealed in the pages afterwards: what a
/// client has to do is not asked again of what it has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Came {
    /// The name under which they were pushed (RFC 9126). It is used up when the request is answered.
    pub pushed: Option<Handle>,
    /// Whether the client signed them (RFC 9101).
    pub signed: bool,
}

impl InProgress {
    /// A request whose parameters stood in its query.
    pub fn plain(query: String) -> Self {
        Self { query, came: Came::default() }
    }
}
