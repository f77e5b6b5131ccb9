use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::{
    server::{Server, expect},
    terminal::{Outcome, Terminal},
};

/// A block as the API shows it.
fn block(cidr: &str, state: &str) -> Value {
    let (name, id) = match state {
        "available" => ("Available", 81),
        "holding" => ("holding", 188),
        _ => ("Acme", 1234),
    };
    json!({
        "id": 17, "type": "ipv4", "cidr": cidr, "state": state, "resource_id": id, "resource_name": name, "rir": "RIPE",
        "region": "EU", "vlan_id": 30, "tags": ["Customer", "vpn"], "notes": "third floor", "parent": 16, "top_aggregate": 1,
        "netmask": "255.255.255.248", "range": ["192.0.2.8", "192.0.2.15"], "host_count": "8", "asn": null, "meta3": "blue",
        "allow_duplicate": false,
    })
}

/// Types a command that needs one exchange, which goes well.
async fn done(line: &[&str], exchange: crate::server::Exchange) -> Outcome {
    let server = Server::expecting([exchange]).await;
    let outcome = Terminal::of(&server).runs(line).await;
    server.satisfied();
    assert_eq!((outcome.code, &*outcome.err), (0, ""), "{}", outcome.out);
    outcome
}

fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

#[tokio::test]
async fn a_block_is_assigned_by_its_size() {
    let body = json!({
        "resource_id": 1234, "mask": 29, "type": "ipv4", "rir": "RIPE", "tags": ["Customer", "vpn"], "tags_mode": "union",
        "vlan": 30, "region_id": "EU", "code": "x", "lir_id": 7, "top_aggregate": 1, "assigned_resource_id": "ignore",
        "allow_sub_assignments": true,
    });
    let exchange =
        || expect("PUT", "/ipam/netblocks/smart_assign").json(body.clone()).answers(&block("192.0.2.8/29", "assigned"));
    let line = "ipam smart-assign --resource-id 1234 --mask 29 --type ipv4 --rir RIPE --tags Customer,vpn --tags-mode union \
                --vlan 30 --region EU --code x --lir-id 7 --top-aggregate 1 --assigned-resource-id ignore \
                --allow-sub-assignments";
    assert_snapshot!(done(&words(line), exchange()).await.out, @r"
    Assigned 192.0.2.8/29 to Acme (1234).

    CIDR          STATE     HOLDER       RIR   REGION  VLAN  TAGS           NOTES
    ─────────────────────────────────────────────────────────────────────────────────────
    192.0.2.8/29  assigned  Acme (1234)  RIPE  EU      30    Customer, vpn  third floor
    ");
    let as_in_v1 = "ipam smart-assign --resourceId 1234 --mask /29 --type IPv4 --rir RIPE --tags Customer,vpn \
                    --tagsMode union --vlan 30 --region EU --code x --lirId 7 --topAggregateId 1 \
                    --assignedResourceId ignore --allowSubAssignments=true";
    done(&words(as_in_v1), exchange()).await;
}

#[tokio::test]
async fn a_resource_may_be_described() {
    let described = |query: Value| {
        let body = json!({ "resource_query": query, "mask": 64, "type": "ipv6", "rir": "ARIN" });
        expect("PUT", "/ipam/netblocks/smart_assign").json(body).answers(&block("2001:db8::/64", "assigned"))
    };
    let line = words("ipam smart-assign --mask 64 --type ipv6 --rir ARIN --resource-query");
    let asking = |query| [line.clone(), vec![query]].concat();
    done(&asking("custom_id=cust-001"), described(json!({ "custom_id": "cust-001" }))).await;
    done(&asking(r#"{"custom_id":"a=b","type":"entry"}"#), described(json!({ "custom_id": "a=b", "type": "entry" })))
        .await;
}

#[tokio::test]
async fn a_certain_block_is_assigned() {
    let exchange = |path: &str, answer: Value| {
        let body = json!({ "resource_id": 1234, "rir": "RIPE", "tags": ["a,b", "c"], "tags_mode": "strict" });
        expect("PUT", path).json(body).answers(&answer)
    };
    let options = ["--resource-id", "1234", "--rir", "RIPE", "--tags", r#"["a,b","c"]"#, "--tags-mode", "strict"];
    let one = exchange("/ipam/netblocks/192.0.2.8/29/direct_assign", json!([block("192.0.2.8/29", "assigned")]));
    let outcome = done(&[&["ipam", "direct-assign", "192.0.2.8/29"], &options[..]].concat(), one).await;
    assert_snapshot!(outcome.out, @r"
    Assigned 192.0.2.8/29 to Acme (1234).

    CIDR          STATE     HOLDER       RIR   REGION  VLAN  TAGS           NOTES
    ─────────────────────────────────────────────────────────────────────────────────────
    192.0.2.8/29  assigned  Acme (1234)  RIPE  EU      30    Customer, vpn  third floor
    ");
    let both = json!([block("192.0.2.8/29", "pool"), block("192.0.2.16/29", "pool")]);
    let several = exchange("/ipam/netblocks/17/direct_assign", both);
    let outcome = done(&[&["ipam", "direct-assign", "--id", "17"], &options[..]].concat(), several).await;
    assert!(outcome.out.starts_with("Assigned 2 blocks to Acme (1234).\n\nCIDR "), "{}", outcome.out);
}

#[tokio::test]
async fn the_slash_of_a_cidr_is_not_escaped_in_either_family() {
    for (named, path) in [
        ("10.0.0.0/8", "/ipam/netblocks/10.0.0.0/8"),
        ("2001:DB8::/32", "/ipam/netblocks/2001:db8::/32"),
        ("192.0.2.7", "/ipam/netblocks/192.0.2.7/32"),
        ("17", "/ipam/netblocks/17"),
    ] {
        done(&["ipam", "get", named], expect("GET", path).answers(&block(named, "available"))).await;
        done(&["ipam", "delete", named], expect("DELETE", path).says(204, "")).await;
    }
    done(&["ipam", "get", "--block", "10.0.0.0/8"], expect("GET", "/ipam/netblocks/10.0.0.0/8").answers(&json!({})))
        .await;
}

#[tokio::test]
async fn an_aggregate_is_added_with_all_that_is_known_about_it() {
    let body = json!({
        "cidr": "10.0.0.0/8", "rir": "1918", "tags": ["lab"], "vlan_id": 5, "resource_id": 9, "region_id": "EU",
        "asn": 64496, "code": "c", "notes": "two words", "lir_id": 3, "meta1": "a=b", "meta10": "z",
        "allow_sub_assignments": true, "allow_duplicate": true,
    });
    let exchange = expect("POST", "/ipam/netblocks").json(body).says(201, &block("10.0.0.0/8", "pool").to_string());
    let line = [
        words("ipam add 10.0.0.0/8 --rir 1918 --tags lab --vlan 5 --resource-id 9 --region EU --asn AS64496 --code c"),
        vec!["--notes", "two words", "--lir-id", "3", "--meta", "1=a=b", "--meta", "10=z"],
        words("--allow-sub-assignments --allow-duplicate"),
    ];
    assert_snapshot!(done(&line.concat(), exchange).await.out, @r"
    Added 10.0.0.0/8 (id 17).

    CIDR        STATE  HOLDER       RIR   REGION  VLAN  TAGS           NOTES
    ────────────────────────────────────────────────────────────────────────────────
    10.0.0.0/8  pool   Acme (1234)  RIPE  EU      30    Customer, vpn  third floor
    ");
}

#[tokio::test]
async fn what_is_not_given_is_not_sent() {
    let body = json!({ "cidr": "10.0.0.0/8", "rir": "1918", "allow_sub_assignments": false, "allow_duplicate": false });
    let exchange = expect("POST", "/ipam/netblocks").json(body).answers(&block("10.0.0.0/8", "available"));
    done(&words("ipam add --block 10.0.0.0/8 --rir 1918"), exchange).await;
}

#[tokio::test]
async fn an_update_sets_and_clears() {
    let body = json!({
        "rir": "RIPE", "vlan_id": null, "asn": null, "region_id": "EU", "lir_id": 4, "code": null, "notes": null,
        "tags": ["a"], "tags_action": "add", "meta2": null, "meta3": "x", "allow_sub_assignments": false, "propagate": true,
    });
    let exchange = expect("PATCH", "/ipam/netblocks/10.0.0.0/8").json(body).answers(&block("10.0.0.0/8", "pool"));
    let line = [
        "ipam",
        "update",
        "10.0.0.0/8",
        "--rir",
        "RIPE",
        "--vlan",
        "",
        "--asn",
        "",
        "--region",
        "EU",
        "--lirId",
        "4",
        "--code",
        "",
        "--notes",
        "",
        "--tags",
        "a",
        "--tags_action",
        "add",
        "--meta",
        "2=",
        "--meta",
        "3=x",
        "--allow-sub-assignments=false",
        "--propagate",
    ];
    let outcome = done(&line, exchange).await;
    assert!(outcome.out.starts_with("Updated 10.0.0.0/8.\n\nCIDR "), "{}", outcome.out);
    let no_tags = expect("PATCH", "/ipam/netblocks/17").json(json!({ "tags": [], "propagate": false }));
    done(&["ipam", "update", "17", "--tags", ""], no_tags.answers(&block("10.0.0.0/8", "pool"))).await;
}

#[tokio::test]
async fn a_deleted_block_is_named_as_it_was_typed() {
    let forced = expect("DELETE", "/ipam/netblocks/10.0.0.0/8?force=true").says(204, "");
    assert_eq!(done(&words("ipam delete 10.0.0.0/8 --force"), forced).await.out, "Deleted 10.0.0.0/8.\n");
    let by_id = || expect("DELETE", "/ipam/netblocks/17").says(204, "");
    assert_eq!(done(&words("ipam delete --id 17"), by_id()).await.out, "Deleted block 17.\n");
    assert_eq!(done(&words("ipam delete --id 17 --json"), by_id()).await.out, "");
}

#[tokio::test]
async fn the_answer_says_where_a_returned_block_is() {
    for (line, operation, body, state, sentence) in [
        (
            "unassign 192.0.2.8/29",
            "unassign",
            Some(json!({ "skip_holding": false })),
            "holding",
            "Unassigned 192.0.2.8/29: it is in holding now.",
        ),
        (
            "unassign 192.0.2.8/29 --skipHolding",
            "unassign",
            Some(json!({ "skip_holding": true })),
            "available",
            "Unassigned 192.0.2.8/29: it is available now.",
        ),
        (
            "override-holding 192.0.2.8/29",
            "override_holding",
            None,
            "pool",
            "Released 192.0.2.8/29: it is back with Acme (1234).",
        ),
    ] {
        let exchange = expect("PUT", &format!("/ipam/netblocks/192.0.2.8/29/{operation}"));
        let exchange = if let Some(body) = body { exchange.json(body) } else { exchange };
        let outcome = done(&words(&format!("ipam {line}")), exchange.answers(&block("192.0.2.8/29", state))).await;
        assert_eq!(outcome.out.lines().next(), Some(sentence));
    }
}

#[tokio::test]
async fn blocks_are_split_and_merged() {
    let leaves = json!([block("10.0.0.0/25", "available"), block("10.0.0.128/25", "available")]);
    for line in ["--mask 25 --limit 2", "--autoSplitToMask 25 --autoSplitLimit 2"] {
        let exchange = expect("PUT", "/ipam/netblocks/10.0.0.0/24/split").json(json!({ "mask": 25, "limit": 2 }));
        let outcome = done(&words(&format!("ipam split 10.0.0.0/24 {line}")), exchange.answers(&leaves)).await;
        assert!(outcome.out.starts_with("Split 10.0.0.0/24 into 2 blocks.\n\nCIDR "), "{}", outcome.out);
    }
    let in_two = expect("PUT", "/ipam/netblocks/10.0.0.0/24/split").json(json!({})).answers(&leaves);
    done(&words("ipam split 10.0.0.0/24"), in_two).await;

    let exchange = expect("PUT", "/ipam/netblocks/10.0.0.128/25/aggregate");
    let exchange =
        exchange.json(json!({ "mask": 24, "ignore_assignments": true })).answers(&block("10.0.0.0/24", "available"));
    let line = "ipam aggregate 10.0.0.128/25 --autoAggregateToMask 24 --ignoreAssignments";
    let outcome = done(&words(line), exchange).await;
    assert!(outcome.out.starts_with("Merged 10.0.0.128/25 into 10.0.0.0/24.\n\nCIDR "), "{}", outcome.out);
}

#[tokio::test]
async fn the_holding_tank_can_be_looked_at_first() {
    let process = |preview: bool, answer: Value| {
        expect("PUT", "/ipam/holding_tank/process").json(json!({ "preview": preview })).answers(&answer)
    };
    let one = json!([block("192.0.2.8/29", "holding")]);
    let outcome = done(&words("ipam process-holding --preview"), process(true, one)).await;
    assert!(outcome.out.starts_with("Would make 1 block available.\n\nCIDR "), "{}", outcome.out);
    assert_eq!(done(&words("ipam process-holding"), process(false, json!([]))).await.out, "Made 0 blocks available.\n");
}

#[tokio::test]
async fn one_block_shows_all_that_is_known_about_it() {
    let exchange = expect("GET", "/ipam/netblocks/192.0.2.8/29").answers(&block("192.0.2.8/29", "assigned"));
    assert_snapshot!(done(&words("ipam get 192.0.2.8/29"), exchange).await.out, @r"
    cidr           192.0.2.8/29
    state          assigned
    holder         Acme (1234)
    rir            RIPE
    region         EU
    vlan           30
    tags           Customer, vpn
    notes          third floor
    id             17
    parent         16
    top aggregate  1
    netmask        255.255.255.248
    addresses      8
    meta 3         blue
    range          192.0.2.8 - 192.0.2.15
    ");
}

#[tokio::test]
async fn blocks_are_found_by_what_they_have_in_common() {
    let target = "/ipam/netblocks?address=10.0.0.1&q=acme&type=ipv4&rir=RIPE&mask=24&state=available&assigned=false\
                  &is_aggregate=true&resource_id=5&top_aggregate=null&parent=6&region_id=EU&vlan=7&code=c&asn=64496&lir_id=8\
                  &tags=a%2Cb&tags_mode=exclude&order_by=cidr&sort=DESC&limit=2&offset=4";
    let exchange = || {
        let blocks = json!([block("192.0.2.0/24", "available"), block("192.0.2.8/29", "assigned")]);
        expect("GET", target).answers(&blocks)
    };
    let line = "ipam get --address 10.0.0.1 --search acme --type ipv4 --rir RIPE --mask 24 --state available --assigned false \
                --is-aggregate true --resource-id 5 --top-aggregate null --parent 6 --region EU --vlan 7 --code c --asn 64496 \
                --lir-id 8 --tags a,b --tags-mode exclude --order-by cidr --sort DESC --limit 2 --offset 4";
    assert_snapshot!(done(&words(line), exchange()).await.out, @r"
    CIDR          STATE      HOLDER       RIR   REGION  VLAN  TAGS           NOTES
    ──────────────────────────────────────────────────────────────────────────────────────
    192.0.2.0/24  available               RIPE  EU      30    Customer, vpn  third floor
    192.0.2.8/29  assigned   Acme (1234)  RIPE  EU      30    Customer, vpn  third floor

    2 blocks
    ");
    let as_in_v1 = "ipam get --address 10.0.0.1 --search acme --type ipv4 --rir RIPE --mask 24 --state available \
                    --isAssigned false --isAggregate true --resourceId 5 --topAggregateId null --parent 6 --region EU \
                    --vlan 7 --code c --asn 64496 --lirId 8 --tags a,b --tagsMode exclude --sortField cidr --sortOrder DESC \
                    --selectCount 2 --selectOffset 4";
    done(&words(as_in_v1), exchange()).await;
}

#[tokio::test]
async fn a_block_and_a_filter_are_a_search() {
    let by_cidr = expect("GET", "/ipam/netblocks?rir=RIPE&cidr=10.0.0.0%2F8").answers(&json!([]));
    assert_eq!(done(&words("ipam get 10.0.0.0/8 --rir RIPE"), by_cidr).await.out, "No blocks fit.\n");
    let by_id = expect("GET", "/ipam/netblocks?rir=RIPE&id=17").answers(&json!([]));
    done(&words("ipam get 17 --rir RIPE"), by_id).await;
}

#[tokio::test]
async fn a_long_list_says_how_to_go_on() {
    let more = "</api/v2/ipam/netblocks?limit=1&offset=6>; rel=\"next\"";
    let part =
        || expect("GET", "/ipam/netblocks?limit=1&offset=5").answers(&json!([block("10.0.0.0/8", "split")])).link(more);
    let server = Server::expecting([part(), part()]).await;
    let people = Terminal::of(&server).types("ipam get --limit 1 --offset 5").await;
    assert_eq!(people.err, "There are more: --offset 6 shows the next, --all shows them all.\n");
    let program = Terminal::of(&server).types("ipam get --limit 1 --offset 5 --json").await;
    assert_eq!((people.code, program.code, &*program.err), (0, 0, ""));
    server.satisfied();
}

#[tokio::test]
async fn all_parts_of_a_list_can_be_had_as_one() {
    let parts = || {
        let first = expect("GET", "/ipam/netblocks?rir=RIPE&limit=1000").answers(&json!([{ "cidr": "10.0.0.0/8" }]));
        let second = expect("GET", "/ipam/netblocks?rir=RIPE&limit=1000&offset=1000")
            .answers(&json!([{ "cidr": "11.0.0.0/8" }]));
        // The host and path of the link are those that the server sees behind its proxy.
        [first.link("<http://inside:1/ipam/netblocks?rir=RIPE&limit=1000&offset=1000>; rel=\"next\""), second]
    };
    let server = Server::expecting(parts().into_iter().chain(parts())).await;
    let program = Terminal::of(&server).types("ipam get --rir RIPE --all --json").await;
    assert_eq!(program.out, "[{\"cidr\":\"10.0.0.0/8\"},{\"cidr\":\"11.0.0.0/8\"}]\n");
    let people = Terminal::of(&server).types("ipam get --rir RIPE --all").await;
    assert!(people.out.ends_with("\n\n2 blocks\n"), "{}", people.out);
    server.satisfied();
}

#[tokio::test]
async fn json_is_printed_as_it_came() {
    let odd = "[ {\"cidr\" : \"10.0.0.0/8\", \"host_count\": 1e2, \"notes\": \"\\u00e9\"} ]";
    let exchange = expect("GET", "/ipam/netblocks?rir=RIPE").says(200, odd);
    assert_eq!(done(&words("ipam get --rir RIPE --json"), exchange).await.out, format!("{odd}\n"));
    let exchange = expect("PUT", "/ipam/netblocks/17/split").json(json!({})).says(200, odd);
    assert_eq!(done(&words("ipam --json split 17"), exchange).await.out, format!("{odd}\n"));
}

#[tokio::test]
async fn a_narrow_page_wraps_notes_but_not_addresses() {
    let mut long = block("2001:db8:1234:5678::/64", "assigned");
    long["notes"] = "a long story about the third floor and its cables".into();
    let server = Server::expecting([expect("GET", "/ipam/netblocks").answers(&json!([long]))]).await;
    let outcome = Terminal::of(&server).width(90).types("ipam get").await;
    server.satisfied();
    assert_snapshot!(outcome.out, @r"
    CIDR                     STATE     HOLDER  RIR   REGION  VLAN  TAGS          NOTES
    ──────────────────────────────────────────────────────────────────────────────────────────
    2001:db8:1234:5678::/64  assigned  Acme    RIPE  EU      30    Customer,     a long
                                       (1234)                      vpn           story about
                                                                                 the third
                                                                                 floor and
                                                                                 its cables

    1 block
    ");
}

#[tokio::test]
async fn what_others_wrote_does_not_steer_the_terminal() {
    let mut evil = block("10.0.0.0/8", "assigned");
    evil["notes"] = "\u{1b}]0;owned\u{7}\nline".into();
    evil["resource_name"] = "A\u{9b}2Jcme".into();
    let listed = done(&["ipam", "get"], expect("GET", "/ipam/netblocks").answers(&json!([evil]))).await.out;
    assert!(!listed.chars().any(|c| c.is_control() && c != '\n'), "{listed:?}");
}

#[tokio::test]
async fn options_and_utilization_read_as_facts() {
    let options = json!({ "actions": ["aggregate"], "templates": [{ "name": "Auto Split", "masks": [26, 27, 28] }] });
    let exchange = expect("GET", "/ipam/netblocks/14.0.0.0/25/options").answers(&options);
    assert_snapshot!(done(&words("ipam options 14.0.0.0/25"), exchange).await.out, @r"
    actions  aggregate

    templates:
    name        masks
    ────────────────────────
    Auto Split  26, 27, 28
    ");

    let utilization = json!({
        "total_hosts": "256", "hosts_assigned": 0, "hosts_available": "256", "blocks_in_holding": null,
        "resources": [{ "id": 5, "name": "Customer 1", "hosts": "256", "percentage": "100.00" }],
    });
    let exchange = expect("GET", "/ipam/netblocks/14.0.0.0/24/utilization?mask=26").answers(&utilization);
    assert_snapshot!(done(&words("ipam utilization 14.0.0.0/24 --mask 26"), exchange).await.out, @r"
    total hosts      256
    hosts assigned   0
    hosts available  256

    resources:
    id  name        hosts  percentage
    ───────────────────────────────────
    5   Customer 1  256    100.00
    ");
    let target = "/ipam/utilization?type=ipv6&rir=RIPE&region_id=EU&code=c&tags=a%2Cb&vlan=3";
    let line = "ipam utilization --type ipv6 --rir RIPE --region EU --code c --tags a,b --vlan 3";
    done(&words(line), expect("GET", target).answers(&utilization)).await;
}

#[tokio::test]
async fn rules_vlans_and_vrfs_are_kept() {
    let rule = json!({ "id": 3, "name": "gateways", "positions": [0, 1, 2] });
    let new = json!({ "name": "gateways", "positions": [1, 2, 0] });
    let exchange = expect("POST", "/ipam/rules").json(new).answers(&rule);
    let added = done(&words("ipam rule add gateways --positions 1,2,0"), exchange).await;
    assert_eq!(added.out, "Added gateways (id 3).\n");
    let exchange = expect("GET", "/ipam/rules").answers(&json!([rule]));
    assert!(done(&words("ipam rule list"), exchange).await.out.contains("0, 1, 2"));

    let domain = json!({ "id": 2, "name": "AMS", "range": "extended" });
    let exchange =
        expect("POST", "/ipam/vlan_domains").json(json!({ "name": "AMS", "range": "extended" })).answers(&domain);
    assert_eq!(done(&words("ipam vlan add-domain AMS --range extended"), exchange).await.out, "Added AMS (id 2).\n");
    let vlan = json!({ "id": 9, "domain_id": 2, "vlan": 104 });
    let exchange = expect("POST", "/ipam/vlans").json(json!({ "domain_id": 2, "vlan": 104 })).answers(&vlan);
    let added = done(&words("ipam vlan add --domain-id 2 --vlan 104"), exchange).await;
    assert_eq!(added.out, "Enabled VLAN 104 (id 9).\n");

    let vrf = json!({ "id": 4, "name": "red", "route_distinguisher": "65000:1" });
    let new = json!({ "name": "red", "route_distinguisher": "65000:1" });
    let exchange = expect("POST", "/ipam/vrfs").json(new).answers(&vrf);
    assert_eq!(
        done(&words("ipam vrf add red --route-distinguisher 65000:1"), exchange).await.out,
        "Added red (id 4).\n"
    );
}

#[tokio::test]
async fn a_block_moves_and_is_reserved() {
    let moved = block("192.0.2.8/29", "assigned");
    let exchange =
        expect("PUT", "/ipam/netblocks/192.0.2.8/29/move").json(json!({ "resource_id": 1234 })).answers(&moved);
    let outcome = done(&words("ipam move 192.0.2.8/29 --resource-id 1234"), exchange).await;
    assert!(outcome.out.starts_with("Moved 192.0.2.8/29 to Acme (1234).\n"), "{}", outcome.out);
    let free = block("192.0.2.8/29", "available");
    let until = json!({ "until": "2027-01-31T12:00:00Z" });
    let exchange = expect("PUT", "/ipam/netblocks/192.0.2.8/29/reserve").json(until).answers(&free);
    let outcome = done(&words("ipam reserve 192.0.2.8/29 --until 2027-01-31T12:00:00Z"), exchange).await;
    assert!(outcome.out.starts_with("Reserved 192.0.2.8/29.\n"), "{}", outcome.out);
    let changes =
        json!({ "rule_id": 3, "vrf_id": null, "nat": "10.0.0.8/29", "is_important": true, "propagate": false });
    let exchange = expect("PATCH", "/ipam/netblocks/192.0.2.8/29").json(changes).answers(&free);
    let line = [
        "ipam",
        "update",
        "192.0.2.8/29",
        "--rule-id",
        "3",
        "--vrf-id",
        "",
        "--nat",
        "10.0.0.8/29",
        "--important",
        "true",
    ];
    done(&line, exchange).await;
}

#[tokio::test]
async fn who_held_an_address_is_a_table() {
    let period = json!({
        "resource_id": 1234, "resource_name": "Acme", "cidr": "192.0.2.8/29", "state": "assigned", "actor": "ann",
        "from": "2026-01-02T00:00:00.000000Z", "until": null,
    });
    let exchange =
        expect("GET", "/ipam/holders?address=192.0.2.9&at=2026-02-01T00%3A00%3A00Z").answers(&json!([period]));
    let line = words("ipam holders 192.0.2.9 --at 2026-02-01T00:00:00Z");
    let shown = done(&line, exchange).await.out;
    assert!(shown.contains("Acme (1234)  192.0.2.8/29  assigned  2026-01-02T00:00:00.000000Z"), "{shown}");
}
