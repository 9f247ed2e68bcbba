//! What a token says of a person: capacity (身分別), agency (機關), subject, claims.

pub mod agency;
pub mod capacity;
pub mod claims;
pub mod claims_parameter;
pub mod national_id;
pub mod subject;
