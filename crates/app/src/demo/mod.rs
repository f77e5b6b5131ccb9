//! `platbook demo`: a server on a new database, with a sample network in it. All of it is put there through the
//! server's own API, as any client would.

mod api;
mod network;

use std::{io, net::SocketAddr, time::Instant};

use access::ADMINISTRATOR;
use anyhow::Context as _;
use serde_json::json;
use store::Db;
use tempfile::TempDir;

use self::api::Api;
use crate::{
    arguments::{Data, Demo, USUAL},
    log::{self, Form},
    modules,
    serve::Running,
    speech::say,
};

/// Runs the demo until it is told to stop.
pub(crate) async fn demo(options: &Demo) -> anyhow::Result<()> {
    log::start(Form::Text, "warn")?;
    // Kept until everything has ended: the database goes away with it.
    let (data, temporary) = place(&options.data)?;
    let database = data.location()?;
    let taken =
        || format!("there is a database in {database:?} already, and the demo wants a new one; run platbook serve");
    match Db::open_reader(&database, modules::setup()).await {
        Err(kernel::Error::NotFound(_)) => {}
        Err(error) => return Err(error.into()),
        Ok(_) => anyhow::bail!(taken()),
    }
    let running = start(options, &data).await?;
    let first = running.first.clone().with_context(taken)?;
    say(format_args!("Platbook {}, with a new database in {database:?}", env!("CARGO_PKG_VERSION")));
    if temporary.is_some() {
        say("The database is removed when the demo ends; --data DIR keeps it.");
    }
    let api = Api::new(&running.url(), ADMINISTRATOR, &first.password.0, running.self_signed.as_deref())?;
    let network = network::load(&api).await?;
    say(format_args!("\nLoaded {network}"));
    smart_assign(&api, &network).await?;
    say(format_args!("\nServing at   {}", running.url()));
    say(format_args!("Sign in as   {ADMINISTRATOR}"));
    say(format_args!("Password     {}", first.password.0));
    say(format_args!("Look around  {}/dev/swagger/", running.url()));
    let trust = running.self_signed.as_ref().map(|file| format!(" --cacert {}", file.display())).unwrap_or_default();
    let blocks = api.url("/ipam/netblocks?state=assigned");
    say(format_args!("Try it       curl{trust} -u {ADMINISTRATOR}:{} '{blocks}'", first.password.0));
    say("Stop with    Ctrl-C");
    let ended = running.until_told_to_stop().await;
    drop(temporary);
    ended
}

/// Where the database is made: where the options say, or in a directory that goes away.
fn place(data: &Data) -> anyhow::Result<(Data, Option<TempDir>)> {
    if data.data.is_some() {
        return Ok((data.clone(), None));
    }
    let temporary = TempDir::with_prefix("platbook-demo-").context("no temporary directory can be made")?;
    Ok((Data { data: Some(temporary.path().to_owned()), ..data.clone() }, Some(temporary)))
}

/// Starts the server. When the usual port is taken and nobody has asked for it, any other one will do.
async fn start(options: &Demo, data: &Data) -> anyhow::Result<Running> {
    let address = match options.listen {
        Some(address) => address,
        None => free(USUAL)?,
    };
    Running::start(&Demo::serve(data.clone(), address)).await
}

fn free(usual: SocketAddr) -> anyhow::Result<SocketAddr> {
    match std::net::TcpListener::bind(usual) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Ok(SocketAddr::new(usual.ip(), 0)),
        taken => Ok(taken.map(|_| usual)?),
    }
}

/// Shows the one thing that everybody comes for.
async fn smart_assign(api: &Api, network: &network::Network) -> anyhow::Result<()> {
    let wanted = json!({
        "resource_id": network.newest_customer, "type": "ipv4", "mask": 27, "rir": "RIPE", "region_id": "IS",
        "tags": "Customer",
    });
    let path = "/ipam/netblocks/smart_assign";
    say(format_args!("\nA new customer wants 32 addresses in Iceland:\n\nPUT {}\n{wanted}", api.url(path)));
    let began = Instant::now();
    let (status, block) = api.put(path, &wanted).await?;
    let took = began.elapsed().as_secs_f64() * 1000.0;
    say(format_args!("\n{status} after {took:.1} ms\n{}", serde_json::to_string_pretty(&block)?));
    Ok(())
}
