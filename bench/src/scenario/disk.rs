//! How often the disk syncs when nothing else is asked of it.

use std::{
    fs::File,
    io::{Seek as _, SeekFrom, Write as _},
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Result;

/// Overwrites the same 16 KB of an allocated file and syncs, over and over; returns how often in a second.
pub(crate) fn syncs_per_second(directory: &Path, time: Duration) -> Result<f64> {
    let path = directory.join("sync-test");
    let mut file = File::create(&path)?;
    let block = vec![0x5a; 16 << 10];
    file.write_all(&block)?;
    file.sync_all()?;
    let (begun, mut syncs) = (Instant::now(), 0_u32);
    while begun.elapsed() < time {
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&block)?;
        file.sync_data()?;
        syncs += 1;
    }
    let rate = f64::from(syncs) / begun.elapsed().as_secs_f64();
    std::fs::remove_file(path)?;
    Ok(rate)
}
