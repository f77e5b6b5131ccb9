//! The test kit, tested: what a test leaves behind is nothing, even when it is killed.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use store::{Location, Setup};
use testkit::{Engine, Server};

async fn each_database_is_a_new_one(engine: Engine) {
    let one = engine.database(Setup::default()).await;
    let other = engine.database(Setup::default()).await;
    assert_ne!(format!("{:?}", one.location), format!("{:?}", other.location));
}

async fn a_database_can_be_closed_and_opened_again(engine: Engine) {
    let test = engine.database(Setup::default()).await;
    let location = format!("{:?}", test.location);
    let test = test.restarted().await;
    assert_eq!(format!("{:?}", test.location), location);
    test.closed().open(Setup::default()).await;
}

testkit::on_both!(each_database_is_a_new_one, a_database_can_be_closed_and_opened_again);

testkit::on_both! {
    /// The other form of the macro.
    async fn a_place_is_empty(engine) {
        let place = engine.place().await;
        if let Location::Directory(path) = &place.location {
            assert!(!path.exists());
        }
    }
}

#[tokio::test]
async fn a_second_node_sees_the_same_database() {
    let test = Engine::Postgres.database(Setup::default()).await;
    assert!(test.second_node().await.is_shared());
}

/// The first word of what the child says.
const CHILD: &str = "url:";

#[test]
#[ignore = "what the child of the next test runs"]
fn child() {
    let server = Server::start(false);
    writeln!(std::io::stdout(), "\n{CHILD} {}", server.url("postgres")).unwrap();
    std::thread::sleep(Duration::from_mins(5));
}

#[test]
fn a_server_dies_with_its_process_and_takes_its_folder_with_it() {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["child", "--exact", "--ignored", "--nocapture"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let url = said.find_map(|line| line.strip_prefix(CHILD).map(str::to_owned)).unwrap();
    let folder = PathBuf::from(url.split(['@', '/']).find(|part| part.contains("%2F")).unwrap().replace("%2F", "/"));
    let process = std::fs::read_to_string(folder.join("postmaster.pid")).unwrap().lines().next().unwrap().to_owned();
    let process = Path::new("/proc").join(process);
    assert!(process.exists());

    child.kill().unwrap();
    child.wait().unwrap();
    let killed = Instant::now();
    while process.exists() || folder.exists() {
        assert!(killed.elapsed() < Duration::from_secs(20), "the server outlives its process");
        std::thread::sleep(Duration::from_millis(20));
    }
}
