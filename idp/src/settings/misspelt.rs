//! A variable of the environment that was meant as a setting and is none: with one underscore where two belong, nobody would read it,
//! and nobody would say so.

use super::BadSetting;
use super::table::TABLE;

const PREFIX: &str = "IDP";

/// Looks for such names among those of the environment. Names that resemble no setting (`IDP_TEST_POSTGRES_URL`) are other programs'.
///
/// # Errors
/// The first one, with the right spelling.
pub(super) fn check(names: impl Iterator<Item = String>) -> Result<(), BadSetting> {
    let mut meant: Vec<_> = names.filter_map(|name| Some((right(&name)?, name))).collect();
    meant.sort();
    match meant.into_iter().next() {
        None => Ok(()),
        Some((right, name)) => Err(BadSetting(format!(
            "environment variable {name}: is not read; a setting has two underscores before and after its section: {right}"
        ))),
    }
}

/// How a name should have been written. `None`: it is fine, or not ours.
fn right(name: &str) -> Option<String> {
    let upper = name.to_ascii_uppercase();
    // What begins right is read, and refused as an unknown setting where it goes on wrong.
    let rest = upper.strip_prefix(PREFIX)?.strip_prefix('_').filter(|rest| !rest.starts_with('_'))?;
    let letters = |text: &str| text.replace(['_', '.'], "");
    let section = |key: &str| key.split('.').next().unwrap_or_default().to_uppercase();
    let written = |key: &str| format!("{PREFIX}__{}", key.replace('.', "__").to_uppercase());
    if let Some(row) = TABLE.iter().find(|row| letters(&row.key.to_uppercase()) == letters(rest)) {
        return Some(written(row.key));
    }
    let (of, key) = rest.split_once("__")?;
    TABLE.iter().any(|row| section(row.key) == of).then(|| format!("{PREFIX}__{of}__{key}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_the_wrong_number_of_underscores_is_told_how_it_is_written() {
        for (name, fix) in [
            ("IDP_SERVER__ISSUER", "IDP__SERVER__ISSUER"),
            ("IDP_SERVER_ISSUER", "IDP__SERVER__ISSUER"),
            ("idp_server_issuer", "IDP__SERVER__ISSUER"),
            ("IDP_KEYS_MASTER_KEY_FILE", "IDP__KEYS__MASTER_KEY_FILE"),
            ("IDP_KEYS__MASTER__KEY__FILE", "IDP__KEYS__MASTER_KEY_FILE"),
            ("IDP_SERVER__ISUER", "IDP__SERVER__ISUER"),
        ] {
            let said = check([name.to_owned()].into_iter()).unwrap_err().0;
            assert!(said.starts_with(&format!("environment variable {name}:")) && said.ends_with(fix), "{said}");
        }
    }

    #[test]
    fn right_names_and_those_of_others_are_left_in_peace() {
        let names = ["IDP__SERVER__ISSUER", "IDP_TEST_POSTGRES_URL", "IDP_TEST__X", "IDP_", "IDP", "IDPSERVERISSUER"];
        let others = ["SERVER_ISSUER", "MY_IDP_SERVER_ISSUER", "IDP_HOME", "IDP_SERVER", "PATH", ""];
        assert_eq!(check(names.into_iter().chain(others).map(str::to_owned)), Ok(()));
    }
}
