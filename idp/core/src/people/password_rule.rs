//! Which passwords people may choose (NIST SP 800-63B §5.1.1.2; manual of the account service, registration step 1).
//!
//! Asked where a person chooses one, not of an operator.

use super::account_name::AccountName;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;
use zxcvbn::feedback::Warning;
use zxcvbn::{Score, zxcvbn};

/// The shortest password, in characters.
pub const SHORTEST: usize = 8;
/// The longest, in characters.
pub const LONGEST: usize = 128;
/// The longest by the rule of the manuals, in characters.
pub const LONGEST_OF_MANUALS: usize = 15;
/// So many characters are estimated at once. An estimate grows faster than the cube of the length where signs can stand for letters
/// (`4` for `a`), and whoever has it made is a stranger: forty characters of such signs take twenty times as long as sixteen.
const STRETCH: usize = 16;
/// Longer than a stretch, and among the first that are tried: rows of the keyboard that no stretch of theirs gives away.
const LONG_ONES: [&str; 5] =
    ["123456789987654321", "12345678900987654321", "12345678987654321", "1234567890987654321", "q1w2e3r4t5y6u7i8o9p0"];

/// What people in Taiwan make passwords of, and a list of English words does not know: places, the service, and what common Chinese words
/// come to when their Zhuyin is typed on an English keyboard (`au4a83`, 密碼; `ji32k7`, 我的; `su3cl3`, 你好; `ji394su3`, 我愛你).
const KNOWN_HERE: [&str; 20] = [
    "taiwan",
    "taipei",
    "taoyuan",
    "hsinchu",
    "taichung",
    "tainan",
    "kaohsiung",
    "hualien",
    "formosa",
    "egov",
    "mygov",
    "emic",
    "shenfen",
    "au4a83",
    "ji3",
    "ji32k7",
    "2k7",
    "su3cl3",
    "ji394su3",
    "5201314",
];

/// A password as it is judged, hashed and compared, by NFKC (NIST SP 800-63B §5.1.1.2: before hashing): macOS sends é as two
/// characters and Windows as one, and an input method for Chinese sends letters in full width. ASCII stays as it is.
pub fn normalised(typed: &str) -> Zeroizing<String> {
    // In one piece: a buffer that grows would leave copies behind.
    let mut whole = Zeroizing::new(String::with_capacity(typed.nfkc().map(char::len_utf8).sum()));
    whole.extend(typed.nfkc());
    whole
}

/// The rule of an installation (setting `passwords.policy`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PasswordPolicy {
    /// 8 to 128 characters of any kind.
    #[default]
    Length,
    /// 8 to 15 characters, among them a letter and a digit.
    Manuals,
}

/// Why a password cannot be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordNo {
    /// Fewer than [`SHORTEST`] characters.
    TooShort,
    /// More than the rule allows.
    TooLong,
    /// The manuals ask for a letter and a digit.
    NeedsLetterAndDigit,
    /// The manuals know letters, digits and signs of the keyboard alone.
    NotOnKeyboard,
    /// It is the account name, in either case.
    IsAccountName,
    /// Guessed among the first: common, or made of the account name.
    Common,
}

impl PasswordPolicy {
    /// The longest password, in characters.
    pub const fn longest(self) -> usize {
        match self {
            Self::Length => LONGEST,
            Self::Manuals => LONGEST_OF_MANUALS,
        }
    }

    /// Whether a password may be chosen for an account, as far as that costs nothing to say; what is left is [`is_common`].
    ///
    /// * `password`: [`normalised`].
    /// * `is_listed`: whether the operator's own list holds it; asked with the password in lower case.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn check(
        self,
        password: &str,
        account: Option<&AccountName>,
        is_listed: impl Fn(&str) -> bool,
    ) -> Result<(), PasswordNo> {
        let length = password.chars().count();
        if length < SHORTEST {
            return Err(PasswordNo::TooShort);
        }
        if length > self.longest() {
            return Err(PasswordNo::TooLong);
        }
        if self == Self::Manuals {
            if !password.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(PasswordNo::NotOnKeyboard);
            }
            let has = |kind: fn(&u8) -> bool| password.as_bytes().iter().any(kind);
            if !has(u8::is_ascii_alphabetic) || !has(u8::is_ascii_digit) {
                return Err(PasswordNo::NeedsLetterAndDigit);
            }
        }
        let lower = password.to_lowercase();
        if account.is_some_and(|account| account.key() == lower) {
            return Err(PasswordNo::IsAccountName);
        }
        if is_listed(&lower) || LONG_ONES.contains(&lower.as_str()) { Err(PasswordNo::Common) } else { Ok(()) }
    }
}

