//! A picture that strangers sent, made anew: decoded under strict limits, at most 128 px a side, PNG, nothing in it but what is seen.
//!
//! PNG, JPEG, GIF (its first frame) and WebP, told by their first bytes, whatever they are announced as. No SVG: it is a program
//! more than a picture.

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::imageops::{self, FilterType as Sampling};
use image::metadata::Orientation;
use image::{
    DynamicImage, ExtendedColorType, ImageDecoder, ImageEncoder, ImageError, ImageFormat, ImageReader, Limits,
    RgbaImage,
};
use std::io::Cursor;

/// The longer side of what is served, in pixels: twice what it takes on a page, for fine screens.
pub(super) const SIDE: u32 = 128;
/// The longer side of what is decoded, in pixels.
const LONGEST_SIDE: u32 = 2048;
/// What decoding may take of the memory, in bytes.
const MOST_MEMORY: u64 = 64 * 1024 * 1024;

/// Why there is no picture, in words for an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoPicture {
    /// SVG.
    #[error("it is an SVG drawing, which is not taken; give it as PNG")]
    Drawing,
    /// Something else altogether.
    #[error("it is no PNG, JPEG, GIF or WebP picture")]
    Unknown,
    /// More pixels than we decode.
    #[error("it has {width} x {height} pixels; {LONGEST_SIDE} a side are taken at most")]
    TooLarge {
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
    },
    /// More memory than a picture of that size may take.
    #[error("it is too large to be decoded")]
    TooMuch,
    /// Truncated, or built to do harm.
    #[error("it cannot be decoded; it may be cut off or damaged")]
    Broken,
    /// Nobody would see it.
    #[error("it has no pixels")]
    Empty,
}

/// Makes a picture anew, as PNG. Takes up to some hundred milliseconds of a thread that may block.
///
/// # Errors
/// [`NoPicture`].
pub(super) fn make_anew(bytes: &[u8]) -> Result<Vec<u8>, NoPicture> {
    let format = match image::guess_format(bytes) {
        Ok(format @ (ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::Gif | ImageFormat::WebP)) => format,
        _ if is_drawing(bytes) => return Err(NoPicture::Drawing),
        _ => return Err(NoPicture::Unknown),
    };
    let (mut picture, orientation) = decode(bytes, format)?;
    picture.apply_orientation(orientation);
    encode(&shrunk(picture.into_rgba8()))
}

fn decode(bytes: &[u8], format: ImageFormat) -> Result<(DynamicImage, Orientation), NoPicture> {
    let broken = |why| match why {
        ImageError::Limits(_) => NoPicture::TooMuch,
        _ => NoPicture::Broken,
    };
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MOST_MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    // The head alone is read here.
    let mut decoder = reader.into_decoder().map_err(broken)?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(NoPicture::Empty);
    }
    if width > LONGEST_SIDE || height > LONGEST_SIDE {
        return Err(NoPicture::TooLarge { width, height });
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    Ok((DynamicImage::from_decoder(decoder).map_err(broken)?, orientation))
}

/// What begins as XML does, or as SVG.
fn is_drawing(bytes: &[u8]) -> bool {
    let beginning = bytes.get(..bytes.len().min(1024)).unwrap_or_default();
    String::from_utf8_lossy(beginning).to_ascii_lowercase().contains("<svg")
}

/// At most [`SIDE`] on the longer side; a smaller one stays as it is.
fn shrunk(mut picture: RgbaImage) -> RgbaImage {
    let (width, height) = picture.dimensions();
    let longer = width.max(height);
    if longer <= SIDE {
        return picture;
    }
    let side = |length: u32| (length * SIDE / longer).max(1);
    // Colours count as much as they are seen: the colour of what is transparent would fringe the edges.
    for pixel in picture.pixels_mut() {
        let [red, green, blue, alpha] = pixel.0;
        let seen = |colour: u8| u8::try_from((u16::from(colour) * u16::from(alpha) + 127) / 255).unwrap_or(u8::MAX);
        pixel.0 = [seen(red), seen(green), seen(blue), alpha];
    }
    let mut small = imageops::resize(&picture, side(width), side(height), Sampling::CatmullRom);
    for pixel in small.pixels_mut() {
        let [red, green, blue, alpha] = pixel.0;
        let whole = |colour: u8| match u16::from(alpha) {
            0 => 0,
            alpha => u8::try_from(u16::from(colour) * 255 / alpha).unwrap_or(u8::MAX),
        };
        pixel.0 = [whole(red), whole(green), whole(blue), alpha];
    }
    small
}

fn encode(picture: &RgbaImage) -> Result<Vec<u8>, NoPicture> {
    let mut png = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut png, CompressionType::Best, FilterType::Adaptive);
    let (width, height) = picture.dimensions();
    let written = encoder.write_image(picture.as_raw(), width, height, ExtendedColorType::Rgba8);
    written.map_err(|_| NoPicture::Broken)?;
    Ok(png)
}

#[cfg(test)]
mod tests;
