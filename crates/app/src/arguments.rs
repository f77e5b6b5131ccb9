//! The command line.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    os::unix::fs::DirBuilderExt as _,
    path::PathBuf,
};

use access::PublicUrl;
use anyhow::Context as _;
use clap::{Args, Parser, Subcommand, builder::FalseyValueParser};
use resources::Storage;
use store::Location;

use crate::{admin, audit, contact_sources::ContactSources, registries::Registries};

/// Platbook: the open system of record and provisioning for networks and data centres
#[derive(Debug, Parser)]
#[command(name = "platbook", version, disable_help_subcommand = true)]
pub(crate) struct Platbook {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What the program does.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the server
    Serve(Serve),
    /// Show what it is: run a server with a sample network on a new database
    Demo(Demo),
    /// Administer an instance from the machine on which it runs, whether the server runs or not
    Admin {
        #[command(flatten)]
        data: Data,
        /// Print JSON
        #[arg(long, global = true)]
        json: bool,
        #[command(subcommand)]
        command: admin::Command,
    },
    /// Bring the database up to date ahead of the server's start, which does it as well
    Migrate(Data),
    /// Write all that the database holds to a new file, while the server runs or not
    Backup {
        #[command(flatten)]
        data: Data,
        /// The file to make
        file: PathBuf,
    },
    /// Make a new database of what a backup holds
    Restore {
        #[command(flatten)]
        data: Data,
        /// The backup
        file: PathBuf,
    },
    /// Recount everything, and say what does not fit together
    Check(Data),
    /// See whether the change log is still what was written, while the server runs or not
    Audit {
        #[command(flatten)]
        data: Data,
        #[command(subcommand)]
        command: audit::Command,
    },
    /// Print the OpenAPI document of API v2
    Openapi,
    /// Print the actions of API v1, a target and an action on each line
    Actions,
    /// The commands of the client.
    #[command(flatten)]
    Client(cli::Command),
}

/// Where the data is.
#[derive(Debug, Clone, Default, Args)]
#[expect(clippy::struct_field_names, reason = "the fields are the options by which people know them")]
pub(crate) struct Data {
    /// The directory for the embedded database, keys and certificates [default: the platform's place for such data]
    #[arg(long, global = true, env = "PLATBOOK_DATA", value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// A PostgreSQL database instead of the embedded one: postgres://user:password@host/name
    #[arg(long, global = true, env = "PLATBOOK_DATABASE", value_name = "URL", hide_env_values = true)]
    pub(crate) database: Option<String>,
    /// Where attached files are kept: a directory that all nodes share, or s3://bucket/prefix [default: the data
    /// directory; with --database nowhere]
    #[arg(long, global = true, env = "PLATBOOK_ATTACHMENTS", value_name = "PLACE")]
    pub(crate) attachments: Option<String>,
    /// The largest file that can be attached, in MiB [default: 25]
    #[arg(long, global = true, env = "PLATBOOK_LARGEST_ATTACHMENT", value_name = "MIB",
        value_parser = clap::value_parser!(u64).range(1..=4096))]
    pub(crate) largest_attachment: Option<u64>,
    /// The URL at which browsers reach this server; passkeys and OpenID Connect need it
    #[arg(long, global = true, env = "PLATBOOK_PUBLIC_URL", value_name = "URL")]
    pub(crate) public_url: Option<String>,
}

impl Data {
    /// The directory.
    pub(crate) fn directory(&self) -> anyhow::Result<PathBuf> {
        use etcetera::BaseStrategy as _;
        match &self.data {
            Some(directory) => Ok(directory.clone()),
            None => Ok(etcetera::choose_base_strategy()?.data_dir().join("platbook")),
        }
    }

    /// The directory, made when it is missing: for its owner alone, since secrets are kept there.
    pub(crate) fn make_directory(&self) -> anyhow::Result<PathBuf> {
        let directory = self.directory()?;
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&directory)
            .with_context(|| format!("the data directory {} can't be made", directory.display()))?;
        Ok(directory)
    }

    /// The directory for attached files beside the embedded database.
    pub(crate) fn files(&self) -> anyhow::Result<PathBuf> {
        Ok(self.directory()?.join("attachments"))
    }

    /// Where attached files are kept. Nodes that share a database must share that place, too, so there somebody has to
    /// name it.
    pub(crate) fn storage(&self) -> anyhow::Result<Storage> {
        let storage = match &self.attachments {
            Some(place) => Storage::parse(place)?,
            None if self.database.is_some() => Storage::none(),
            None => {
                self.make_directory()?;
                Storage::directory(&self.files()?)?
            }
        };
        Ok(match self.largest_attachment {
            Some(largest) => storage.with_largest(largest << 20),
            None => storage,
        })
    }

    /// Where browsers reach this server.
    pub(crate) fn public_url(&self) -> anyhow::Result<Option<PublicUrl>> {
        Ok(self.public_url.as_deref().map(PublicUrl::parse).transpose()?)
    }

    /// The database.
    pub(crate) fn location(&self) -> anyhow::Result<Location> {
        let Some(url) = &self.database else { return Ok(Location::Directory(self.directory()?)) };
        match Location::parse(url) {
            location @ Location::Postgres(_) => Ok(location),
            // Not repeated: it may be a URL with a password and a slip of the pen.
            Location::Directory(_) => anyhow::bail!(
                "--database (PLATBOOK_DATABASE) must be a URL that begins with postgres://; a directory goes into --data"
            ),
        }
    }
}

/// How the server is run.
#[derive(Debug, Clone, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) data: Data,
    /// The address and port to listen on
    #[arg(long, env = "PLATBOOK_LISTEN", value_name = "ADDR:PORT", default_value_t = USUAL)]
    pub(crate) listen: SocketAddr,
    /// The certificate chain in PEM, read again on SIGHUP; without one, a self-signed one is made at the first start
    #[arg(long, env = "PLATBOOK_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The certificate's private key in PEM
    #[arg(long, env = "PLATBOOK_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Speak TLS on loopback as well
    #[arg(long, env = "PLATBOOK_TLS", value_parser = FalseyValueParser::new())]
    pub(crate) tls: bool,
    /// Speak plain HTTP on any address, because a trusted proxy that speaks TLS stands in front
    #[arg(long, env = "PLATBOOK_BEHIND_PROXY", value_parser = FalseyValueParser::new())]
    pub(crate) behind_proxy: bool,
    /// Write the log as text for people instead of JSON
    #[arg(long, env = "PLATBOOK_LOG_TEXT", value_parser = FalseyValueParser::new())]
    pub(crate) log_text: bool,
    #[command(flatten)]
    pub(crate) contact_sources: ContactSources,
    #[command(flatten)]
    pub(crate) registries: Registries,
}

/// Where a server listens when nobody says otherwise.
pub(crate) const USUAL: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 6006);

/// How the demo is run.
#[derive(Debug, Clone, Args)]
pub(crate) struct Demo {
    #[command(flatten)]
    pub(crate) data: Data,
    /// The address and port to listen on [default: 127.0.0.1:6006, or another port when that one is taken]
    #[arg(long, env = "PLATBOOK_LISTEN", value_name = "ADDR:PORT")]
    pub(crate) listen: Option<SocketAddr>,
}

impl Demo {
    /// The same as a server at this address.
    pub(crate) fn serve(data: Data, listen: SocketAddr) -> Serve {
        Serve {
            data,
            listen,
            tls_cert: None,
            tls_key: None,
            tls: false,
            behind_proxy: false,
            log_text: true,
            contact_sources: ContactSources::default(),
            registries: Registries::default(),
        }
    }
}
