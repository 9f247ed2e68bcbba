//! Personal data at rest: each column sealed for its account, and a blind index for equality.

use crate::failure::Failure;
use idp_core::membership::recovery::{HintQuestion, Recovery};
use idp_store::Fault;
use idp_store::accounts::SealedPersonal;
use idp_store::recovery::SealedRecovery;
use keys::{MacKey, Purpose, Sealer, hmac_sha256};
use serde_json::{Map, Value};

const NATIONAL_ID: Purpose = Purpose::new("national_id");
const QUESTION: Purpose = Purpose::new("recovery_question");
const MOBILE: Purpose = Purpose::new("recovery_mobile");
const CLAIMS: Purpose = Purpose::new("further_claims");

/// Seals a 身分證字號 for its account.
///
/// # Errors
/// When randomness fails.
pub fn seal_national_id(sealer: &Sealer, account: &str, number: &str) -> Result<Vec<u8>, Failure> {
    Ok(sealer.seal_bytes(NATIONAL_ID, account.as_bytes(), number.as_bytes())?)
}

/// Opens a 身分證字號.
///
/// # Errors
/// When it does not open.
pub fn open_national_id(sealer: &Sealer, account: &str, sealed: &[u8]) -> Result<String, Fault> {
    let plain = sealer.open_bytes(NATIONAL_ID, account.as_bytes(), sealed)?;
    String::from_utf8(plain).map_err(|_| Fault::corrupt("national ID"))
}

/// Seals further standard claims (a JSON object) for their account.
///
/// # Errors
/// When randomness fails.
pub fn seal_claims(sealer: &Sealer, account: &str, json: &[u8]) -> Result<Vec<u8>, Failure> {
    Ok(sealer.seal_bytes(CLAIMS, account.as_bytes(), json)?)
}

/// Opens further standard claims.
///
/// # Errors
/// When they do not open.
pub fn open_claims(sealer: &Sealer, account: &str, sealed: &[u8]) -> Result<Vec<u8>, Fault> {
    Ok(sealer.open_bytes(CLAIMS, account.as_bytes(), sealed)?)
}

/// Seals a 身分證字號 and further claims, none of it proven.
///
/// # Errors
/// When randomness fails.
pub fn seal_all(
    sealer: &Sealer,
    account: &str,
    (number, claims): (Option<&str>, &Map<String, Value>),
) -> Result<SealedPersonal, Failure> {
    let json = serde_json::to_vec(claims).map_err(Fault::from)?;
    Ok(SealedPersonal {
        national_id: number.map(|number| seal_national_id(sealer, account, number)).transpose()?,
        national_id_verified: false,
        claims: (!claims.is_empty()).then(|| seal_claims(sealer, account, &json)).transpose()?,
    })
}

/// Seals 忘記密碼救援.
///
/// # Errors
/// When randomness fails.
pub fn seal_recovery(
    (sealer, index_key): (&Sealer, &MacKey),
    account: &str,
    given: &Recovery,
) -> Result<SealedRecovery, Failure> {
    let hint = given
        .hint
        .as_ref()
        .map(|hint| Ok::<_, Failure>((seal_question(sealer, account, &hint.question)?, hint.answer_hash.clone())));
    let mobile = given.mobile.as_deref().map(|number| {
        Ok::<_, Failure>((seal_mobile(sealer, account, number)?, blind_index_of_mobile(index_key, number)))
    });
    Ok(SealedRecovery { hint: hint.transpose()?, mobile: mobile.transpose()? })
}

/// Seals a 身分證字號 anew that a sealing key of before sealed.
///
/// # Errors
/// When it does not open, or randomness fails.
pub fn reseal_national_id(sealer: &Sealer, account: &str, sealed: &[u8]) -> Result<Vec<u8>, Failure> {
    reseal(sealer, NATIONAL_ID, account, sealed)
}

/// The same for further standard claims.
///
/// # Errors
/// When they do not open, or randomness fails.
pub fn reseal_claims(sealer: &Sealer, account: &str, sealed: &[u8]) -> Result<Vec<u8>, Failure> {
    reseal(sealer, CLAIMS, account, sealed)
}

fn reseal(sealer: &Sealer, purpose: Purpose, account: &str, sealed: &[u8]) -> Result<Vec<u8>, Failure> {
    let plain = sealer.open_bytes(purpose, account.as_bytes(), sealed).map_err(Fault::from)?;
    Ok(sealer.seal_bytes(purpose, account.as_bytes(), &zeroize::Zeroizing::new(plain))?)
}

/// Seals a 密碼提示問題 for its account, as JSON: one that was offered stays one, whatever its words become.
///
/// # Errors
/// When randomness fails.
pub fn seal_question(sealer: &Sealer, account: &str, question: &HintQuestion) -> Result<Vec<u8>, Failure> {
    let json = serde_json::to_vec(question).map_err(Fault::from)?;
    Ok(sealer.seal_bytes(QUESTION, account.as_bytes(), &json)?)
}

/// Opens a 密碼提示問題.
///
/// # Errors
/// When it does not open.
pub fn open_question(sealer: &Sealer, account: &str, sealed: &[u8]) -> Result<HintQuestion, Fault> {
    let plain = sealer.open_bytes(QUESTION, account.as_bytes(), sealed)?;
    serde_json::from_slice(&plain).map_err(Fault::from)
}

/// Seals a 救援手機 for its account.
///
/// # Errors
/// When randomness fails.
pub fn seal_mobile(sealer: &Sealer, account: &str, number: &str) -> Result<Vec<u8>, Failure> {
    Ok(sealer.seal_bytes(MOBILE, account.as_bytes(), number.as_bytes())?)
}

/// Opens a 救援手機.
///
/// # Errors
/// When it does not open.
pub fn open_mobile(sealer: &Sealer, account: &str, sealed: &[u8]) -> Result<String, Fault> {
    let plain = sealer.open_bytes(MOBILE, account.as_bytes(), sealed)?;
    String::from_utf8(plain).map_err(|_| Fault::corrupt("rescue mobile"))
}

/// Seals a 密碼提示問題 anew that a sealing key of before sealed.
///
/// # Errors
/// When it does not open, or randomness fails.
pub fn reseal_question(sealer: &Sealer, account: &str, sealed: &[u8]) -> Result<Vec<u8>, Failure> {
    reseal(sealer, QUESTION, account, sealed)
}

/// The same for a 救援手機.
///
/// # Errors
/// When it does not open, or randomness fails.
pub fn reseal_mobile(sealer: &Sealer, account: &str, sealed: &[u8]) -> Result<Vec<u8>, Failure> {
    reseal(sealer, MOBILE, account, sealed)
}

/// What two accounts with the same 身分證字號 have in common, for whoever has the key.
pub fn blind_index(key: &MacKey, number: &str) -> [u8; 32] {
    hmac_sha256(key, number.to_ascii_uppercase().as_bytes())
}

/// By what the name of an account that is gone is remembered. No account name has a colon, so that it is never the digest under which
/// wrong passwords are counted: nothing leads from one to the other.
///
/// * `account_key`: the name in lower case.
pub fn name_digest(key: &MacKey, account_key: &str) -> [u8; 32] {
    hmac_sha256(key, format!("former:{account_key}").as_bytes())
}

/// The same for a 救援手機. No 身分證字號 has a colon, so that neither is ever found for the other.
pub fn blind_index_of_mobile(key: &MacKey, number: &str) -> [u8; 32] {
    hmac_sha256(key, format!("mobile:{number}").as_bytes())
}
