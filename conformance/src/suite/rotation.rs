//! A rotation of the provider's keys, which one module waits for.

use super::{ISSUER, Outcome, Place, client};
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Duration;

/// Between two looks at the published keys.
const PAUSE: Duration = Duration::from_secs(2);
/// Looks until the rotation is given up: longer than a key has to be published before it may sign.
const LOOKS: usize = 60;

/// Rotates the keys, and comes back when a key is published that was not there before. It asks again at each look: a rotation that
/// somebody asked for a moment ago publishes nothing new before it is done.
pub(super) async fn rotate(place: &Place) -> Outcome<()> {
    let http = client(&place.certificate())?;
    let before = published(&http).await?;
    for _ in 0..LOOKS {
        place.command(&["keys", "rotate"])?;
        tokio::time::sleep(PAUSE).await;
        if !published(&http).await?.is_subset(&before) {
            return Ok(());
        }
    }
    Err("the provider publishes no new key after `keys rotate`".into())
}

async fn published(http: &reqwest::Client) -> Outcome<BTreeSet<String>> {
    let set: Value = http.get(format!("{ISSUER}/.well-known/jwks.json")).send().await?.json().await?;
    let keys = set.get("keys").and_then(Value::as_array).into_iter().flatten();
    Ok(keys.filter_map(|key| key.get("kid")?.as_str().map(str::to_owned)).collect())
}
