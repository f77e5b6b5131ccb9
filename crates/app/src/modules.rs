//! The slices, in the order in which they stand on each other. A new slice adds its lines here.

use std::sync::Arc;

use access::{Access, MasterKey, PublicUrl, Tree};
use api_v2::Routes;
use approvals::Approvals;
use drivers::{Oidc, Smtp};
use futures_util::future::BoxFuture;
use ipam::Ipam;
use kernel::{Actor, RequestId, ResourceId, UserId};
use registry::Registry;
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
        migrations: [
            access::MIGRATIONS,
            resources::MIGRATIONS,
            ipam::MIGRATIONS,
            registry::MIGRATIONS,
            approvals::MIGRATIONS,
        ]
        .concat(),
        derived: [access::DERIVED, resources::DERIVED, ipam::DERIVED, registry::DERIVED].concat(),
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
    pub(crate) registry: Registry,
    pub(crate) approvals: Approvals,
    /// Signs the seals of the change log.
    pub(crate) audit_key: SigningKey,
    /// Makes the fingerprints of requests.
    pub(crate) request_key: [u8; 32],
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
            mail_carrier: Arc::new(Smtp::default()),
            login_servers: Arc::new(drivers::Logins),
            ..access::Settings::default()
        };
        let audit_key = audit::signing_key(&master_key)?;
        let request_key = master_key.derive("fingerprints of requests")?;
        let access = Access::open(db.clone(), master_key.clone(), settings).await?;
        let approvals = Approvals::new(db.clone(), access.clone(), master_key.clone());
        let resources = Resources::new(db.clone())
            .with_guard(ipam::guard())
            .with_guard(registry::guard())
            .with_storage(storage)
            .with_master_key(master_key.clone());
        let ipam = Ipam::new(db.clone()).with_registrar(registry::registrar());
        let registry = Registry::new(db.clone(), resources.clone(), master_key);
        resources::bootstrap(&db).await?;
        ipam.bootstrap().await?;
        Ok(Self { db, access, resources, ipam, registry, approvals, audit_key, request_key })
    }

    /// The actions of API v1.
    pub(crate) fn v1(&self) -> api_v1::Actions {
        api_v1::Actions::new(())
            .merge(resources::v1(&self.resources))
            .merge(ipam::v1(&self.ipam))
            .merge(registry::v1(&self.registry))
    }

    /// The operations of API v2, by family.
    pub(crate) fn v2(&self) -> Vec<(&'static str, Routes)> {
        let mut families = vec![
            ("ipam", ipam::v2(&self.ipam).merge(registry::v2(&self.registry))),
            ("resources", resources::v2(&self.resources)),
            ("contacts", resources::v2_contacts(&self.resources)),
            ("jobs", crate::jobs::routes(&self.db)),
            ("search", crate::search::routes(&self.db)),
            ("usergroups", ipam::v2_groups(&self.ipam)),
            ("log", crate::change_log::routes(&self.db).merge(crate::undo::routes(self))),
        ];
        families.push(("approvals", approvals::v2(&self.approvals)));
        families.extend(access::v2(&self.access));
        families
    }

    /// The kinds of background jobs.
    pub(crate) fn jobs(&self) -> Jobs {
        let jobs = access::jobs(Jobs::new(self.actor_of()), &self.access);
        let jobs = resources::jobs(ipam::jobs(jobs), &self.resources);
        approvals::jobs(registry::jobs(jobs, &self.registry), &self.approvals)
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
