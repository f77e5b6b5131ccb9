//! `platbook backup` and `platbook restore`.

use std::{
    fs::{self, File, OpenOptions},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use access::MasterKey;
use anyhow::Context as _;
use store::{BackupSummary, Db};

use crate::{
    arguments::Data,
    log::{self, Form},
    modules,
    speech::say,
};

/// Writes everything to a new file. The file appears under its name when it is whole and on disk.
pub(crate) async fn backup(data: &Data, file: &Path) -> anyhow::Result<()> {
    log::start(Form::Text, "warn")?;
    let unwritten = || format!("{} can't be written", file.display());
    if file.try_exists().with_context(unwritten)? {
        anyhow::bail!("{} is there already; name a new file", file.display());
    }
    let db = Db::open_reader(&data.location()?, modules::setup()).await?;
    let mut name = file.file_name().with_context(unwritten)?.to_owned();
    name.push(".part");
    let draft = Draft(file.with_file_name(name));
    // It holds everything: it is for its owner alone.
    let mut options = OpenOptions::new();
    let out = options.write(true).create(true).truncate(true).mode(0o600).open(&draft.0).with_context(unwritten)?;
    let summary = store::backup(&db, &out).await?;
    out.sync_all().with_context(unwritten)?;
    // Unlike a renaming, this never takes the place of another file.
    fs::hard_link(&draft.0, file).with_context(unwritten)?;
    say(format_args!("{}: {}", file.display(), described(&summary)));
    if data.database.is_none() {
        let key = data.directory()?.join(MasterKey::FILE);
        say(format_args!(
            "Secrets in it are sealed with {}; keep a copy of that file, in another place.",
            key.display()
        ));
    }
    match (summary.rows.get(resources::ATTACHMENTS), &data.attachments) {
        (None | Some(0), _) => {}
        (_, Some(place)) => say(format_args!("Attached files are not in it; copy {place} now.")),
        (_, None) => say(format_args!("Attached files are not in it; copy {} now.", data.files()?.display())),
    }
    Ok(())
}

/// A file that is not finished, and goes away with this value.
struct Draft(PathBuf);

impl Drop for Draft {
    fn drop(&mut self) {
        fs::remove_file(&self.0).ok();
    }
}

/// Makes a new database of a backup.
pub(crate) async fn restore(data: &Data, file: &Path) -> anyhow::Result<()> {
    log::start(Form::Text, "warn")?;
    let from = File::open(file).with_context(|| format!("{} can't be read", file.display()))?;
    let location = data.location()?;
    if data.database.is_none() {
        data.make_directory()?;
    }
    let summary = store::restore(&location, modules::setup(), from).await?;
    say(format_args!("{location:?}: {}", described(&summary)));
    let key = data.directory()?.join(MasterKey::FILE);
    if data.database.is_none() && !key.exists() {
        say(format_args!("Before the server starts, copy the {} of the old server there.", MasterKey::FILE));
    }
    Ok(())
}

fn described(summary: &BackupSummary) -> String {
    let (tables, rows) = (summary.rows.len(), summary.rows.values().sum::<u64>());
    format!("{rows} rows in {tables} tables, as they were at {}", summary.at)
}
