//! The audit chain: what makes it show when somebody changes the change log behind the program's back.
//!
//! Every few seconds the entries that are new are gathered into a seal: the hash of each, the hash of
//! the seal before, and a signature over all of it with a key that is not in the database. Writers know nothing of
//! it: a seal reads what they have committed. Entries are sealed by membership, not by range, since an id that was
//! given out early may be committed late.
//!
//! What this shows, and what it can't, is in `docs/decisions/0009-an-audit-chain-beside-the-writers.md`.

mod checkpoint;
mod cut;
mod gaps;
mod key;
mod retention;
mod seal;
mod sealing;
mod verify;

pub use checkpoint::{Checkpoint, checkpoint};
pub use key::{PublicKey, SigningKey};
pub use retention::{Retention, expire, keep_expiring, retention, set_retention};
pub use sealing::{keep_sealing, seal};
pub use verify::{Finding, Report, verify};
