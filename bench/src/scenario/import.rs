//! Importing what the registries have given out.

use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context as _, Result};
use liblzma::read::XzDecoder;

use crate::{
    arguments::Options,
    client::Request,
    estate,
    figure::{
        Report,
        Target::{AtMost, None},
    },
    product::Product,
};

/// The import that the target speaks of.
const PREFIXES: f64 = 240_000.0;

pub(crate) async fn measure(options: &Options, report: &mut Report) -> Result<()> {
    if options.delegated.is_empty() {
        eprintln!("no --delegated files: the import is left out");
        return Ok(());
    }
    let body = records(&options.delegated)?;
    let directory = options.empty_directory()?;
    let product = Product::on_directory(&options.platbook, directory.path()).await?;
    let mut connection = product.connect().await?;
    let (begun, cpu) = (Instant::now(), product.cpu()?);
    let request = Request::new("POST", "/api/v2/ipam/imports?format=delegated", &body);
    let result = estate::job(&mut connection, &request).await?;
    let (took, cpu) = (begun.elapsed().as_secs_f64(), product.cpu()? - cpu);
    let added = result["added"].as_f64().context("an import without a result")?;
    let every = PREFIXES / added;
    report.add("import of the registries' prefixes: 240,000 of them in", took * every, "s", AtMost(60.0));
    report.add("import: prefixes in all", added, "", None);
    report.add("import: all of them in", took, "s", None);
    report.add("import: CPU of one", cpu / added * 1e6, "us", None);
    report.add("import: memory afterwards", product.memory()?.0, "MB", None);
    product.stop()
}

/// All files, one behind the other.
fn records(paths: &[PathBuf]) -> Result<Vec<u8>> {
    let mut all = Vec::new();
    for path in paths {
        read(path, &mut all).with_context(|| format!("{} can't be read", path.display()))?;
        all.push(b'\n');
    }
    Ok(all)
}

fn read(path: &Path, into: &mut Vec<u8>) -> Result<()> {
    let mut file = File::open(path)?;
    if path.extension().is_some_and(|extension| extension == "xz") {
        XzDecoder::new(file).read_to_end(into)?;
    } else {
        file.read_to_end(into)?;
    }
    Ok(())
}
