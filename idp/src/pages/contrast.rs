//! The colours of the style sheet keep their contrast in both schemes (WCAG 2.2: 7:1 for text, 3:1 for edges and focus).

const STYLE: &str = include_str!("../../static/style.css");

/// The value of a colour in a part of the style sheet, as linear-light relative luminance (WCAG 2.2).
fn luminance(scheme: &str, colour: &str) -> f64 {
    let value = scheme.split(&format!("--{colour}: #")).nth(1).and_then(|rest| rest.split(';').next());
    let digits = value.unwrap_or_else(|| panic!("no colour {colour}"));
    let step = digits.len() / 3;
    let channel = |at: usize| {
        let digits = digits[at * step..(at + 1) * step].repeat(3 - step);
        let share = f64::from(u8::from_str_radix(&digits, 16).unwrap()) / 255.0;
        if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(0) + 0.7152 * channel(1) + 0.0722 * channel(2)
}

fn contrast(scheme: &str, one: &str, other: &str) -> f64 {
    let (one, other) = (luminance(scheme, one), luminance(scheme, other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn text_edges_and_focus_keep_their_contrast_in_light_and_dark() {
    let (light, dark) = STYLE.split_once("prefers-color-scheme: dark").expect("a dark scheme");
    for (name, scheme) in [("light", light), ("dark", dark)] {
        for ground in ["page", "sheet"] {
            for (colour, least) in [
                ("ink", 7.0),
                ("soft", 7.0),
                ("brand", 7.0),
                ("brand-deep", 7.0),
                ("bad", 7.0),
                ("focus", 3.0),
                ("field", 3.0),
            ] {
                let found = contrast(scheme, colour, ground);
                assert!(found >= least, "{name}: {colour} on {ground} is {found:.1}");
            }
        }
        for (colour, ground) in
            [("on-brand", "brand"), ("on-brand", "brand-deep"), ("bad", "bad-sheet"), ("ink", "bad-sheet")]
        {
            let found = contrast(scheme, colour, ground);
            assert!(found >= 7.0, "{name}: {colour} on {ground} is {found:.1}");
        }
    }
}
