//! 忘記密碼救援, the fourth step of 加入會員: what helps somebody who forgot the password. Optional.

use super::field::{Field, FieldError, Judge, Wrong};
use super::typed;
use crate::people::account_name::AccountName;
use crate::shown_text;
use keys::UnixMillis;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// The longest question and the longest answer, in characters.
pub const LONGEST: usize = 50;
/// The shortest answer, in characters.
pub const SHORTEST_ANSWER: usize = 2;
/// What was changed counts for another password after so long, each part by itself: whoever stole a password cannot make it theirs for good by a question
/// and a mobile of their own, before the person reads the mail about it. What stands in an application counts at once.
pub const SETTLES: Duration = Duration::from_secs(7 * 86_400);
/// What a form sends for a question of one's own.
pub const OWN: &str = "own";

/// 密碼提示問題 that are offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadyQuestion {
    /// The first school.
    School,
    /// The best friend as a child.
    Friend,
    /// The first town abroad.
    Journey,
    /// The teacher who is best remembered.
    Teacher,
    /// The first pet.
    Pet,
}

impl ReadyQuestion {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::School, Self::Friend, Self::Journey, Self::Teacher, Self::Pet];

    /// As a form sends it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::School => "school",
            Self::Friend => "friend",
            Self::Journey => "journey",
            Self::Teacher => "teacher",
            Self::Pet => "pet",
        }
    }

    /// From what a form sends.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|question| question.as_str() == text)
    }
}

/// 密碼提示問題.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HintQuestion {
    /// One that was offered: asked in whichever language the person reads.
    Ready(ReadyQuestion),
    /// One's own.
    Own(String),
}

/// A question, and what is kept of its answer.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hint {
    /// The question.
    pub question: HintQuestion,
    /// Argon2id of the [`normalised`] answer, as a PHC string.
    pub answer_hash: String,
}

/// What was taken in the fourth step.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Recovery {
    /// 密碼提示.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<Hint>,
    /// 救援手機: 09 and eight digits; nobody has proven it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mobile: Option<String>,
}

impl std::fmt::Debug for Recovery {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Recovery")
    }
}

impl Recovery {
    /// What stands in a field when the step is shown again; never the answer.
    pub fn value(&self, field: Field) -> String {
        let question = self.hint.as_ref().map(|hint| &hint.question);
        match (field, question) {
            (Field::HintQuestion, Some(HintQuestion::Ready(ready))) => ready.as_str().to_owned(),
            (Field::HintQuestion, Some(HintQuestion::Own(_))) => OWN.to_owned(),
            (Field::OwnQuestion, Some(HintQuestion::Own(own))) => own.clone(),
            (Field::RescueMobile, _) => self.mobile.clone().unwrap_or_default(),
            _ => String::new(),
        }
    }
}

/// From when on each part counts for another password ([`SETTLES`]). `None`: it does, or there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CountsFrom {
    /// 密碼提示.
    pub hint: Option<UnixMillis>,
    /// 救援手機.
    pub mobile: Option<UnixMillis>,
}

/// What became of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Became {
    /// It is as it was.
    Same,
    /// It is another.
    Changed,
    /// It is gone.
    Removed,
}

impl Became {
    fn of(is_another: bool, is_there: bool) -> Self {
        match (is_another, is_there) {
            (false, _) => Self::Same,
            (true, true) => Self::Changed,
            (true, false) => Self::Removed,
        }
    }
}

/// What a person changed: what they are told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// 密碼提示.
    pub hint: Became,
    /// 救援手機.
    pub mobile: Became,
}

impl Changes {
    /// What is another. The answer has another hash whenever one was typed.
    pub fn between(before: &Recovery, after: &Recovery) -> Self {
        Self {
            hint: Became::of(before.hint != after.hint, after.hint.is_some()),
            mobile: Became::of(before.mobile != after.mobile, after.mobile.is_some()),
        }
    }
}

/// What was typed.
#[derive(Clone, Copy)]
pub struct RecoveryForm<'a> {
    /// One that was offered, or [`OWN`].
    pub question: &'a str,
    /// 自訂的問題.
    pub own: &'a str,
    /// 密碼提示答案.
    pub answer: &'a str,
    /// 救援手機.
    pub mobile: &'a str,
}

impl std::fmt::Debug for RecoveryForm<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("RecoveryForm")
    }
}

impl<'a> RecoveryForm<'a> {
    /// From what stands in each field; empty for nothing.
    pub fn read(of: impl Fn(Field) -> &'a str) -> Self {
        Self {
            question: of(Field::HintQuestion),
            own: of(Field::OwnQuestion),
            answer: of(Field::HintAnswer),
            mobile: of(Field::RescueMobile),
        }
    }
}

