//! Giving blocks away and taking them back in API v1, to the byte as the documents of the original show it:
//! `smartAssign`, `directAssign`, `unassign`, `overrideHolding`, `processHoldingTank`. Ids and times are those of the
//! database at hand, and the word "Resource" of the messages stands for the holder's name, as real answers show.

use serde_json::json;
use testkit::on_both;

use crate::world::{fill, world};

/// A /24 that "Acme" holds and uses up.
const ASSIGNED: &str = r#"{"id":<id>,"type":"ipv4","top_aggregate":null,"cidr":"192.168.0.0\/24","formatted_ip":"192.168.0.0\/24","address":"3232235520","end_address":"3232235775","mask":24,"netmask":"255.255.255.0","child1":null,"child2":null,"is_assigned":1,"is_swipped":0,"is_aggregate":1,"custid":<holder>,"resource_id":<holder>,"resource_name":"Acme","last_updated_time":"2026-01-01 00:00:00","description":null,"parent":null,"rir":"1918","lir_id":null,"notes":null,"generic_code":null,"code":null,"region":null,"region_name":null,"vlan":null,"arin_net_id":null,"arin_cust_id":null,"org_id":null,"arin_swip_time":null,"assigned_time":"2026-01-01 00:00:00","asn":null,"allowSubAssignments":false,"permissions":{"permissionIPAMRead":"1","permissionIPAMUpdate":"1","permissionIPAMCreate":"1","permissionIPAMDelete":"1","permissionSWIP":"1","permissionAdmin":"1"},"range":"192.168.0.0 - 192.168.0.255","tags":[]}"#;

/// The documented block after its override: a piece of a pool, back with the pool's holder.
const RETURNED: &str = r#"{"id":<id>,"type":"ipv4","top_aggregate":<top>,"cidr":"15.15.15.128\/30","formatted_ip":"15.15.15.128\/30","address":"252645248","end_address":"252645251","mask":30,"netmask":"255.255.255.252","child1":null,"child2":null,"is_assigned":0,"is_swipped":0,"is_aggregate":1,"custid":<holder>,"resource_id":<holder>,"resource_name":"a6connectEntry","last_updated_time":"2017-11-20 12:35:08","description":null,"parent":<parent>,"rir":"ARIN","lir_id":null,"notes":null,"generic_code":null,"code":null,"region":"STL","region_name":"St. Louis","vlan":null,"arin_net_id":null,"arin_cust_id":null,"org_id":null,"arin_swip_time":null,"assigned_time":"2017-11-20 12:35:08","asn":null,"allowSubAssignments":true,"permissions":{"permissionIPAMRead":"1","permissionIPAMUpdate":"1","permissionIPAMCreate":"1","permissionIPAMDelete":"1","permissionSWIP":"1","permissionAdmin":"1"},"range":"15.15.15.128 - 15.15.15.131","tags":[],"attributes":{"custody_chain":"[]"}}"#;

/// The documented block in the tank, two levels below its aggregate.
const HELD: &str = r#"{"id":<id>,"type":"ipv4","top_aggregate":<top>,"cidr":"23.92.0.64\/26","formatted_ip":"23.92.0.64\/26","address":"391905344","end_address":"391905407","mask":26,"netmask":"255.255.255.192","child1":null,"child2":null,"is_assigned":0,"is_swipped":0,"is_aggregate":1,"custid":3,"resource_id":3,"resource_name":"6connect holding","last_updated_time":"2014-10-29 11:25:41","description":null,"parent":<parent>,"rir":"ARIN","lir_id":"451","notes":null,"generic_code":null,"code":null,"region":"PHX","region_name":"Phoenix, AZ","vlan":null,"arin_net_id":null,"arin_cust_id":null,"org_id":null,"arin_swip_time":null,"assigned_time":"2014-10-29 11:20:34","asn":null,"allowSubAssignments":false,"permissions":{"permissionIPAMRead":"1","permissionIPAMUpdate":"1","permissionIPAMCreate":"1","permissionIPAMDelete":"1","permissionSWIP":"1","permissionAdmin":"1"},"range":"23.92.0.64 - 23.92.0.127","tags":["Customer","DSL"]}"#;

