//! Looking around: what a question costs in a large estate, and in a small one.

use std::{cell::Cell, rc::Rc, time::Duration};

use anyhow::{Result, ensure};

use super::requests;
use crate::{
    arguments::Options,
    client::Request,
    figure::{
        Report,
        Target::{AtMost, None},
    },
    load,
    product::Product,
};

const SMALL: usize = 10_000;
const CLIENTS: usize = 4;

pub(crate) async fn measure(options: &Options, report: &mut Report) -> Result<()> {
    let small = costs(options, SMALL).await?;
    let large = costs(options, options.large).await?;
    for ((name, small), (_, large)) in small.into_iter().zip(large) {
        report.add(format!("{name}: CPU, large estate"), large, "ms", AtMost(1.0));
        report.add(format!("{name}: CPU, {SMALL} blocks"), small, "ms", None);
        report.add(format!("{name}: large to small"), large / small, "x", AtMost(1.5));
    }
    Ok(())
}

/// Milliseconds of CPU of each kind of question.
async fn costs(options: &Options, blocks: usize) -> Result<Vec<(&'static str, f64)>> {
    let (directory, estate) = options.copy_of_estate(blocks).await?;
    let product = Product::on_directory(&options.platbook, directory.path()).await?;
    let time = Duration::from_secs_f64(options.seconds / 2.0);
    let mut costs = Vec::new();
    for (name, looks) in requests::looks(&estate) {
        let (looks, next) = (fullest(&product, looks).await?, Rc::new(Cell::new(0)));
        load::run(&[product.port], CLIENTS, &looks, &next, time / 4).await?;
        let cpu = product.cpu()?;
        let done = load::run(&[product.port], CLIENTS, &looks, &next, time).await?;
        costs.push((name, done.each(product.cpu()? - cpu) / 1e3));
    }
    product.stop()?;
    Ok(costs)
}

/// Those of the questions that have the longest answer, so that what is compared is alike.
async fn fullest(product: &Product, looks: Vec<Request>) -> Result<Rc<Vec<Request>>> {
    let mut connection = product.connect().await?;
    let mut found = Vec::new();
    for look in looks {
        let answer = connection.call(&look).await?;
        found.push((answer.as_array().map_or(0, Vec::len), look));
    }
    let longest = found.iter().map(|(length, _)| *length).max().unwrap_or(0);
    ensure!(longest > 0, "there is nothing in the estate to look at");
    Ok(Rc::new(found.into_iter().filter(|(length, _)| *length == longest).map(|(_, look)| look).collect()))
}
