//! Commands as they are typed, and what comes back.

use std::{
    collections::HashMap,
    io::{self, Write},
    sync::{Arc, Mutex},
};

use clap::{CommandFactory, Parser};
use cli::{Command, Console, Secret};

use crate::server::{Server, TOKEN};

/// A program that has nothing but the client's commands.
#[derive(Debug, Parser)]
#[command(name = "platbook")]
pub(crate) struct Program {
    #[command(subcommand)]
    command: Command,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: u8,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// What a command has around it.
pub(crate) struct Terminal {
    environment: HashMap<&'static str, String>,
    password: Option<&'static str>,
    input: &'static str,
    width: Option<u16>,
    hung_up: bool,
}

impl Terminal {
    /// A terminal with nothing set.
    pub(crate) fn bare() -> Self {
        Self { environment: HashMap::new(), password: None, input: "", width: None, hung_up: false }
    }

    /// A terminal of somebody who has a token for the server.
    pub(crate) fn of(server: &Server) -> Self {
        Self::bare().with("PLATBOOK_SERVER", &server.url).with("PLATBOOK_TOKEN", TOKEN)
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.environment.insert(name, value.to_owned());
        self
    }

    /// Somebody is there and answers questions with this.
    pub(crate) fn person(self, password: &'static str) -> Self {
        Self { password: Some(password), ..self }
    }

    pub(crate) fn input(self, input: &'static str) -> Self {
        Self { input, ..self }
    }

    pub(crate) fn width(self, width: u16) -> Self {
        Self { width: Some(width), ..self }
    }

    /// Nobody reads the output any more.
    pub(crate) fn hung_up(self) -> Self {
        Self { hung_up: true, ..self }
    }

    /// Types a command whose words have no spaces.
    pub(crate) async fn types(self, line: &str) -> Outcome {
        self.runs(&line.split(' ').collect::<Vec<_>>()).await
    }

    /// Runs a command given word by word.
    pub(crate) async fn runs(self, words: &[&str]) -> Outcome {
        let words = std::iter::once("platbook").chain(words.iter().copied());
        let program = match Program::try_parse_from(words) {
            Ok(program) => program,
            Err(error) => {
                let code = u8::try_from(error.exit_code()).unwrap();
                return Outcome { code, out: String::new(), err: error.to_string() };
            }
        };
        let (out, err) = (Page::default(), Page::default());
        let Self { environment, password, input, width, hung_up } = self;
        let asked = err.clone();
        let mut console = Console {
            out: if hung_up { Box::new(HungUp) } else { Box::new(out.clone()) },
            err: Box::new(err.clone()),
            input: Box::new(input.as_bytes()),
            width,
            bars: false,
            environment: Box::new(move |name| environment.get(name).cloned()),
            ask: Box::new(move |question| {
                let password = password.ok_or(io::ErrorKind::NotConnected)?;
                asked.clone().write_all(question.as_bytes())?;
                Ok(Secret::from(password.to_owned()))
            }),
        };
        let code = cli::run_on(program.command, &mut Program::command(), &mut console).await;
        Outcome { code, out: out.text(), err: err.text() }
    }
}

/// A stream that can be read afterwards.
#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl Page {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A stream that nobody reads.
struct HungUp;

impl Write for HungUp {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
