//! A rotation of the provider's keys, which one module waits for.

use super::{ISSUER, Outcome, Place, client};
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Duration;

/// Between two looks at the published keys.
const PAUSE: Duration = Duration::from_millis(500);
/// Looks until the rotation is given up: longer than a key has to be published before it may sign.
const LOOKS: usize = 240;

/// Rotates the keys, and comes back when a key is published that was not there before.
pub(super) async fn rotate(place: &Place) -> Outcome<()> {
    let http = client(&place.certificate())?;
    let before = published(&http).await?;
    place.command(&["keys", "rotate"])?;
    for _ in 0..LOOKS {
        if !published(&http).await?.is_subset(&before) {
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err("the provider publishes no new key after `keys rotate`".into())
}

async fn published(http: &reqwest::Client) -> Outcome<BTreeSet<String>> {
    let set: Value = http.get(format!("{ISSUER}/.well-known/jwks.json")).send().await?.json().await?;
    let keys = set.get("keys").and_then(Value::as_array).into_iter().flatten();
    Ok(keys.filter_map(|key| key.get("kid")?.as_str().map(str::to_owned)).collect())
}
