//! Smart assign on PostgreSQL by two nodes: what an assignment costs the database server.

use std::{cell::Cell, rc::Rc, time::Duration};

use anyhow::Result;

use super::requests;
use crate::{
    arguments::Options,
    cpu,
    estate::Estate,
    figure::{
        Report,
        Target::{AtMost, None},
    },
    load,
    product::Product,
};

const BLOCKS: usize = 100_000;
const CLIENTS: usize = 64;

pub(crate) async fn measure(options: &Options, report: &mut Report) -> Result<()> {
    let time = Duration::from_secs_f64(options.seconds);
    let server = testkit::Server::start(true);
    let url = server.url("postgres");
    let first = Product::on_postgres(&options.platbook, &url).await?;
    let estate = Estate::fill_product(&first, BLOCKS).await?;
    let second = Product::on_postgres(&options.platbook, &url).await?;
    let (assigns, next) = (requests::smart_assigns(&estate), Rc::new(Cell::new(0)));
    let ports = [first.port, second.port];
    load::run(&ports, CLIENTS, &assigns, &next, time / 2).await?;
    let (database, nodes) = (cpu::of_family(server.process())?, first.cpu()? + second.cpu()?);
    let done = load::run(&ports, CLIENTS, &assigns, &next, time).await?;
    let database = cpu::of_family(server.process())? - database;
    let nodes = first.cpu()? + second.cpu()? - nodes;

    let name = |what: &str| format!("PostgreSQL, two nodes, {} blocks, {CLIENTS} clients: {what}", estate.blocks);
    report.add(name("PostgreSQL CPU of an assignment"), done.each(database), "us", AtMost(200.0));
    report.add(name("the nodes' CPU"), done.each(nodes), "us", None);
    report.add(name("assignments"), done.rate(), "/s", None);
    report.add(name("99 % wait at most"), done.wait(99), "ms", None);
    report.add(name("requests that found nothing"), done.refused_part() * 100.0, "%", AtMost(15.0));
    second.stop()?;
    first.stop()
}
