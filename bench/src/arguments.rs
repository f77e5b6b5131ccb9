//! The command line.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::{Args, Parser, ValueEnum};

use crate::estate::Estate;

/// Measures Platbook over HTTP.
#[derive(Debug, Parser)]
#[command(name = "bench", about)]
pub(crate) struct Bench {
    /// What to measure
    #[arg(value_enum)]
    pub(crate) scenario: Scenario,
    #[command(flatten)]
    pub(crate) options: Options,
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scenario {
    /// Everything below
    All,
    /// Smart assign on the embedded database by many clients: CPU, assignments per sync, rate; small and large estate
    Assign,
    /// Smart assign by one client, beside what the disk can do
    Alone,
    /// Smart assign on PostgreSQL with two nodes
    Shared,
    /// Lists, children, the block around an address, search: CPU in a large and in a small estate
    Read,
    /// Resources by attribute, link, parent and saved view; import, recursive delete and the past of one
    Resources,
    /// Start with a large estate, and the memory that it takes
    Start,
    /// Import of the registries' statistics files
    Import,
}

impl Scenario {
    /// The scenarios that this one stands for.
    pub(crate) fn parts(self) -> Vec<Self> {
        match self {
            Self::All => {
                vec![Self::Read, Self::Resources, Self::Start, Self::Assign, Self::Alone, Self::Shared, Self::Import]
            }
            one => vec![one],
        }
    }
}

/// How it is measured.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The program, in a build for speed
    #[arg(long, value_name = "FILE", default_value = "target/fast/platbook")]
    pub(crate) platbook: PathBuf,
    /// The yardstick: a program that does only what can't be left out
    #[arg(long, value_name = "FILE", default_value = "target/fast/bare")]
    pub(crate) bare: PathBuf,
    /// Where the filled databases are kept for the next run; without it they are made anew and removed
    #[arg(long, value_name = "DIR")]
    pub(crate) keep: Option<PathBuf>,
    /// Delegated statistics files of the registries, plain or .xz; without any, the import is left out
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) delegated: Vec<PathBuf>,
    /// Seconds of each measurement
    #[arg(long, default_value_t = 4.0)]
    pub(crate) seconds: f64,
    /// Blocks of the large estate
    #[arg(long, default_value_t = 1_000_000)]
    pub(crate) large: usize,
    /// Print the table in Markdown
    #[arg(long)]
    pub(crate) markdown: bool,
    /// Directory for databases that are changed and thrown away; it should be on the disk that is to be measured
    #[arg(long, value_name = "DIR", default_value_os_t = std::env::temp_dir())]
    pub(crate) scratch: PathBuf,
}

impl Options {
    /// An estate of this many blocks in a directory of its own, which may be changed and goes away with the value.
    pub(crate) async fn copy_of_estate(&self, blocks: usize) -> Result<(tempfile::TempDir, Estate)> {
        let directory = self.empty_directory()?;
        match &self.keep {
            None => {
                let estate = Estate::fill(&self.platbook, directory.path(), blocks).await?;
                Ok((directory, estate))
            }
            Some(keep) => {
                let kept = keep.join(blocks.to_string());
                let estate = match Estate::read(&kept)? {
                    Some(estate) => estate,
                    None => Estate::fill(&self.platbook, &kept, blocks).await?,
                };
                copy(&kept, directory.path())?;
                Ok((directory, estate))
            }
        }
    }

    /// A directory that goes away with the value.
    pub(crate) fn empty_directory(&self) -> Result<tempfile::TempDir> {
        Ok(tempfile::Builder::new().prefix("bench-").tempdir_in(&self.scratch)?)
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        std::fs::copy(entry.path(), to.join(entry.file_name())).with_context(|| format!("{entry:?}"))?;
    }
    Ok(())
}
