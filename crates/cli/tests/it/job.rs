use insta::assert_snapshot;
use serde_json::json;

use crate::{
    server::{Server, expect},
    terminal::Terminal,
};

#[tokio::test]
async fn a_job_shows_how_far_it_is() {
    let job = json!({
        "id": 12, "kind": "import", "status": "running", "progress": { "done": 5, "total": 10 }, "result": null, "error": null,
    });
    let server = Server::expecting([expect("GET", "/jobs/12").answers(&job)]).await;
    let outcome = Terminal::of(&server).types("jobs show 12").await;
    server.satisfied();
    assert_eq!(outcome.code, 0);
    assert_snapshot!(outcome.out, @r"
    id        12
    kind      import
    status    running
    progress  done=5, total=10
    ");
}

#[tokio::test]
async fn the_log_of_a_job_is_read_to_its_end() {
    let line = |n: u32| json!({ "n": n, "at": "2026-01-01T00:00:00Z", "level": "info", "text": format!("step {n}") });
    let server = Server::expecting([
        expect("GET", "/jobs/12/lines?after=0").answers(&json!([line(1), line(2)])),
        expect("GET", "/jobs/12/lines?after=2").answers(&json!([line(3)])),
        expect("GET", "/jobs/12/lines?after=3").answers(&json!([])),
    ])
    .await;
    let outcome = Terminal::of(&server).types("jobs show 12 --log").await;
    server.satisfied();
    assert_eq!(outcome.code, 0);
    assert_snapshot!(outcome.out, @r"
    2026-01-01T00:00:00Z info step 1
    2026-01-01T00:00:00Z info step 2
    2026-01-01T00:00:00Z info step 3
    ");
}

#[tokio::test]
async fn a_job_can_be_stopped() {
    let server = Server::expecting([expect("POST", "/jobs/12/cancel").says(204, "")]).await;
    let outcome = Terminal::of(&server).types("jobs cancel 12").await;
    server.satisfied();
    assert_eq!((outcome.code, &*outcome.out), (0, "Job 12 was told to stop.\n"));
}
