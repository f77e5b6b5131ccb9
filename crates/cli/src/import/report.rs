//! What became of an import.

use serde_json::Value;

use crate::{Failure, Session, api::Answer, text};

/// Prints the bad lines and a summary. A line that was refused is a refusal.
pub(crate) fn tell(
    session: &mut Session<'_>,
    answer: &Answer,
    summary: impl FnOnce(&Value) -> String,
) -> Result<(), Failure> {
    let job = session.api.read(answer)?;
    if session.json {
        session.console.say(&answer.body)?;
    } else {
        session.console.say(&bad_lines(&job["result"]))?;
        if done(&job) {
            session.console.say(&summary(&job["result"]))?;
        }
    }
    if !done(&job) {
        return Err(Failure::Refused(end(&job)));
    }
    if errors(&job["result"]) == 0 { Ok(()) } else { Err(Failure::Told) }
}

/// Whether the job came to a good end.
pub(crate) fn done(job: &Value) -> bool {
    job["status"] == "done"
}

fn bad_lines(result: &Value) -> String {
    let listed = result["errors"].as_array().map_or(&[][..], Vec::as_slice);
    let line = |error: &Value| {
        let column = error["column"].as_str().map_or_else(String::new, |_| format!(", {}", text::of(&error["column"])));
        format!("line {}{column}: {}\n", text::of(&error["line"]), text::of(&error["reason"]))
    };
    let lines: String = listed.iter().map(line).collect();
    match errors(result).saturating_sub(listed.len()) {
        0 => lines,
        rest => format!("{lines}... and {} besides\n", text::count(rest, "bad line")),
    }
}

/// `Read 1,024 lines, 1,000 blocks: 900 added, 90 split from existing blocks, 10 skipped, 24 bad lines.`
pub(super) fn blocks(result: &Value) -> String {
    let number = |name: &str| number(&result[name]);
    let (added, split, skipped, bad) =
        (number("added"), number("split_from_existing"), number("skipped"), errors(result));
    let parts = [
        format!("{} added", text::grouped(added)),
        format!("{} split from existing blocks", text::grouped(split)),
        format!("{} skipped", text::grouped(skipped)),
        text::count(bad, "bad line"),
    ];
    let read = format!("{} with {}", text::count(number("lines"), "line"), text::count(number("blocks"), "block"));
    format!("Read {read}: {}.{}", parts.join(", "), only(result))
}

/// `Read 1,000 entries: 900 added, 24 faults.`
pub(crate) fn entries(result: &Value) -> String {
    let (added, faults) = (text::grouped(number(&result["added"])), text::count(errors(result), "fault"));
    format!("Read {} entries: {added} added, {faults}.{}", text::grouped(number(&result["entries"])), only(result))
}

fn only(result: &Value) -> &'static str {
    if result["dry_run"] == true { " Nothing was changed: this was a dry run." } else { "" }
}

/// How the job ended, and why.
pub(crate) fn end(job: &Value) -> String {
    let why = match &job["error"] {
        Value::Null => String::new(),
        Value::Object(problem) if problem.contains_key("detail") => format!(": {}", text::of(&problem["detail"])),
        error => format!(": {}", text::of(error)),
    };
    let end = if job["status"] == "cancelled" { "was cancelled" } else { "failed" };
    format!("The import {end}{why}")
}

fn errors(result: &Value) -> usize {
    let listed = result["errors"].as_array().map_or(0, Vec::len);
    number(&result["error_count"]).max(listed)
}

fn number(value: &Value) -> usize {
    value.as_u64().and_then(|number| usize::try_from(number).ok()).unwrap_or(0)
}
