//! One line of refresh tokens.

use super::tape::{NO, Tape, lost, refresh, refused, tokens, user_info};
use conformance::history::check::Rule;

#[test]
fn within_the_grace_the_same_successor_is_given_again() {
    let mut tape = Tape::with_tokens(false);
    tape.op(refresh("r1"), tokens("r2")).op(refresh("r1"), tokens("r2 again"));
    tape.op(refresh("r2"), tokens("r3")).op(refresh("r2 again"), tokens("r3 again")).op(refresh("r3"), tokens("r4"));
    tape.holds();
    Tape::with_tokens(false).op(refresh("r1"), tokens("r2")).op(refresh("r1"), refused(NO)).breaks(Rule::NotKept);
}

#[test]
fn two_successors_that_both_lead_on_are_reported() {
    let mut forked = Tape::with_tokens(false);
    forked.op(refresh("r1"), tokens("a2")).op(refresh("r1"), tokens("b2"));
    forked.op(refresh("a2"), tokens("a3")).op(refresh("a3"), tokens("a4"));
    forked.op(refresh("b2"), tokens("b3")).breaks(Rule::RefreshLine);
    let mut advanced_twice = Tape::with_tokens(false);
    advanced_twice.op(refresh("r1"), tokens("a2")).op(refresh("r1"), tokens("a3 in truth"));
    advanced_twice.op(refresh("a3 in truth"), tokens("a4")).op(refresh("a2"), refused(NO)).breaks(Rule::NotKept);
}

#[test]
fn once_the_successor_was_used_a_token_is_reuse() {
    let mut tape = Tape::with_tokens(false);
    tape.op(refresh("r1"), tokens("r2")).op(refresh("r2"), tokens("r3"));
    tape.op(refresh("r1"), tokens("r2 again")).breaks(Rule::RefreshLine);
}

#[test]
fn after_the_grace_a_token_is_reuse() {
    let mut tape = Tape::with_tokens(false);
    tape.op(refresh("r1"), tokens("r2")).wait(3.0).op(refresh("r1"), tokens("r2 again")).breaks(Rule::AfterGrace);
}

#[test]
fn reuse_ends_the_grant() {
    let reused = || {
        let mut tape = Tape::with_tokens(false);
        tape.op(refresh("r1"), tokens("r2")).wait(3.0).op(refresh("r1"), refused(NO));
        tape
    };
    reused().op(refresh("r2"), refused(NO)).op(user_info("r2"), refused("invalid_token")).holds();
    reused().op(refresh("r2"), tokens("r3")).breaks(Rule::AfterReuse);
}

#[test]
fn a_refresh_that_broke_off_may_have_advanced_the_grant() {
    let broken = || {
        let mut tape = Tape::with_tokens(false);
        tape.op(refresh("r1"), lost());
        tape
    };
    broken().op(refresh("r1"), tokens("r2")).holds();
    broken().op(refresh("r1"), refused(NO)).breaks(Rule::NotKept);
    broken().wait(3.0).op(refresh("r1"), refused(NO)).op(user_info("r1"), refused("invalid_token")).holds();
}

#[test]
fn two_at_once_may_come_in_either_order() {
    let mut tape = Tape::with_tokens(false);
    let (one, two) = (tape.ask(refresh("r1")), tape.ask(refresh("r1")));
    tape.answer(two, tokens("r2")).answer(one, tokens("r2 again")).op(refresh("r2"), tokens("r3")).holds();
}
