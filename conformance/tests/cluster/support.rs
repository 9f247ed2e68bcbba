//! Two nodes with people and portals.

use crate::browser::{BackEnd, Browser, Got, Way};
use crate::database::Database;
use crate::line::Line;
use conformance::history::run::{Portal, settings, settle};
use conformance::servers::idp_node::IdpNode;
use conformance::{PASSWORD, Request};
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// What is changed on one node is in force on the other within two seconds; a second more on a busy machine.
pub const IN_FORCE: Duration = Duration::from_secs(3);

/// People, portals and keys, made once and copied for every test.
struct Template {
    folder: TempDir,
    database: Database,
    portals: Vec<Portal>,
    people: Vec<String>,
}

static TEMPLATE: OnceCell<Template> = OnceCell::const_new();

/// Two nodes. They go before their database.
pub struct Cluster {
    pub a: IdpNode,
    pub b: IdpNode,
    pub issuer: String,
    /// The trusted ones `emic` and `elearn` and `weather`, and `library`, which asks for consent.
    pub portals: Vec<Portal>,
    pub people: Vec<String>,
    pub database: Database,
    pub folder: TempDir,
    /// From node B to the database.
    pub line: Option<Line>,
}

/// What a test wants otherwise.
#[derive(Default)]
pub struct Options {
    /// Settings as the environment names them.
    pub settings: Vec<(&'static str, String)>,
    /// What the balancer is called, if there is one.
    pub issuer: Option<String>,
    /// Node B reaches the database over a line that can be cut.
    pub line_of_b: bool,
}

/// The server of databases that all tests share; `None`: such tests are off.
pub fn server() -> Option<String> {
    std::env::var_os("IDP_TEST_SERVERS")?;
    Some(std::env::var("IDP_TEST_POSTGRES_URL").expect("IDP_TEST_SERVERS needs IDP_TEST_POSTGRES_URL"))
}

impl Cluster {
    /// Two nodes that are ready; `None` where there are no servers.
    pub async fn start() -> Option<Self> {
        Self::start_with(Options::default()).await
    }

    pub async fn start_with(options: Options) -> Option<Self> {
        let mut cluster = Self::prepare(options).await?;
        cluster.a.start().unwrap();
        cluster.b.start_ready().await.unwrap();
        cluster.a.ready().await.unwrap();
        Some(cluster)
    }

