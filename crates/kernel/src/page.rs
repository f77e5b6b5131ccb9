//! Pages of lists.

/// Which part of a list is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// How many to leave out at the start.
    pub offset: u32,
    /// How many to return at the most.
    pub limit: u32,
}

impl Page {
    /// The most that one answer holds.
    pub const MOST: u32 = 10_000;
    /// What a list returns when nobody says how much.
    pub const USUAL: u32 = 100;
}

impl Default for Page {
    fn default() -> Self {
        Self { offset: 0, limit: Self::USUAL }
    }
}

/// The direction of a sorted list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// Smallest first.
    #[default]
    Ascending,
    /// Largest first.
    Descending,
}

impl Order {
    /// The SQL keyword.
    pub const fn sql(self) -> &'static str {
        match self {
            Self::Ascending => "ASC",
            Self::Descending => "DESC",
        }
    }

    /// `ASC` or `DESC`, in any case.
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim().to_ascii_uppercase().as_str() {
            "ASC" => Some(Self::Ascending),
            "DESC" => Some(Self::Descending),
            _ => None,
        }
    }
}
