//! What is left to do after a session ended: sealed in the address of the next page, so that it can be shown again and
//! nothing is kept for it.

use crate::directory::Snapshot;
use crate::failure::Failure;
use crate::refusal::PageNo;
use crate::wiring::Ctx;
use idp_core::oauth::params::Params;
use idp_core::{ClientId, SessionId, UnixMillis};
use idp_store::outbox::{Channel, Notice};
use keys::sealing::fields::{FieldsError, Reader, Writer};
use keys::{KeyError, Purpose, Sealer};
use std::time::Duration;

const AFTERWARDS: Purpose = Purpose::new("sign_out_afterwards");
const VERSION: u8 = 1;
/// The same contents, and the person decides whether to go where the portal wants them.
const ASKING: u8 = 2;
/// Portals that fit into an address; whoever entered more sees the first.
const MOST: usize = 48;
/// How long the addresses work.
const LIFE: Duration = Duration::from_secs(1800);

/// See the module.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Farewell {
    /// The session that ended.
    pub(super) session: Option<SessionId>,
    /// Where the portal wants the person back.
    pub(super) return_to: Option<Return>,
    /// What is told, those that the browser tells first.
    pub(super) portals: Vec<Portal>,
    expires_at: UnixMillis,
}

/// Where a portal wants the person back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Return {
    /// They are sent there.
    AtOnce(String),
    /// They are shown where that is.
    IfWanted(String),
}

/// A portal, with the row that says what becomes of telling it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Portal {
    /// The portal.
    pub(super) client: ClientId,
    /// The row.
    pub(super) row: String,
    /// Whether the browser tells it.
    pub(super) by_browser: bool,
}

impl Farewell {
    /// Nothing is left to do.
    fn nothing() -> Self {
        Self { session: None, return_to: None, portals: Vec::new(), expires_at: UnixMillis(0) }
    }

    pub(super) fn new(
        session: Option<SessionId>,
        return_to: Option<Return>,
        mut notices: Vec<Notice>,
        now: UnixMillis,
    ) -> Self {
        notices.sort_by_key(|notice| notice.channel != Channel::Front);
        notices.truncate(MOST);
        let portal = |notice: Notice| Portal {
            client: notice.client,
            row: notice.id,
            by_browser: notice.channel == Channel::Front,
        };
        Self { session, return_to, portals: notices.into_iter().map(portal).collect(), expires_at: now.plus(LIFE) }
    }

    /// The portals that the browser tells.
    pub(super) fn by_browser(&self) -> impl Iterator<Item = &Portal> {
        self.portals.iter().filter(|portal| portal.by_browser)
    }

    /// The address of a page that goes on with it.
    pub(super) fn address(&self, snapshot: &Snapshot, path: &str) -> Result<String, Failure> {
        Ok(format!("{path}?farewell={}", self.seal(&snapshot.sealer)?))
    }

    fn seal(&self, sealer: &Sealer) -> Result<String, KeyError> {
        let (version, return_to) = match &self.return_to {
            None => (VERSION, None),
            Some(Return::AtOnce(uri)) => (VERSION, Some(uri.as_str())),
            Some(Return::IfWanted(uri)) => (ASKING, Some(uri.as_str())),
        };
        let contents = Writer::new(version)
            .option(self.session.as_ref().map(SessionId::as_str), Writer::text)
            .option(return_to, Writer::text)
            .i64(self.expires_at.0)
            .list(&self.portals, |to, portal| {
                to.text(portal.client.as_str()).text(&portal.row).bool(portal.by_browser)
            });
        sealer.seal(AFTERWARDS, &contents.finish())
    }

    /// Reads it from a request for such a page. One that cannot be read, or is too old, leaves nothing to do.
    pub(super) async fn of(ctx: &Ctx, params: &Params<'_>) -> Result<Self, PageNo> {
        let Some(sealed) = params.get("farewell").filter(|_| params.repeated().is_none()) else {
            return Ok(Self::nothing());
        };
        ctx.directory.learn_sealing_key(sealed).await?;
        let plain = ctx.directory.snapshot().sealer.open(AFTERWARDS, sealed).ok();
        let read = plain.and_then(|plain| Self::read(&plain).ok());
        Ok(read.filter(|farewell| farewell.expires_at > ctx.clock.now()).unwrap_or_else(Self::nothing))
    }

