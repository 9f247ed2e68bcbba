//! Text that people read on pages and in tables: names of portals, people, agencies, the provider. The one place that says what
//! such text may hold.
//!
//! Refused is what cannot be seen: it lets one name look like another (U+202E and `CIME` are shown as EMIC), hides words, or breaks
//! lines where they do not end. Line breaks are for addresses alone. What cannot be kept is refused with them: PostgreSQL stores no zero byte.

pub mod look;

/// Beyond general categories: what Unicode calls `Default_Ignorable_Code_Point` (which holds all of `Bidi_Control`), what shows as
/// nothing, separators of lines, and every space but that of the keyboard and the ideographic one (Unicode 16.0,
/// `DerivedCoreProperties.txt`, `PropList.txt`). First and last of each range.
const UNSEEN: [(u32, u32); 26] = [
    (0x00A0, 0x00A0),   // no-break space
    (0x00AD, 0x00AD),   // soft hyphen
    (0x034F, 0x034F),   // combining grapheme joiner
    (0x061C, 0x061C),   // Arabic letter mark
    (0x115F, 0x1160),   // Hangul fillers
    (0x1680, 0x1680),   // Ogham space mark
    (0x17B4, 0x17B5),   // Khmer vowels without a shape
    (0x180B, 0x180F),   // Mongolian selectors and separator
    (0x2000, 0x200F),   // spaces, zero-width ones, direction marks
    (0x2028, 0x202F),   // line and paragraph separator, embeddings and overrides, narrow space
    (0x205F, 0x206F),   // mathematical space, word joiner, isolates
    (0x2800, 0x2800),   // blank Braille pattern
    (0x3164, 0x3164),   // Hangul filler
    (0xD800, 0xDFFF),   // never a character
    (0xFE00, 0xFE0F),   // variation selectors
    (0xFEFF, 0xFEFF),   // byte order mark
    (0xFFA0, 0xFFA0),   // halfwidth Hangul filler
    (0xFFF0, 0xFFFB),   // interlinear annotation
    (0xFFFC, 0xFFFC),   // object replacement character
    (0xFFFE, 0xFFFF),   // never a character
    (0x110BD, 0x110BD), // Kaithi number sign
    (0x110CD, 0x110CD),
    (0x13430, 0x1345F), // Egyptian format controls
    (0x1BCA0, 0x1BCA3), // shorthand format controls
    (0x1D173, 0x1D17A), // musical format controls
    (0xE0000, 0xE0FFF), // tags, variation selectors
];

/// Why text is not shown. Its words follow the name of the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotShown {
    /// Nothing but space, or too long.
    #[error("needs 1 to {0} characters")]
    Length(usize),
    /// A control character.
    #[error("holds the control character U+{0:04X}; leave it out")]
    Control(u32),
    /// Something that cannot be seen.
    #[error("holds U+{0:04X}, which cannot be seen and lets one name look like another; leave it out")]
    Unseen(u32),
}

/// Checks a name; `longest` in characters. Gives it without the space around it.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn name(text: &str, longest: usize) -> Result<&str, NotShown> {
    let text = text.trim_matches([' ', '\u{3000}', '\t', '\r', '\n']);
    if text.is_empty() || text.chars().count() > longest {
        return Err(NotShown::Length(longest));
    }
    text.chars().try_for_each(seen)?;
    Ok(text)
}

/// The same for text of several lines and any length.
///
/// # Errors
/// The first character that nobody sees.
pub fn lines(text: &str) -> Result<(), NotShown> {
    text.chars().filter(|c| !matches!(c, '\r' | '\n' | '\t')).try_for_each(seen)
}

/// Whether a character is one that people see, or a plain space.
///
/// # Errors
/// Why not.
pub fn seen(character: char) -> Result<(), NotShown> {
    let code = u32::from(character);
    if character.is_control() {
        return Err(NotShown::Control(code));
    }
    // Most text is.
    let unseen = code >= 0xA0 && UNSEEN.iter().any(|(first, last)| (*first..=*last).contains(&code));
    if unseen { Err(NotShown::Unseen(code)) } else { Ok(()) }
}

/// One line with `unseen` in the place of whatever is not seen, line breaks included.
pub fn visible(text: &str, unseen: impl Fn(char) -> String) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match seen(character) {
            Ok(()) => safe.push(character),
            Err(_) => safe.push_str(&unseen(character)),
        }
    }
    safe
}

/// One line in which a terminal finds nothing to obey: `\u{1b}` stands for ESC.
pub fn one_line(text: &str) -> String {
    visible(text, |unseen| format!("\\u{{{:x}}}", u32::from(unseen)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_as_people_and_agencies_have_them_are_shown() {
        for good in [
            "EMIC 應變管理資訊雲端服務",
            "內政部消防署",
            "林大勇",
            "夷將·拔路兒 Icyang·Parod",
            "王　小明",
            "O’Brien-Łukasz (測試)",
            "𠮷野家",
            "\u{F0001}造字",
            "Nguyễn Thị Ánh",
        ] {
            assert_eq!(name(good, 80), Ok(good), "{good}");
        }
        assert_eq!(name("  內政部\u{3000}\n", 3), Ok("內政部"));
    }

    #[test]
    fn whatever_cannot_be_seen_is_refused_and_named() {
        let bidi = [0x061C, 0x200E, 0x200F].into_iter().chain(0x202A..=0x202E).chain(0x2066..=0x2069);
        let others = [0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x3164, 0x2028, 0x2029, 0xA0, 0xE0041, 0xE0100];
        for code in bidi.chain(others) {
            let text = format!("EM{}IC", char::from_u32(code).unwrap());
            let why = name(&text, 80).unwrap_err();
            assert_eq!(why, NotShown::Unseen(code));
            assert!(why.to_string().contains(&format!("U+{code:04X}")) && lines(&text).is_err());
        }
        // At the ends, too: nothing that hides is cut off and passed over.
        assert_eq!(name("EMIC\u{200B}", 80), Err(NotShown::Unseen(0x200B)));
        assert_eq!(name("\u{A0}EMIC", 80), Err(NotShown::Unseen(0xA0)));
    }

    #[test]
    fn control_characters_are_refused_and_lines_have_line_breaks() {
        for code in (0..0x20).chain(0x7F..=0x9F) {
            let text = format!("EM{}IC", char::from_u32(code).unwrap());
            assert_eq!(name(&text, 80), Err(NotShown::Control(code)));
            assert_eq!(lines(&text).is_ok(), matches!(code, 9 | 10 | 13), "{code}");
        }
    }

    #[test]
    fn a_name_is_neither_empty_nor_endless() {
        for bad in ["", " ", "\u{3000}\n", "四個字的"] {
            assert_eq!(name(bad, 3), Err(NotShown::Length(3)), "{bad:?}");
        }
    }
}
