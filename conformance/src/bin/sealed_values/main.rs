//! Prints values that this release seals, under keys that are no secret. What it prints is kept in
//! `conformance/tests/sealed_formats/this_release.json` when a format is added, and becomes `previous_release.json` with the next
//! release: a test holds that both can be read.

mod values;

use idp::directory::{StoredSecret, seal_secrets};
use idp::keystore::personal::{blind_index, seal_claims, seal_national_id};
use idp_core::identity::subject::session_at_client;
use idp_core::oauth::dpop::nonce;
use keys::{Algorithm, Purpose, Sealer, SealingKey, SigningKey, b64};
use serde_json::json;
use std::error::Error;
use std::io::Write;

fn main() -> Result<(), Box<dyn Error>> {
    let master = values::master()?;
    let id = SealingKey::generate()?.id();
    let sealer = Sealer::new(SealingKey::new(id, values::SEALING), []);
    let secret = StoredSecret { secret: values::SECRET.into(), expires_at: Some(5) };
    let private = keys::generate(Algorithm::Es256)?;
    let public = SigningKey::parse(Algorithm::Es256, private.as_bytes())?.public_jwk();
    let access_tokens = values::access_tokens().iter().map(|one| one.seal(&sealer)).collect::<Result<Vec<_>, _>>()?;
    let refresh_tokens = values::refresh_tokens().iter().map(|one| one.seal(&sealer)).collect::<Result<Vec<_>, _>>()?;
    let codes = values::codes().iter().map(|one| one.seal(&sealer)).collect::<Result<Vec<_>, _>>()?;
    let interactions = values::interactions().iter().map(|one| one.seal(&sealer)).collect::<Result<Vec<_>, _>>()?;
    let wrap = |purpose, secret: &[u8]| master.wrap(Purpose::new(purpose), secret).map(|bytes| b64::encode(&bytes));
    let document = json!({
        "master_check": b64::encode(&master.check_value()),
        "mac_key": wrap("mac_key", &values::MAC)?,
        "sealing_key": wrap("sealing_key", &values::SEALING)?,
        "sealing_key_id": id.to_string(),
        "signing_key": wrap("signing_key", private.as_bytes())?,
        "signing_kid": public.thumbprint().as_str(),
        "access_tokens": access_tokens,
        "client_token": values::client_token().seal(&sealer)?,
        "refresh_tokens": refresh_tokens,
        "codes": codes,
        "interactions": interactions,
        "pushed": values::pushed().seal(&sealer)?,
        "dpop_nonce": nonce::seal(&sealer, values::AT)?,
        "client_secrets": b64::encode(&seal_secrets(&sealer, &values::client(), &[secret])?),
        "national_id": b64::encode(&seal_national_id(&sealer, values::ACCOUNT, values::NATIONAL_ID)?),
        "national_id_index": b64::encode(&blind_index(&values::mac(), values::NATIONAL_ID)),
        "further_claims": b64::encode(&seal_claims(&sealer, values::ACCOUNT, values::CLAIMS)?),
        "sid": session_at_client(&values::mac(), &values::session(), &values::client()),
    });
    writeln!(std::io::stdout(), "{document:#}")?;
    Ok(())
}
