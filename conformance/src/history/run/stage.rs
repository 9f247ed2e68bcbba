//! The processes of a run, and what befalls them.

use super::Outcome;
use super::drive::{Plan, Town};
use super::settle::{settings, settle};
use crate::servers::idp_node::{Commands, IdpNode, program};
use crate::servers::nginx::{Nginx, Passed};
use crate::servers::postgres::{Postgres, PostgresOptions};
use crate::servers::redis::{RedisOptions, RedisServer};
use clap::ValueEnum;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::sleep;

/// How long something is frozen, or stays away. Shorter than the deadline of a database unit at times, and longer at times.
const AWAY: [Duration; 3] = [Duration::from_secs(2), Duration::from_secs(5), Duration::from_secs(12)];

/// By then a balancer that was told so sends a node nothing more.
const TAKEN_OUT: Duration = Duration::from_secs(1);

/// What befalls the provider, several times in a run. Keys are rotated in every run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Fault {
    /// Nothing
    None,
    /// A node is killed (SIGKILL) and started again
    Kill,
    /// PostgreSQL is killed with every connection, and started again some seconds later
    KillPostgres,
    /// PostgreSQL is frozen (SIGSTOP) for some seconds
    FreezePostgres,
    /// Redis is emptied
    FlushRedis,
    /// Redis is killed, and started again empty some seconds later
    KillRedis,
    /// A node is frozen for some seconds
    FreezeNode,
    /// Nothing, until every signing key is another one
    Rotate,
}

impl Fault {
    /// How late a switched client may be known at a node: a second or two, or as long as a node may go on without its
    /// database.
    pub fn lag(self) -> Duration {
        match self {
            Self::None | Self::Kill | Self::FlushRedis | Self::KillRedis | Self::Rotate => Duration::from_secs(3),
            Self::KillPostgres | Self::FreezePostgres | Self::FreezeNode => Duration::from_secs(13),
        }
    }
}

/// What runs.
pub struct Stage {
    /// The nodes.
    pub nodes: Vec<IdpNode>,
    nginx: Option<Nginx>,
    postgres: Option<Postgres>,
    redis: Option<RedisServer>,
    /// From each start of a killed node to its first 200.
    starts: Vec<Duration>,
    folder: TempDir,
}

/// What shall run.
#[derive(Clone, Copy, Debug)]
pub struct Cast {
    /// How many nodes. One keeps everything on SQLite and in process; several share PostgreSQL and Redis.
    pub nodes: usize,
    /// Whether people come in by a balancer. Otherwise everybody uses every node.
    pub balancer: bool,
    /// How many people.
    pub people: usize,
}

impl Stage {
    /// Starts everything, with people and portals; gives the plan for them.
    ///
    /// # Errors
    /// When something cannot be started.
    pub async fn set(cast: Cast) -> Outcome<(Self, Plan)> {
        let folder = tempfile::tempdir()?;
        let mut stage = Self { nodes: vec![], nginx: None, postgres: None, redis: None, starts: vec![], folder };
        let settings = stage.start_servers(cast).await?;
        for number in 0..cast.nodes.max(1) {
            let log = stage.folder.path().join(format!("node{number}.log"));
            let mut node = IdpNode::new(&settings, log)?;
            node.run_by(&program()?)?;
            stage.nodes.push(node);
        }
        let first = stage.nodes.first().ok_or("a node")?;
        let mut plan = settle(first, stage.folder.path(), cast.people).await?;
        for node in &mut stage.nodes {
            node.start_ready().await?;
        }
        plan.entrances = stage.nodes.iter().map(IdpNode::base).collect();
        if let Some(nginx) = &mut stage.nginx {
            nginx.start(&stage.nodes.iter().map(|node| node.address).collect::<Vec<_>>()).await?;
            plan.nodes = std::mem::replace(&mut plan.entrances, vec![nginx.base()]);
        }
        Ok((stage, plan))
    }

    /// What the nodes stand on and behind, as settings of theirs.
    async fn start_servers(&mut self, cast: Cast) -> Outcome<Vec<(String, String)>> {
        if cast.nodes < 2 {
            let url = format!("sqlite:{}", self.folder.path().join("idp.db").display());
            return Ok(settings(self.folder.path(), &url));
        }
        let options = PostgresOptions { max_connections: 200, ..PostgresOptions::default() };
        let postgres = self.postgres.insert(Postgres::start_new(&options)?);
        let redis = self.redis.insert(RedisServer::start(RedisOptions::default()).await?);
        let nginx = Nginx::new()?;
        let ephemeral = redis.settings()?;
        let mut settings = settings(self.folder.path(), &postgres.url("postgres"));
        let own = [
            ("IDP__SERVER__ISSUER", nginx.base()),
            ("IDP__SERVER__TRUSTED_PROXIES", "[\"127.0.0.1\"]".to_owned()),
            ("IDP__EPHEMERAL__URL", ephemeral.url.0),
            ("IDP__EPHEMERAL__PREFIX", ephemeral.prefix),
        ];
        settings.extend(own.map(|(name, value)| (name.to_owned(), value)));
        self.nginx = Some(nginx).filter(|_| cast.balancer);
        Ok(settings)
    }

    /// How long the killed nodes took, from each start of the process to the first 200 of `/readyz`.
    pub fn starts(&self) -> &[Duration] {
        &self.starts
    }

