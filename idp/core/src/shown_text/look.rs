//! What a name looks like to somebody who reads in passing (Unicode Technical Standard 39 §4): names that look alike are one
//! name to a person, whatever letters they are written with.

use unicode_normalization::UnicodeNormalization;

/// The look of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look([String; 3]);

impl Look {
    /// The look of this name. Space, punctuation and the difference of capitals do not count.
    pub fn of(name: &str) -> Self {
        let wide: String = name.nfkc().collect();
        let lower = wide.to_lowercase();
        // Letters that look alike as capitals need not as small ones, and the other way round.
        Self([plain(&wide), plain(&lower), plain(&wide).to_lowercase()])
    }

    /// Whether people could take one for the other.
    pub fn is_like(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(one, other)| !one.is_empty() && one == other)
    }

    /// Whether people could read the other in it.
    pub fn holds(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(whole, part)| !part.is_empty() && whole.contains(part))
    }
}

fn plain(text: &str) -> String {
    let letters: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
    // There are letters that look like dots and marks.
    unicode_security::confusable_detection::skeleton(&letters).filter(|c| c.is_alphanumeric() && !is_mark(*c)).collect()
}

/// Spacing modifier letters: they stand beside a letter as an accent does.
fn is_mark(letter: char) -> bool {
    ('\u{2b0}'..='\u{2ff}').contains(&letter)
}

#[cfg(test)]
mod tests {
    use super::Look;

    #[test]
    fn names_that_people_confuse_look_alike_and_others_do_not() {
        let emic = Look::of("EMIC 應變管理");
        for same in ["emic應變管理", "ＥＭＩＣ 應變管理", "ЕМІС 應變管理", "E-M-I-C「應變」管理", "EM1C 應變管理"]
        {
            assert!(Look::of(same).is_like(&emic), "{same}");
        }
        for other in ["EMIC", "EPIC 應變管理", "應變管理", "e等公務園"] {
            assert!(!Look::of(other).is_like(&emic), "{other}");
        }
        let brand = Look::of("我的E政府");
        assert!(Look::of("登入「我的Ｅ政府」").holds(&brand));
        assert!(Look::of("我的Е政府").holds(&brand), "a Cyrillic letter");
        for letter in ['\u{a4f8}', '\u{1427}', '\u{a78f}', '\u{2d1}'] {
            assert!(Look::of(&format!("我的{letter}E政府")).holds(&brand), "{letter}: a letter that looks like a dot");
        }
        assert!(!Look::of("我的手機").holds(&brand));
        assert!(!Look::of("！！").is_like(&Look::of("？？")), "nothing is like nothing");
    }
}
