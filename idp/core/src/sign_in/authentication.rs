//! How strongly somebody signed in: `acr` and `amr`.

/// Authentication context class (`acr`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Acr {
    /// A password alone.
    Password,
}

impl Acr {
    /// Every class that can be reached today, for discovery.
    pub const ALL: [Acr; 1] = [Acr::Password];

    /// The value of the claim.
    pub const fn as_str(self) -> &'static str {
        match self {
            Acr::Password => "urn:shenfen:acr:password",
        }
    }

    /// From what is stored or sent.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|acr| acr.as_str() == text)
    }

    /// The methods behind it (RFC 8176).
    pub const fn amr(self) -> &'static [&'static str] {
        match self {
            Acr::Password => &["pwd"],
        }
    }

    /// As a number, for a sealed value.
    pub const fn number(self) -> u32 {
        match self {
            Acr::Password => 1,
        }
    }

    /// Back from [`Self::number`].
    pub fn from_number(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|acr| acr.number() == number)
    }
}
