//! People with browsers who sign in at real portals, again and again, whatever befalls the provider; and what they met.

mod figures;
mod gathering;
mod visitor;

pub use figures::Figures;
pub use gathering::{Gathering, Invitation};
pub use visitor::{Browsers, Login, Visitor};
