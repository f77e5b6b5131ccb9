//! What the program says to the person at the terminal, on standard output. The log goes to standard error.

use std::io::Write as _;

/// Says something. That nobody listens is no failure: the output may be a pipe that was closed.
pub(crate) fn say(text: impl std::fmt::Display) {
    writeln!(std::io::stdout(), "{text}").ok();
}
