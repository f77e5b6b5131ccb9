//! Blocks of address space: one file for each thing that can be done to them.

mod add;
mod aggregate;
mod block;
mod delete;
mod direct_assign;
mod get;
mod holders;
mod holding;
mod report;
mod reserve;
mod rule;
mod smart_assign;
mod split;
mod unassign;
mod update;
mod values;
mod vlan;
mod vrf;
mod wanted;

use clap::Subcommand;

use self::{
    add::Add,
    aggregate::Aggregate,
    delete::Delete,
    direct_assign::DirectAssign,
    get::Get,
    holders::Holders,
    holding::{OverrideHolding, ProcessHolding},
    report::{BlockOptions, Utilization},
    reserve::{Move, Release, Reserve},
    rule::Rule,
    smart_assign::SmartAssign,
    split::Split,
    unassign::Unassign,
    update::Update,
    vlan::Vlan,
    vrf::Vrf,
};
use crate::{Failure, Session};

/// What can be done with blocks. A BLOCK is named by its CIDR (192.0.2.0/24) or by its id (17).
#[derive(Debug, Subcommand)]
pub enum Ipam {
    /// Add an aggregate: a block that lies in no other one
    Add(Add),
    /// Show a block, or find blocks
    Get(Get),
    /// Change what is written about a block
    Update(Update),
    /// Delete an aggregate
    Delete(Delete),
    /// Assign the best free block of a size to a resource
    SmartAssign(SmartAssign),
    /// Assign a certain block to a resource
    DirectAssign(DirectAssign),
    /// Take a block back from its holder
    Unassign(Unassign),
    /// Move a block to another holder, past the holding tank
    Move(Move),
    /// Keep a free block from being found, for a time or until it is released
    Reserve(Reserve),
    /// End the reservation of a block
    Release(Release),
    /// Split a block into smaller ones
    Split(Split),
    /// Merge a block with its neighbour, or everything inside a larger block
    Aggregate(Aggregate),
    /// Make a block in holding available at once
    OverrideHolding(OverrideHolding),
    /// Make the blocks available whose time in holding is over
    ProcessHolding(ProcessHolding),
    /// List who held an address when
    Holders(Holders),
    /// Show what may be done with a block
    Options(BlockOptions),
    /// Count how much of a block, or of everything, is in use
    Utilization(Utilization),
    /// Rules: positions that are kept back in blocks
    #[command(subcommand)]
    Rule(Rule),
    /// VLANs and their domains
    #[command(subcommand)]
    Vlan(Vlan),
    /// VRFs: routing tables of their own
    #[command(subcommand)]
    Vrf(Vrf),
}

impl Ipam {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        match self {
            Self::Add(command) => command.run(session).await,
            Self::Get(command) => command.run(session).await,
            Self::Update(command) => command.run(session).await,
            Self::Delete(command) => command.run(session).await,
            Self::SmartAssign(command) => command.run(session).await,
            Self::DirectAssign(command) => command.run(session).await,
            Self::Unassign(command) => command.run(session).await,
            Self::Move(command) => command.run(session).await,
            Self::Reserve(command) => command.run(session).await,
            Self::Release(command) => command.run(session).await,
            Self::Split(command) => command.run(session).await,
            Self::Aggregate(command) => command.run(session).await,
            Self::OverrideHolding(command) => command.run(session).await,
            Self::ProcessHolding(command) => command.run(session).await,
            Self::Holders(command) => command.run(session).await,
            Self::Options(command) => command.run(session).await,
            Self::Utilization(command) => command.run(session).await,
            Self::Rule(command) => command.run(session).await,
            Self::Vlan(command) => command.run(session).await,
            Self::Vrf(command) => command.run(session).await,
        }
    }
}
