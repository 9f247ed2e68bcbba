use super::*;

const SCHOOL: [&str; 2] = ["您就讀的第一所小學是哪一所？", "What was your first school?"];

fn says(_: ReadyQuestion) -> [&'static str; 2] {
    SCHOOL
}

type Taken = (Option<(HintQuestion, Option<String>)>, Option<String>);

fn judge(
    (question, own): (&str, &str),
    answer: &str,
    mobile: &str,
    before: Option<&Hint>,
) -> Result<Taken, Vec<(Field, Wrong)>> {
    let form = RecoveryForm { question, own, answer, mobile };
    let account = AccountName::parse("Claire01");
    let judged = recovery(form, account.as_ref(), says, before);
    let plain = |judged: Judged| {
        let hint = judged.hint.map(|(question, answer)| (question, answer.map(|answer| answer.to_string())));
        (hint, judged.mobile)
    };
    judged.map(plain).map_err(|errors| errors.iter().map(|error| (error.field, error.wrong)).collect())
}

fn wrong(question: (&str, &str), answer: &str) -> (Field, Wrong) {
    judge(question, answer, "", None).unwrap_err()[0]
}

#[test]
fn nothing_is_needed_and_each_half_goes_by_itself() {
    assert_eq!(judge(("", ""), "", "", None), Ok((None, None)));
    assert_eq!(judge(("", ""), "", "0911-123-456", None), Ok((None, Some("0911123456".into()))));
    let school = HintQuestion::Ready(ReadyQuestion::School);
    let answered = judge(("school", ""), "木柵國小", "", None);
    assert_eq!(answered, Ok((Some((school, Some("木柵國小".into()))), None)));
    let own = HintQuestion::Own("我的貓叫什麼名字？".into());
    for picked in ["own", ""] {
        let answered = judge((picked, " 我的貓叫什麼名字？ "), "咪咪", "", None);
        assert_eq!(answered, Ok((Some((own.clone(), Some("咪咪".into()))), None)));
    }
}

#[test]
fn half_a_hint_is_none() {
    assert_eq!(wrong(("school", ""), " "), (Field::HintAnswer, Wrong::Missing));
    assert_eq!(wrong(("own", ""), "咪咪"), (Field::OwnQuestion, Wrong::Missing));
    assert_eq!(wrong(("", ""), "咪咪"), (Field::HintQuestion, Wrong::Missing));
    assert_eq!(wrong(("emperor", ""), "咪咪"), (Field::HintQuestion, Wrong::NotOffered));
    assert_eq!(wrong(("own", &"問".repeat(LONGEST + 1)), "咪咪"), (Field::OwnQuestion, Wrong::TooLong(LONGEST)));
    assert_eq!(wrong(("own", "問\u{202e}題"), "咪咪"), (Field::OwnQuestion, Wrong::NameMalformed));
}

#[test]
fn an_answer_that_is_soon_guessed_is_refused() {
    let answer = |typed: &str| wrong(("school", ""), typed);
    assert_eq!(answer("貓"), (Field::HintAnswer, Wrong::AnswerTooShort(2)));
    assert_eq!(answer("貓？"), (Field::HintAnswer, Wrong::AnswerTooShort(2)));
    for same in [SCHOOL[0], "您就讀的第一所小學是哪一所?", " WHAT WAS YOUR FIRST SCHOOL", SCHOOL[1]] {
        assert_eq!(answer(same), (Field::HintAnswer, Wrong::AnswerInQuestion), "{same}");
    }
    assert_eq!(wrong(("own", "我的貓？"), "我的貓"), (Field::HintAnswer, Wrong::AnswerInQuestion));
    for (question, typed) in [
        ("我的狗叫旺財嗎？", "旺財"),
        ("我的狗叫ＲＥＸ嗎？", "rex"),
        ("Is my dog called Blue Moon?", "bluemoon"),
        ("Is it r e x?", "REX!"),
    ] {
        assert_eq!(wrong(("own", question), typed), (Field::HintAnswer, Wrong::AnswerInQuestion), "{question}");
    }
    assert!(judge(("own", "我的狗叫什麼名字？"), "旺財", "", None).is_ok());
    for same in ["claire01", "CLAIRE01", "ｃｌａｉｒｅ０１ "] {
        assert_eq!(answer(same), (Field::HintAnswer, Wrong::AnswerIsAccountName), "{same}");
    }
    assert_eq!(answer(&"字".repeat(LONGEST + 1)), (Field::HintAnswer, Wrong::TooLong(LONGEST)));
    // Eighteen characters once it is normalised.
    assert_eq!(answer(&"\u{fdfa}".repeat(20)), (Field::HintAnswer, Wrong::TooLong(LONGEST)));
    assert_eq!(answer("咪\u{200b}咪"), (Field::HintAnswer, Wrong::NameMalformed));
}

#[test]
fn an_answer_is_the_same_in_any_width_case_and_with_spaces_around_it() {
    for typed in ["Mucha 1", " mucha 1", "ＭＵＣＨＡ　１", "MUCHA 1\u{3000}"] {
        assert_eq!(*normalised(typed), "mucha 1", "{typed}");
    }
    assert_eq!(*normalised("e\u{301}cole"), *normalised("ÉCOLE"));
    assert_ne!(*normalised("mucha 1"), *normalised("mucha 2"));
}

#[test]
fn the_answer_of_before_stays_for_the_question_of_before_alone() {
    let school = HintQuestion::Ready(ReadyQuestion::School);
    let before = Hint { question: school.clone(), answer_hash: "$argon2id$".into() };
    assert_eq!(judge(("school", ""), "", "", Some(&before)), Ok((Some((school.clone(), None)), None)));
    let another = judge(("school", ""), "景美國小", "", Some(&before));
    assert_eq!(another, Ok((Some((school, Some("景美國小".into()))), None)));
    assert_eq!(judge(("pet", ""), "", "", Some(&before)), Err(vec![(Field::HintAnswer, Wrong::Missing)]));
    assert_eq!(judge(("", ""), "", "", Some(&before)), Ok((None, None)), "taken back");
}

#[test]
fn a_rescue_mobile_is_a_mobile() {
    for bad in ["0212345678", "091112345", "0911 12345x"] {
        assert_eq!(judge(("", ""), "", bad, None), Err(vec![(Field::RescueMobile, Wrong::MobileMalformed)]), "{bad}");
    }
}

#[test]
fn it_prints_nothing_that_a_person_typed() {
    let hint = Hint { question: HintQuestion::Own("secret?".into()), answer_hash: "$argon2id$".into() };
    let recovery = Recovery { hint: Some(hint), mobile: Some("0911123456".into()) };
    assert_eq!(format!("{recovery:?}"), "Recovery");
    assert_eq!(recovery.value(Field::HintAnswer), "");
    assert_eq!(recovery.value(Field::OwnQuestion), "secret?");
}