    fn read(plain: &[u8]) -> Result<Self, FieldsError> {
        let (mut from, back): (_, fn(String) -> Return) = match Reader::new(plain, VERSION) {
            Ok(from) => (from, Return::AtOnce),
            Err(_) => (Reader::new(plain, ASKING)?, Return::IfWanted),
        };
        let read = Self {
            session: from.option(Reader::text)?.map(SessionId::from_trusted),
            return_to: from.option(Reader::text)?.map(|uri| back(uri.to_owned())),
            expires_at: UnixMillis(from.i64()?),
            portals: from.list(|from| {
                Ok(Portal {
                    client: ClientId::from_trusted(from.text()?),
                    row: from.text()?.to_owned(),
                    by_browser: from.bool()?,
                })
            })?,
        };
        from.finish()?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden;

    /// An address of before an upgrade, or of another node, goes on.
    #[test]
    fn what_another_release_sealed_can_be_read() {
        let portal = |id: &str, by_browser| Portal {
            client: ClientId::from_trusted(id),
            row: format!("row of {id}"),
            by_browser,
        };
        let farewell = Farewell {
            session: Some(SessionId::new([7; 16])),
            return_to: Some(Return::AtOnce("https://emic.example.gov.tw/signed-out?state=x".into())),
            portals: vec![portal("emic", true), portal("elearn", false)],
            expires_at: UnixMillis(1_763_000_000_000),
        };
        golden::same(AFTERWARDS, SEALED_BEFORE, &farewell.seal(&golden::sealer()).unwrap());
        let plain = golden::sealer().open(AFTERWARDS, SEALED_BEFORE).unwrap();
        assert_eq!(Farewell::read(&plain).unwrap(), farewell);
    }

    const SEALED_BEFORE: &str = "\
        CdwPqUoGGizH7pKy2pH2y5GKlBYrrvejS6f-WWzzXgF1-2aG6XCO1nIw7oe0rT-RuapEvVT3U9iKuSPUjD3qfeUGyUX2dK-zIFD-\
        bWbzHWV45SZz-zFJZyWjFis62zO2jFwZwugSJBFVuNEakYxUNkVc76vFhrTLtLl7FHx3din9DUwfDh3fxkcsfJC4w7pyFlL3_9r_\
        LS1Tucf3lQcxFQlOlDk";

    #[test]
    fn of_more_portals_than_an_address_holds_those_that_only_the_browser_can_tell_are_told() {
        let notice = |number: usize, channel| {
            let client = ClientId::parse(&format!("portal-{number}")).unwrap();
            Notice { id: format!("row-{number}"), client, channel }
        };
        let by_token = (0..MOST).map(|number| notice(number, Channel::Back));
        let by_browser = (MOST..MOST + 5).map(|number| notice(number, Channel::Front));
        let farewell = Farewell::new(None, None, by_token.chain(by_browser).collect(), UnixMillis(0));
        assert_eq!((farewell.portals.len(), farewell.by_browser().count()), (MOST, 5));
        assert!(farewell.portals.iter().take(5).all(|portal| portal.by_browser), "frames are counted from the first");
    }

    /// 8 KiB is what nginx reads of a request line unless told otherwise.
    #[test]
    fn the_longest_list_fits_into_an_address() {
        let notice = |number: usize| Notice {
            id: idp_core::ids::time_ordered(UnixMillis(1_763_000_000_000), [7; 10]),
            client: ClientId::parse(&format!("{number:x>64}")).unwrap(),
            channel: Channel::Front,
        };
        let return_to = Return::AtOnce(format!("https://emic.example.gov.tw/{}", "x".repeat(500)));
        let session = Some(SessionId::new([7; 16]));
        let farewell = Farewell::new(session, Some(return_to), (0..100).map(notice).collect(), UnixMillis(0));
        let sealed = farewell.seal(&golden::sealer()).unwrap();
        assert!(
            farewell.portals.len() > 20 && sealed.len() < 7 * 1024,
            "{} of {}",
            sealed.len(),
            farewell.portals.len()
        );
    }

    #[test]
    fn whether_the_person_decides_to_go_back_is_read_as_it_was_sealed() {
        for back in [Return::AtOnce, Return::IfWanted] {
            let farewell = Farewell::new(None, Some(back("https://a.example/".into())), Vec::new(), UnixMillis(0));
            let plain = golden::sealer().open(AFTERWARDS, &farewell.seal(&golden::sealer()).unwrap()).unwrap();
            assert_eq!(Farewell::read(&plain).unwrap(), farewell);
        }
        let contents = Writer::new(3).option(None, Writer::text).option(None, Writer::text);
        assert!(Farewell::read(&contents.finish()).is_err(), "a form that nobody knows");
    }
}
