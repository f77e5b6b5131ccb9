//! The tree in API v1, to the byte as the documents of the original show it: `split`, `aggregate`, `getOptions`,
//! `getVlan`, `getResourceHierarchy`. Only ids and times are those of the database at hand.

use testkit::on_both;

use crate::world::{fill, world};

/// The documented block of `getVlan`: a half of a /24 that its holder may give on in pieces.
const LAB: &str = r#"{"id":<id>,"type":"ipv4","top_aggregate":<top>,"cidr":"14.0.0.0\/25","formatted_ip":"14.0.0.0\/25","address":"234881024","end_address":"234881151","mask":25,"netmask":"255.255.255.128","child1":null,"child2":null,"is_assigned":0,"is_swipped":0,"is_aggregate":1,"custid":<holder>,"resource_id":<holder>,"resource_name":"6connect Labz","last_updated_time":"2015-01-22 12:30:37","description":null,"parent":<top>,"rir":"ARIN","lir_id":"1062","notes":"Test Notes","generic_code":"Datacenter2","code":"Datacenter2","region":"ATL","region_name":"Atlanta, GA","vlan":1002,"arin_net_id":null,"arin_cust_id":null,"org_id":null,"arin_swip_time":null,"assigned_time":"2015-01-14 10:30:31","asn":"143","allowSubAssignments":true,"permissions":{"permissionIPAMRead":"1","permissionIPAMUpdate":"1","permissionIPAMCreate":"1","permissionIPAMDelete":"1","permissionSWIP":"1","permissionAdmin":"1"},"range":"14.0.0.0 - 14.0.0.127","tags":["Customer"]}"#;

on_both! {
    async fn a_block_is_split(engine) {
        let world = world(engine).await;
        world.add("10.1.0.0/24", "").await;
        let answer = world.v1("action=split&block=10.1.0.0/24").await;
        let values = [("low", world.id("10.1.0.0/25").await), ("high", world.id("10.1.0.128/25").await)];
        assert_eq!(
            answer,
            fill(
                r#"{"success":1,"message":"10.1.0.0\/24 split into 10.1.0.0\/25 and 10.1.0.128\/25","data":{"child1":<low>,"child2":<high>}}"#,
                &values
            )
        );
    }

    async fn a_block_is_split_into_a_number_of_blocks(engine) {
        let world = world(engine).await;
        world.add("213.37.29.0/24", "").await;
        let answer = world.v1("action=split&block=213.37.29.0/24&autoSplitLimit=4").await;
        // The documents show no answer to this: it names the number of blocks, and the first two children.
        let values = [("low", world.id("213.37.29.0/25").await), ("high", world.id("213.37.29.128/25").await)];
        assert_eq!(
            answer,
            fill(
                r#"{"success":1,"message":"213.37.29.0\/24 split into 4 \/26 blocks","data":{"child1":<low>,"child2":<high>}}"#,
                &values
            )
        );
    }

    async fn a_block_and_its_sibling_are_aggregated(engine) {
        let world = world(engine).await;
        let id = world.add("10.2.0.0/24", "").await;
        world.done("action=split&block=10.2.0.0/24").await;
        assert_eq!(
            world.v1("action=aggregate&block=10.2.0.128/25").await,
            fill(r#"{"success":1,"message":"10.2.0.128\/25 aggregated into 10.2.0.0\/24","id":<id>}"#, &[("id", id)])
        );
    }

    async fn the_options_of_a_block_are_listed(engine) {
        let world = world(engine).await;
        let lab = world.holder("6connect Labz").await;
        world.add("14.0.0.0/24", "").await;
        world.pool("14.0.0.0/24", lab).await;
        world.done("action=split&block=14.0.0.0/24").await;
        let id = world.id("14.0.0.0/25").await;
        assert_eq!(
            world.v1(format!("action=getOptions&id={id}")).await,
            fill(
                r#"{"success":1,"message":"Options for 14.0.0.0\/25 (<id>)","options":{"actions":["aggregate"],"templates":[{"name":"Auto Split","masks":[26,27,28,29,30,31,32]}]}}"#,
                &[("id", id)]
            )
        );
    }

    async fn the_vlan_of_a_block_is_found(engine) {
        let world = world(engine).await;
        world.tags(&["Customer"]).await;
        world.region("ATL", "Atlanta, GA").await;
        let holder = world.holder("6connect Labz").await;
        world.at("2015-01-14 10:30:31");
        world.done("action=add&block=14.0.0.0/24&rir=ARIN").await;
        world.pool("14.0.0.0/25", holder).await;
        world.at("2015-01-22 12:30:37");
        world
            .done("action=update&block=14.0.0.0/25&lirId=1062&notes=Test Notes&code=Datacenter2&region=Atlanta, GA&vlan=1002&asn=143&tags=Customer")
            .await;
        let (id, top) = (world.id("14.0.0.0/25").await, world.id("14.0.0.0/24").await);
        let block = fill(LAB, &[("id", id), ("top", top), ("holder", holder.0)]);
        let documented = format!(r#"{{"success":1,"message":"Found VLAN 1002 (14.0.0.0\/25)","data":{block}}}"#);
        assert_eq!(world.v1(format!("action=getVlan&id={id}")).await, documented);
        assert_eq!(world.v1("action=getVlan&block=14.0.0.0/25").await, documented);
        assert_eq!(
            world.v1(format!("action=getVlan&id={top}")).await,
            r#"{"success":0,"message":"14.0.0.0\/24 has no VLAN"}"#
        );
    }

    /// `success` is a text here, and so is the id.
    async fn the_resource_that_holds_a_block_is_named(engine) {
        let world = world(engine).await;
        let holder = world.holder("a6connectEntry").await;
        let id = world.add("15.15.15.0/24", &format!("resourceId={holder}")).await;
        assert_eq!(
            world.v1(format!("action=getResourceHierarchy&id={id}")).await,
            fill(r#"{"success":"1","data":[{"id":"<holder>","name":"a6connectEntry"}]}"#, &[("holder", holder.0)])
        );
    }
}
