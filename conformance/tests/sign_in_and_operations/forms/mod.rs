//! Forms and addresses: who may send what from where, and what is believed of a request.

mod foreign;
mod language;
mod methods;
mod spoofed;
