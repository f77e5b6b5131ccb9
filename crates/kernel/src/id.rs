//! Typed ids: a `BlockId` can't be passed where a `ResourceId` is meant. Ids are opaque, positive and never reused.

use std::{fmt, num::ParseIntError, str::FromStr};

use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(
            /// The number as the database and every door show it.
            pub i64,
        );

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIntError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.trim().parse().map(Self)
            }
        }

        impl From<$name> for i64 {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl From<i64> for $name {
            fn from(id: i64) -> Self {
                Self(id)
            }
        }
    )+};
}

ids! {
    /// An IP block: a node of the binary tree below a top-level aggregate.
    BlockId,
    /// One entry of the change log.
    ChangeId,
    /// A user group.
    GroupId,
    /// A background job.
    JobId,
    /// A local Internet registry: an account at a RIR.
    LirId,
    /// A way of signing in that asks another server.
    LoginMethodId,
    /// A passkey.
    PasskeyId,
    /// An interned set of block attributes (RIR, region, VLAN, code, ASN, LIR, tags).
    ProfileId,
    /// A resource: any node of the resource tree.
    ResourceId,
    /// An IPAM rule: positions that are kept back in blocks.
    RuleId,
    /// A session: a sign-in that goes on.
    SessionId,
    /// An API token.
    TokenId,
    /// A user.
    UserId,
    /// A VLAN domain.
    VlanDomainId,
    /// A VLAN that is enabled in a domain.
    VlanId,
    /// A VRF: a routing table of its own.
    VrfId,
}

impl ResourceId {
    /// The top-level resource, the root of the tree; everything hangs below it.
    pub const TOP: Self = Self(1);
}
