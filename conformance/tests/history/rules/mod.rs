//! The checker, on histories written by hand: each rule, the history that breaks it, and one beside it that does not.

mod ended;
mod given;
mod refresh;
mod signing_keys;
mod tape;
