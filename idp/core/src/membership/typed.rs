//! Numbers as people type them: in full-width digits, with spaces, hyphens and brackets between, with +886 in place of the zero.

use unicode_normalization::UnicodeNormalization;

/// The same without what only makes it readable.
pub fn bare(typed: &str) -> String {
    let is_between = |letter: &char| letter.is_whitespace() || "-()‐‑–—".contains(*letter);
    typed.nfkc().filter(|letter| !is_between(letter)).collect()
}

/// The same, if what is left are digits, so many.
pub fn digits(typed: &str, count: std::ops::RangeInclusive<usize>) -> Option<String> {
    let bare = bare(typed);
    (count.contains(&bare.len()) && bare.bytes().all(|byte| byte.is_ascii_digit())).then_some(bare)
}

/// A number that nothing stands between the digits of: a minus means something else.
pub fn number(typed: &str, count: std::ops::RangeInclusive<usize>) -> Option<u32> {
    let digits: String = typed.trim().nfkc().collect();
    let is_number = count.contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().ok()).flatten()
}

/// A telephone number of Taiwan, so many digits with its leading zero: as it is dialled here, or as the whole world does (E.164), which
/// is what a browser fills in.
fn telephone(typed: &str, count: std::ops::RangeInclusive<usize>) -> Option<String> {
    let bare = bare(typed);
    let national = match bare.strip_prefix("+886") {
        Some(national) => format!("0{}", national.strip_prefix('0').unwrap_or(national)),
        None => bare,
    };
    digits(&national, count)
}

/// A mobile number: 09 and eight digits.
pub fn mobile(typed: &str) -> Option<String> {
    telephone(typed, 10..=10).filter(|number| number.starts_with("09"))
}

/// A number of the fixed network with its area code.
pub fn landline(typed: &str) -> Option<String> {
    let is_area = |number: &String| matches!(number.as_bytes(), [b'0', b'2'..=b'8', ..]);
    telephone(typed, 9..=10).filter(is_area)
}

/// As the whole world dials it (E.164), with an extension as in RFC 3966 §5.3.
///
/// * `number`: begins with 0.
pub fn international(number: &str, extension: Option<&str>) -> String {
    let national = number.strip_prefix('0').unwrap_or(number);
    let extension = extension.map(|extension| format!(";ext={extension}")).unwrap_or_default();
    format!("+886{national}{extension}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_type_them() {
        let international = ["+886911123456", "+886 911-123-456", "＋886 0911 123 456"];
        let national = ["0911123456", "0911-123-456", " 0911 123 456 ", "０９１１１２３４５６", "0911－123－456"];
        for typed in national.into_iter().chain(international) {
            assert_eq!(mobile(typed).as_deref(), Some("0911123456"), "{typed}");
            assert_eq!(landline(typed), None, "{typed}");
        }
        for typed in ["0212345678", "(02)1234-5678", "（０２）1234 5678", "02-12345678", "+886 (0)2 1234 5678"] {
            assert_eq!(landline(typed).as_deref(), Some("0212345678"), "{typed}");
            assert_eq!(mobile(typed), None, "{typed}");
        }
        for good in ["037123456", "082123456", "089123456", "0412345678"] {
            assert!(landline(good).is_some(), "{good}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for bad in [
            "",
            "091112345",
            "09111234567",
            "0911 12345x",
            "+85291112345",
            "+88691112345",
            "886911123456",
            "٠٩١١١٢٣٤٥٦",
            "0811123456",
        ] {
            assert_eq!(mobile(bad), None, "{bad}");
        }
        for bad in ["", "12345678", "0112345678", "0912345678", "02123456", "02123456789", "0212345678#12"] {
            assert_eq!(landline(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_whole_world_dials_them_without_the_leading_zero() {
        assert_eq!(international("0911123456", None), "+886911123456");
        assert_eq!(international("0212345678", Some("123")), "+886212345678;ext=123");
    }
}
