//! The log: one line of JSON an event on standard error, with the id of the request in whose service it happened.

use std::panic::PanicHookInfo;

use anyhow::Context as _;
use tracing_subscriber::EnvFilter;

/// What is logged: `warn`, `info`, `store=debug,info`, ... as `tracing-subscriber` reads it.
const VARIABLE: &str = "PLATBOOK_LOG";

/// Who the log is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Programs.
    Json,
    /// People.
    Text,
}

/// Begins to log, from this level on unless the environment says otherwise.
pub(crate) fn start(form: Form, usual: &str) -> anyhow::Result<()> {
    let wanted = std::env::var(VARIABLE).ok().filter(|wanted| !wanted.trim().is_empty());
    let wanted = wanted.as_deref().unwrap_or(usual);
    let filter = EnvFilter::try_new(wanted)
        .with_context(|| format!("{VARIABLE} is \"{wanted}\", which is no filter such as info or store=debug,info"))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let begun = match form {
        Form::Json => log.json().flatten_event(true).with_span_list(false).try_init(),
        Form::Text => log.try_init(),
    };
    begun.map_err(|error| anyhow::anyhow!("the log can't be begun: {error}"))?;
    std::panic::set_hook(Box::new(panicked));
    Ok(())
}

/// A panic is a line of the log like any other failure.
fn panicked(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let message = panic.payload_as_str().unwrap_or("it says nothing");
    tracing::error!(place, "a fault of Platbook: {message}");
}
