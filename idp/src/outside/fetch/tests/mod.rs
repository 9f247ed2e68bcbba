//! Every rule of the client against servers on loopback. Nothing here leaves the machine.

mod addresses;
mod answers;
mod limits;
mod support;
mod tls;
mod where_to;
