use std::{fs, path::PathBuf};

use insta::assert_snapshot;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    server::{Exchange, Server, expect},
    terminal::Terminal,
};

const CSV: &str = "cidr,rir\n10.0.0.0/8,1918\n";
const DELEGATED: &str =
    "# a comment\n\n2|ripencc|20260101|1|19920101|20260101|+0100\nripencc|NL|ipv4|192.0.2.0|256|20260101|allocated\n";

fn file(name: &str, text: &str) -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join(name);
    fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

fn upload(query: &str, body: &str, media: &'static str) -> Exchange {
    expect("POST", &format!("/ipam/imports?{query}")).text(body, media).says(202, r#"{"id":12}"#)
}

fn job(status: &str, result: &Value) -> Exchange {
    let job = json!({ "id": 12, "kind": "import", "status": status, "progress": { "done": 1, "total": 2 }, "result": result });
    expect("GET", "/jobs/12").answers(&job)
}

fn result(errors: &Value, error_count: usize, dry_run: bool) -> Value {
    json!({
        "lines": 1030, "blocks": 1024, "added": 1000, "split_from_existing": 20, "skipped": 4, "errors": errors,
        "error_count": error_count, "dry_run": dry_run,
    })
}

#[tokio::test]
async fn a_file_goes_up_and_its_job_is_watched_to_the_end() {
    let (_folder, path) = file("blocks.csv", CSV);
    let server = Server::expecting([
        upload("format=csv&rir=1918", CSV, "text/csv"),
        job("queued", &Value::Null),
        job("running", &Value::Null),
        job("done", &result(&json!([]), 0, false)),
    ])
    .await;
    let outcome = Terminal::of(&server).types(&format!("import {path} --rir 1918")).await;
    server.satisfied();
    assert_eq!((outcome.code, &*outcome.err), (0, ""));
    assert_snapshot!(outcome.out, @"Read 1,030 lines with 1,024 blocks: 1,000 added, 20 split from existing blocks, 4 skipped, 0 bad lines.");
}

#[tokio::test]
async fn a_dry_run_says_that_nothing_was_changed() {
    let server = Server::expecting([
        upload("format=delegated&dry_run=true", DELEGATED, "text/plain"),
        job("done", &result(&json!([]), 0, true)),
    ])
    .await;
    let outcome = Terminal::of(&server).input(DELEGATED).types("import - --dry-run").await;
    server.satisfied();
    assert_eq!(outcome.code, 0);
    assert!(outcome.out.ends_with("Nothing was changed: this was a dry run.\n"), "{}", outcome.out);
}

#[tokio::test]
async fn bad_lines_are_printed_and_are_a_refusal() {
    let errors = json!([
        { "line": 17, "reason": "10.0.0.1/8 has host bits set" },
        { "line": 30, "reason": "rir \u{1b}[31m: there is no such registry" },
    ]);
    let bad = result(&errors, 1202, false);
    let server = Server::expecting([upload("format=csv", CSV, "text/csv"), job("done", &bad)]).await;
    let outcome = Terminal::of(&server).input(CSV).types("import -").await;
    server.satisfied();
    assert_eq!((outcome.code, &*outcome.err), (1, ""));
    assert_snapshot!(outcome.out, @r"
    line 17: 10.0.0.1/8 has host bits set
    line 30: rir  [31m: there is no such registry
    ... and 1,200 bad lines besides
    Read 1,030 lines with 1,024 blocks: 1,000 added, 20 split from existing blocks, 4 skipped, 1,202 bad lines.
    ");
}

#[tokio::test]
async fn json_is_the_job_at_its_end() {
    let done = job("done", &result(&json!([]), 0, false));
    let server = Server::expecting([upload("format=csv", CSV, "text/csv"), done]).await;
    let outcome = Terminal::of(&server).input(CSV).types("import - --json").await;
    server.satisfied();
    let printed: Value = serde_json::from_str(&outcome.out).unwrap();
    assert_eq!((outcome.code, &printed["status"], &printed["result"]["added"]), (0, &json!("done"), &json!(1000)));
}

#[tokio::test]
async fn a_failed_or_cancelled_import_is_a_refusal() {
    for (status, error, sentence) in [
        ("failed", json!("line 1 names no cidr"), "error: The import failed: line 1 names no cidr\n"),
        ("failed", json!({ "detail": "the disk is full" }), "error: The import failed: the disk is full\n"),
        ("cancelled", Value::Null, "error: The import was cancelled\n"),
    ] {
        let end = expect("GET", "/jobs/12").answers(&json!({ "status": status, "error": error }));
        let server = Server::expecting([upload("format=csv", CSV, "text/csv"), end]).await;
        let outcome = Terminal::of(&server).input(CSV).types("import -").await;
        server.satisfied();
        assert_eq!((outcome.code, &*outcome.out, &*outcome.err), (1, "", sentence));
    }
}

#[tokio::test]
async fn a_refused_upload_is_not_watched() {
    let refused = upload("format=csv", CSV, "text/csv").refuses(422, "", &[("rir", "is not in the list")]);
    let server = Server::expecting([refused]).await;
    let outcome = Terminal::of(&server).input(CSV).types("import -").await;
    server.satisfied();
    assert_eq!((outcome.code, &*outcome.err), (1, "error: This was refused:\n  rir: is not in the list\n"));
}

#[tokio::test]
async fn the_format_is_seen_from_the_file_and_may_be_given() {
    for (name, text, options, format, media) in [
        ("delegated-ripencc-latest", DELEGATED, "", "delegated", "text/plain"),
        ("lacnic", "2.3|lacnic|20260101|1|19920101|20260101|-0300\n", "", "delegated", "text/plain"),
        ("named.csv", "2|apnic|20260101|1|19920101|20260101|+1000\n", "", "delegated", "text/plain"),
        ("one-column.CSV", "cidr\n10.0.0.0/8\n", "", "csv", "text/csv"),
        ("semicolons", "cidr;rir\n10.0.0.0/8;1918\n", "", "csv", "text/csv"),
        ("odd", "10.0.0.0/8\n", " --format csv", "csv", "text/csv"),
        ("wrong.csv", CSV, " --format delegated", "delegated", "text/plain"),
    ] {
        let (_folder, path) = file(name, text);
        let up = upload(&format!("format={format}"), text, media);
        let server = Server::expecting([up, job("done", &result(&json!([]), 0, false))]).await;
        let outcome = Terminal::of(&server).types(&format!("import {path}{options}")).await;
        server.satisfied();
        assert_eq!(outcome.code, 0, "{name}: {}", outcome.err);
    }
}

#[tokio::test]
async fn a_file_that_is_neither_is_not_sent() {
    let (_folder, path) = file("notes.txt", "hello\n");
    let server = Server::expecting([]).await;
    let outcome = Terminal::of(&server).types(&format!("import {path}")).await;
    assert_eq!(outcome.code, 2);
    assert_eq!(
        outcome.err,
        format!("error: {path} is neither CSV nor a delegated file. If it is one, give --format.\n")
    );
    let outcome = Terminal::of(&server).types("import /nowhere/at/all.csv").await;
    server.satisfied();
    assert_eq!(outcome.code, 2);
    assert!(outcome.err.starts_with("error: /nowhere/at/all.csv can't be read: No such file"), "{}", outcome.err);
}

#[tokio::test]
async fn a_large_file_arrives_whole() {
    let large = format!("cidr,rir\n{}", "10.0.0.0/8,1918\n".repeat(20_000));
    let (_folder, path) = file("large.csv", &large);
    let up = upload("format=csv", &large, "text/csv");
    let server = Server::expecting([up, job("done", &result(&json!([]), 0, false))]).await;
    let outcome = Terminal::of(&server).types(&format!("import {path}")).await;
    server.satisfied();
    assert_eq!(outcome.code, 0, "{}", outcome.err);
}

#[tokio::test]
async fn a_lost_upload_is_sent_again_under_the_same_name_when_it_can_be_read_again() {
    let (_folder, path) = file("blocks.csv", CSV);
    let up = || upload("format=csv", CSV, "text/csv");
    let server = Server::expecting([up().breaks(), up(), job("done", &result(&json!([]), 0, false))]).await;
    let outcome = Terminal::of(&server).types(&format!("import {path}")).await;
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    let keys = server.satisfied();
    assert_eq!(keys[0], keys[1]);

    let server = Server::expecting([up().breaks()]).await;
    let outcome = Terminal::of(&server).input(CSV).types("import -").await;
    server.satisfied();
    assert_eq!(outcome.code, 1);
    assert!(outcome.err.contains("The change may have been made: look before you repeat it."), "{}", outcome.err);
}

#[tokio::test]
async fn a_lost_look_at_the_job_is_not_the_end() {
    let up = upload("format=csv", CSV, "text/csv");
    let broken = || job("running", &Value::Null).breaks();
    let end = job("done", &result(&json!([]), 0, false));
    let server = Server::expecting([up, broken(), broken(), broken(), end]).await;
    let outcome = Terminal::of(&server).input(CSV).types("import -").await;
    server.satisfied();
    assert_eq!(outcome.code, 0, "{}", outcome.err);
}
