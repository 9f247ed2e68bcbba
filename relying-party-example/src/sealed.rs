//! Values that travel through the browser and come back: encrypted and authenticated with a key of this portal, for one
//! purpose and one browser. So a sign-in in progress costs the portal no memory, whoever begins how many, and survives a
//! restart.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::failure::Failure;

pub(crate) struct Sealer(LessSafeKey);

/// What a value is for. One purpose's value never opens for another.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    SignIn,
    SignOut,
}

impl Purpose {
    /// The value is good for this purpose and the browser with this cookie.
    fn bound_to(self, browser: &str) -> Aad<String> {
        let purpose = match self {
            Self::SignIn => "sign-in",
            Self::SignOut => "sign-out",
        };
        Aad::from(format!("{purpose} {browser}"))
    }
}

impl Sealer {
    pub(crate) fn new(key: &[u8; 32]) -> Result<Self, String> {
        let key = UnboundKey::new(&CHACHA20_POLY1305, key).map_err(|error| error.to_string())?;
        Ok(Self(LessSafeKey::new(key)))
    }

    /// The sealed value, in characters that may stand in a URL.
    pub(crate) fn seal(&self, purpose: Purpose, browser: &str, value: &impl Serialize) -> Result<String, Failure> {
        let failed = |why: String| Failure::Storage(format!("sealing: {why}"));
        let mut content = serde_json::to_vec(value).map_err(|error| failed(error.to_string()))?;
        let nonce = random_bytes::<NONCE_LEN>().map_err(failed)?;
        self.0
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), purpose.bound_to(browser), &mut content)
            .map_err(|error| failed(error.to_string()))?;
        Ok(BASE64_URL_SAFE_NO_PAD.encode([&nonce[..], &content].concat()))
    }

    /// What was sealed here for this purpose and browser; nothing else opens.
    pub(crate) fn open<T: DeserializeOwned>(&self, purpose: Purpose, browser: &str, text: &str) -> Option<T> {
        let mut sealed = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        let (nonce, content) = sealed.split_at_mut_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let content = self.0.open_in_place(nonce, purpose.bound_to(browser), content).ok()?;
        serde_json::from_slice(content).ok()
    }
}

/// Random bytes of the operating system.
#[expect(clippy::disallowed_methods, reason = "this example stands alone; this is its one source of random bytes")]
pub(crate) fn random_bytes<const N: usize>() -> Result<[u8; N], String> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|error| error.to_string())?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_opens_for_its_purpose_browser_and_key_alone() {
        let sealer = Sealer::new(&[1; 32]).unwrap();
        let text = sealer.seal(Purpose::SignIn, "browser", &"value").unwrap();
        let open = |sealer: &Sealer, purpose, browser: &str, text: &str| sealer.open::<String>(purpose, browser, text);
        assert_eq!(open(&sealer, Purpose::SignIn, "browser", &text).as_deref(), Some("value"));
        assert_eq!(open(&sealer, Purpose::SignOut, "browser", &text), None);
        assert_eq!(open(&sealer, Purpose::SignIn, "another", &text), None);
        assert_eq!(open(&Sealer::new(&[2; 32]).unwrap(), Purpose::SignIn, "browser", &text), None);
        for at in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(open(&sealer, Purpose::SignIn, "browser", &String::from_utf8(changed).unwrap()), None);
        }
        for junk in ["", "AAAA", "no base64!"] {
            assert_eq!(open(&sealer, Purpose::SignIn, "browser", junk), None);
        }
    }
}
