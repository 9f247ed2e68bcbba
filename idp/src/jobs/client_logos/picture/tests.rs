use super::*;
use image::{Rgba, load_from_memory_with_format};
use std::time::{Duration, Instant};

fn drawn(width: u32, height: u32) -> RgbaImage {
    RgbaImage::from_fn(width, height, |x, y| Rgba([(x % 256) as u8, (y % 256) as u8, 200, 255]))
}

fn written(picture: &RgbaImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let whole = DynamicImage::from(picture.clone());
    let fitting = if format == ImageFormat::Jpeg { DynamicImage::from(whole.to_rgb8()) } else { whole };
    fitting.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn read(png: &[u8]) -> RgbaImage {
    assert_eq!(image::guess_format(png).unwrap(), ImageFormat::Png);
    load_from_memory_with_format(png, ImageFormat::Png).unwrap().into_rgba8()
}

/// The names of the chunks of a PNG.
fn chunks(png: &[u8]) -> Vec<String> {
    let (mut at, mut names) = (8, Vec::new());
    while at + 8 <= png.len() {
        let length = u32::from_be_bytes(png[at..at + 4].try_into().unwrap()) as usize;
        names.push(String::from_utf8_lossy(&png[at + 4..at + 8]).into_owned());
        at += length + 12;
    }
    names
}

/// A chunk of a PNG, with its sum.
fn chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut crc = !0_u32;
    for byte in name.iter().chain(body) {
        crc ^= u32::from(*byte);
        (0..8).for_each(|_| crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 });
    }
    [&u32::try_from(body.len()).unwrap().to_be_bytes()[..], name, body, &(!crc).to_be_bytes()].concat()
}

/// A PNG with one more chunk behind its head.
fn with_chunk(png: &[u8], name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let behind_head = 8 + 25;
    [&png[..behind_head], &chunk(name, body), &png[behind_head..]].concat()
}

#[test]
fn every_kind_that_is_taken_comes_out_as_a_png_of_at_most_128_pixels_a_side() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP] {
        for ((width, height), small) in
            [((512, 256), (128, 64)), ((100, 300), (42, 128)), ((16, 9), (16, 9)), ((2048, 1), (128, 1))]
        {
            let png = make_anew(&written(&drawn(width, height), format)).unwrap();
            assert_eq!(read(&png).dimensions(), small, "{format:?} {width} x {height}");
            assert_eq!(chunks(&png).iter().filter(|name| *name != "IDAT").collect::<Vec<_>>(), ["IHDR", "IEND"]);
        }
    }
}

#[test]
fn what_is_seen_stays_and_what_is_transparent_leaves_no_fringe() {
    let small = drawn(20, 30);
    assert_eq!(read(&make_anew(&written(&small, ImageFormat::Png)).unwrap()), small);
    // A red disc on transparent green: nothing green may show.
    let disc = RgbaImage::from_fn(512, 512, |x, y| {
        let inside = (i64::from(x) - 256).pow(2) + (i64::from(y) - 256).pow(2) < 200_i64.pow(2);
        if inside { Rgba([220, 0, 0, 255]) } else { Rgba([0, 255, 0, 0]) }
    });
    let seen = read(&make_anew(&written(&disc, ImageFormat::Png)).unwrap());
    assert_eq!(seen.get_pixel(64, 64), &Rgba([220, 0, 0, 255]));
    assert_eq!(seen.get_pixel(0, 0)[3], 0);
    assert!(seen.pixels().filter(|pixel| pixel[3] > 0).all(|pixel| pixel[1] == 0), "green shines through");
}

#[test]
fn nothing_but_the_picture_is_left_of_what_was_sent() {
    let secret = b"tEXt comment by somebody <script>alert(1)</script>";
    let sent = with_chunk(&written(&drawn(20, 20), ImageFormat::Png), b"tEXt", secret);
    let trailing = [sent.clone(), secret.to_vec()].concat();
    for sent in [sent, trailing] {
        let png = make_anew(&sent).unwrap();
        assert_eq!(read(&png), drawn(20, 20));
        assert!(!png.windows(6).any(|window| window == b"script"));
    }
}

#[test]
fn a_photograph_that_lies_on_its_side_is_set_upright() {
    // APP1 with the orientation "rotate by 90 degrees to the right" and nothing else.
    let exif: &[u8] = b"\xff\xe1\x00\x22Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let jpeg = written(&drawn(64, 32), ImageFormat::Jpeg);
    let lying = [&jpeg[..2], exif, &jpeg[2..]].concat();
    assert_eq!(read(&make_anew(&jpeg).unwrap()).dimensions(), (64, 32));
    assert_eq!(read(&make_anew(&lying).unwrap()).dimensions(), (32, 64));
}

