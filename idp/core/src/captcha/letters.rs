//! What stands in a picture and in a mailed code, and how what people type is read.

use unicode_normalization::UnicodeNormalization;

/// Characters of a picture.
pub const LENGTH: usize = 5;
/// Digits of a mailed code.
pub const CODE_DIGITS: usize = 6;

/// None of them looks like another, nor like two others side by side, however bent: no 0 and o, no 1, l and i, no u and v, no rn for m.
/// Sixteen, so that each half of a byte is one, none more often than another.
const LETTERS: &[u8; 16] = b"abdeghknprtxy347";

/// The text of a picture.
pub(super) fn text(dice: [u8; LENGTH]) -> String {
    let letter = |die: u8| LETTERS.get(usize::from(die & 15)).copied().map_or('x', char::from);
    dice.into_iter().map(letter).collect()
}

/// A code to be mailed.
pub(super) fn code(dice: [u8; 8]) -> String {
    // Of 2^64 numbers a million divides all but one in 18 million millions evenly.
    format!("{:0CODE_DIGITS$}", u64::from_be_bytes(dice) % 1_000_000)
}

/// What somebody typed, as it is compared: an input method for Chinese gives full-width letters and digits, telephones capitals.
pub(super) fn typed(text: &str) -> String {
    let compared = |letter: &char| !letter.is_whitespace() && *letter != '-';
    text.chars().take(64).nfkc().filter(compared).flat_map(char::to_lowercase).collect()
}
