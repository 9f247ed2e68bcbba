//! Every rule on every path. Most holes of providers were a rule that held in one grant, mode or endpoint and was forgotten in its
//! sibling: so these tests are made of tables, and what is new to the product stops them until it has its line.
//!
//! [`crossed`]: every kind of value ([`kinds`]) at every place where a value is taken ([`places`]). [`spelling`]: values that are a
//! letter off. [`ends`]: whatever ends a person's leave, on every path. [`accounts`]: accounts that may not be used and clients
//! that are switched off, for every grant and kind of client. [`errors`]: every error in every way it is delivered ([`ways`]).
//! [`markup`]: markup in every parameter, in every mode.

mod accounts;
mod crossed;
mod ends;
mod errors;
mod kinds;
mod markup;
mod places;
mod spelling;
mod ways;
