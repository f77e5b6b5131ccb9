//! Blocks in API v1, to the byte as the documents of the original show them: `get`, `add`, `update`, `delete`, `addTag`,
//! `deleteTag`. Only ids and times are those of the database at hand.
//!
//! The oldest of the documented blocks, that of `get`, lacks `netmask`, `region_name` and `permissionIPAMDelete`, which
//! all newer ones have: the newer shape stands everywhere.

use testkit::on_both;

use crate::world::{World, fill, world};

/// The block of the documented `get`, in the newer shape; for what was just added, `<updated>` is null.
const BLOCK: &str = r#"{"id":<id>,"type":"ipv4","top_aggregate":null,"cidr":"192.168.0.0\/24","formatted_ip":"192.168.0.0\/24","address":"3232235520","end_address":"3232235775","mask":24,"netmask":"255.255.255.0","child1":null,"child2":null,"is_assigned":0,"is_swipped":0,"is_aggregate":1,"custid":2,"resource_id":2,"resource_name":"Available","last_updated_time":<updated>,"description":null,"parent":null,"rir":"1918","lir_id":null,"notes":null,"generic_code":null,"code":null,"region":"SFO","region_name":"San Francisco, CA","vlan":100,"arin_net_id":null,"arin_cust_id":null,"org_id":null,"arin_swip_time":null,"assigned_time":null,"asn":null,"allowSubAssignments":false,"permissions":{"permissionIPAMRead":"1","permissionIPAMUpdate":"1","permissionIPAMCreate":"1","permissionIPAMDelete":"1","permissionSWIP":"1","permissionAdmin":"1"},"range":"192.168.0.0 - 192.168.0.255","tags":["Customer","PTP"]}"#;

const ADD: &str = "action=add&block=192.168.0.0/24&rir=1918&region=SFO&vlan=100&tags=Customer,PTP";

async fn with_lists(world: &World) {
    world.tags(&["Customer", "PTP"]).await;
    world.region("SFO", "San Francisco, CA").await;
}

fn never_changed(block: &str, id: i64) -> String {
    fill(block, &[("id", id)]).replace("<updated>", "null")
}

fn changed(block: &str, id: i64) -> String {
    fill(block, &[("id", id)]).replace("<updated>", "\"2026-01-01 00:00:00\"")
}

on_both! {
    async fn a_block_is_found(engine) {
        let world = world(engine).await;
        with_lists(&world).await;
        let id = world.done(ADD).await["id"].as_i64().unwrap();
        let found = format!(r#"{{"success":1,"message":"1 blocks found. ","data":[{}]}}"#, never_changed(BLOCK, id));
        assert_eq!(world.v1("action=get&block=192.168.0.0/24").await, found);
        assert_eq!(world.v1("action=get&rir=1918&tags=PTP,Customer").await, found);
        assert_eq!(world.v1("action=get&rir=ARIN").await, r#"{"success":1,"message":"0 blocks found. ","data":[]}"#);
    }

    async fn a_block_is_found_with_its_attributes(engine) {
        let world = world(engine).await;
        with_lists(&world).await;
        let id = world.done(ADD).await["id"].as_i64().unwrap();
        let block = never_changed(BLOCK, id);
        let block = block.strip_suffix('}').unwrap();
        let found = format!(
            r#"{{"success":1,"message":"1 blocks found. ","data":[{block},"attributes":{{"custody_chain":"[]"}}}}]}}"#
        );
        assert_eq!(world.v1("action=get&includeAttributes=true").await, found);
    }

    async fn a_block_is_added(engine) {
        let world = world(engine).await;
        with_lists(&world).await;
        let answer = world.v1(ADD).await;
        let id = world.id("192.168.0.0/24").await;
        let head =
            fill(r#"{"success":1,"message":"Block 192.168.0.0\/24 (<id>) added","id":<id>,"data":"#, &[("id", id)]);
        assert_eq!(answer, format!("{head}{}}}", never_changed(BLOCK, id)));
    }

    async fn one_block_is_updated(engine) {
        let world = world(engine).await;
        with_lists(&world).await;
        let id = world.done(ADD).await["id"].as_i64().unwrap();
        let answer = world.v1("action=update&block=192.168.0.0/24&notes=Notes_here").await;
        let head = fill(r#"{"success":1,"message":"Block 192.168.0.0\/24 (<id>) updated","data":"#, &[("id", id)]);
        let block = changed(BLOCK, id).replace(r#""notes":null"#, r#""notes":"Notes_here""#);
        assert_eq!(answer, format!("{head}{block}}}"));
    }

    async fn several_blocks_are_updated(engine) {
        let world = world(engine).await;
        with_lists(&world).await;
        let first = world.done(ADD).await["id"].as_i64().unwrap();
        let second = world.done(&ADD.replace("168.0.0", "168.1.0")).await["id"].as_i64().unwrap();
        let block = |id| {
            changed(BLOCK, id)
                .replace(r#""code":null"#, r#""code":"Code X""#)
                .replace(r#""generic_code":null"#, r#""generic_code":"Code X""#)
        };
        let other = block(second)
            .replace("192.168.0.", "192.168.1.")
            .replace("3232235520", "3232235776")
            .replace("3232235775", "3232236031");
        let documented = |blocks: &[String]| {
            format!(r#"{{"success":1,"message":"2 blocks updated","data":[{}]}}"#, blocks.join(","))
        };
        assert_eq!(
            world.v1(format!("action=update&id={first},{second}&code=Code X")).await,
            documented(&[block(first), other.clone()])
        );
        assert_eq!(
            world.v1("action=update&block=192.168.1.0/24,192.168.0.0/24&code=Code X").await,
            documented(&[other, block(first)]),
            "in the order in which they were named"
        );
    }

    async fn an_aggregate_is_deleted(engine) {
        let world = world(engine).await;
        with_lists(&world).await;
        let id = world.done(ADD).await["id"].as_i64().unwrap();
        let block = never_changed(BLOCK, id);
        assert_eq!(
            world.v1("action=delete&block=192.168.0.0/24").await,
            format!(r#"{{"success":1,"message":"Aggregate deleted: 192.168.0.0\/24","data":{block}}}"#)
        );
        assert_eq!(
            world.v1("action=delete&block=192.168.0.0/24").await,
            r#"{"success":0,"message":"No block found: 192.168.0.0\/24"}"#
        );
    }

    async fn a_tag_is_put_on_and_taken_off(engine) {
        let world = world(engine).await;
        with_lists(&world).await;
        world.tags(&["DSL"]).await;
        let id = world.done(ADD).await["id"].as_i64().unwrap();
        let block = changed(BLOCK, id);
        let tagged = block.replace(r#"["Customer","PTP"]"#, r#"["Customer","DSL","PTP"]"#);
        assert_eq!(
            world.v1(format!("action=addTag&id={id}&tag=DSL")).await,
            format!(r#"{{"success":1,"message":"Tag Added.","data":{tagged}}}"#)
        );
        assert_eq!(
            world.v1("action=deleteTag&block=192.168.0.0/24&tag=DSL").await,
            format!(r#"{{"success":1,"message":"Tag Removed.","data":{block}}}"#)
        );
    }
}
