//! Starting with a large estate, and the memory that it takes.

use std::{cell::Cell, rc::Rc, time::Duration};

use anyhow::Result;

use super::requests;
use crate::{
    arguments::Options,
    figure::{
        Report,
        Target::{AtMost, None},
    },
    load,
    product::Product,
};

const CLIENTS: usize = 64;

pub(crate) async fn measure(options: &Options, report: &mut Report) -> Result<()> {
    let (directory, estate) = options.copy_of_estate(options.large).await?;
    let name = |what: &str| format!("{} blocks: {what}", estate.blocks);
    let product = Product::on_directory(&options.platbook, directory.path()).await?;
    report.add(name("start to first answer"), product.started_in.as_secs_f64(), "s", AtMost(1.0));
    let assigns = requests::smart_assigns(&estate);
    let first = std::time::Instant::now();
    product.connect().await?.call(&assigns[0]).await?;
    let first = product.started_in + first.elapsed();
    report.add(name("start to first assignment"), first.as_secs_f64(), "s", None);
    report.add(name("memory after the start"), product.memory()?.0, "MB", AtMost(150.0));
    let time = Duration::from_secs_f64(options.seconds);
    let next = Rc::new(Cell::new(1));
    for (_, looks) in requests::looks(&estate) {
        load::run(&[product.port], CLIENTS, &Rc::new(looks), &Rc::default(), time / 4).await?;
    }
    load::run(&[product.port], CLIENTS, &assigns, &next, time).await?;
    let (all, own) = product.memory()?;
    report.add(name("memory after lists and assignments"), all, "MB", AtMost(150.0));
    report.add(name("of that not mapped files"), own, "MB", None);
    product.stop()
}
