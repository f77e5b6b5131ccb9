//! `platbook audit`: the chain of seals over the change log.
//!
//! It reads the database beside the server, so that what it says does not depend on the program that is looked at.

use std::path::{Path, PathBuf};

use access::MasterKey;
use anyhow::Context as _;
use clap::Subcommand;
use store::{
    Db,
    audit::{self, Checkpoint, PublicKey, Report, SigningKey},
};

use crate::{
    arguments::Data,
    log::{self, Form},
    modules,
    speech::say,
};

/// What is done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Compare the change log with its seals; say what was changed, removed or inserted behind the program's back
    Verify {
        /// A checkpoint that was kept elsewhere: the chain must still hold it
        #[arg(long, value_name = "FILE")]
        checkpoint: Option<PathBuf>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the end of the chain, signed, as JSON; keep it where nobody who can write the database can change it
    Checkpoint,
}

/// Runs a command.
pub(crate) async fn run(data: &Data, command: Command) -> anyhow::Result<()> {
    log::start(Form::Text, "warn")?;
    match command {
        Command::Verify { checkpoint, json } => verify(data, checkpoint.as_deref(), json).await,
        Command::Checkpoint => {
            let db = Db::open_reader(&data.location()?, modules::setup()).await?;
            let key = own_key(data)?.context(NO_KEY)?;
            say(serde_json::to_string_pretty(&audit::checkpoint(&db, &key).await?)?);
            Ok(())
        }
    }
}

const NO_KEY: &str = "the master key is neither in the data directory nor in PLATBOOK_MASTER_KEY, so nobody can tell \
                      this instance's seals from others";

/// The key with which the seals are signed. It follows from the master key, so there is nothing else to be kept.
pub(crate) fn signing_key(master_key: &MasterKey) -> kernel::Result<SigningKey> {
    SigningKey::from_seed(&master_key.derive("signing of audit seals")?)
}

/// What this instance's seals are recognised by, if its master key is at hand.
fn own_key(data: &Data) -> anyhow::Result<Option<PublicKey>> {
    let variable = std::env::var(MasterKey::VARIABLE).ok();
    let directory = if data.database.is_none() { Some(data.directory()?) } else { None };
    let master_key = MasterKey::existing(variable.as_deref(), directory.as_deref())?;
    Ok(master_key.map(|key| signing_key(&key)).transpose()?.map(|key| key.public()))
}

/// Fails when something is found, after it has said what.
async fn verify(data: &Data, checkpoint: Option<&Path>, json: bool) -> anyhow::Result<()> {
    let kept = checkpoint.map(read).transpose()?;
    let db = Db::open_reader(&data.location()?, modules::setup()).await?;
    // An auditor without the master key trusts the checkpoint.
    let key = match own_key(data)? {
        Some(key) => key,
        None => kept.as_ref().and_then(Checkpoint::signer).context(NO_KEY)?,
    };
    let report = audit::verify(&db, &key, kept.as_ref()).await?;
    if json {
        say(serde_json::to_string(&report)?);
    } else {
        tell(&report);
    }
    match report.findings.len() as u64 + report.more {
        0 => Ok(()),
        1 => anyhow::bail!("the change log is not what was sealed: there is 1 finding"),
        n => anyhow::bail!("the change log is not what was sealed: there are {n} findings"),
    }
}

fn read(file: &Path) -> anyhow::Result<Checkpoint> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{} can't be read", file.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is not a checkpoint", file.display()))
}

fn tell(report: &Report) {
    for note in &report.notes {
        say(note);
    }
    for finding in &report.findings {
        say(&finding.text);
    }
    if report.more > 0 {
        say(format_args!("... and {} more", report.more));
    }
    let Report { seals, sealed, unsealed, .. } = report;
    if report.findings.is_empty() {
        say(format_args!("The change log is what was sealed: {sealed} entries in {seals} seals."));
    }
    if *unsealed > 0 {
        say(format_args!("Not sealed yet: {unsealed} entries."));
    }
}
