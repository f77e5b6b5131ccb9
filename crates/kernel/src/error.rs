//! What can go wrong, in words for the person who asked. No variant knows HTTP or SQL; each door turns them into
//! its own form.

/// The result of everything that may be refused.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody, or someone we don't know, asked.
    #[error("{0}")]
    Unauthenticated(String),
    /// The thing is visible to the caller, but this may not be done to it.
    #[error("{0}")]
    Forbidden(String),
    /// There is no such thing, or the caller may not see it.
    #[error("{0}")]
    NotFound(String),
    /// The input breaks a rule; each entry names a field.
    #[error("{0}")]
    Invalid(FieldErrors),
    /// The request is well formed, but the state of the thing does not allow it.
    #[error("{0}")]
    Conflict(Obstacle),
    /// The request is larger than this server takes.
    #[error("{0}")]
    TooLarge(String),
    /// What was read has changed meanwhile; the same request may succeed when it is made again.
    /// `store` retries these itself and reports `Busy` when it gives up.
    #[error("{0}")]
    Stale(String),
    /// The server can't do it now; the same request may succeed later.
    #[error("{0}")]
    Busy(String),
    /// A fault of ours. The caller hears only that; the text is for the log.
    #[error("internal error: {0}")]
    Internal(String),
}

impl Error {
    /// One invalid field: its name as the caller wrote it, and a sentence.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid(FieldErrors(vec![FieldError { field: field.into(), message: message.into() }]))
    }

    /// The state of a thing is in the way.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::Conflict(Obstacle { field: None, message: message.into() })
    }

    /// The state of what this field names is in the way.
    pub fn conflict_of(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Conflict(Obstacle { field: Some(field.into()), message: message.into() })
    }

    /// The same, and the field that named the thing whose state is in the way, unless that has been said.
    #[must_use]
    pub fn about(mut self, name: &str) -> Self {
        if let Self::Conflict(Obstacle { field, .. }) = &mut self {
            field.get_or_insert_with(|| name.to_owned());
        }
        self
    }

    /// The names of the fields that it speaks of, for a door whose callers know them by other names.
    pub fn fields_mut(&mut self) -> Vec<&mut String> {
        match self {
            Self::Invalid(errors) => errors.0.iter_mut().map(|error| &mut error.field).collect(),
            Self::Conflict(obstacle) => obstacle.field.iter_mut().collect(),
            _ => Vec::new(),
        }
    }

    /// No such thing.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::NotFound(message.into())
    }

    /// Not allowed.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::Forbidden(message.into())
    }

    /// A fault of ours.
    pub fn internal(message: impl std::fmt::Display) -> Self {
        Self::Internal(message.to_string())
    }

    /// Whether the same may succeed when it is done again later. Everything else is refused until somebody changes
    /// something.
    pub const fn may_pass(&self) -> bool {
        matches!(self, Self::Stale(_) | Self::Busy(_) | Self::Internal(_))
    }

    /// What the caller may read: the message, but for our own faults.
    pub fn public(&self) -> String {
        match self {
            Self::Internal(_) => "Something went wrong on the server. It has been logged.".to_owned(),
            other => other.to_string(),
        }
    }
}

/// What stands in the way of a request that is well formed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// The field that names the thing, as the caller names it; nothing when no field does.
    pub field: Option<String>,
    /// What the state of the thing is, and what to do.
    pub message: String,
}

/// `field: message`, or the message alone.
impl std::fmt::Display for Obstacle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.field {
            Some(field) => write!(f, "{field}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

/// One thing that is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The field, as the caller names it.
    pub field: String,
    /// The rule it breaks, and what to do.
    pub message: String,
}

/// All that is wrong with an input, so that it can be mended in one go.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FieldErrors(
    /// In the order in which they were found.
    pub Vec<FieldError>,
);

impl FieldErrors {
    /// Adds one.
    pub fn push(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(FieldError { field: field.into(), message: message.into() });
    }

    /// `Ok` when nothing was found.
    pub fn into_result(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self)) }
    }
}

/// `field: message`, joined by `; `.
impl std::fmt::Display for FieldErrors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, FieldError { field, message }) in self.0.iter().enumerate() {
            let separator = if i == 0 { "" } else { "; " };
            write!(f, "{separator}{field}: {message}")?;
        }
        Ok(())
    }
}
