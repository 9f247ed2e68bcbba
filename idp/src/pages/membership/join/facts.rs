//! What was typed, for a last look.

use crate::pages::dates;
use crate::text::{Language, MembershipText};
use idp_core::membership::county;
use idp_core::membership::field::Field;
use idp_core::membership::further::Further;
use idp_core::membership::recovery::{HintQuestion, Recovery};
use idp_core::membership::steps::{Basics, Step};

/// What one step took.
pub(super) struct Section {
    /// Heading.
    pub(super) heading: &'static str,
    /// As the form names it, from the button that goes back to it.
    pub(super) step: &'static str,
    /// Label and value.
    pub(super) facts: Vec<(&'static str, String)>,
}

/// What every step took.
#[derive(Clone, Copy, Debug)]
pub struct Taken<'a> {
    /// 帳號.
    pub account: &'a str,
    /// 基本資料.
    pub basics: &'a Basics,
    /// 進階資料.
    pub further: Option<&'a Further>,
    /// 忘記密碼救援.
    pub recovery: Option<&'a Recovery>,
}

pub(super) fn sections(taken: Taken<'_>, lang: Language, text: &'static MembershipText) -> Vec<Section> {
    let label = |field| (text.field)(field).label;
    let account = vec![(label(Field::Account), taken.account.to_owned())];
    let Basics { name, email, nickname } = taken.basics.clone();
    let mut basics = vec![(label(Field::Name), name), (label(Field::Email), email)];
    basics.extend(nickname.map(|nickname| (label(Field::Nickname), nickname)));
    let none = || vec![(text.further.nothing, text.further.nothing_given.to_owned())];
    let or_none = |facts: Vec<_>| if facts.is_empty() { none() } else { facts };
    let further = taken.further.map(|further| given(self::further(further, lang, text))).unwrap_or_default();
    let recovery = taken.recovery.map(|recovery| given(self::recovery(recovery, text))).unwrap_or_default();
    let section = |step: Step, facts| Section { heading: (text.further.section)(step), step: step.as_str(), facts };
    vec![
        section(Step::Account, account),
        section(Step::Basics, basics),
        section(Step::Further, or_none(further)),
        section(Step::Recovery, or_none(recovery)),
    ]
}

fn given<const N: usize>(facts: [(&'static str, Option<String>); N]) -> Vec<(&'static str, String)> {
    facts.into_iter().filter_map(|(label, value)| Some((label, value?))).collect()
}

/// 進階資料, with what was not given.
pub(in crate::pages) fn further(
    further: &Further,
    lang: Language,
    text: &'static MembershipText,
) -> [(&'static str, Option<String>); 5] {
    let (words, label) = (&text.further, |field| (text.field)(field).label);
    let phone = further.phone.as_ref().map(|phone| match &further.extension {
        Some(extension) => (words.with_extension)(phone, extension),
        None => phone.clone(),
    });
    let address = further.address().map(|address| match further.county.as_deref().and_then(county::find) {
        // In English the county is told besides, for who reads no Chinese.
        Some(county) if lang == Language::En => format!("{address} ({})", county.english),
        _ => address,
    });
    let number = further.national_id.as_deref().map(dates::masked);
    [
        (words.birthday, further.birthdate.as_deref().map(|iso| dates::day_text(iso, lang))),
        (label(Field::NationalId), number),
        (label(Field::Gender), further.gender.map(|gender| (words.gender)(gender).to_owned())),
        (words.address, address),
        (label(Field::Phone), phone),
    ]
}

/// 忘記密碼救援, with what was not given.
pub(in crate::pages) fn recovery(
    recovery: &Recovery,
    text: &'static MembershipText,
) -> [(&'static str, Option<String>); 3] {
    let (words, label) = (&text.recovery, |field| (text.field)(field).label);
    let question = recovery.hint.as_ref().map(|hint| match &hint.question {
        HintQuestion::Ready(ready) => (words.ready)(*ready).to_owned(),
        HintQuestion::Own(own) => own.clone(),
    });
    let answer = recovery.hint.as_ref().map(|_| words.answer_kept.to_owned());
    [
        (label(Field::HintQuestion), question),
        (label(Field::HintAnswer), answer),
        (label(Field::RescueMobile), recovery.mobile.clone()),
    ]
}
