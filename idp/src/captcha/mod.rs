//! 圖形驗證碼 on pages, and the code by mail beside it: asked, judged, exchanged.
//!
//! Owns when a challenge is used up and how often a mailed code may be tried. What a challenge says is `idp_core::captcha`, which page
//! asks is that page's. [`image`] shows the picture, [`mail`] has a code mailed.

pub mod image;
pub mod mail;
mod picture;

use crate::client_address::TrustedProxies;
use crate::failure::Failure;
use crate::pages::CaptchaField;
use crate::retry_after;
use crate::server::connection_limits::{Most, Places};
use crate::settings::CaptchaSection;
use crate::sign_in::address_limit::AddressLimit;
use crate::wiring::Ctx;
use idp_core::UnixMillis;
use idp_core::captcha::{CODE_TRIES, Challenge, How, No, Place, is_like_a_code};
use idp_core::oauth::params::Params;
use idp_store::Fault;
use idp_store::ephemeral::{AHEAD, Ephemeral, Once};
use keys::b64;
use std::net::IpAddr;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Name of the field in which the challenge stands.
pub const CHALLENGE: &str = "captcha";
/// Name of the field in which the answer is typed.
pub const ANSWER: &str = "captcha-answer";
/// `decision` of the button that exchanges the picture.
pub const ANOTHER: &str = "another-picture";
/// `decision` of the button that has a code mailed.
pub const MAIL: &str = "mail-code";

/// `decision` of the button that does without the picture, where the mail that is asked for is proof enough.
pub const WITHOUT: &str = "without-picture";

/// Pictures that are drawn or wait for it at once: as many as are drawn within the patience of who waits. A page has one.
const WAITING: Most = Most { all: 256, per_address: 8, per_network: 32 };

/// What judges them. Cheap to clone.
#[derive(Clone)]
pub struct Captcha {
    /// Whether the pages of membership ask.
    pub on_membership: bool,
    /// Pictures that are drawn at once.
    drawing: Arc<Semaphore>,
    /// Pictures that are drawn or wait for it, each address with a share of its own.
    places: Places,
    /// What was answered while the store that all nodes share is away or full.
    here: Ephemeral,
    /// What was made before is not remembered here.
    here_since: UnixMillis,
    /// Wrong answers from one address.
    wrong: AddressLimit,
    /// Mails that are asked for from one address.
    pub(crate) mails: AddressLimit,
}

/// A page that asks.
#[derive(Clone, Copy)]
pub struct Asking<'a> {
    /// What every page is given.
    pub base: &'a Ctx,
    /// Which.
    pub place: Place,
    /// Digest of the browser cookie.
    pub browser: [u8; 32],
    /// Keyed digest of what a code would be mailed for; `None`: this page has none mailed.
    pub about: Option<[u8; 32]>,
}

/// What became of an answer.
pub enum Judged {
    /// It is right, and used up.
    Passed,
    /// It is right, and was used up before: a form that was sent twice, or a second try.
    Again(CaptchaField),
    /// It does not count. What is to be shown next.
    No(CaptchaField),
}

