//! Reserving free blocks, and moving blocks between holders.

use clap::Args;
use reqwest::Method;
use serde::Serialize;

use super::{
    block::{self, Which},
    wanted::Holder,
};
use crate::{Failure, Session, fields, text};

/// Keeps a free block from being found.
#[derive(Debug, Args, Serialize)]
pub struct Reserve {
    #[command(flatten)]
    #[serde(skip)]
    which: Which,
    /// Until when: 2027-01-31T12:00:00Z; without it, until it is released
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
}

impl Reserve {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let body = fields::body(&self)?;
        let path = format!("{}/reserve", self.which.block()?.path());
        let answer = session.api.write(Method::PUT, &path, Some(&body)).await?;
        session.show(&answer, |reserved, width| {
            block::outcome(&format!("Reserved {}.", text::of(&reserved["cidr"])), reserved, width)
        })
    }
}

/// Ends a reservation.
#[derive(Debug, Args)]
pub struct Release {
    #[command(flatten)]
    which: Which,
}

impl Release {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let path = format!("{}/release", self.which.block()?.path());
        let answer = session.api.write(Method::PUT, &path, None).await?;
        session.show(&answer, |released, width| {
            block::outcome(&format!("Released {}.", text::of(&released["cidr"])), released, width)
        })
    }
}

/// Moves a block to another holder, past the holding tank.
#[derive(Debug, Args, Serialize)]
pub struct Move {
    #[command(flatten)]
    #[serde(skip)]
    which: Which,
    #[command(flatten)]
    #[serde(flatten)]
    holder: Holder,
}

impl Move {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let body = fields::body(&self)?;
        let path = format!("{}/move", self.which.block()?.path());
        let answer = session.api.write(Method::PUT, &path, Some(&body)).await?;
        session.show(&answer, |moved, width| {
            let sentence = format!("Moved {} to {}.", text::of(&moved["cidr"]), block::holder(moved));
            block::outcome(&sentence, moved, width)
        })
    }
}