    /// Two nodes that are not started.
    pub async fn prepare(options: Options) -> Option<Self> {
        let server = server()?;
        let template = TEMPLATE.get_or_init(|| Template::make(&server)).await;
        let folder = tempfile::tempdir().unwrap();
        for file in std::fs::read_dir(template.folder.path()).unwrap().map(Result::unwrap) {
            std::fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
        }
        let database = Database::new(&server, Some(&template.database.name)).await.unwrap();
        let mut url_of_b = url::Url::parse(&database.url()).unwrap();
        let mut line = None;
        if options.line_of_b {
            let made = Line::to(url_of_b.port().unwrap()).await;
            url_of_b.set_port(Some(made.port)).unwrap();
            line = Some(made);
        }
        let issuer = options.issuer.unwrap_or_else(|| "http://localhost:1".to_owned());
        let redis = std::env::var("IDP_TEST_REDIS_URL").expect("IDP_TEST_SERVERS needs IDP_TEST_REDIS_URL");
        let node = |name: &str, url: &str| {
            let mut all = settings(folder.path(), url);
            let own = [
                ("IDP__SERVER__ISSUER", issuer.clone()),
                ("IDP__SERVER__TRUSTED_PROXIES", r#"["127.0.0.1"]"#.to_owned()),
                ("IDP__EPHEMERAL__URL", redis.clone()),
                ("IDP__EPHEMERAL__PREFIX", format!("{}:", database.name)),
                ("IDP__KEYS__CLOCK_SKEW", "1s".to_owned()),
                ("IDP__OUTBOUND__ALLOW_HOSTS", r#"["127.0.0.1"]"#.to_owned()),
            ];
            for (name, value) in own.into_iter().chain(options.settings.clone()) {
                all.retain(|(known, _)| known != name);
                all.push((name.to_owned(), value));
            }
            IdpNode::new(&all, folder.path().join(name)).unwrap()
        };
        let (a, b) = (node("a.log", &database.url()), node("b.log", url_of_b.as_str()));
        let (portals, people) = (template.portals.clone(), template.people.clone());
        Some(Self { a, b, issuer, portals, people, database, folder, line })
    }

    /// To A, then to B, then to A.
    pub fn a_first(&self) -> Way {
        Way::new([self.a.base(), self.b.base()])
    }

    pub fn b_first(&self) -> Way {
        Way::new([self.b.base(), self.a.base()])
    }

    /// To these nodes alone.
    pub fn only_a(&self) -> Way {
        Way::new([self.a.base()])
    }

    pub fn only_b(&self) -> Way {
        Way::new([self.b.base()])
    }

    pub fn portal(&self, id: &str) -> BackEnd {
        BackEnd::new(self.portals.iter().find(|portal| portal.id == id).unwrap())
    }

    pub fn browser(&self) -> Browser {
        Browser::new(&self.issuer)
    }

    /// A command, as on the machine of node A.
    pub async fn command(&self, arguments: &[&str]) -> serde_json::Value {
        self.a.command(arguments).await.unwrap()
    }

    /// Somebody new signs in at `emic`, which keeps the tokens.
    pub async fn signed_in(&self, way: &Way, account: &str) -> (Browser, Tokens) {
        let browser = self.browser();
        let emic = self.portal("emic");
        let request = request(&emic.portal);
        let page = browser.open(way, &authorize(&request)).await;
        let sent = browser.sign_in(way, &page, (account, PASSWORD)).await;
        let code = sent.parameter("code").unwrap_or_else(|| panic!("no code: {sent:?}"));
        let tokens = Tokens::of(&emic.redeem(way, &code, &request.verifier).await);
        (browser, tokens)
    }
}

/// What the token endpoint gave.
#[derive(Clone, Debug)]
pub struct Tokens {
    pub access: String,
    pub refresh: String,
    pub id: String,
}

impl Tokens {
    pub fn of(got: &Got) -> Self {
        assert_eq!(got.status, 200, "{got:?}");
        Self { access: got.text("access_token"), refresh: got.text("refresh_token"), id: got.text("id_token") }
    }
}

/// An authorization request of a portal.
pub fn request(portal: &Portal) -> Request {
    Request::new("", &portal.id, &portal.redirect_uri).scope("openid identity")
}

/// Its path.
pub fn authorize(request: &Request) -> String {
    format!("/connect/authorize{}", request.url())
}

/// The key that a token names.
pub fn kid(token: &str) -> String {
    let header = keys::b64::decode(token.split('.').next().unwrap()).unwrap();
    let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
    header["kid"].as_str().unwrap().to_owned()
}

/// Asks until it is so; gives after how long. Panics when it takes longer than `limit`.
pub async fn within(limit: Duration, what: &str, mut is_so: impl AsyncFnMut() -> bool) -> Duration {
    let begun = Instant::now();
    loop {
        if is_so().await {
            return begun.elapsed();
        }
        assert!(begun.elapsed() <= limit, "{what}: not within {limit:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

impl Template {
    async fn make(server: &str) -> Self {
        let (folder, database) = (tempfile::tempdir().unwrap(), Database::new(server, None).await.unwrap());
        let node = IdpNode::new(&settings(folder.path(), &database.url()), folder.path().join("log")).unwrap();
        let plan = settle(&node, folder.path(), 12).await.unwrap();
        let mut portals = plan.portals;
        portals.push(library(&node, folder.path()).await);
        let agencies = folder.path().join("agencies.csv");
        std::fs::write(&agencies, "oid,name\n2.16.886.101.20003.20001.20003,內政部消防署\n").unwrap();
        node.command(&["agencies", "import", agencies.to_str().unwrap()]).await.unwrap();
        Self { folder, database, portals, people: plan.people }
    }
}

async fn library(node: &IdpNode, folder: &Path) -> Portal {
    let (secret_file, redirect_uri) = (folder.join("library.secret"), "https://library.example.gov.tw/callback");
    let add = ["clients", "add", "library", "--name", "圖書館", "--redirect-uri", redirect_uri];
    let scope = ["--scope", "openid profile identity offline_access", "--grant-type", "authorization_code"];
    let grants = ["--grant-type", "refresh_token", "--secret-file", secret_file.to_str().unwrap()];
    let all: Vec<&str> = add.into_iter().chain(scope).chain(grants).collect();
    node.command(&all).await.unwrap();
    let secret = std::fs::read_to_string(&secret_file).unwrap().trim().to_owned();
    Portal { id: "library".to_owned(), secret, redirect_uri: redirect_uri.to_owned() }
}
