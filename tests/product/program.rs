//! The program under test: the one that cargo puts beside the tests.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
    time::SystemTime,
};

/// Where the program is. It is built when it is missing or older than what it is made of, as it is when only these
/// tests are asked for.
pub(crate) fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let tests = env::current_exe().unwrap();
        // target/PROFILE/deps/test
        let profile = tests.ancestors().nth(2).unwrap();
        let program = profile.join("platbook");
        if !is_fresh(&program) {
            build(profile);
        }
        assert!(program.is_file(), "{} is missing; run cargo build -p app", program.display());
        program
    })
}

/// Whether nothing that the program is made of is newer. Cargo says in a file beside it what that is.
fn is_fresh(program: &Path) -> bool {
    let changed = |path: &Path| path.metadata().and_then(|file| file.modified()).ok();
    let Some(made) = changed(program) else { return false };
    let Ok(list) = std::fs::read_to_string(program.with_extension("d")) else { return false };
    let is_older = |name: &str| changed(Path::new(name)).unwrap_or(SystemTime::UNIX_EPOCH) <= made;
    list.split_whitespace().filter(|name| !name.ends_with(':')).all(is_older)
}

fn build(profile: &Path) {
    let profile = match profile.file_name().and_then(|name| name.to_str()) {
        None | Some("debug") => "dev",
        Some(name) => name,
    };
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo).args(["build", "--quiet", "--package=app", "--profile", profile]).status();
    assert!(built.is_ok_and(|status| status.success()), "platbook can't be built: run cargo build -p app");
}
