//! A recorded history of operations, and what must hold in it whatever breaks down meanwhile.
//!
//! [`run`] lets virtual people use one or several nodes and writes down every operation: when it was asked, when and what was
//! answered. [`check`] reads what was written and nothing else: it knows no provider, no network and no clock.

pub mod check;
pub mod event;
pub mod run;
