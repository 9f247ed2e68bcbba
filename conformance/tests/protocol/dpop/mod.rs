//! DPoP (RFC 9449): tokens that are worth something only beside a proof of the key they are bound to. `proofs` holds what a proof
//! has to be, at every endpoint that takes one, `algorithms` what may sign it; `binding` what it does to codes and tokens,
//! `nonce` how new it is.

mod algorithms;
mod binding;
mod nonce;
mod proofs;
mod support;
