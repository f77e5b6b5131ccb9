//! `platbook serve`: opening everything, and running until told to stop.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use access::{FirstAdministrator, Hidden, MasterKey};
use anyhow::Context as _;
use store::{
    Db,
    audit::{keep_expiring, keep_sealing},
    job::Worker,
};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
    task::JoinSet,
};

use crate::{
    admin::Socket,
    arguments::{Data, Serve},
    log::{self, Form},
    modules::{self, Modules},
    server::{self, Listener, Transport},
    speech::say,
    tls::{self, Certificate},
};

/// Sets the password of the first administrator.
const PASSWORD: &str = "PLATBOOK_ADMIN_PASSWORD";

/// Opens the database and all slices.
pub(crate) async fn open(data: &Data) -> anyhow::Result<Modules> {
    let directory = if data.database.is_none() { Some(data.make_directory()?) } else { None };
    let db = Db::open(&data.location()?, modules::setup()).await?;
    let variable = std::env::var(MasterKey::VARIABLE).ok();
    let master_key = MasterKey::find(&db, variable.as_deref(), directory.as_deref()).await?;
    Ok(Modules::open(db, master_key, data.storage()?, data.public_url()?).await?)
}

/// `platbook migrate`.
pub(crate) async fn migrate(data: &Data) -> anyhow::Result<()> {
    log::start(Form::Text, "warn,store=info")?;
    open(data).await?;
    say("The database is up to date.");
    Ok(())
}

/// Runs the server until it is told to stop.
pub(crate) async fn serve(options: &Serve) -> anyhow::Result<()> {
    log::start(if options.log_text { Form::Text } else { Form::Json }, "info")?;
    let running = Running::start(options).await?;
    match &running.first {
        Some(_) if std::env::var_os(PASSWORD).is_some() => {
            say(format_args!(
                "The first administrator is \"{}\", with the password in {PASSWORD}.",
                access::ADMINISTRATOR
            ));
        }
        Some(first) => {
            say(format_args!("The first administrator is \"{}\", with the password: {}", first.name, first.password.0));
            say("It is shown this once.");
        }
        None => {}
    }
    if let Some(file) = &running.self_signed {
        say(format_args!("The certificate is self-signed. Clients know it by {}", file.display()));
    }
    say(format_args!("Serving at {}", running.url()));
    running.until_told_to_stop().await
}

/// A server that runs.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    /// Who was made when the database was new.
    pub(crate) first: Option<FirstAdministrator>,
    /// The file by which clients recognise a self-signed certificate.
    pub(crate) self_signed: Option<PathBuf>,
    certificate: Option<Arc<Certificate>>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
    signals: Signals,
}

impl Running {
    /// Opens everything and begins to serve.
    pub(crate) async fn start(options: &Serve) -> anyhow::Result<Self> {
        // From here on nothing is left undone when somebody wants the program to stop.
        let signals = Signals::hear()?;
        let protection = tls::choose(options)?;
        let mut modules = open(&options.data).await?;
        modules.resources = options.contact_sources.set_up(modules.resources)?;
        modules.registry = options.registries.set_up(modules.registry)?;
        let behind_proxy = matches!(protection.transport, Transport::Plain { behind_proxy: true });
        let (stop, told) = watch::channel(false);
        let (refusals, noting) = server::Refusals::keep(modules.db.clone(), told.clone());
        let publication = options.registries.publication(&modules.registry, behind_proxy)?;
        let strict = protection.certificate.is_some() || behind_proxy;
        let router = server::router(&modules, strict, refusals, publication.as_ref())?;
        let whois = match options.registries.whois {
            Some(address) => Some(server::Whois::bind(address, &modules.registry).await?),
            None => None,
        };
        // The port comes before the first administrator, whose password can be shown only once.
        let listener = Listener::bind(options.listen, protection.transport).await?;
        let address = listener.address()?;
        let first = access::bootstrap(&modules.db, std::env::var(PASSWORD).ok().map(Hidden)).await?;
        let mut tasks = JoinSet::new();
        tasks.spawn(noting);
        tasks.spawn(Worker::new(modules.db.clone(), modules.jobs(), &node()).run(told.clone()));
        tasks.spawn(server::upkeep(told.clone()));
        tasks.spawn(keep_sealing(modules.db.clone(), modules.audit_key.clone(), told.clone()));
        tasks.spawn(keep_expiring(modules.db.clone(), modules.audit_key.clone(), told.clone()));
        if options.data.database.is_none() {
            match Socket::bind(&options.data.directory()?) {
                Ok(socket) => drop(tasks.spawn(socket.serve(modules.clone(), told.clone()))),
                Err(error) => tracing::warn!(%error, "platbook admin will work only while this server is stopped"),
            }
        }
        if let Some(whois) = whois {
            tasks.spawn(whois.serve(told.clone()));
        }
        tasks.spawn(listener.serve(router, told));
        tokio::spawn(async move {
            if let Err(error) = modules.ipam.warm().await {
                tracing::warn!(%error, "free space could not be looked up ahead of time");
            }
        });
        let (certificate, self_signed) = (protection.certificate, protection.self_signed);
        let running = Self { address, first, self_signed, certificate, stop, tasks, signals };
        tracing::info!(url = running.url(), "serving");
        Ok(running)
    }

    /// Where it is reached.
    pub(crate) fn url(&self) -> String {
        let scheme = if self.certificate.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// Waits until somebody says stop, and then for everything to come to its end.
    pub(crate) async fn until_told_to_stop(mut self) -> anyhow::Result<()> {
        loop {
            let told = tokio::select! {
                told = self.signals.next() => told,
                _ = self.tasks.join_next() => anyhow::bail!("a part of the server has ended; the log says why"),
            };
            match (told, &self.certificate) {
                (Told::Reload, Some(certificate)) => reload(certificate),
                // Without a certificate it means that the terminal is gone.
                (Told::Reload, None) | (Told::Stop, _) => break,
            }
        }
        tracing::info!("stopping");
        self.stop.send_replace(true);
        let ended = async { while self.tasks.join_next().await.is_some() {} };
        tokio::select! {
            () = ended => {}
            _ = self.signals.next() => tracing::warn!("told to stop twice: what is under way is given up"),
        }
        Ok(())
    }
}

fn reload(certificate: &Certificate) {
    match certificate.reload() {
        Ok(()) => tracing::info!("the certificate was read again"),
        Err(error) => tracing::error!("the old certificate stays: {error:#}"),
    }
}

/// What the system tells this process.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

impl Signals {
    fn hear() -> anyhow::Result<Self> {
        let hear = |kind| signal(kind).context("signals can't be heard");
        let (terminate, interrupt) = (hear(SignalKind::terminate())?, hear(SignalKind::interrupt())?);
        Ok(Self { terminate, interrupt, hang_up: hear(SignalKind::hangup())? })
    }

    async fn next(&mut self) -> Told {
        tokio::select! {
            _ = self.terminate.recv() => Told::Stop,
            _ = self.interrupt.recv() => Told::Stop,
            _ = self.hang_up.recv() => Told::Reload,
        }
    }
}

/// What a signal means.
enum Told {
    Stop,
    /// SIGHUP, by custom.
    Reload,
}

/// The name of this node, unique among those that share a database.
fn node() -> String {
    format!("{}-{:08x}", std::process::id(), rand::random::<u32>())
}