/// Whether a password, [`normalised`], is among those that are tried first. It takes milliseconds of a processor: for a thread of those that hash.
pub fn is_common(password: &str, account: Option<&AccountName>) -> bool {
    strength(password, account).is_common
}

/// How well a password withstands guessing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strength {
    /// 0 (guessed at once) to 4 (not guessed).
    pub score: u8,
    /// Whether it is among those that are tried first.
    pub is_common: bool,
}

/// Estimates a password.
pub fn strength(password: &str, account: Option<&AccountName>) -> Strength {
    strength_by(password, |stretch| estimate(stretch, account))
}

/// Estimates stretches of it, two at most. The whole withstands guessing at least as well as any part of it: the first stretch is enough
/// unless it is weak, and then the last decides. What is said over and over is as good as said once.
fn strength_by(password: &str, mut estimate: impl FnMut(&str) -> Strength) -> Strength {
    let letters: Vec<char> = password.chars().take(LONGEST).collect();
    let once = said_once(&letters);
    let first: String = once.iter().take(STRETCH).collect();
    let strength = estimate(&first);
    if !strength.is_common || once.len() <= STRETCH {
        return strength;
    }
    let last: String = once.iter().skip(once.len() - STRETCH).collect();
    estimate(&last)
}

/// What a text says over and over, twice at least; else the text.
fn said_once(letters: &[char]) -> &[char] {
    let repeats = |unit: &usize| letters.iter().zip(letters.iter().skip(*unit)).all(|(one, other)| one == other);
    let unit = (1..=letters.len() / 2).find(repeats);
    unit.and_then(|unit| letters.get(..unit)).unwrap_or(letters)
}

