//! What processes have taken of the machine, from `/proc`.

use std::fs;

use anyhow::{Context as _, Result};

/// `/proc` counts in hundredths of a second on every Linux that we know.
const TICK: f64 = 0.01;

/// The CPU time of a process so far, in user mode and in the kernel, in seconds.
pub(crate) fn of_process(pid: u32) -> Result<f64> {
    Ok(TICK * f64::from(Stat::read(pid)?.own))
}

/// The CPU time of a process, of its children, and of those of its children that have ended, in
/// seconds.
pub(crate) fn of_family(pid: u32) -> Result<f64> {
    let head = Stat::read(pid)?;
    let mut ticks = head.own + head.ended_children;
    for entry in fs::read_dir("/proc")?.flatten() {
        let Some(child) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // A process that ends while it is looked at has left its time with its parent.
        if let Some(stat) = Stat::read(child).ok().filter(|stat| stat.parent == pid) {
            ticks += stat.own;
        }
    }
    Ok(TICK * f64::from(ticks))
}

/// The resident memory of a process, in megabytes: all of it, and the part that is its own rather than mapped files.
pub(crate) fn memory(pid: u32) -> Result<(f64, f64)> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let of = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).context("no such line in the status")?;
        let kilobytes: f64 = line.trim_start_matches(':').trim().trim_end_matches(" kB").parse()?;
        anyhow::Ok(kilobytes * 1.024e-3)
    };
    Ok((of("VmRSS")?, of("RssAnon")?))
}

struct Stat {
    parent: u32,
    own: u32,
    ended_children: u32,
}

impl Stat {
    fn read(pid: u32) -> Result<Self> {
        let text = fs::read_to_string(format!("/proc/{pid}/stat")).with_context(|| format!("process {pid} is gone"))?;
        // The name stands in brackets and may hold anything; what follows is numbers (proc(5)).
        let (_, rest) = text.rsplit_once(')').context("a stat file without a name")?;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        let field =
            |number: usize| -> Result<u32> { Ok(fields.get(number - 3).context("a short stat file")?.parse()?) };
        Ok(Self { parent: field(4)?, own: field(14)? + field(15)?, ended_children: field(16)? + field(17)? })
    }
}
