//! A provider that remembers long enough, and its portal's key.

use conformance::steps::{EMIC, browser, code, portal, seconds, start};
use conformance::{Answer, NATURAL_PERSON, Portal, Proof, ProofKey, Provider, Request, Tokens};
use reqwest::Method;

/// The endpoints that take a proof.
pub const ENDPOINTS: [At; 4] = [
    At { method: "POST", path: "/connect/token" },
    At { method: "GET", path: "/connect/userinfo" },
    At { method: "POST", path: "/connect/userinfo" },
    At { method: "POST", path: "/connect/par" },
];

/// Where a proof is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    pub method: &'static str,
    pub path: &'static str,
}

impl At {
    /// Whether an access token goes with the proof.
    pub fn is_resource(self) -> bool {
        self.path == "/connect/userinfo"
    }

    /// The status of a right request.
    pub fn good(self) -> u16 {
        if self.path == "/connect/par" { 201 } else { 200 }
    }
}

/// A provider, its portal `emic` that proves to hold a key, and its tokens, which are bound to that key.
pub struct Scene {
    pub provider: Provider,
    pub portal: Portal,
    pub key: ProofKey,
    pub given: Tokens,
}

/// A provider whose memory of used proofs began long enough ago, and its portal without a key.
pub async fn remembering() -> (Provider, Portal) {
    let (provider, emic) = start().await;
    provider.advance(seconds(120)).await.unwrap();
    (provider, emic)
}

pub async fn scene() -> Scene {
    scene_on(Provider::start().await.unwrap()).await
}

/// The same on a provider of the test's own.
pub async fn scene_on(provider: Provider) -> Scene {
    let emic = portal(&provider, "emic", EMIC).await;
    provider.advance(seconds(120)).await.unwrap();
    let key = ProofKey::generate().unwrap();
    let portal = emic.proving(&key);
    let request = portal.request();
    let code = code(&browser(&provider), &request, NATURAL_PERSON).await;
    let mut answer = portal.redeem(&request, &code).await.unwrap();
    if let Some(nonce) = answer.header("dpop-nonce").map(str::to_owned) {
        answer = portal.with_nonce(&nonce).redeem(&request, &code).await.unwrap();
    }
    Scene { provider, portal, key, given: answer.tokens().unwrap() }
}

impl Scene {
    /// A right proof for the endpoint, with the digest of the access token where one goes with it.
    pub fn proof(&self, at: At) -> Proof {
        let proof = self.portal.proof(&self.key, at.method, at.path);
        if at.is_resource() { proof.of_token(&self.given.access) } else { proof }
    }

    /// What the endpoint says to a request that carries these as its DPoP headers, and is right otherwise.
    pub async fn send(&self, at: At, proofs: &[&str]) -> Answer {
        let method: Method = at.method.parse().unwrap();
        let mut request = self.portal.http.request(method, self.provider.url(at.path));
        for proof in proofs {
            request = request.header("DPoP", *proof);
        }
        if at.path == "/connect/token" {
            let fields = [("grant_type", "refresh_token"), ("refresh_token", self.given.refresh.as_str())];
            return self.portal.send(request, &fields).await.unwrap();
        }
        if at.path == "/connect/par" {
            let pushed = self.portal.request().without("client_id");
            let fields: Vec<_> = pushed.params.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            return self.portal.send(request, &fields).await.unwrap();
        }
        Answer::of(request.header("authorization", format!("DPoP {}", self.given.access))).await.unwrap()
    }

    /// What it says to this one proof.
    pub async fn says(&self, at: At, proof: &Proof) -> Answer {
        self.send(at, &[&self.key.sign(proof)]).await
    }
}

/// The error of an answer, wherever the endpoint says it.
pub fn error(answer: &Answer) -> String {
    let challenge = answer.header("www-authenticate").unwrap_or_default();
    let in_header = challenge.split("error=\"").nth(1).and_then(|rest| rest.split('"').next());
    in_header.unwrap_or(answer.error()).to_owned()
}

/// A refusal of a proof, as RFC 9449 §5 and §7.1 want it.
#[track_caller]
pub fn refused_proof(at: At, answer: &Answer, why: &str) {
    assert_eq!(error(answer), "invalid_dpop_proof", "{at:?} {why}: {} {}", answer.status, answer.body);
    assert_eq!(answer.status, if at.is_resource() { 401 } else { 400 }, "{at:?} {why}");
    if at.is_resource() {
        let challenge = answer.header("www-authenticate").unwrap();
        assert!(challenge.starts_with("DPoP ") && challenge.contains("algs=\"ES256"), "{challenge}");
    }
    assert!(answer.json.get("sub").is_none() && answer.json.get("access_token").is_none());
}

/// Redeems a fresh code of the request; what the endpoint says.
pub async fn redeemed(portal: &Portal, provider: &Provider, request: &Request) -> Answer {
    let code = conformance::steps::code(&browser(provider), request, NATURAL_PERSON).await;
    portal.redeem(request, &code).await.unwrap()
}
