//! What is given once, to whom, and that it stays.

use super::tape::{
    CLIENT, Disable, Enable, NO, Tape, amy, authorize, code, lost, redeem, refresh, refused, session, sign_in, tokens,
    tokens_that, user_info,
};
use conformance::history::check::Rule;
use conformance::history::event::{Action, Answer};

#[test]
fn a_code_works_once() {
    let mut tape = Tape::with_tokens(false);
    tape.op(redeem("c"), tokens("r9")).breaks(Rule::CodeTwice);
    Tape::with_tokens(false).op(redeem("c"), refused(NO)).holds();
}

#[test]
fn a_code_that_was_perhaps_redeemed_may_work_or_not() {
    Tape::with_code(false).op(redeem("c"), lost()).op(redeem("c"), tokens("r1")).holds();
    Tape::with_code(false).op(redeem("c"), lost()).op(redeem("c"), refused(NO)).holds();
    Tape::with_code(false).op(redeem("c"), Answer::Unreached).op(redeem("c"), refused(NO)).breaks(Rule::NotKept);
}

#[test]
fn a_code_works_for_its_client_with_its_verifier_alone() {
    let stranger = Action::Redeem { code: "c".into(), client: "other".into(), fits: true };
    Tape::with_code(false).op(stranger.clone(), refused(NO)).op(redeem("c"), tokens("r1")).holds();
    Tape::with_code(false).op(stranger, tokens("r1")).breaks(Rule::CodeOfAnother);
    let wrong = Action::Redeem { code: "c".into(), client: CLIENT.into(), fits: false };
    Tape::with_code(false).op(wrong.clone(), refused(NO)).op(redeem("c"), refused(NO)).holds();
    Tape::with_code(false).op(wrong.clone(), tokens("r1")).breaks(Rule::CodeOfAnother);
    Tape::with_code(false).op(wrong, refused(NO)).op(redeem("c"), tokens("r1")).breaks(Rule::AfterReplay);
}

#[test]
fn what_was_given_is_still_there() {
    Tape::with_tokens(false).op(refresh("r1"), refused(NO)).breaks(Rule::NotKept);
    Tape::with_tokens(false).op(user_info("r1"), refused("invalid_token")).breaks(Rule::NotKept);
    Tape::with_code(false).op(redeem("c"), refused(NO)).breaks(Rule::NotKept);
    Tape::with_code(false).wait(6.0).op(redeem("c"), refused(NO)).holds();
    Tape::with_tokens(false).op(authorize(false), refused("login_required")).breaks(Rule::NotKept);
    Tape::default().op(sign_in(), refused("sign-in page again")).breaks(Rule::NotKept);
}

#[test]
fn a_sign_in_that_broke_off_keeps_the_name_waiting_and_no_longer() {
    Tape::default().op(sign_in(), lost()).op(sign_in(), refused("wait")).holds();
    Tape::default().op(sign_in(), lost()).wait(5.0).op(sign_in(), refused("wait")).breaks(Rule::NotKept);
}

#[test]
fn tokens_speak_of_whom_they_were_asked_for() {
    let mut bob = Tape::with_tokens(false);
    bob.op(user_info("r1"), Answer::Subject { sub: "bob at emic".into() }).breaks(Rule::WrongPerson);
    let swapped = tokens_that("r1", |read| read.nonce = Some("another".into()));
    Tape::with_code(false).op(redeem("c"), swapped).breaks(Rule::WrongPerson);
    let elsewhere = tokens_that("r1", |read| read.aud = "other".into());
    Tape::with_code(false).op(redeem("c"), elsewhere).breaks(Rule::WrongPerson);
    let mut two = Tape::with_tokens(false);
    two.op(Action::SignIn { person: "bob".into() }, session("t"));
    let asked = Action::Authorize { session: "t".into(), client: CLIENT.into(), nonce: "n".into(), offline: false };
    two.op(asked, code("d")).op(redeem("d"), tokens("q1")).breaks(Rule::WrongPerson);
}

#[test]
fn a_refresh_token_works_for_its_client_alone() {
    let stranger = Action::Refresh { token: "r1".into(), client: "other".into() };
    Tape::with_tokens(false).op(stranger.clone(), refused(NO)).op(refresh("r1"), tokens("r2")).holds();
    Tape::with_tokens(false).op(stranger, tokens("r2")).breaks(Rule::WrongPerson);
}

#[test]
fn a_client_that_is_off_gets_nothing_and_everything_once_it_is_on() {
    let off = || Disable { client: CLIENT.into() };
    let on = || Enable { client: CLIENT.into() };
    Tape::with_tokens(false).op(off(), Answer::Done).op(user_info("r1"), amy()).holds();
    Tape::with_tokens(false).op(off(), Answer::Done).wait(4.0).op(user_info("r1"), amy()).breaks(Rule::WhileDisabled);
    Tape::with_tokens(false).op(off(), lost()).wait(4.0).op(user_info("r1"), amy()).holds();
    Tape::with_tokens(false).op(off(), Answer::Done).op(refresh("r1"), refused("invalid_client")).holds();
    let mut again = Tape::with_tokens(false);
    again.op(off(), Answer::Done).op(on(), Answer::Done).wait(4.0).op(refresh("r1"), tokens("r2")).holds();
    let mut still = Tape::with_tokens(false);
    still.op(off(), Answer::Done).op(on(), Answer::Done).wait(4.0);
    still.op(refresh("r1"), refused("invalid_client")).breaks(Rule::NotKept);
}
