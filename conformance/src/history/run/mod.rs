//! Virtual people at several browsers, portals, an operator and somebody who watches the keys: they use the provider all at
//! once, over real HTTP, and write down every question and every answer.
//!
//! A seed fixes what everybody wants to do; the machine decides in which order it happens.

mod dice;
mod drive;
mod id_token;
mod operator;
mod person;
mod portal;
mod program;
mod recorder;
mod report;
mod secrets;
mod settle;
mod stage;

pub use dice::Dice;
pub use drive::{Plan, Progress, Town, drive};
pub use portal::Portal;
pub use program::{exit_code, print_logs};
pub use recorder::Recorder;
pub use report::{kid, report, starts};
pub use settle::{limits, settings, settle};
pub use stage::{Cast, Fault, Stage};

use std::error::Error;

/// What every part of it gives.
pub type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;