/// What the fourth step asks to be kept.
pub struct Judged {
    /// The question, and the answer to be hashed; `None`: the one that was hashed before stays.
    pub hint: Option<(HintQuestion, Option<Zeroizing<String>>)>,
    /// 救援手機.
    pub mobile: Option<String>,
}

/// An answer as it is hashed and compared: whoever types it years later does not remember in which width, case and with which
/// spaces around it.
pub fn normalised(answer: &str) -> Zeroizing<String> {
    let lower: Zeroizing<String> = Zeroizing::new(answer.nfkc().collect::<String>().to_lowercase());
    Zeroizing::new(lower.nfkc().collect::<String>().trim().to_owned())
}

/// Judges the fourth step.
///
/// * `account`: the answer must not be it.
/// * `says`: the words of a question that is offered, in every language.
/// * `before`: what was taken before, whose answer stays if none is typed to the same question.
///
/// # Errors
/// Every field that has to be corrected, in the order of the form.
pub fn recovery<const LANGUAGES: usize>(
    form: RecoveryForm<'_>,
    account: Option<&AccountName>,
    says: impl Fn(ReadyQuestion) -> [&'static str; LANGUAGES],
    before: Option<&Hint>,
) -> Result<Judged, Vec<FieldError>> {
    let mut judge = Judge::new(false);
    let question = question(&mut judge, form);
    let is_asked = question.is_some() || !judge.errors.is_empty();
    let stays = before.is_some_and(|hint| Some(&hint.question) == question.as_ref());
    let answer = if form.answer.trim().is_empty() {
        if is_asked && !stays {
            judge.wrong(Field::HintAnswer, Wrong::Missing);
        }
        None
    } else {
        if !is_asked {
            judge.wrong(Field::HintQuestion, Wrong::Missing);
        }
        let asked: Vec<&str> = match &question {
            Some(HintQuestion::Ready(ready)) => says(*ready).to_vec(),
            Some(HintQuestion::Own(own)) => vec![own],
            None => Vec::new(),
        };
        let own = match &question {
            Some(HintQuestion::Own(own)) => Some(own.as_str()),
            _ => None,
        };
        judge.take((Field::HintAnswer, form.answer), |typed| self::answer(typed, account, &asked, own))
    };
    let mobile =
        judge.take((Field::RescueMobile, form.mobile), |typed| typed::mobile(typed).ok_or(Wrong::MobileMalformed));
    let hint = question.map(|question| (question, answer));
    if judge.errors.is_empty() { Ok(Judged { hint, mobile }) } else { Err(judge.errors) }
}

/// Words of one's own count even if nobody picked 「自訂」 for them; one that is picked goes before them.
fn question(judge: &mut Judge, form: RecoveryForm<'_>) -> Option<HintQuestion> {
    match form.question.trim() {
        OWN if form.own.trim().is_empty() => {
            judge.wrong(Field::OwnQuestion, Wrong::Missing);
            None
        }
        "" | OWN => judge.take((Field::OwnQuestion, form.own), |typed| {
            let own = shown_text::name(typed, LONGEST).map_err(|why| super::steps::name_wrong(typed, why))?;
            Ok(HintQuestion::Own(own.to_owned()))
        }),
        picked => judge.take((Field::HintQuestion, picked), |picked| {
            ReadyQuestion::parse(picked).map(HintQuestion::Ready).ok_or(Wrong::NotOffered)
        }),
    }
}

/// Without its spaces: whoever reads it sees it all the same.
fn together(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// * `asked`: the words of the question, in every language.
/// * `own`: those of a question of one's own, in which the answer must not stand. In the words of one that is offered a short answer may,
///   by chance.
fn answer(
    typed: &str,
    account: Option<&AccountName>,
    asked: &[&str],
    own: Option<&str>,
) -> Result<Zeroizing<String>, Wrong> {
    shown_text::name(typed, LONGEST).map_err(|why| super::steps::name_wrong(typed, why))?;
    let answer = normalised(typed);
    let without_mark = |text: &str| text.trim_end_matches(['?', '。', '.', '!']).trim_end().to_owned();
    let bare = without_mark(&answer);
    match () {
        // One character of compatibility can become eighteen.
        () if answer.chars().count() > LONGEST => Err(Wrong::TooLong(LONGEST)),
        () if bare.chars().count() < SHORTEST_ANSWER => Err(Wrong::AnswerTooShort(SHORTEST_ANSWER)),
        () if asked.iter().any(|asked| without_mark(&normalised(asked)) == bare) => Err(Wrong::AnswerInQuestion),
        () if own.is_some_and(|own| together(&normalised(own)).contains(&together(&bare))) => {
            Err(Wrong::AnswerInQuestion)
        }
        () if account.is_some_and(|account| account.key() == bare) => Err(Wrong::AnswerIsAccountName),
        () => Ok(answer),
    }
}

#[cfg(test)]
mod tests;
