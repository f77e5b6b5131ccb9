use clap::CommandFactory;
use serde_json::json;

use crate::{
    server::{Server, expect},
    terminal::{Program, Terminal},
};

#[test]
fn the_parser_is_sound() {
    Program::command().debug_assert();
}

#[tokio::test]
async fn what_makes_no_sense_is_a_mistake_of_usage() {
    for (line, reason) in [
        ("ipam get 10.0.0.1/24", "10.0.0.1/24 has host bits set; the block that contains it is 10.0.0.0/24"),
        ("ipam split nonsense", "\"nonsense\" is not an IPv4 or IPv6 address"),
        ("ipam split", "<BLOCK|--block <CIDR>|--id <ID>>"),
        ("ipam split 10.0.0.0/8 --id 17", "cannot be used with"),
        ("ipam add --rir RIPE", "<CIDR|--block <CIDR>>"),
        ("ipam add 17 --rir RIPE", "\"17\" is not an IPv4 or IPv6 address"),
        ("ipam add 10.0.0.0/8", "--rir <RIR>"),
        ("ipam smart-assign --mask 24 --type ipv4 --rir RIPE", "--resource-id <ID>"),
        ("ipam smart-assign --mask 24 --type ipx --rir RIPE --resource-id 1", "ipv4 or ipv6"),
        ("ipam smart-assign --mask 129 --type ipv6 --rir RIPE --resource-id 1", "a mask is a number from 0 to 128"),
        ("ipam direct-assign 17 --resource-id 1 --resource-query a=b", "cannot be used with"),
        ("ipam direct-assign 17 --resource-query nonsense", "neither NAME=VALUE nor a JSON object"),
        ("ipam direct-assign 17 --resource-id 1 --tags [1]", "no JSON list of texts"),
        ("ipam update 17 --meta 11=x", "the number is 1 to 10"),
        ("ipam update 17 --tags-action add", "--tags <TAGS>"),
        ("ipam get --asn 0", "this is no AS number"),
        ("ipam utilization 17 --rir RIPE", "cannot be used with"),
        ("ipam utilization --mask 24", "required"),
        ("import", "<FILE>"),
        ("resource add x --attr nonsense", "write it as NAME=VALUE"),
        ("ipam get --insecure --cacert x", "cannot be used with"),
        ("completions nonsense", "[possible values: bash, elvish, fish, powershell, zsh]"),
    ] {
        let outcome = Terminal::bare().types(line).await;
        assert_eq!(outcome.code, 2, "{line}");
        assert!(outcome.err.contains(reason), "{line}\n{}", outcome.err);
    }
}

#[tokio::test]
async fn help_shows_no_value_of_the_environment() {
    let outcome = Terminal::bare().with("PLATBOOK_PASSWORD", "hunter2").types("ipam get --help").await;
    assert_eq!(outcome.code, 0);
    assert!(outcome.err.contains("[env: PLATBOOK_PASSWORD, PROVISION_PASSWORD]"), "{}", outcome.err);
}

#[tokio::test]
async fn a_reader_who_has_seen_enough_is_no_error() {
    let server = Server::expecting([expect("GET", "/ipam/netblocks").answers(&json!([]))]).await;
    let outcome = Terminal::of(&server).hung_up().types("ipam get").await;
    server.satisfied();
    assert_eq!((outcome.code, &*outcome.err), (0, ""));
    let outcome = Terminal::bare().hung_up().types("completions bash").await;
    assert_eq!((outcome.code, &*outcome.err), (0, ""));
}
