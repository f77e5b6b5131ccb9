//! The one handle to all of it.

use std::{sync::Arc, time::Duration};

use kernel::{Actor, Clock, Result, Timestamp};
use store::{Db, Work};

use crate::{
    PublicUrl, RelyingParty,
    cover::{OnlyTop, Tree},
    login_method::{LoginServers, NoServers},
    mail::{MailCarrier, NoCarrier},
    master_key::{self, MasterKey},
    oidc::NoRelyingParty,
    password_reset::Pace,
    sign_in::{Fingerprints, Memory, Replays},
    user::Passwords,
};

/// Users, groups, permissions and all ways of signing in, over one database. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct Access(pub(crate) Arc<Inner>);

/// What can be chosen.
#[derive(Clone)]
pub struct Settings {
    /// How long a signed request of API v1 stays good. When this is set, every signed request must carry `time`.
    /// `None` is the rule of the original: a request without `time` is good for ever.
    pub replay_window: Option<Duration>,
    /// Where resources hang, so that nobody can grant rights that they don't have.
    pub tree: Arc<dyn Tree>,
    /// What speaks OpenID Connect.
    pub relying_party: Arc<dyn RelyingParty>,
    /// Where browsers reach this server; passkeys and OpenID Connect need it.
    pub public_url: Option<PublicUrl>,
    /// What carries mail to the mail server.
    pub mail_carrier: Arc<dyn MailCarrier>,
    /// Other servers that know names and passwords.
    pub login_servers: Arc<dyn LoginServers>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            replay_window: None,
            tree: Arc::new(OnlyTop),
            relying_party: Arc::new(NoRelyingParty),
            public_url: None,
            mail_carrier: Arc::new(NoCarrier),
            login_servers: Arc::new(NoServers),
        }
    }
}

pub(crate) struct Inner {
    pub(crate) db: Db,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) master_key: MasterKey,
    pub(crate) settings: Settings,
    pub(crate) passwords: Passwords,
    pub(crate) fingerprints: Fingerprints,
    pub(crate) memory: Memory,
    pub(crate) shared_prints: Arc<Fingerprints>,
    pub(crate) replays: Replays,
    pub(crate) pace: Pace,
}

impl Access {
    /// Access to this database, whose secrets are sealed with this key. Refuses a key that did not seal them.
    pub async fn open(db: Db, master_key: MasterKey, settings: Settings) -> Result<Self> {
        master_key::check(&db, &master_key).await?;
        master_key::hold(&db, master_key.clone());
        Ok(Self(Arc::new(Inner {
            clock: db.clock(),
            memory: Memory::new(db.signals()),
            shared_prints: Arc::new(Fingerprints::shared(&master_key)?),
            db,
            master_key,
            settings,
            passwords: Passwords::new(),
            fingerprints: Fingerprints::new(),
            replays: Replays::default(),
            pace: Pace::default(),
        })))
    }

    pub(crate) async fn write<W: Work>(&self, actor: &Actor, work: W) -> Result<W::Out> {
        self.0.db.write(actor, work).await
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.clock.now()
    }
}