impl Captcha {
    /// * `mails`: counts mails that are asked for from one address.
    /// * `wrong`: counts wrong answers from one.
    pub fn new(
        section: &CaptchaSection,
        (mails, wrong): (AddressLimit, AddressLimit),
        proxies: TrustedProxies,
        now: UnixMillis,
    ) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            on_membership: section.membership,
            drawing: Arc::new(Semaphore::new((cores / 2).max(1))),
            places: Places::new(WAITING, proxies),
            here: Ephemeral::in_process(now),
            here_since: now.plus(AHEAD),
            wrong,
            mails,
        }
    }

    /// Another picture.
    ///
    /// # Errors
    /// When randomness fails.
    pub fn fresh(&self, asking: Asking<'_>, no: Option<No>) -> Result<CaptchaField, Failure> {
        let dice = (keys::random()?, keys::random()?);
        let challenge = Challenge::picture(asking.place, asking.browser, dice, asking.base.clock.now());
        shown(asking, &challenge, "", no)
    }

    /// What the form holds, not judged: for a page that is shown again for another reason.
    ///
    /// # Errors
    /// A failure of ours.
    pub async fn kept(&self, asking: Asking<'_>, form: &Params<'_>, no: Option<No>) -> Result<CaptchaField, Failure> {
        match open(asking, form).await? {
            Some(challenge) => shown(asking, &challenge, form.get(ANSWER).unwrap_or_default(), no),
            None => self.fresh(asking, no),
        }
    }

    /// Judges what a form holds. A picture is used up by any answer, a mailed code by the right one or too many wrong ones.
    ///
    /// * `from`: the network address that it came from. Its wrong answers are counted before anything is remembered of them.
    ///
    /// # Errors
    /// A failure of ours.
    pub async fn judge(&self, asking: Asking<'_>, form: &Params<'_>, from: IpAddr) -> Result<Judged, Failure> {
        let typed = form.get(ANSWER).unwrap_or_default();
        let Some(challenge) = open(asking, form).await? else {
            let no = if form.get(CHALLENGE).is_some() { No::Over } else { No::Missing };
            return Ok(Judged::No(self.fresh(asking, Some(no))?));
        };
        // Who has a code and is shown a picture types the code there.
        let by_mail = if is_like_a_code(typed) { self.mailed_before(asking).await? } else { None };
        let challenge = if challenge.how == How::Picture { by_mail.unwrap_or(challenge) } else { challenge };
        let mailed = challenge.how != How::Picture;
        if typed.trim().is_empty() {
            let no = if mailed { No::CodeMissing } else { No::Missing };
            return Ok(Judged::No(shown(asking, &challenge, "", Some(no))?));
        }
        let right = challenge.is_answered_by(typed);
        let now = asking.base.clock.now();
        let room = match right {
            true => self.wrong.room(from, now).await?,
            false => self.wrong.take(from, now).await?,
        };
        if let Err(until) = room {
            let seconds = retry_after::seconds(until, now);
            return Ok(Judged::No(shown(asking, &challenge, typed, Some(No::TooMany { seconds }))?));
        }
        let over = if mailed { No::CodeOver } else { No::Over };
        let most = if mailed { CODE_TRIES } else { 1 };
        let tries = self.tried(asking.base, &challenge, now).await?;
        if mailed && (right || tries >= most) {
            self.forget_mailed(asking).await?;
        }
        Ok(match (tries <= most, right) {
            (true, true) if self.use_up(asking.base, &challenge, now).await? => Judged::Passed,
            (_, true) => Judged::Again(self.fresh(asking, Some(over))?),
            (true, false) if !mailed => Judged::No(self.fresh(asking, Some(No::Wrong))?),
            (true, false) if tries < most => Judged::No(shown(asking, &challenge, "", Some(No::CodeWrong))?),
            (_, false) => Judged::No(self.fresh(asking, Some(over))?),
        })
    }

    /// Uses up what was answered right. `false`: it was before. While the store that all nodes share is away, each node remembers for
    /// itself, and after it is back: whoever can bring it down could answer one once at each. The same while it is full of what was
    /// answered right: nobody is turned away because others read pictures, and whoever would answer one a second time has to push it
    /// out of a hundred thousand others first.
    async fn use_up(&self, base: &Ctx, challenge: &Challenge, now: UnixMillis) -> Result<bool, Fault> {
        let key = format!("captcha:{}", b64::encode(&challenge.id));
        let (issued_at, life) = (challenge.issued_at, challenge.how.life());
        match base.ephemeral.once(&key, issued_at, life, now).await {
            // The shared store does not know what was answered here while it was away or full.
            Ok(Once::First) => Ok(self.here.count(&key, now).await?.count == 0),
            Ok(Once::Seen | Once::BeforeStart | Once::FromTheFuture) => Ok(false),
            Err(Fault::Unavailable(_) | Fault::Busy) => {
                Ok(issued_at >= self.here_since && self.here.bump(&key, life, now).await? == 1)
            }
            Err(fault) => Err(fault),
        }
    }

    /// Counts a try before it is compared: of many at once no more are compared than may be. It is a count and no guard: a flood pushes
    /// out counts, the oldest first, where it would fill the room of guards for everybody. Those of pictures push out none of codes.
    /// What was counted here while the shared store was away counts together with what that knows.
    async fn tried(&self, base: &Ctx, challenge: &Challenge, now: UnixMillis) -> Result<u64, Fault> {
        let kind = if challenge.how == How::Picture { "captcha-looks" } else { "captcha-tries" };
        let (key, life) = (format!("{kind}:{}", b64::encode(&challenge.id)), challenge.how.life());
        match base.ephemeral.bump(&key, life, now).await {
            Err(Fault::Unavailable(_) | Fault::Busy) => self.here.bump(&key, life, now).await,
            tries => Ok(tries?.saturating_add(self.here.count(&key, now).await?.count)),
        }
    }
}

/// The challenge of a form, if it can be answered on this page.
async fn open(asking: Asking<'_>, form: &Params<'_>) -> Result<Option<Challenge>, Failure> {
    let Some(sealed) = form.get(CHALLENGE) else { return Ok(None) };
    let base = asking.base;
    base.directory.learn_sealing_key(sealed).await?;
    let challenge = Challenge::open(&base.directory.snapshot().sealer, sealed).ok();
    let now = base.clock.now();
    let counts = |challenge: &Challenge| {
        challenge.counts(asking.place, (&asking.browser, asking.about.as_ref()), now)
            && !base.lifetimes.is_from_the_future(challenge.issued_at, now)
    };
    Ok(challenge.filter(counts))
}

fn shown(asking: Asking<'_>, challenge: &Challenge, typed: &str, no: Option<No>) -> Result<CaptchaField, Failure> {
    Ok(CaptchaField {
        challenge: challenge.seal(&asking.base.directory.snapshot().sealer)?,
        mailed: challenge.how != How::Picture,
        typed: typed.chars().take(64).collect(),
        no,
        place: challenge.place,
        asked_for: false,
    })
}
