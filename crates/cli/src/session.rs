//! One command's conversation with a server.

use clap::Args;
use serde_json::Value;

use crate::{
    Connection, Console, Failure,
    api::{Answer, Api},
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
        Ok(Self { api: Api::new(server)?, console, json: options.json })
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
        self.console.say(&words(&value, self.console.width))
    }
}