#[test]
fn what_is_no_picture_is_refused_in_words_that_say_why() {
    let svg = b"<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
    assert_eq!(make_anew(svg), Err(NoPicture::Drawing));
    assert_eq!(make_anew(b"<!doctype html><title>404</title>"), Err(NoPicture::Unknown));
    assert_eq!(make_anew(b""), Err(NoPicture::Unknown));
    assert_eq!(make_anew(b"%PDF-1.7"), Err(NoPicture::Unknown));
    assert_eq!(make_anew(b"BM\x46\0\0\0\0\0\0\0"), Err(NoPicture::Unknown), "a bitmap");
    let too_large = written(&drawn(2049, 1), ImageFormat::Png);
    assert_eq!(make_anew(&too_large), Err(NoPicture::TooLarge { width: 2049, height: 1 }));
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP] {
        let whole = written(&drawn(200, 200), format);
        for length in [4, 12, 20, 30, 40] {
            let cut = make_anew(&whole[..length.min(whole.len())]);
            assert!(cut.is_err(), "{format:?} of {length} bytes: {cut:?}");
        }
        // A library may take what is there of a photograph; nothing else comes of it than a picture or a refusal.
        if let Ok(png) = make_anew(&whole[..whole.len() / 2]) {
            read(&png);
        }
    }
    let head: [u8; 33] = written(&drawn(9, 9), ImageFormat::Png)[..33].try_into().unwrap();
    assert_eq!(make_anew(&head), Err(NoPicture::Broken), "a head without a body");
}

/// A PNG of that many pixels that claims to hold them all.
fn bomb(width: u32, height: u32) -> Vec<u8> {
    let mut head = [width.to_be_bytes(), height.to_be_bytes()].concat();
    head.extend([8, 6, 0, 0, 0]);
    let nothing: Vec<u8> = [&[0x78, 0x9c][..], &[0; 64]].concat();
    [&b"\x89PNG\r\n\x1a\n"[..], &chunk(b"IHDR", &head), &chunk(b"IDAT", &nothing), &chunk(b"IEND", &[])].concat()
}

#[test]
#[expect(clippy::disallowed_methods, reason = "how long it takes is what is tested")]
fn a_bomb_is_refused_by_its_head_or_its_size_and_takes_no_time() {
    let begun = Instant::now();
    for (width, height) in [(100_000, 100_000), (2049, 2049), (1, 1_000_000)] {
        assert_eq!(make_anew(&bomb(width, height)), Err(NoPicture::TooLarge { width, height }));
    }
    assert_eq!(make_anew(&bomb(2_147_483_647, 1)), Err(NoPicture::TooMuch));
    // A GIF whose screen is small and whose frame is not.
    let frame: &[u8] = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\xff\xff\xff\xff\0\x02\x02L\x01\0;";
    assert_eq!(make_anew(frame), Err(NoPicture::TooMuch));
    // A WebP that says 16383 x 16384, and has nothing behind it.
    let webp = b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\xfe\xff\xff\x0f\0\0\0\0\0\0\0\0";
    assert!(make_anew(webp).is_err());
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}

#[test]
#[expect(clippy::disallowed_methods, reason = "how long it takes is what is tested")]
fn a_photograph_of_endless_scans_is_refused_in_time() {
    let jpeg = progressive(2048, 12_000);
    assert!(jpeg.len() < 256 * 1024, "{}", jpeg.len());
    let begun = Instant::now();
    let refused = make_anew(&jpeg);
    assert_eq!(refused, Err(NoPicture::Broken));
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

/// A progressive JPEG of many scans that say nothing each, for every block of the picture.
fn progressive(side: u16, scans: usize) -> Vec<u8> {
    let mut jpeg = b"\xff\xd8\xff\xdb\x00\x43\x00".to_vec();
    jpeg.extend([1; 64]);
    jpeg.extend(b"\xff\xc2\x00\x0b\x08");
    jpeg.extend([side.to_be_bytes(), side.to_be_bytes()].concat());
    jpeg.extend(b"\x01\x01\x11\x00");
    // Two Huffman tables of one code each: nothing, and the end of 2^14 blocks.
    jpeg.extend(b"\xff\xc4\x00\x14\x00\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x00");
    jpeg.extend(b"\xff\xc4\x00\x14\x10\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xe0");
    for _ in 0..scans {
        jpeg.extend(b"\xff\xda\x00\x08\x01\x01\x00\x01\x3f\x00\x00\x00\x00\x00");
    }
    jpeg.extend(b"\xff\xd9");
    jpeg
}
