//! What a command has around it: where it reads and writes, its environment, and the person who may be asked.

use std::{
    io::{self, IsTerminal, Write},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::io::AsyncRead;

use crate::{Failure, Secret};

/// Looks up an environment variable.
pub type Environment = Box<dyn Fn(&str) -> Option<String> + Send>;
/// Asks a person for a secret; the text is the question. An error when nobody is there.
pub type Question = Box<dyn Fn(&str) -> io::Result<Secret> + Send>;

/// The surroundings of a command, given from outside so that tests own them.
pub struct Console {
    /// For answers.
    pub out: Box<dyn Write + Send>,
    /// For errors, and for remarks that are no part of an answer.
    pub err: Box<dyn Write + Send>,
    /// For the file `-`.
    pub input: Box<dyn AsyncRead + Send + Unpin>,
    /// The columns of the terminal; `None` when answers go elsewhere, so that nothing may be wrapped.
    pub width: Option<u16>,
    /// Whether a person sees how long work goes on.
    pub bars: bool,
    /// The environment variables.
    pub environment: Environment,
    /// Asks for a password.
    pub ask: Question,
}

impl Console {
    /// The console of this process.
    pub fn of_process() -> Self {
        Self {
            out: Box::new(io::BufWriter::new(io::stdout())),
            err: Box::new(io::stderr()),
            input: Box::new(tokio::io::stdin()),
            width: comfy_table::Table::new().width(),
            bars: io::stderr().is_terminal(),
            environment: Box::new(|name| std::env::var(name).ok()),
            ask: Box::new(|question| {
                if !io::stderr().is_terminal() {
                    return Err(io::ErrorKind::NotConnected.into());
                }
                rpassword::prompt_password(question).map(Secret::from)
            }),
        }
    }

    /// The first of these environment variables that says something.
    pub(crate) fn variable(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| (self.environment)(name).filter(|value| !value.is_empty()))
    }

    /// Asks for a secret, which is never taken from the command line, where others could see it.
    pub(crate) fn secret(&self, question: &str) -> Result<Secret, Failure> {
        (self.ask)(question)
            .map_err(|_| Failure::Usage("There is no terminal to ask for the secret that this takes.".to_owned()))
    }

    /// Prints lines of the answer.
    pub(crate) fn say(&mut self, text: &str) -> Result<(), Failure> {
        let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        write!(self.out, "{text}{end}").map_err(Failure::Output)
    }

    /// Prints a line beside the answer.
    pub(crate) fn remark(&mut self, text: &str) -> Result<(), Failure> {
        writeln!(self.err, "{text}").map_err(Failure::Output)
    }

    /// Makes sure that what was said is out.
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        self.out.flush().map_err(Failure::Output)
    }

    /// A bar that shows how far something is, where there is somebody to see it.
    pub(crate) fn bar(&self, template: &str) -> ProgressBar {
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let target = if self.bars { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target).with_style(style.progress_chars("=> "));
        if self.bars {
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        bar
    }
}
