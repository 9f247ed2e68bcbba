//! The suite's REST interface.

use super::{Outcome, Place, client};
use reqwest::{Client, Method};
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;

/// The longest a look for a new state hangs.
const LOOK: Duration = Duration::from_secs(20);

/// A running suite.
pub(super) struct Api {
    http: Client,
    base: String,
}

/// A plan made of a configuration.
#[derive(Deserialize)]
pub(super) struct Made {
    /// Its id.
    pub id: String,
    /// Its modules, in order.
    pub modules: Vec<Module>,
}

/// One module of a plan.
#[derive(Clone, Deserialize)]
pub(super) struct Module {
    /// Its name.
    #[serde(rename = "testModule")]
    pub name: String,
    /// What distinguishes it from modules of the same name.
    #[serde(default)]
    pub variant: Value,
}

/// How far a module is.
#[derive(Deserialize)]
pub(super) struct Info {
    /// `CREATED`, `CONFIGURED`, `RUNNING`, `WAITING`, `FINISHED` or `INTERRUPTED`.
    pub status: String,
    /// `PASSED`, `WARNING`, `REVIEW`, `SKIPPED` or `FAILED`, once it is known.
    pub result: Option<String>,
}

/// One line of a module's log.
#[derive(Deserialize)]
pub(super) struct Line {
    /// Which check.
    #[serde(default)]
    pub src: String,
    /// What it says.
    #[serde(default)]
    pub msg: String,
    /// How it went.
    pub result: Option<String>,
}

impl Api {
    /// The suite at this place.
    pub fn new(place: &Place) -> Outcome<Self> {
        let http = client(&place.suite_certificate)?;
        Ok(Self { http, base: format!("{}/api", place.suite()) })
    }

    /// The suite's version and revision.
    pub async fn version(&self) -> Outcome<String> {
        let server: Value = self.ask(Method::GET, "server", &[], None).await?;
        let said = |name: &str| server.get(name).and_then(Value::as_str).unwrap_or("unknown").to_owned();
        Ok(format!("{} (revision {})", said("version"), said("revision")))
    }

    /// Makes a plan.
    pub async fn make(&self, plan: &str, variant: &Value, configuration: &Value) -> Outcome<Made> {
        let variant = variant.to_string();
        self.ask(Method::POST, "plan", &[("planName", plan), ("variant", &variant)], Some(configuration)).await
    }

    /// Starts a module of a plan. Its id.
    pub async fn start(&self, plan: &str, module: &Module) -> Outcome<String> {
        #[derive(Deserialize)]
        struct Started {
            id: String,
        }
        let variant = module.variant.to_string();
        let query = [("test", module.name.as_str()), ("plan", plan), ("variant", &variant)];
        Ok(self.ask::<Started>(Method::POST, "runner", &query, None).await?.id)
    }

    /// Waits until a module is in one of these states, or a while has gone by.
    pub async fn wait(&self, module: &str, states: &str) -> Outcome<()> {
        let longest = LOOK.as_millis().to_string();
        let query = [("states", states), ("timeoutMs", longest.as_str())];
        self.ask::<Value>(Method::GET, &format!("runner/{module}/wait-state"), &query, None).await.map(drop)
    }

    /// How far a module is.
    pub async fn info(&self, module: &str) -> Outcome<Info> {
        self.ask(Method::GET, &format!("info/{module}"), &[], None).await
    }

    /// Lets a module go on that waits for somebody's leave.
    pub async fn go_on(&self, module: &str) -> Outcome<()> {
        self.ask::<Value>(Method::POST, &format!("runner/{module}"), &[], None).await.map(drop)
    }

    /// Gives a module up.
    pub async fn stop(&self, module: &str) -> Outcome<()> {
        self.http.delete(format!("{}/runner/{module}", self.base)).send().await?;
        Ok(())
    }

    /// What a module wrote down.
    pub async fn log(&self, module: &str) -> Outcome<Vec<Line>> {
        self.ask(Method::GET, &format!("log/{module}"), &[], None).await
    }

    async fn ask<T: serde::de::DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Outcome<T> {
        let mut request = self.http.request(method, format!("{}/{path}", self.base)).query(query);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        if !status.is_success() {
            let words: String = text.chars().take(500).collect();
            return Err(format!("the suite answers {status} to {path}: {words}").into());
        }
        Ok(serde_json::from_str(&text).map_err(|why| format!("the suite's answer to {path}: {why}"))?)
    }
}
