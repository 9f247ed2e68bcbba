//! The logo that a client registers: fetched once, made anew, served by us, shown where a person decides.

mod life;
mod refused;
mod shown;
mod support;