on_both! {
    async fn a_block_is_smart_assigned(engine) {
        let world = world(engine).await;
        let (id, holder) = (world.add("192.168.0.0/24", "").await, world.holder("Acme").await.0);
        let values = [("id", id), ("holder", holder)];
        assert_eq!(
            world.v1(format!("action=smartAssign&mask=24&type=IPv4&resourceId={holder}&rir=1918")).await,
            fill(
                r#"{"success":1,"message":"Assigned 192.168.0.0\/24 to Acme (<holder>) via Smart Assign","id":<id>,"data":"#,
                &values
            ) + &fill(ASSIGNED, &values)
                + "}"
        );
    }

    async fn a_block_is_directly_assigned(engine) {
        let world = world(engine).await;
        let (id, holder) = (world.add("192.168.0.0/24", "").await, world.holder("Acme").await.0);
        let values = [("id", id), ("holder", holder)];
        assert_eq!(
            world.v1(format!("action=directAssign&block=192.168.0.0/24&resourceId={holder}")).await,
            fill(r#"{"success":1,"message":"Assigned 192.168.0.0\/24 to Acme (<holder>)","id":<id>,"data":"#, &values)
                + &fill(ASSIGNED, &values)
                + "}"
        );
    }

    async fn several_blocks_are_directly_assigned(engine) {
        let world = world(engine).await;
        let holder = world.holder("Acme").await.0;
        let (a, b, c) = (
            world.add("10.0.0.0/24", "").await,
            world.add("10.0.1.0/24", "").await,
            world.add("10.0.2.0/24", "").await,
        );
        assert_eq!(
            world.v1(format!("action=directAssign&id={c},{a},{b}&resourceId={holder}")).await,
            fill(
                r#"{"success":1,"message":"Assigned 3 blocks to Acme (<holder>) via Direct Assign","data":{"ids":[<c>,<a>,<b>]}}"#,
                &[("holder", holder), ("a", a), ("b", b), ("c", c)]
            )
        );
    }

    async fn a_block_is_unassigned(engine) {
        let world = world(engine).await;
        let (id, holder) = (world.add("192.168.0.0/24", "").await, world.holder("Acme").await);
        world.assign("192.168.0.0/24", holder).await;
        let values = [("id", id), ("holder", 3)];
        // It rests in the tank; when it was assigned stays known.
        let held =
            fill(ASSIGNED, &values).replace(r#""is_assigned":1"#, r#""is_assigned":0"#).replace("Acme", "Holding");
        assert_eq!(
            world.v1("action=unassign&block=192.168.0.0/24").await,
            fill(r#"{"success":1,"message":"192.168.0.0\/24 unassigned","id":<id>,"data":"#, &values) + &held + "}"
        );
    }

    async fn a_held_piece_of_a_pool_is_returned_at_once(engine) {
        let world = world(engine).await;
        world.region("STL", "St. Louis").await;
        let holder = world.holder("a6connectEntry").await;
        let other = world.holder("Other").await;
        world.done("action=add&block=15.15.15.0/24&rir=ARIN&region=STL").await;
        world.at("2017-11-20 12:30:00");
        world.pool("15.15.15.0/24", holder).await;
        let id = world.assign("15.15.15.128/30", other).await;
        world.done(&format!("action=unassign&id={id}")).await;
        world.at("2017-11-20 12:35:08");
        let (top, parent) = (world.id("15.15.15.0/24").await, world.id("15.15.15.128/29").await);
        let values = [("id", id), ("top", top), ("parent", parent), ("holder", holder.0)];
        let documented = fill(
            r#"{"success":1,"message":"15.15.15.128\/30 unassigned and returned to resource a6connectEntry","id":<id>,"data":"#,
            &values,
        ) + &fill(RETURNED, &values)
            + "}";
        assert_eq!(world.v1("action=overrideHolding&block=15.15.15.128/30&preview=true").await, documented);
        // The documents call the same by the name of the other action as well: with a block it means the override.
        world.assign("15.15.15.128/30", other).await;
        world.done(&format!("action=unassign&id={id}")).await;
        assert_eq!(world.v1(format!("action=processHoldingTank&id={id}")).await, documented);
    }

    async fn the_holding_tank_is_previewed(engine) {
        let world = world(engine).await;
        world.tags(&["Customer", "DSL"]).await;
        world.region("PHX", "Phoenix, AZ").await;
        assert_eq!(world.patch("/resources/3", json!({ "name": "6connect holding" })).await.status, 200);
        let holder = world.holder("Customer 1").await;
        world.done("action=add&block=23.92.0.0/24&rir=ARIN&region=PHX&tags=Customer,DSL").await;
        world.at("2014-10-29 11:20:34");
        let id = world.assign("23.92.0.64/26", holder).await;
        world.at("2014-10-29 11:24:00");
        world.done(&format!("action=update&id={id}&lirId=451")).await;
        world.at("2014-10-29 11:25:41");
        world.done(&format!("action=unassign&id={id}")).await;
        let (top, parent) = (world.id("23.92.0.0/24").await, world.id("23.92.0.0/25").await);
        let none =
            r#"{"success":1,"message":"0 IPv4 and 0 IPv6 blocks would be moved to the available pool. ","data":[]}"#;
        world.at("2014-11-28 11:25:40");
        assert_eq!(world.v1("action=processHoldingTank&preview=true").await, none, "a second before 30 days are over");
        world.at("2014-11-28 11:25:41");
        let values = [("id", id), ("top", top), ("parent", parent)];
        let held = fill(HELD, &values);
        assert_eq!(
            world.v1("action=processHoldingTank&preview=true").await,
            format!(
                r#"{{"success":1,"message":"1 IPv4 and 0 IPv6 blocks would be moved to the available pool. ","data":[{held}]}}"#
            )
        );
        // The real run says what was done, and shows the blocks as they are now.
        let available = held
            .replace(
                r#""custid":3,"resource_id":3,"resource_name":"6connect holding""#,
                r#""custid":2,"resource_id":2,"resource_name":"Available""#,
            )
            .replace("2014-10-29 11:25:41", "2014-11-28 11:25:41")
            .replace(r#""assigned_time":"2014-10-29 11:20:34""#, r#""assigned_time":null"#);
        assert_eq!(
            world.v1("action=processHoldingTank&preview=false").await,
            format!(
                r#"{{"success":1,"message":"1 IPv4 and 0 IPv6 blocks were moved to the available pool. ","data":[{available}]}}"#
            )
        );
        assert_eq!(world.v1("action=processHoldingTank&preview=true").await, none);
    }
}
