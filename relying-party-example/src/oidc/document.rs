//! A JSON document of the provider, fetched when it is first needed and kept as long as the provider allows.
//! One request fetches while the others wait for it; the provider is asked at most once a second.

use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::url::Url;
use serde::de::DeserializeOwned;

use crate::clock::Clock;
use crate::http::{Http, Unreachable};

pub(super) struct Document<T> {
    clock: Clock,
    kept: RwLock<Option<Kept<T>>>,
    tried_at: tokio::sync::Mutex<Option<DateTime<Utc>>>,
}

struct Kept<T> {
    value: Arc<T>,
    until: DateTime<Utc>,
}

impl<T: DeserializeOwned> Document<T> {
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, kept: RwLock::new(None), tried_at: tokio::sync::Mutex::new(None) }
    }

    pub(super) async fn get(&self, http: &Http, url: &Url) -> Result<Arc<T>, Unreachable> {
        match self.kept() {
            Some(value) => Ok(value),
            None => self.fetch(http, url, None).await,
        }
    }

    /// One that is newer than `seen`, which lacked something.
    pub(super) async fn newer(&self, http: &Http, url: &Url, seen: &Arc<T>) -> Result<Arc<T>, Unreachable> {
        self.fetch(http, url, Some(seen)).await
    }

    async fn fetch(&self, http: &Http, url: &Url, seen: Option<&Arc<T>>) -> Result<Arc<T>, Unreachable> {
        let mut tried_at = self.tried_at.lock().await;
        // Another request may have fetched it while this one waited.
        if let Some(value) = self.kept().filter(|value| seen.is_none_or(|seen| !Arc::ptr_eq(seen, value))) {
            return Ok(value);
        }
        let now = self.clock.now();
        if tried_at.is_some_and(|at| now < at + TimeDelta::seconds(1)) {
            return Err(Unreachable(format!("GET {url}: asked less than a second ago")));
        }
        *tried_at = Some(now);
        let (value, keep) = http.get_json(url).await?;
        let value = Arc::new(value);
        *self.kept.write().unwrap_or_else(PoisonError::into_inner) =
            Some(Kept { value: Arc::clone(&value), until: now + keep });
        Ok(value)
    }

    fn kept(&self) -> Option<Arc<T>> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().filter(|kept| kept.until > self.clock.now()).map(|kept| Arc::clone(&kept.value))
    }
}
