use serde_json::json;

use crate::{
    server::{Server, expect},
    terminal::Terminal,
};

#[tokio::test]
async fn a_command_is_shown_first_and_then_done_exactly_so() {
    let shown = json!({"status": 204, "answer": null, "action": "resource.delete", "jobs": [], "needs_approval": false,
        "changes": [["resource", 5, {}, null]], "commit_token": "0abc", "expires_at": "2026-01-01T00:00:00Z"});
    let kind = "application/vnd.platbook.dry-run+json";
    let server = Server::expecting([
        expect("DELETE", "/resources/5?recursive=true&dry_run=true").answers(&shown).kind(kind),
        expect("DELETE", "/resources/5?recursive=true&commit=0abc").says(204, ""),
    ])
    .await;
    let outcome = Terminal::of(&server).types("resource delete 5 --recursive --dry-run").await;
    let said = "Deleted resource 5.\n\nNothing was done: this was a dry run. It would change 1 record.\n\
                To have exactly this done, give the same command with --commit 0abc\n";
    assert_eq!((outcome.code, &*outcome.out), (0, said));
    let outcome = Terminal::of(&server).types("resource delete 5 --recursive --commit 0abc").await;
    assert_eq!(outcome.out, "Deleted resource 5.\n");
    server.satisfied();
    let both = Terminal::bare().types("resource delete 5 --dry-run --commit 0abc").await;
    assert_eq!(both.code, 2, "{}", both.err);
}
