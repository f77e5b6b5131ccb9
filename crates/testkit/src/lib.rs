//! What the tests of all crates need: a fresh database on either engine, a clock that stands still until it is told
//! to move, people with exactly the rights that a test is about, and the servers with which a driver talks.
//!
//! ```
//! use testkit::Engine;
//!
//! async fn an_empty_database_has_no_history(engine: Engine) {
//!     let test = engine.database(store::Setup::default()).await;
//!     let mut tx = test.db.read(&testkit::actor("ann").nobody()).await.unwrap();
//!     assert_eq!(tx.history("planet", 1, 10).await.unwrap(), []);
//! }
//! testkit::on_both!(an_empty_database_has_no_history);
//! # fn main() {}
//! ```
//!
//! What goes wrong here fails the test at once, with a sentence: nothing returns a `Result`.
#![expect(clippy::panic, reason = "whatever goes wrong here fails the test")]

mod actor;
mod arin;
mod chromium;
mod clock;
mod directory;
mod engine;
mod identity_provider;
mod mailhost;
mod on_both;
mod postgres;
mod radius;
mod registry;
mod watchdog;

pub use actor::{ActorBuilder, actor};
pub use arin::{Arin, Fault, RegisteredNet};
pub use chromium::{Authenticator, Chromium};
pub use clock::TestClock;
pub use directory::Directory;
pub use engine::{Engine, Place, TestDb};
pub use identity_provider::IdentityProvider;
pub use mailhost::{Mailhost, Received};
pub use postgres::Server;
pub use radius::Radius;
pub use registry::{Answer, Registry};
#[doc(hidden)]
pub use tokio;