fn estimate(stretch: &str, account: Option<&AccountName>) -> Strength {
    let name = account.map_or("", AccountName::as_str);
    // Of a long name a stretch holds the beginning alone.
    let beginning = name.get(..STRETCH).unwrap_or(name);
    let names = [name, beginning].into_iter().filter(|name| !name.is_empty());
    let known: Vec<&str> = names.chain(KNOWN_HERE).collect();
    let estimate = zxcvbn(stretch, &known);
    let warned = estimate.feedback().and_then(|feedback| feedback.warning());
    let listed = matches!(
        warned,
        Some(Warning::ThisIsATop10Password | Warning::ThisIsATop100Password | Warning::ThisIsACommonPassword)
    );
    let score = u8::from(estimate.score());
    // Fewer than a million guesses: what zxcvbn holds to be too little even where guesses are slowed down, as they are here. Whoever tries
    // one password at each of many names is slowed down little.
    Strength { score, is_common: listed || estimate.score() < Score::Two }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(policy: PasswordPolicy, password: &str) -> Result<(), PasswordNo> {
        let account = AccountName::parse("clairesu1234");
        policy.check(password, account.as_ref(), |lower| lower == "hualien-taroko-2026")?;
        if is_common(password, account.as_ref()) { Err(PasswordNo::Common) } else { Ok(()) }
    }

    #[test]
    fn any_characters_of_the_right_length_do() {
        let longest = "松柏長青，".repeat(25) + "木柵一";
        for good in ["correct horse battery", "山上的 小茶屋 很安靜", "xK9#mQ2v", &longest] {
            assert_eq!(check(PasswordPolicy::Length, good), Ok(()), "{good}");
        }
    }

    #[test]
    fn short_long_common_listed_and_the_account_itself_are_refused() {
        let long = "x9".repeat(65);
        for (bad, why) in [
            ("xK9#mQ2", PasswordNo::TooShort),
            (long.as_str(), PasswordNo::TooLong),
            ("password", PasswordNo::Common),
            ("12345678", PasswordNo::Common),
            ("qwertyuiop", PasswordNo::Common),
            ("aaaaaaaaaaaa", PasswordNo::Common),
            ("qwertyuiopqwertyuiopqwertyuiop", PasswordNo::Common),
            ("Q1w2e3r4t5y6u7i8o9p0", PasswordNo::Common),
            ("松柏松柏松柏松柏松柏松柏", PasswordNo::Common),
            ("ClaireSu1234", PasswordNo::IsAccountName),
            ("Hualien-Taroko-2026", PasswordNo::Common),
            ("Password1!", PasswordNo::Common),
            ("P@ssw0rd123", PasswordNo::Common),
            ("Aa123456!", PasswordNo::Common),
            ("Admin1234", PasswordNo::Common),
            ("ji32k7au4a83", PasswordNo::Common),
            ("egov1234", PasswordNo::Common),
            ("Taipei123", PasswordNo::Common),
            ("0912345678", PasswordNo::Common),
            ("A123456789", PasswordNo::Common),
        ] {
            assert_eq!(check(PasswordPolicy::Length, bad), Err(why), "{bad}");
        }
    }

    #[test]
    fn the_manuals_ask_for_a_letter_and_a_digit_in_fifteen_characters() {
        for (password, verdict) in [
            ("xK9#mQ2v", Ok(())),
            ("xK9#mQ2vxK9#mQ2", Ok(())),
            ("xK9#mQ2vxK9#mQ2v", Err(PasswordNo::TooLong)),
            ("xKw#mQzv", Err(PasswordNo::NeedsLetterAndDigit)),
            ("82959#4713", Err(PasswordNo::NeedsLetterAndDigit)),
            ("xK9 mQ2vw", Err(PasswordNo::NotOnKeyboard)),
            ("松xK9mQ2vw", Err(PasswordNo::NotOnKeyboard)),
        ] {
            assert_eq!(check(PasswordPolicy::Manuals, password), verdict, "{password}");
        }
    }

    #[test]
    fn one_password_is_one_however_it_was_typed() {
        for (typed, as_one) in [
            ("cafe\u{301} au lait", "caf\u{e9} au lait"),
            ("カ\u{3099}ラスの山", "ガラスの山"),
            ("ｶﾞﾗｽの山", "ガラスの山"),
            ("ｘＫ９＃ｍＱ２ｖ", "xK9#mQ2v"),
            ("\u{2126}\u{212b}\u{3000}", "\u{3a9}\u{c5} "),
        ] {
            assert_eq!(*normalised(typed), as_one, "{typed}");
            assert_eq!(*normalised(as_one), as_one, "{as_one}");
        }
        let keyboard: String = (' '..='~').collect();
        assert_eq!(*normalised(&keyboard), keyboard);
    }

    #[test]
    fn a_long_password_is_as_good_as_its_best_stretch() {
        for good in ["correct horse battery staple ".repeat(4), "a".repeat(40) + "xK9#mQ2v-zW4&pT7"] {
            assert_eq!(strength(&good, None), Strength { score: 4, is_common: false }, "{good}");
        }
        for long in LONG_ONES {
            assert_eq!(PasswordPolicy::Length.check(long, None, |_| false), Err(PasswordNo::Common), "{long}");
        }
    }

    /// Attack: what strangers type keeps the processor busy.
    #[test]
    fn however_long_a_password_is_two_short_stretches_of_it_are_estimated_at_most() {
        let signs = "96@8!52|({13[+%$47<0(9%0$36|65121@[80@22";
        let patterns =
            [signs.to_owned(), signs.repeat(4), "a".repeat(128), "password".repeat(16), "松柏長青".repeat(32)];
        for (pattern, weak) in patterns.iter().flat_map(|pattern| [(pattern, false), (pattern, true)]) {
            let mut estimated = Vec::new();
            strength_by(pattern, |stretch| {
                estimated.push(stretch.chars().count());
                Strength { score: 0, is_common: weak }
            });
            assert!(estimated.len() <= 2 && estimated.iter().all(|length| *length <= 16), "{pattern}: {estimated:?}");
        }
    }
}
