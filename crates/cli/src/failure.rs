//! What can go wrong with a command, in words for the person who typed it.

use std::io;

use reqwest::StatusCode;
use serde::Deserialize;

use crate::{Console, text};

/// Why a command was not done.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command makes no sense as it was typed.
    Usage(String),
    /// The server said no.
    Refused(String),
    /// There is nobody at the address, or nobody we may trust. Nothing was sent.
    Unreachable(String),
    /// The server was reached, but its answer did not arrive.
    Lost(String),
    /// What we say can't be written.
    Output(io::Error),
    /// Something was refused, and all about it has been said.
    Told,
}

impl Failure {
    /// Says what went wrong and returns the exit code.
    pub(crate) fn report(self, console: &mut Console) -> u8 {
        let (text, code) = match self {
            Self::Usage(text) => (text, 2),
            Self::Refused(text) | Self::Unreachable(text) | Self::Lost(text) => (text, 1),
            // The reader has seen enough: `platbook ... | head`.
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => return 0,
            Self::Output(error) => (format!("The answer can't be written: {error}."), 1),
            Self::Told => (String::new(), 1),
        };
        // When neither stream takes any text, the exit code has to say it all.
        let _ = console.flush();
        if !text.is_empty() {
            let _ = console.remark(&format!("error: {text}"));
        }
        code
    }

    /// The server's refusal: a problem document (RFC 9457), or whatever else stands at the address.
    pub(crate) fn refused(status: StatusCode, body: &str, server: &str) -> Self {
        let Ok(problem) = serde_json::from_str::<Problem>(body) else {
            return Self::Refused(format!(
                "{server} answers {status}, and not as Platbook does. Is the address of the server right?"
            ));
        };
        let mut sentence = match problem.errors.as_slice() {
            [] if problem.detail.is_empty() => format!("The server answers {status}."),
            [] => text::visible(&problem.detail),
            errors => {
                let lines: Vec<String> = errors.iter().map(FieldProblem::line).collect();
                format!("This was refused:\n{}", lines.join("\n"))
            }
        };
        if let (true, Some(request)) = (status.is_server_error(), &problem.instance) {
            sentence = format!("{sentence} (request {})", text::visible(request));
        }
        Self::Refused(sentence)
    }

    /// The same failure with advice behind it.
    pub(crate) fn with_advice(self, advice: &str) -> Self {
        match self {
            Self::Refused(text) => Self::Refused(format!("{text}\n{advice}")),
            Self::Unreachable(text) => Self::Unreachable(format!("{text}\n{advice}")),
            Self::Lost(text) => Self::Lost(format!("{text}\n{advice}")),
            other => other,
        }
    }
}

/// A problem document, as far as it is read here.
#[derive(Deserialize)]
struct Problem {
    #[serde(default)]
    detail: String,
    instance: Option<String>,
    #[serde(default)]
    errors: Vec<FieldProblem>,
}

#[derive(Deserialize)]
struct FieldProblem {
    field: String,
    detail: String,
}

impl FieldProblem {
    fn line(&self) -> String {
        format!("  {}: {}", text::visible(&self.field), text::visible(&self.detail))
    }
}
