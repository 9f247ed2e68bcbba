//! 身分證字號 and 統一證號: well-formed, with a right check digit.
//!
//! Old residence numbers have two letters, those since 2021 a letter and 8 or 9; all share one checksum.

/// A number whose check digit is right.
#[derive(Clone, PartialEq, Eq)]
pub struct NationalId(String);

impl NationalId {
    /// Reads a number, in either case of its letters. `None`: it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let number = text.trim().to_ascii_uppercase();
        let bytes: [u8; 10] = number.as_bytes().try_into().ok()?;
        let [first, second, rest @ ..] = bytes;
        let letter = letter_value(first)?;
        let second = match second {
            b'1' | b'2' | b'8' | b'9' => second - b'0',
            // Old 統一證號: the units digit of the letter's value.
            b'A'..=b'D' => letter_value(second)? % 10,
            _ => return None,
        };
        if !rest.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let weights = [8, 7, 6, 5, 4, 3, 2, 1, 1];
        let digits = std::iter::once(second).chain(rest.iter().map(|digit| digit - b'0'));
        let sum: u32 = digits.zip(weights).map(|(digit, weight)| u32::from(digit) * weight).sum();
        let head = u32::from(letter / 10) + u32::from(letter % 10) * 9;
        (head + sum).is_multiple_of(10).then_some(Self(number))
    }

    /// The number, in capitals.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The value of a letter. I, O, W and Z came late and stand out of order.
fn letter_value(letter: u8) -> Option<u8> {
    const ORDER: &[u8; 26] = b"ABCDEFGHJKLMNPQRSTUVXYWZIO";
    let position = ORDER.iter().position(|known| *known == letter)?;
    u8::try_from(position + 10).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_kind_with_a_right_check_digit_are_read() {
        for good in [
            "A123456789",
            "A226812638",
            "B222222228",
            "I100000003",
            "O200000006",
            "W987654329",
            "A800000014",
            "A900000016",
            "F812345676",
            "AA00000009",
            "AB00000001",
            "AC12345679",
            "AD12345671",
            "a123456789",
        ] {
            assert!(NationalId::parse(good).is_some(), "{good}");
        }
    }

    #[test]
    fn a_wrong_check_digit_or_shape_is_refused() {
        for bad in [
            "A123456780",
            "A323456789",
            "AE12345671",
            "1123456789",
            "A12345678",
            "A1234567890",
            "A12345678x",
            "",
            "Ａ123456789",
        ] {
            assert!(NationalId::parse(bad).is_none(), "{bad}");
        }
    }
}
