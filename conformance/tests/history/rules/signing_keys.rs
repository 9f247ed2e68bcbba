//! Keys and what they sign.

use super::tape::{Jwks, Tape, redeem, refresh, tokens, tokens_that};
use conformance::history::check::Rule;
use conformance::history::event::Answer;

fn published(kids: &[&str]) -> Answer {
    Answer::Keys { kids: kids.iter().map(|kid| (*kid).to_owned()).collect() }
}

#[test]
fn a_key_is_published_before_it_signs() {
    let mut tape = Tape::with_code(false);
    tape.op(Jwks, published(&["k0"])).op(redeem("c"), tokens("r1")).breaks(Rule::KeyNotPublished);
    let mut in_time = Tape::with_code(false);
    in_time.op(Jwks, published(&["k0"])).wait(1.5).op(Jwks, published(&["k0", "k1"])).op(redeem("c"), tokens("r1"));
    in_time.holds();
    let mut too_soon = Tape::with_code(false);
    too_soon.op(Jwks, published(&["k0"])).wait(0.5).op(Jwks, published(&["k0", "k1"])).op(redeem("c"), tokens("r1"));
    too_soon.breaks(Rule::KeyNotPublished);
}

#[test]
fn a_key_stays_published_as_long_as_what_it_signed() {
    Tape::with_tokens(false).wait(10.0).op(Jwks, published(&["k2"])).breaks(Rule::KeyNotPublished);
    Tape::with_tokens(false).wait(25.0).op(Jwks, published(&["k2"])).holds();
}

#[test]
fn an_id_token_that_does_not_verify_is_reported() {
    let bad = |name: &str| tokens_that(name, |read| read.problem = Some("its signature is wrong".into()));
    Tape::with_code(false).op(redeem("c"), bad("r1")).breaks(Rule::BadIdToken);
    Tape::with_tokens(false).op(refresh("r1"), bad("r2")).breaks(Rule::BadIdToken);
}
