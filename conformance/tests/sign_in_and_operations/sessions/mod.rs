//! Sessions: what the cookies are like, how long a session lives, and who cannot get into one.

pub mod cookies;
mod fixation;
mod life;
mod pages;
mod renewal;
