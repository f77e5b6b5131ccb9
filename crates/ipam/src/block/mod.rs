//! Blocks: address space as a binary tree below each top-level aggregate.
//!
//! Only what differs is stored: a block is split on the path to what was asked for, and nowhere else. The leaves tile
//! their aggregate exactly. Each block is held by one resource: a real one, the Available or the Holding resource.

mod add;
mod add_tag;
mod aggregate;
pub(crate) mod api;
mod asn_resource;
pub(crate) mod assign;
mod delete;
mod direct_assign;
mod explanation;
mod filter;
pub(crate) mod find;
mod fold;
mod held;
mod holding;
mod marks;
mod model;
mod move_block;
mod nat;
mod options;
pub(crate) mod past;
mod pick;
mod piece;
mod read;
mod recipient;
mod reprofile;
mod reserve;
mod row;
mod search;
mod settle;
mod smart_assign;
mod sparse;
mod split;
mod state;
mod system;
mod tenure;
pub(crate) mod tree;
mod unassign;
mod unassign_all;
pub(crate) mod update;
pub(crate) mod v1;
mod view;

pub(crate) use add::{AddBlock, NewBlock, checked, first_free_space};
pub(crate) use asn_resource::ensure as ensure_asn_resource;
pub(crate) use assign::may_hold;
pub(crate) use direct_assign::listed;
pub(crate) use filter::BlockQuery;
pub use held::{HeldBlock, Unregistered, blocks_around, blocks_of, held_block, unregistered};
pub(crate) use marks::reserved_until;
pub use model::Netblock;
pub(crate) use nat::part;
pub(crate) use pick::{BlockRef, Held};
pub(crate) use reprofile::reprofile;
pub use row::Block;
pub use search::{FoundBlock, search};
pub(crate) use smart_assign::{SmartAssign, SmartAssignBatch};
pub use state::State;
pub(crate) use system::system_resource;
pub(crate) use view::BlockView;
