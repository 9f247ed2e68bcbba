//! What an option of `idp clients` may say.

use super::CommandError;
use clap::ValueEnum;
use idp_core::client::{ApplicationType, AuthMethod, GrantType, Profile, SubjectType};
use idp_core::oauth::authorize::ResponseType;
use keys::Algorithm;

/// What takes away what is kept.
const NONE: &str = "none";

/// What was given over what is kept.
pub(super) fn replaced(given: Option<String>, kept: Option<String>) -> Option<String> {
    match given {
        None => kept,
        Some(text) => (text != NONE).then_some(text),
    }
}

/// The same for a list, which is replaced whole.
pub(super) fn replaced_all(given: Vec<String>, kept: Vec<String>) -> Vec<String> {
    match given.as_slice() {
        [] => kept,
        [one] if one == NONE => vec![],
        _ => given,
    }
}

/// The same for an algorithm.
///
/// # Errors
/// It is none.
pub(super) fn replaced_algorithm(
    option: &str,
    given: Option<String>,
    kept: Option<Algorithm>,
) -> Result<Option<Algorithm>, CommandError> {
    let wrong = |why| CommandError::refused(format!("{option}: {why}"));
    match given.as_deref() {
        None => Ok(kept),
        Some(NONE) => Ok(None),
        Some(name) => Ok(Some(name.parse::<Algorithm>().map_err(wrong)?)),
    }
}

macro_rules! value_enum {
    ($name:ident => $target:ty { $($variant:ident = $text:literal => $value:expr),+ $(,)? }) => {
        #[derive(Clone, Copy, ValueEnum)]
        pub(super) enum $name {
            $(#[value(name = $text)] $variant,)+
        }

        impl From<$name> for $target {
            fn from(given: $name) -> Self {
                match given { $($name::$variant => $value,)+ }
            }
        }
    };
}

value_enum!(AuthMethodArg => AuthMethod {
    Basic = "client_secret_basic" => AuthMethod::ClientSecretBasic,
    Post = "client_secret_post" => AuthMethod::ClientSecretPost,
    PrivateKeyJwt = "private_key_jwt" => AuthMethod::PrivateKeyJwt,
    ClientSecretJwt = "client_secret_jwt" => AuthMethod::ClientSecretJwt,
    None = "none" => AuthMethod::None,
});
value_enum!(ProfileArg => Profile {
    Government = "government" => Profile::Government,
    Standard = "standard" => Profile::Standard,
    Fapi2 = "fapi2" => Profile::Fapi2,
});
value_enum!(SubjectTypeArg => SubjectType {
    Pairwise = "pairwise" => SubjectType::Pairwise,
    Public = "public" => SubjectType::Public,
});
value_enum!(GrantTypeArg => GrantType {
    Code = "authorization_code" => GrantType::AuthorizationCode,
    Refresh = "refresh_token" => GrantType::RefreshToken,
    Implicit = "implicit" => GrantType::Implicit,
    Itself = "client_credentials" => GrantType::ClientCredentials,
});
value_enum!(ApplicationTypeArg => ApplicationType {
    Web = "web" => ApplicationType::Web,
    Native = "native" => ApplicationType::Native,
});

value_enum!(ResponseTypeArg => ResponseType {
    Code = "code" => ResponseType::Code,
    IdToken = "id_token" => ResponseType::IdToken,
    IdTokenToken = "id_token token" => ResponseType::IdTokenToken,
    CodeIdToken = "code id_token" => ResponseType::CodeIdToken,
    CodeToken = "code token" => ResponseType::CodeToken,
    CodeIdTokenToken = "code id_token token" => ResponseType::CodeIdTokenToken,
});
