//! The tree of resources: importing many, finding a few of very many, and deleting many.

use std::{
    cell::Cell,
    fmt::Write as _,
    rc::Rc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::{
    arguments::Options,
    client::{Connection, Request},
    estate,
    figure::{
        Report,
        Target::{AtMost, None},
    },
    load,
    product::Product,
};

const SMALL: usize = 10_000;
/// How many entries are imported at once.
const PIECE: usize = 100_000;
/// Fields of an entry.
const FIELDS: usize = 10;
/// Children of the one resource that has many; the others are spread over racks.
const CHILDREN: usize = 20_000;
const RACKS: usize = 1000;
/// Different values of the field that tells entries apart a little.
const SITES: usize = 1000;
/// Entries that are linked to one other.
const LINKS: usize = 100;
const CLIENTS: usize = 4;
const DELETED: usize = 10_000;
const CHANGES: usize = 1000;

pub(crate) async fn measure(options: &Options, report: &mut Report) -> Result<()> {
    let small = costs(options, SMALL, &mut Report::default()).await?;
    let large = costs(options, options.large, report).await?;
    for ((name, small), (_, large)) in small.into_iter().zip(large) {
        report.add(format!("{name}: CPU, {} resources", options.large), large, "ms", AtMost(2.0));
        report.add(format!("{name}: CPU, {SMALL} resources"), small, "ms", None);
        report.add(format!("{name}: large to small"), large / small, "x", AtMost(1.5));
    }
    Ok(())
}

/// Milliseconds of CPU of each kind of question in a tree of this many resources.
async fn costs(options: &Options, count: usize, report: &mut Report) -> Result<Vec<(&'static str, f64)>> {
    let directory = options.empty_directory()?;
    let product = Product::on_directory(&options.platbook, directory.path()).await?;
    let mut connection = product.connect().await?;
    let tree = Tree::plant(&mut connection).await?;
    let mut made = 0;
    while made < count {
        let piece = PIECE.min(count - made);
        let begun = Instant::now();
        tree.import(&mut connection, made..made + piece).await?;
        if made == 0 && piece == PIECE {
            let name = "import of 100,000 entries with 10 fields";
            report.add(name, begun.elapsed().as_secs_f64(), "s", AtMost(60.0));
            report.add(format!("{name}: memory afterwards"), product.memory()?.0, "MB", None);
        }
        made += piece;
    }
    let questions = tree.questions(&mut connection, count).await?;
    let time = Duration::from_secs_f64(options.seconds / 2.0);
    let mut costs = Vec::new();
    for (name, requests) in questions {
        let (requests, next) = (Rc::new(requests), Rc::new(Cell::new(0)));
        load::run(&[product.port], CLIENTS, &requests, &next, time / 4).await?;
        let cpu = product.cpu()?;
        let done = load::run(&[product.port], CLIENTS, &requests, &next, time).await?;
        costs.push((name, done.each(product.cpu()? - cpu) / 1e3));
    }
    deletion(&tree, &mut connection, report).await?;
    changes(&tree, &product, report).await?;
    product.stop()?;
    Ok(costs)
}

/// How long it takes to delete many at once.
async fn deletion(tree: &Tree, connection: &mut Connection, report: &mut Report) -> Result<()> {
    let root = add(connection, json!({ "name": "Doomed", "type": "thing" })).await?;
    let rows = (0..DELETED).map(|n| (format!("doomed {n}"), root, n));
    tree.send(connection, rows).await?;
    let begun = Instant::now();
    connection.call(&Request::new("DELETE", &format!("/api/v2/resources/{root}?recursive=true"), &[])).await?;
    report.add("recursive delete of 10,000 resources", begun.elapsed().as_secs_f64(), "s", AtMost(5.0));
    Ok(())
}

/// What it costs to read a thing as it was a thousand changes ago.
async fn changes(tree: &Tree, product: &Product, report: &mut Report) -> Result<()> {
    let mut connection = product.connect().await?;
    let path = format!("/api/v2/resources/{}", tree.hall);
    let before = connection.call(&Request::get("/api/v2/log?limit=1")).await?[0]["at"].clone();
    let before = before.as_str().context("an entry of the log without a time")?.to_owned();
    for n in 0..CHANGES {
        connection.call(&Request::json("PATCH", &path, &json!({ "custom_id": n.to_string() }))).await?;
    }
    let look = Request::get(&format!("{path}?as_of={before}"));
    let then = connection.call(&look).await?;
    ensure!(then["custom_id"].is_null(), "that is not how it was: {then}");
    let (begun, times) = (Instant::now(), 20);
    for _ in 0..times {
        connection.call(&look).await?;
    }
    let each = begun.elapsed().as_secs_f64() * 1e3 / f64::from(times);
    report.add("a resource as it was 1,000 changes ago", each, "ms", AtMost(20.0));
    Ok(())
}

/// What the entries hang on.
struct Tree {
    section: i64,
    hall: i64,
    racks: Vec<i64>,
    customer: i64,
}

impl Tree {
    async fn plant(connection: &mut Connection) -> Result<Self> {
        let fields: Vec<Value> =
            (0..FIELDS).map(|n| json!({ "new": true, "name": format!("f{n}"), "field_type": "text" })).collect();
        let section = json!({ "name": "Server", "type": "section", "fields": fields });
        let section = add(connection, section).await?;
        let hall = add(connection, json!({ "name": "Hall", "type": "thing" })).await?;
        let customer = add(connection, json!({ "name": "Customer", "type": "thing" })).await?;
        let mut racks = Vec::new();
        for n in 0..RACKS {
            racks.push(add(connection, json!({ "name": format!("Rack {n}"), "type": "thing" })).await?);
        }
        Ok(Self { section, hall, racks, customer })
    }

    /// Imports the entries of these numbers.
    async fn import(&self, connection: &mut Connection, numbers: std::ops::Range<usize>) -> Result<()> {
        let rows = numbers.map(|n| {
            let parent = if n < CHILDREN { self.hall } else { self.racks[n % RACKS] };
            // Their names do not tell the order in which they came.
            (format!("server {:08x}", n.wrapping_mul(0x9E37_79B1) & 0xFFFF_FFFF), parent, n)
        });
        self.send(connection, rows).await
    }

    async fn send(&self, connection: &mut Connection, rows: impl Iterator<Item = (String, i64, usize)>) -> Result<()> {
        let mut file = String::from("name,parent_id");
        (0..FIELDS).for_each(|n| _ = write!(file, ",f{n}"));
        file.push('\n');
        for (name, parent, n) in rows {
            _ = write!(file, "{name},{parent},serial-{n},site {}", n % SITES);
            (2..FIELDS).for_each(|field| _ = write!(file, ",value {field} {}", n % 7));
            file.push('\n');
        }
        let path = format!("/api/v2/resources/imports?section_id={}", self.section);
        estate::job(connection, &Request::new("POST", &path, file.as_bytes())).await.map(drop)
    }

    /// The questions, each in several forms.
    async fn questions(&self, connection: &mut Connection, count: usize) -> Result<Vec<(&'static str, Vec<Request>)>> {
        let Self { section, hall, racks: _, customer } = self;
        let query = |key: &str, value: String| {
            let attributes = json!([{ "key": key, "value": value, "compare": "=" }]);
            Request::json("POST", "/api/v2/resources/query", &json!({ "attrs": attributes, "limit": 100 }))
        };
        let all = connection.call(&Request::get(&format!("/api/v2/resources/{hall}/children?limit={LINKS}"))).await?;
        for child in all.as_array().into_iter().flatten() {
            let link = json!({ "resource_id": customer, "relation": "customer" });
            let id = child["id"].as_str().context("a resource without an id")?;
            connection.call(&Request::json("POST", &format!("/api/v2/resources/{id}/links"), &link)).await?;
        }
        let view = json!({
            "name": "By site", "sections": [section], "columns": ["name", "f0", "f1"],
            "parameters": { "site": { "required": true } }, "filters": [{ "key": "f1", "value": "{site}" }],
        });
        let view = connection.call(&Request::json("POST", "/api/v2/resource_views", &view)).await?;
        let view = view["id"].as_str().context("a view without an id")?.to_owned();
        let linked = format!(
            "/api/v1/api.php?target=resource&action=get&resource_link_type=customer&resource_link_column=2\
             &resource_link_value={customer}&resources_per_page=100"
        );
        let children = (0..10).map(|page| format!("/api/v2/resources/{hall}/children?limit=100&offset={}", page * 100));
        let viewed =
            |site| Request::get(&format!("/api/v2/resource_views/{view}/resources?site=site%20{site}&limit=10"));
        Ok(vec![
            (
                "resource by an attribute of its own",
                (0..500).map(|n| query("f0", format!("serial-{}", n * count / 500))).collect(),
            ),
            ("resources by link, 100", vec![Request::get(&linked)]),
            ("children of a resource with 20,000, 100", children.map(|path| Request::get(&path)).collect()),
            ("a page of a saved view, 10", (0..SITES).map(viewed).collect()),
        ])
    }
}

async fn add(connection: &mut Connection, body: Value) -> Result<i64> {
    let made = connection.call(&Request::json("POST", "/api/v2/resources", &body)).await?;
    let id = made["id"].as_str().and_then(|id| id.parse().ok());
    id.with_context(|| format!("a resource without an id: {made}"))
}
