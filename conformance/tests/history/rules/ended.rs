//! What ended works no more, once that was acknowledged.

use super::tape::{
    Lock, NO, SignOut, Tape, Unlock, amy, authorize, code, lost, redeem, refresh, refused, revoke, session, sign_in,
    tokens, user_info,
};
use conformance::history::check::Rule;
use conformance::history::event::{Action, Answer};

fn sign_out() -> Action {
    SignOut { session: "s".into() }
}

fn lock() -> Action {
    Lock { person: "amy".into() }
}

#[test]
fn after_a_replay_of_the_code_its_tokens_are_dead() {
    let replayed = || {
        let mut tape = Tape::with_tokens(false);
        tape.op(redeem("c"), refused(NO));
        tape
    };
    replayed().op(user_info("r1"), refused("invalid_token")).op(refresh("r1"), refused(NO)).holds();
    replayed().op(user_info("r1"), amy()).breaks(Rule::AfterReplay);
}

#[test]
fn a_replay_that_was_lost_may_have_ended_the_grant() {
    Tape::with_tokens(false).op(redeem("c"), lost()).op(user_info("r1"), amy()).holds();
    Tape::with_tokens(false).op(redeem("c"), lost()).op(user_info("r1"), refused("invalid_token")).holds();
}

#[test]
fn what_was_revoked_is_dead() {
    Tape::with_tokens(true).op(revoke("r1"), Answer::Done).op(refresh("r1"), refused(NO)).holds();
    Tape::with_tokens(true)
        .op(revoke("r1"), Answer::Done)
        .op(refresh("r1"), tokens("r2"))
        .breaks(Rule::AfterRevocation);
    Tape::with_tokens(true).op(revoke("r1"), lost()).op(refresh("r1"), tokens("r2")).holds();
    Tape::with_tokens(true).op(revoke("r1"), refused(NO)).breaks(Rule::NotKept);
}

#[test]
fn what_was_asked_before_the_acknowledgement_may_still_work() {
    let mut tape = Tape::with_tokens(false);
    let under_way = tape.ask(user_info("r1"));
    tape.op(revoke("r1"), Answer::Done).answer(under_way, amy()).holds();
    let mut late = Tape::with_tokens(false);
    let revocation = late.ask(revoke("r1"));
    late.op(user_info("r1"), amy()).answer(revocation, Answer::Done).holds();
}

#[test]
fn a_signed_out_session_gives_nothing_any_more() {
    let over = |offline| {
        let mut tape = Tape::with_tokens(offline);
        tape.op(sign_out(), Answer::Done);
        tape
    };
    over(false).op(authorize(false), refused("login_required")).op(refresh("r1"), refused(NO)).holds();
    over(false).op(authorize(false), code("d")).breaks(Rule::AfterSignOut);
    over(false).op(refresh("r1"), tokens("r2")).breaks(Rule::AfterSignOut);
    over(false).op(user_info("r1"), amy()).breaks(Rule::AfterSignOut);
    over(true).op(refresh("r1"), tokens("r2")).holds();
    over(true).op(refresh("r1"), refused(NO)).breaks(Rule::NotKept);
    Tape::with_code(true).op(sign_out(), Answer::Done).op(redeem("c"), tokens("r1")).breaks(Rule::AfterSignOut);
}

#[test]
fn a_lock_ends_everything_and_an_unlock_brings_nothing_back() {
    let unlock = || Unlock { person: "amy".into() };
    let locked = |offline| {
        let mut tape = Tape::with_tokens(offline);
        tape.op(lock(), Answer::Done);
        tape
    };
    locked(true).op(refresh("r1"), tokens("r2")).breaks(Rule::AfterLock);
    locked(true).op(unlock(), Answer::Done).op(refresh("r1"), tokens("r2")).breaks(Rule::AfterLock);
    locked(false).op(unlock(), Answer::Done).op(authorize(false), code("d")).breaks(Rule::AfterLock);
    locked(false).op(sign_in(), session("t")).breaks(Rule::AfterLock);
    locked(false).op(sign_in(), refused("locked")).holds();
    locked(false).op(unlock(), Answer::Done).op(sign_in(), session("t")).holds();
    locked(false).op(unlock(), Answer::Done).op(sign_in(), refused("locked")).breaks(Rule::NotKept);
}

#[test]
fn a_session_that_began_while_the_lock_was_under_way_may_live_or_not() {
    for still_works in [true, false] {
        let mut tape = Tape::default();
        let (locking, coming) = (tape.ask(lock()), tape.ask(sign_in()));
        tape.answer(coming, session("s")).answer(locking, Answer::Done);
        tape.op(authorize(false), if still_works { code("c") } else { refused("login_required") }).holds();
    }
}
