//! The picture of a challenge. The crate `captcha` sets and bends the letters; what covers them is ours.
//!
//! Everything is drawn from the challenge alone: whoever fetches its picture again gets the same one, and learns nothing more by
//! laying many over each other.

use ::captcha::Captcha;
use ::captcha::filters::Wave;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, GrayImage, ImageEncoder, ImageFormat, Luma};
use keys::sha256;

/// Width and height, in pixels.
pub const SIZE: (u32, u32) = (192, 64);
const INK: Luma<u8> = Luma([0]);

/// A PNG. `None`: the letters cannot be set.
///
/// * `seed`: what the picture is drawn from, beside the text.
pub fn draw(text: &str, seed: &[u8]) -> Option<Vec<u8>> {
    let mut dice = Dice::new(seed);
    let mut picture = letters(text, &mut dice)?;
    for _ in 0..4 {
        line(&mut picture, &mut dice);
    }
    for _ in 0..SIZE.0 * SIZE.1 / 25 {
        let (x, y) = (dice.below(SIZE.0), dice.below(SIZE.1));
        let ink = if dice.below(3) == 0 { Luma([255]) } else { INK };
        put(&mut picture, (x, y), ink);
    }
    let mut png = Vec::new();
    PngEncoder::new(&mut png).write_image(&picture, SIZE.0, SIZE.1, ExtendedColorType::L8).ok()?;
    Some(png)
}

/// The text, bent in waves.
fn letters(text: &str, dice: &mut Dice) -> Option<GrayImage> {
    let mut set = Captcha::new();
    for letter in text.chars() {
        set.set_chars(&[letter]).add_char();
    }
    let mut wave = |least: u32, more: u32| f64::from(least + dice.below(more)) / 10.0;
    let upright = Wave::new(wave(12, 20), wave(40, 40)).horizontal();
    let across = Wave::new(wave(12, 20), wave(30, 40)).vertical();
    set.apply_filter(upright).apply_filter(across).view(SIZE.0, SIZE.1);
    let png = set.as_png()?;
    Some(image::load_from_memory_with_format(&png, ImageFormat::Png).ok()?.to_luma8())
}

/// A thin line from the left edge to the right.
fn line(picture: &mut GrayImage, dice: &mut Dice) {
    let (from, to) = (dice.below(SIZE.1), dice.below(SIZE.1));
    for x in 0..SIZE.0 {
        let y = (from * (SIZE.0 - x) + to * x) / SIZE.0;
        put(picture, (x, y), INK);
    }
}

fn put(picture: &mut GrayImage, (x, y): (u32, u32), ink: Luma<u8>) {
    if let Some(pixel) = picture.get_pixel_mut_checked(x, y) {
        *pixel = ink;
    }
}

/// Numbers that look random, the same for the same seed.
struct Dice {
    seed: [u8; 32],
    thrown: u64,
}

impl Dice {
    fn new(seed: &[u8]) -> Self {
        Self { seed: sha256(seed), thrown: 0 }
    }

    /// A number below `most`, for which some hundreds are small enough.
    fn below(&mut self, most: u32) -> u32 {
        self.thrown += 1;
        let digest = sha256(&[&self.seed[..], &self.thrown.to_be_bytes()].concat());
        let [a, b, c, d] = digest.first_chunk().copied().unwrap_or_default();
        u32::from_be_bytes([a, b, c, d]) % most.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every letter that can come, and the widest text there is.
    #[test]
    fn every_text_can_be_drawn_and_all_of_it_stands_in_the_picture() {
        for text in ["abdeg", "hknpr", "txy34", "7yyyy", "yyyyy", "ttttt"] {
            let png = draw(text, text.as_bytes()).unwrap();
            let picture = image::load_from_memory_with_format(&png, ImageFormat::Png).unwrap().to_luma8();
            assert_eq!(picture.dimensions(), SIZE);
            assert!(png.len() < 16_000, "{text}: {} bytes", png.len());
            // Nothing is cut off: before the lines, no letter touches an edge.
            let set = letters(text, &mut Dice::new(text.as_bytes())).unwrap();
            let inked = |(x, y): (u32, u32)| set.get_pixel(x, y).0[0] < 128;
            let edge = (0..SIZE.0).flat_map(|x| [(x, 0), (x, SIZE.1 - 1)]);
            let edge = edge.chain((0..SIZE.1).flat_map(|y| [(0, y), (SIZE.0 - 1, y)]));
            assert!(!edge.into_iter().any(inked), "{text}");
            let drawn = set.pixels().filter(|pixel| pixel.0[0] < 128).count();
            assert!(drawn > 700, "{text}: {drawn} dark pixels");
        }
    }

    #[test]
    fn a_challenge_has_one_picture_and_the_same_text_of_another_has_another() {
        assert_eq!(draw("abdeh", b"one").unwrap(), draw("abdeh", b"one").unwrap());
        assert_ne!(draw("abdeh", b"one").unwrap(), draw("abdeh", b"other").unwrap());
        assert_ne!(draw("abdeh", b"one").unwrap(), draw("knprt", b"one").unwrap());
    }
}
