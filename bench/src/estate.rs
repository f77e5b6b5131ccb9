//! A filled database, made through the program's own doors.

use std::{cell::Cell, path::Path, rc::Rc, time::Duration};

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    client::{Connection, Request},
    fill,
    product::Product,
};

/// The file beside the database that says what is in it.
const FILE: &str = "estate.json";
/// The most resources that are made; they hold the assigned blocks.
const MOST_RESOURCES: usize = 20_000;
/// Clients that fill.
const CLIENTS: usize = 32;

/// What a filled database holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Estate {
    /// Nodes of the trees.
    pub(crate) blocks: usize,
    /// The resource under which all the others are.
    pub(crate) parent: i64,
    /// The resources below it.
    pub(crate) resources: Vec<i64>,
    /// A block with many leaves, and how many.
    pub(crate) wide: i64,
    pub(crate) leaves: usize,
}

impl Estate {
    /// What is in this directory, if it was filled to the end.
    pub(crate) fn read(directory: &Path) -> Result<Option<Self>> {
        match std::fs::read(directory.join(FILE)) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes)?),
            Err(_) => Ok(None),
        }
    }

    /// Fills a new embedded database.
    pub(crate) async fn fill(program: &Path, directory: &Path, blocks: usize) -> Result<Self> {
        std::fs::remove_dir_all(directory).ok();
        std::fs::create_dir_all(directory)?;
        let product = Product::on_directory(program, directory).await?;
        let estate = Self::fill_product(&product, blocks).await?;
        product.stop()?;
        std::fs::write(directory.join(FILE), serde_json::to_vec(&estate)?)?;
        Ok(estate)
    }

    /// Fills whatever the program runs on.
    pub(crate) async fn fill_product(product: &Product, blocks: usize) -> Result<Self> {
        eprintln!("filling an estate of {blocks} blocks");
        let mut connection = product.connect().await?;
        for n in 0..fill::REGIONS {
            let region = json!({ "code": fill::region(n) });
            connection.call(&Request::json("POST", "/api/v2/ipam/regions", &region)).await?;
        }
        for n in 0..fill::TAGS {
            let tag = json!({ "name": format!("T{n}") });
            connection.call(&Request::json("POST", "/api/v2/ipam/tags", &tag)).await?;
        }
        let parent = resource(&mut connection, "Customers", None).await?;
        let resources = resources(product, parent, MOST_RESOURCES.min(blocks / 5)).await?;
        // One in thirty of all leaves, as a power of two: 32,768 of a million.
        let leaves = (blocks / 30).next_power_of_two() / 2;
        let leaves = if blocks >= 1_000_000 { 32_768 } else { leaves };
        // The server closes a connection that has been idle for long.
        let mut connection = product.connect().await?;
        let wide = wide(&mut connection, leaves).await?;
        let (text, made) = fill::csv(blocks - 2 * leaves, &resources);
        let import = Request::new("POST", "/api/v2/ipam/imports?format=csv", text.as_bytes());
        job(&mut connection, &import).await?;
        Ok(Self { blocks: made + 2 * leaves - 1, parent, resources, wide, leaves })
    }
}

async fn resource(connection: &mut Connection, name: &str, parent: Option<i64>) -> Result<i64> {
    let body = json!({ "name": name, "type": "customer", "parent_id": parent });
    id(&connection.call(&Request::json("POST", "/api/v2/resources", &body)).await?)
}

/// The id in an answer; resources write it as a text.
fn id(answer: &Value) -> Result<i64> {
    let id = &answer["id"];
    id.as_i64().or_else(|| id.as_str()?.parse().ok()).with_context(|| format!("an answer without an id: {answer}"))
}

async fn resources(product: &Product, parent: i64, count: usize) -> Result<Vec<i64>> {
    let next = Rc::new(Cell::new(0));
    let local = tokio::task::LocalSet::new();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..CLIENTS {
        let (mut connection, next) = (product.connect().await?, next.clone());
        let add = async move {
            let mut made = Vec::new();
            while next.get() < count {
                let name = format!("Customer {:05}", next.replace(next.get() + 1));
                made.push(resource(&mut connection, &name, Some(parent)).await?);
            }
            anyhow::Ok(made)
        };
        tasks.spawn_local_on(add, &local);
    }
    let mut all = Vec::new();
    local
        .run_until(async {
            while let Some(made) = tasks.join_next().await {
                all.extend(made??);
            }
            anyhow::Ok(())
        })
        .await?;
    Ok(all)
}

/// A block with so many leaves.
async fn wide(connection: &mut Connection, leaves: usize) -> Result<i64> {
    let block = json!({ "cidr": "10.16.0.0/15", "rir": "1918" });
    let block = id(&connection.call(&Request::json("POST", "/api/v2/ipam/netblocks", &block)).await?)?;
    let path = format!("/api/v2/ipam/netblocks/{block}/split");
    connection.call(&Request::json("PUT", &path, &json!({ "limit": leaves }))).await?;
    Ok(block)
}

/// Starts a job and waits for its end; returns its result.
pub(crate) async fn job(connection: &mut Connection, request: &Request) -> Result<Value> {
    let job = id(&connection.call(request).await?)?;
    let look = Request::get(&format!("/api/v2/jobs/{job}"));
    loop {
        let state = connection.call(&look).await?;
        match state["status"].as_str() {
            Some("queued" | "running") => tokio::time::sleep(Duration::from_millis(20)).await,
            Some("done") if state["result"]["error_count"] == 0 => return Ok(state["result"].clone()),
            _ => bail!("the job failed: {state}"),
        }
    }
}
