//! E-mail addresses: what can be one. Whether it is reached is found out by mail.

/// The longest address, in bytes (RFC 5321 §4.5.3.1.3, without the angle brackets).
pub const LONGEST: usize = 254;
/// The longest part before the `@`, in bytes (RFC 5321 §4.5.3.1.1).
const LONGEST_LOCAL: usize = 64;

/// An address that looks like one: something, one `@`, a dotted name. Nothing in it breaks a line of a mail's head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Reads an address, without the space around it. `None`: no mail arrives there.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim_matches([' ', '\u{3000}', '\t', '\r', '\n']);
        // Plain ASCII: many a mail server takes nothing else (RFC 6531 is an extension).
        let plain = |c: char| c.is_ascii_graphic() && !"<>()[],;:\\\"".contains(c);
        let (local, host) = text.rsplit_once('@')?;
        let fits = text.len() <= LONGEST
            && (1..=LONGEST_LOCAL).contains(&local.len())
            && !local.contains('@')
            && local.split('.').all(|part| !part.is_empty())
            && text.chars().all(plain)
            && host.contains('.')
            && host.split('.').all(|label| {
                (1..=63).contains(&label.len())
                    && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                    && !label.starts_with('-')
                    && !label.ends_with('-')
            });
        fits.then(|| Self(text.to_owned()))
    }

    /// As typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_an_address_is_read() {
        for good in ["claire@example.gov.tw", " a.b+c@sub.example.tw ", "x@a.b", "o'brien/1=2@example.tw"] {
            assert!(EmailAddress::parse(good).is_some(), "{good}");
        }
    }

    #[test]
    fn what_breaks_a_head_or_goes_nowhere_is_refused() {
        let long = format!("{}@example.tw", "a".repeat(65));
        let bad = [
            "",
            "claire",
            "@example.tw",
            "claire@",
            "claire@example",
            "a@b@example.tw",
            "a@example..tw",
            "a@-x.tw",
            "a@example.tw\r\nBcc: b@example.tw",
            "a b@example.tw",
            "a<b@example.tw",
            "a..b@example.tw",
            ".a@example.tw",
            "a.@example.tw",
            "王@example.tw",
            "a@例子.台灣",
            "a@exa_mple.tw",
            "a@example.tw,b@example.tw",
            &long,
        ];
        for bad in bad {
            assert!(EmailAddress::parse(bad).is_none(), "{bad}");
        }
    }
}
