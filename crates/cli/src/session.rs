//! One command's conversation with a server.

use clap::Args;
use serde_json::Value;

use crate::{
    Connection, Console, Failure,
    api::{Answer, Api, Meant},
    text,
};

/// What every command that talks to a server takes.
#[derive(Debug, Args)]
pub struct Options {
    /// Which server.
    #[command(flatten)]
    pub connection: Connection,
    /// Print what the API answers, as JSON
    #[arg(long, global = true, display_order = 900)]
    pub json: bool,
    /// Only show what would be done, and a token by which exactly that is done
    #[arg(long, global = true, display_order = 901)]
    pub dry_run: bool,
    /// Do exactly what a dry run of the same command has shown, or nothing
    #[arg(long, global = true, value_name = "TOKEN", conflicts_with = "dry_run", display_order = 902)]
    pub commit: Option<String>,
}

/// A command's server and console.
pub(crate) struct Session<'a> {
    pub(crate) api: Api,
    pub(crate) console: &'a mut Console,
    pub(crate) json: bool,
}

impl<'a> Session<'a> {
    /// Finds out which server is meant and who asks. Nothing is sent yet.
    pub(crate) fn open(options: Options, console: &'a mut Console) -> Result<Self, Failure> {
        let server = options.connection.settle(console)?;
        let api = Api::new(server, Meant::of(options.dry_run, options.commit))?;
        Ok(Self { api, console, json: options.json })
    }

    /// Prints an answer: for programs as it came, for people in `words`, which are also given the width of the page.
    pub(crate) fn show(
        &mut self,
        answer: &Answer,
        words: impl FnOnce(&Value, Option<u16>) -> String,
    ) -> Result<(), Failure> {
        if self.json {
            return self.console.say(&answer.body);
        }
        let value = self.api.read(answer)?;
        if let Some(waits) = waiting(&value) {
            return self.console.say(&waits);
        }
        self.say(answer, &value, words)
    }

    /// The same for what is itself about requests that wait.
    pub(crate) fn tell(
        &mut self,
        answer: &Answer,
        words: impl FnOnce(&Value, Option<u16>) -> String,
    ) -> Result<(), Failure> {
        if self.json {
            return self.console.say(&answer.body);
        }
        let value = self.api.read(answer)?;
        self.say(answer, &value, words)
    }

    fn say(
        &mut self,
        answer: &Answer,
        value: &Value,
        words: impl FnOnce(&Value, Option<u16>) -> String,
    ) -> Result<(), Failure> {
        if !answer.is_dry_run {
            return self.console.say(&words(value, self.console.width));
        }
        let shown = words(&value["answer"], self.console.width);
        self.console.say(&format!("{shown}\n\n{}", only_shown(value)))
    }
}

/// What is said of a request that others have to approve; nothing of all others.
pub(crate) fn waiting(answer: &Value) -> Option<String> {
    let voices = answer["voices"].as_array().filter(|_| answer["state"].is_string())?;
    let groups: Vec<String> = voices.iter().map(|voice| text::of(&voice["group"])).collect();
    let (what, id) = (text::of(&answer["sentence"]), text::of(&answer["id"]));
    Some(match answer["state"].as_str() {
        Some("pending") => format!("{what}: waits for approval by {} (submission {id}).", groups.join(" and ")),
        state => format!("{what}: {} (submission {id}).", state.unwrap_or_default()),
    })
}

/// What is said below that which a dry run has shown.
fn only_shown(dry_run: &Value) -> String {
    let changes = text::count(dry_run["changes"].as_array().map_or(0, Vec::len), "record");
    let then = match dry_run["commit_token"].as_str() {
        Some(token) => format!("To have exactly this done, give the same command with --commit {token}"),
        None if dry_run["needs_approval"] == true => "Others have to approve it first.".to_owned(),
        None => String::new(),
    };
    format!("Nothing was done: this was a dry run. It would change {changes}.\n{then}").trim_end().to_owned()
}
