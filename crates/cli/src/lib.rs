//! The commands of Platbook for scripts and people: a client of API v2. It talks to the server over HTTP as any other
//! client does, and holds no rule of its own.
//!
//! A program embeds [`Command`] in its parser and hands what was typed to [`run`]. The exit code is 0 when all went
//! well, 1 when the server refused or could not be reached, 2 when the command itself made no sense.

mod api;
mod approval;
mod connection;
mod console;
mod contact;
mod failure;
mod fields;
mod group;
mod import;
mod ipam;
mod jobs;
mod resource;
mod search;
mod secret;
mod session;
mod table;
mod text;
mod token;
mod user;

use std::process::ExitCode;

use clap::Subcommand;
use clap_complete::Shell;

pub use self::{
    approval::Approval,
    connection::Connection,
    console::{Console, Environment, Question},
    contact::Contact,
    group::Group,
    import::{Format, Import},
    ipam::Ipam,
    jobs::Jobs,
    resource::Resource,
    search::Search,
    secret::Secret,
    session::Options,
    token::Token,
    user::User,
};
use self::{failure::Failure, session::Session};

/// The commands of the client, beside those of the server in one program.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Find, add, assign and return blocks of address space
    Ipam {
        /// The server, and how to print.
        #[command(flatten)]
        options: Options,
        /// What to do.
        #[command(subcommand)]
        command: Box<Ipam>,
    },
    /// Read address space from a file
    Import {
        /// The server, and how to print.
        #[command(flatten)]
        options: Options,
        /// What to read.
        #[command(flatten)]
        command: Import,
    },
    /// Find, add and delete resources: customers, sites, devices and what else holds address space
    Resource {
        /// The server, and how to print.
        #[command(flatten)]
        options: Options,
        /// What to do.
        #[command(subcommand)]
        command: Resource,
    },
    /// Find, add, import and delete contacts: people and desks that can be reached
    Contact {
        /// The server, and how to print.
        #[command(flatten)]
        options: Options,
        /// What to do.
        #[command(subcommand)]
        command: Contact,
    },
    /// Decide on what waits for approval
    Approval {
        /// The server, and how to print.
        #[command(flatten)]
        options: Options,
        /// What to do.
        #[command(subcommand)]
        command: Approval,
    },
    /// Search everything: blocks and resources
    Search {
        /// The server, and how to print.
        #[command(flatten)]
        options: Options,
        /// What is looked for.
        #[command(flatten)]
        search: Search,
    },
    /// Find, add, enable and delete users; see what they may do, and why
    User {
        /// The server, and how to print.
        #[command(flatten)]
        options: Options,
        /// What to do.
        #[command(subcommand)]
        command: User,
    },
    /// Keep groups of users: who is in them, what they may do, how much they may hold
    Group {
        /// The server, and how to print.
        #[command(flatten)]
        options: Options,
        /// What to do.
        #[command(subcommand)]
        command: Group,
    },
    /// Make and take back tokens, by which programs sign in
    Token {
        /// The server, and how to print.
        #[command(flatten)]
        options: Options,
        /// What to do.
        #[command(subcommand)]
        command: Token,
    },
    /// Watch and stop long work that the server does
    Jobs {
        /// The server, and how to print.
        #[command(flatten)]
        options: Options,
        /// What to do.
        #[command(subcommand)]
        command: Jobs,
    },
    /// Print the completions of a shell
    Completions {
        /// The shell.
        shell: Shell,
    },
}

/// Runs a command on the terminal. `program` is the parser of the whole program, whose completions may be wanted.
pub async fn run(command: Command, program: &mut clap::Command) -> ExitCode {
    ExitCode::from(run_on(command, program, &mut Console::of_process()).await)
}

/// The same on a console of the caller's choice; returns the exit code as a number.
pub async fn run_on(command: Command, program: &mut clap::Command, console: &mut Console) -> u8 {
    let done = dispatch(command, program, console).await;
    done.and_then(|()| console.flush()).map_or_else(|failure| failure.report(console), |()| 0)
}

async fn dispatch(command: Command, program: &mut clap::Command, console: &mut Console) -> Result<(), Failure> {
    match command {
        Command::Ipam { options, command } => command.run(&mut Session::open(options, console)?).await,
        Command::Import { options, command } => command.run(&mut Session::open(options, console)?).await,
        Command::Resource { options, command } => command.run(&mut Session::open(options, console)?).await,
        Command::Contact { options, command } => command.run(&mut Session::open(options, console)?).await,
        Command::Approval { options, command } => command.run(&mut Session::open(options, console)?).await,
        Command::Search { options, search } => search.run(&mut Session::open(options, console)?).await,
        Command::User { options, command } => command.run(&mut Session::open(options, console)?).await,
        Command::Group { options, command } => command.run(&mut Session::open(options, console)?).await,
        Command::Token { options, command } => command.run(&mut Session::open(options, console)?).await,
        Command::Jobs { options, command } => command.run(&mut Session::open(options, console)?).await,
        Command::Completions { shell } => {
            let (name, mut script) = (program.get_name().to_owned(), Vec::new());
            clap_complete::generate(shell, program, name, &mut script);
            console.say(&String::from_utf8_lossy(&script))
        }
    }
}
