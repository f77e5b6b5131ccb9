//! Reading address space from a file: the file goes up as it is, the server reads it as a job, and we watch.

pub(crate) mod follow;
pub(crate) mod report;
mod source;

use clap::{Args, ValueEnum};
use kernel::JobId;
use reqwest::{Body, Method, header::CONTENT_TYPE};
use serde::Serialize;

pub(crate) use self::source::Source;
use crate::{
    Failure, Session,
    api::{Answer, KEY, build, random_key},
    fields,
    session::waiting,
    text,
};

/// Reads blocks from a file and adds them.
#[derive(Debug, Args, Serialize)]
#[group(skip)]
pub struct Import {
    /// The file; - reads from the input
    #[serde(skip)]
    pub file: String,
    /// The format; seen from the file when it is not given
    #[arg(long)]
    pub format: Option<Format>,
    /// The registry of the blocks that name none themselves
    #[arg(long)]
    pub rir: Option<String>,
}

/// The formats of address space in files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// A table with a line of titles: cidr, rir, tags ...
    Csv,
    /// The statistics of a regional registry: delegated-ripencc-latest
    Delegated,
}

impl Import {
    pub(crate) async fn run(mut self, session: &mut Session<'_>) -> Result<(), Failure> {
        let mut source = Source::open(&self.file, session.console).await?;
        self.format = match self.format.or_else(|| source.format()) {
            None => {
                let text = format!("{} is neither CSV nor a delegated file. If it is one, give --format.", self.file);
                return Err(Failure::Usage(text));
            }
            known => known,
        };
        let media = if self.format == Some(Format::Csv) { "text/csv" } else { "text/plain" };
        let job = send(session, &mut source, "/ipam/imports", &fields::query(&self)?, media).await?;
        report::tell(session, &job, report::blocks)
    }
}

/// Sends a file to be imported, and waits for the end of the job that does it.
pub(crate) async fn send(
    session: &Session<'_>,
    source: &mut Source,
    path: &str,
    query: &[(String, String)],
    media: &str,
) -> Result<Answer, Failure> {
    let answer = upload(session, source, path, query, media).await?;
    let started = session.api.read(&answer)?;
    if let Some(waits) = waiting(&started) {
        return Err(Failure::Refused(waits));
    }
    let started = text::of(&started["id"]);
    let id: JobId = started.parse().map_err(|_| Failure::Refused("The server names no job.".to_owned()))?;
    follow::until_done(session, id).await
}

/// Sends the file, and a second time when the connection is lost and the file can be read again. Both go under the same
/// name, so that the server starts one job.
async fn upload(
    session: &Session<'_>,
    source: &mut Source,
    path: &str,
    query: &[(String, String)],
    media: &str,
) -> Result<Answer, Failure> {
    let key = random_key();
    let send = async |body: Body| {
        let request = session.api.request(Method::POST, path).query(query).query(&session.api.meant());
        let request = request.header(KEY, &key).header(CONTENT_TYPE, media).body(body);
        session.api.attempt(build(request)?).await
    };
    let bar = session.console.bar(source.bar());
    let done = match send(source.body(&bar)).await {
        Err(Failure::Lost(_)) if source.rewind().await => send(source.body(&bar)).await,
        done => done,
    };
    bar.finish_and_clear();
    done
}