    /// Where the nodes write what they have to say.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Lets it happen so many times, spread over the run. What people do while something is away does not count. Afterwards
    /// everything runs again.
    ///
    /// # Errors
    /// When something does not come back, or there is no such server.
    pub async fn befall(&mut self, town: &Town, fault: Fault, times: u64) -> Outcome<()> {
        if fault == Fault::None {
            return Ok(());
        }
        for time in 1..=times {
            town.progress.reaches(100 * time / (times + 1)).await;
            town.progress.hold(true);
            town.recorder.fault(format!("{fault:?}"));
            self.once(fault, usize::try_from(time)?).await?;
            for node in &mut self.nodes {
                node.ready().await?;
            }
            town.recorder.fault("everything is ready again");
            town.progress.hold(false);
        }
        Ok(())
    }

    /// Replaces a node by one that another program runs, as an operator does: out of the balancer, stopped, started, and back
    /// into the balancer once it is ready.
    ///
    /// # Errors
    /// When it does not stop or start.
    pub async fn replace(&mut self, number: usize, program: &Path) -> Outcome<()> {
        let all: Vec<_> = self.nodes.iter().map(|node| node.address).collect();
        let node = self.nodes.get_mut(number).ok_or("a node")?;
        let others: Vec<_> = all.iter().copied().filter(|address| *address != node.address).collect();
        if let Some(nginx) = &self.nginx {
            nginx.change(&others)?;
            sleep(TAKEN_OUT).await;
        }
        node.stop().await?;
        node.run_by(program)?;
        node.start_ready().await?;
        self.nginx.as_ref().map_or(Ok(()), |nginx| nginx.change(&all))
    }

    /// SIGKILL of a node.
    ///
    /// # Errors
    /// When it does not run.
    pub fn kill(&mut self, number: usize) -> Outcome<()> {
        self.nodes.get_mut(number).ok_or("a node")?.kill()
    }

    /// Starts a node that was killed, and waits until people reach it again.
    ///
    /// # Errors
    /// When it is not ready.
    pub async fn start_again(&mut self, number: usize) -> Outcome<()> {
        let node = self.nodes.get_mut(number).ok_or("a node")?;
        self.starts.push(node.start_ready().await?);
        match &self.nginx {
            Some(nginx) => nginx.asks_again(node.address).await,
            None => Ok(()),
        }
    }

    /// Has the next keys sign, and waits until they do.
    ///
    /// # Errors
    /// When a command is refused.
    pub async fn rotate(&self) -> Outcome<()> {
        rotate(&self.nodes.first().ok_or("a node")?.commands()).await
    }

    /// The balancer gives requests to the first so many nodes alone.
    ///
    /// # Errors
    /// When it does not run.
    pub async fn use_nodes(&self, count: usize) -> Outcome<()> {
        let nginx = self.nginx.as_ref().ok_or("there is no balancer")?;
        nginx.change(&self.nodes.iter().take(count).map(|node| node.address).collect::<Vec<_>>())?;
        sleep(TAKEN_OUT).await;
        Ok(())
    }

    /// What passed the balancer up to now.
    ///
    /// # Errors
    /// When there is none.
    pub fn passed(&self) -> Outcome<Vec<Passed>> {
        self.nginx.as_ref().ok_or("there is no balancer")?.passed()
    }

    async fn once(&mut self, fault: Fault, time: usize) -> Outcome<()> {
        let away = AWAY.get(time % AWAY.len()).copied().unwrap_or_default();
        let count = self.nodes.len().max(1);
        let node = self.nodes.get_mut(time % count).ok_or("a node")?;
        let postgres = self.postgres.as_ref().ok_or("there is no PostgreSQL");
        match fault {
            Fault::None => {}
            Fault::Rotate => rotate(&node.commands()).await?,
            Fault::Kill => {
                node.kill()?;
                self.starts.push(node.start_ready().await?);
            }
            Fault::FreezeNode => {
                node.signal("STOP")?;
                sleep(away).await;
                node.signal("CONT")?;
            }
            Fault::KillPostgres => {
                postgres?.kill()?;
                sleep(away).await;
                postgres?.start()?;
            }
            Fault::FreezePostgres => {
                postgres?.freeze()?;
                sleep(away).await;
                postgres?.thaw()?;
            }
            Fault::FlushRedis => self.redis.as_ref().ok_or("there is no Redis")?.flush()?,
            Fault::KillRedis => {
                let redis = self.redis.as_mut().ok_or("there is no Redis")?;
                redis.kill()?;
                sleep(away).await;
                redis.start_again().await?;
            }
        }
        Ok(())
    }
}

/// Has the next keys sign, and waits until they do.
async fn rotate(commands: &Commands) -> Outcome<()> {
    let before = signing(commands).await?;
    commands.run(&["keys", "rotate"]).await?;
    while signing(commands).await?.iter().any(|kid| before.contains(kid)) {
        sleep(Duration::from_secs(1)).await;
    }
    Ok(())
}

/// The keys that sign.
async fn signing(commands: &Commands) -> Outcome<Vec<String>> {
    let keys = commands.run(&["keys", "list"]).await?;
    let active =
        keys.as_array().into_iter().flatten().filter(|key| key.get("state").is_some_and(|state| state == "active"));
    Ok(active.filter_map(|key| Some(key.get("kid")?.as_str()?.to_owned())).collect())
}
