//! The slices, in the order in which they stand on each other. A new slice adds its lines here.

use std::sync::Arc;

use access::{Access, MasterKey, PublicUrl, Tree};
use api_v2::Routes;
use drivers::Oidc;
use futures_util::future::BoxFuture;
use ipam::Ipam;
use kernel::{Actor, RequestId, ResourceId, UserId};
use resources::{Resources, Storage};
use store::{
    Db, Setup, Tx,
    audit::SigningKey,
    job::{ActorOf, Jobs},
};

use crate::audit;

/// What all slices need of the database.
pub(crate) fn setup() -> Setup {
    Setup {
        migrations: [access::MIGRATIONS, resources::MIGRATIONS, ipam::MIGRATIONS].concat(),
        derived: [access::DERIVED, resources::DERIVED, ipam::DERIVED].concat(),
        ..Setup::default()
    }
}

/// The slices, opened on one database.
#[derive(Clone)]
pub(crate) struct Modules {
    pub(crate) db: Db,
    pub(crate) access: Access,
    pub(crate) resources: Resources,
    pub(crate) ipam: Ipam,
    /// Signs the seals of the change log.
    pub(crate) audit_key: SigningKey,
}

impl Modules {
    /// Opens all slices, and does what a first start has to do.
    pub(crate) async fn open(
        db: Db,
        master_key: MasterKey,
        storage: Storage,
        public_url: Option<PublicUrl>,
    ) -> kernel::Result<Self> {
        let settings = access::Settings {
            tree: Arc::new(TreeOfResources),
            relying_party: Arc::new(Oidc::new()),
            public_url,
            login_servers: Arc::new(drivers::Logins),
            ..access::Settings::default()
        };
        let audit_key = audit::signing_key(&master_key)?;
        let access = Access::open(db.clone(), master_key.clone(), settings).await?;
        let resources =
            Resources::new(db.clone()).with_guard(ipam::guard()).with_storage(storage).with_master_key(master_key);
        let ipam = Ipam::new(db.clone());
        resources::bootstrap(&db).await?;
        ipam.bootstrap().await?;
        Ok(Self { db, access, resources, ipam, audit_key })
    }

    /// The actions of API v1.
    pub(crate) fn v1(&self) -> api_v1::Actions {
        api_v1::Actions::new(()).merge(resources::v1(&self.resources)).merge(ipam::v1(&self.ipam))
    }

    /// The operations of API v2, by family.
    pub(crate) fn v2(&self) -> Vec<(&'static str, Routes)> {
        let mut families = vec![
            ("ipam", ipam::v2(&self.ipam)),
            ("resources", resources::v2(&self.resources)),
            ("contacts", resources::v2_contacts(&self.resources)),
            ("jobs", crate::jobs::routes(&self.db)),
            ("search", crate::search::routes(&self.db)),
            ("log", crate::change_log::routes(&self.db).merge(crate::undo::routes(self))),
        ];
        families.extend(access::v2(&self.access));
        families
    }

    /// The kinds of background jobs.
    pub(crate) fn jobs(&self) -> Jobs {
        resources::jobs(ipam::jobs(Jobs::new(self.actor_of())), &self.resources)
    }

    /// A job runs with the rights that its person has when it runs.
    fn actor_of(&self) -> ActorOf {
        let access = self.access.clone();
        Arc::new(move |user: UserId, request: RequestId| {
            let access = access.clone();
            Box::pin(async move { access.actor(user, request).await as kernel::Result<Actor> })
        })
    }
}

/// The tree on which `access` hangs rights.
struct TreeOfResources;

impl Tree for TreeOfResources {
    fn lineage<'a>(
        &'a self,
        tx: &'a mut Tx,
        resource: ResourceId,
    ) -> BoxFuture<'a, kernel::Result<Option<Vec<ResourceId>>>> {
        Box::pin(async move {
            let found = resources::load(tx, &[resource]).await?;
            Ok(found.get(&resource).map(resources::Resource::lineage))
        })
    }
}
