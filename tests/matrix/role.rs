//! Who asks.

/// Somebody who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Shows no credentials.
    Nobody,
    /// Shows a token of the administrator that has expired.
    Expired,
    /// Shows a token of the administrator that was revoked.
    Revoked,
    /// Has every right but the administrator's, below another resource than the one that everything is asked about.
    Elsewhere,
    /// Has the rights over address space, and no others, below the resource that everything is asked about.
    Space,
    /// May read everything.
    Reader,
    /// May do everything.
    Administrator,
}

impl Role {
    /// Everybody, those with fewer rights first.
    pub(crate) const ALL: [Self; 7] =
        [Self::Nobody, Self::Expired, Self::Revoked, Self::Elsewhere, Self::Space, Self::Reader, Self::Administrator];

    /// How the matrix calls them.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Elsewhere => "elsewhere",
            Self::Space => "space",
            Self::Reader => "reader",
            Self::Administrator => "admin",
        }
    }
}
