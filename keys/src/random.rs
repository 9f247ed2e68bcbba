//! The one source of randomness of the whole program: the operating system's, through `ring`.

use std::sync::LazyLock;

use ::ring::rand::{SecureRandom, SystemRandom};

use crate::KeyError;

#[expect(clippy::disallowed_methods, reason = "this is the one place the lint names")]
static SYSTEM: LazyLock<SystemRandom> = LazyLock::new(SystemRandom::new);

/// `N` unpredictable bytes.
///
/// # Errors
/// [`KeyError::NoRandomness`] if the operating system gives none.
pub fn random<const N: usize>() -> Result<[u8; N], KeyError> {
    let mut bytes = [0; N];
    SYSTEM.fill(&mut bytes).map_err(|_| KeyError::NoRandomness)?;
    Ok(bytes)
}

/// The generator itself, for the operations of `ring` that ask for one.
pub(crate) fn system() -> &'static SystemRandom {
    &SYSTEM
}
