//! Prints values that this release seals, under keys that are no secret. A release writes those of its predecessor into
//! `conformance/tests/sealed_formats.json`: a test holds that they can still be read.

mod values;

use idp::directory::{StoredSecret, seal_secrets};
use idp::keystore::personal::{blind_index, seal_claims, seal_national_id};
use idp_core::identity::subject::session_at_client;
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
    let codes = values::codes().iter().map(|code| code.seal(&sealer)).collect::<Result<Vec<_>, _>>()?;
    let wrap = |purpose, secret: &[u8]| master.wrap(Purpose::new(purpose), secret).map(|bytes| b64::encode(&bytes));
    let document = json!({
        "master_check": b64::encode(&master.check_value()),
        "mac_key": wrap("mac_key", &values::MAC)?,
        "sealing_key": wrap("sealing_key", &values::SEALING)?,
        "sealing_key_id": id.to_string(),
        "signing_key": wrap("signing_key", private.as_bytes())?,
        "signing_kid": public.thumbprint().as_str(),
        "access_token": values::access_token().seal(&sealer)?,
        "refresh_token": values::refresh_token().seal(&sealer)?,
        "codes": codes,
        "interaction": values::interaction().seal(&sealer)?,
        "client_secrets": b64::encode(&seal_secrets(&sealer, &values::client(), &[secret])?),
        "national_id": b64::encode(&seal_national_id(&sealer, values::ACCOUNT, values::NATIONAL_ID)?),
        "national_id_index": b64::encode(&blind_index(&values::mac(), values::NATIONAL_ID)),
        "further_claims": b64::encode(&seal_claims(&sealer, values::ACCOUNT, values::CLAIMS)?),
        "sid": session_at_client(&values::mac(), &values::session(), &values::client()),
    });
    writeln!(std::io::stdout(), "{document:#}")?;
    Ok(())
}
