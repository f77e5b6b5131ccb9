//! Smart assign on the embedded database, signed in, with its change log, each answer on disk.

use std::{cell::Cell, rc::Rc, time::Duration};

use anyhow::Result;

use super::{disk, requests};
use crate::{
    arguments::Options,
    client::Request,
    estate::Estate,
    figure::{
        Report,
        Target::{AtLeast, AtMost, None},
    },
    load,
    product::Product,
};

const SMALL: usize = 100_000;
const CLIENTS: usize = 64;

pub(crate) async fn measure(options: &Options, report: &mut Report) -> Result<()> {
    let bare = bare(options, CLIENTS).await?;
    let small = many_clients(options, report, SMALL).await?;
    let name = |what: &str| format!("smart assign, {CLIENTS} clients: {what}");
    report.add(name("server CPU of the bare program"), bare.cpu, "us", None);
    report.add(name("server CPU, of that of the bare program"), small / bare.cpu, "x", AtMost(2.7));
    let large = many_clients(options, report, options.large).await?;
    report.add("smart assign: CPU, large estate to small", large / small, "x", AtMost(1.7));
    Ok(())
}

/// What the yardstick needs for an assignment.
struct Bare {
    /// Microseconds.
    cpu: f64,
    /// In a second.
    rate: f64,
}

async fn bare(options: &Options, clients: usize) -> Result<Bare> {
    let time = Duration::from_secs_f64(options.seconds);
    let directory = options.empty_directory()?;
    let program = Product::on_directory(&options.bare, directory.path()).await?;
    let resources = (1..600).collect();
    let assigns = requests::smart_assigns(&Estate { blocks: SMALL, parent: 1, resources, wide: 1, leaves: 1 });
    let next = Rc::new(Cell::new(0));
    load::run(&[program.port], clients, &assigns, &next, time / 4).await?;
    let cpu = program.cpu()?;
    let done = load::run(&[program.port], clients, &assigns, &next, time).await?;
    let cpu = done.each(program.cpu()? - cpu);
    program.stop()?;
    Ok(Bare { cpu, rate: done.rate() })
}

/// Returns the microseconds of CPU of an assignment.
async fn many_clients(options: &Options, report: &mut Report, blocks: usize) -> Result<f64> {
    let time = Duration::from_secs_f64(options.seconds);
    let (directory, estate) = options.copy_of_estate(blocks).await?;
    let product = Product::on_directory(&options.platbook, directory.path()).await?;
    let (assigns, next) = (requests::smart_assigns(&estate), Rc::new(Cell::new(0)));
    let (health, any) = (requests::health(), Rc::new(Cell::new(0)));
    let load = async |requests: &Rc<Vec<Request>>, next: &Rc<Cell<usize>>, time: Duration| {
        load::run(&[product.port], CLIENTS, requests, next, time).await
    };
    load(&assigns, &next, time / 4).await?;
    let idle = product.cpu()?;
    let before = load(&health, &any, time / 2).await?;
    let least = before.each(product.cpu()? - idle);
    let (cpu, commits) = (product.cpu()?, product.commits().await?);
    let done = load(&assigns, &next, time).await?;
    let (cpu, commits) = (product.cpu()? - cpu, product.commits().await? - commits);
    let after = load(&health, &any, time / 2).await?;

    // The targets are for the small estate; the large one is compared to it.
    let if_small = |target| if blocks == SMALL { target } else { None };
    let name = |what: &str| format!("smart assign, {} blocks, {CLIENTS} clients: {what}", estate.blocks);
    let each = done.each(cpu);
    report.add(name("server CPU of one"), each, "us", if_small(AtMost(100.0)));
    report.add(name("server CPU of one, of that of /healthz"), each / least, "x", None);
    report.add(name("assignments per sync"), f64::from(done.done) / commits, "", if_small(AtLeast(25.0)));
    let echo = f64::midpoint(before.rate(), after.rate());
    report.add(name("rate, of that of /healthz"), done.rate() / echo, "x", if_small(AtLeast(0.06)));
    report.add(name("assignments"), done.rate(), "/s", None);
    report.add(name("/healthz"), echo, "/s", None);
    report.add(name("half wait at most"), done.wait(50), "ms", None);
    report.add(name("99 % wait at most"), done.wait(99), "ms", None);
    report.add(name("requests that found nothing"), done.refused_part() * 100.0, "%", AtMost(15.0));
    product.stop()?;
    Ok(each)
}

pub(crate) async fn alone(options: &Options, report: &mut Report) -> Result<()> {
    let bare = bare(options, 1).await?;
    let time = Duration::from_secs_f64(options.seconds);
    let (directory, estate) = options.copy_of_estate(SMALL).await?;
    let product = Product::on_directory(&options.platbook, directory.path()).await?;
    let (assigns, next) = (requests::smart_assigns(&estate), Rc::new(Cell::new(0)));
    load::run(&[product.port], 1, &assigns, &next, time / 4).await?;
    let before = disk::syncs_per_second(directory.path(), time / 2)?;
    let cpu = product.cpu()?;
    let done = load::run(&[product.port], 1, &assigns, &next, time).await?;
    let cpu = product.cpu()? - cpu;
    let after = disk::syncs_per_second(directory.path(), time / 2)?;
    let syncs = f64::midpoint(before, after);
    let name = |what: &str| format!("smart assign, {} blocks, one client: {what}", estate.blocks);
    report.add(name("rate, of that of fdatasync"), done.rate() / syncs, "x", AtLeast(0.3));
    report.add(name("assignments"), done.rate(), "/s", None);
    report.add(name("server CPU of one"), done.each(cpu), "us", None);
    report.add(name("rate, of that of the bare program"), done.rate() / bare.rate, "x", AtLeast(0.65));
    report.add("16 KB overwritten and fdatasync", syncs, "/s", None);
    product.stop()
}
