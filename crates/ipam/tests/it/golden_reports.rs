//! Reports in API v1, to the byte as the documents of the original show them: `maskReport`, `utilization`,
//! `getHostUtilization`, `getAttributeLists`. Only ids are those of the database at hand.

use testkit::on_both;

use crate::world::{World, fill, world};

/// Lays leaves one behind the other: how many of which mask are pools, used up, or free.
async fn lay_out(world: &World) {
    let customer = world.holder("Customer 1").await;
    world.add("10.0.0.0/23", "").await;
    world.add("10.0.2.0/26", "").await;
    let leaves = [
        (25, 2, 0, 0),
        (26, 2, 0, 0),
        (27, 1, 1, 0),
        (28, 1, 1, 1),
        (29, 1, 4, 0),
        (30, 0, 1, 1),
        (31, 3, 7, 0),
        (32, 0, 11, 1),
    ];
    let mut next = u32::from_be_bytes([10, 0, 0, 0]);
    for (mask, pools, used, free) in leaves {
        for n in 0..pools + used + free {
            let cidr = format!("{}/{mask}", std::net::Ipv4Addr::from_bits(next));
            next += 1 << (32 - mask);
            if n < pools {
                world.pool(&cidr, customer).await;
            } else if n < pools + used {
                world.assign(&cidr, customer).await;
            }
        }
    }
    assert_eq!(std::net::Ipv4Addr::from_bits(next).to_string(), "10.0.2.64");
    world.add("2001:db8::/40", "").await;
    world.assign("2001:db8::/41", customer).await;
    world.assign("2001:db8:80::/41", customer).await;
}

on_both! {
    async fn the_mask_report_counts_leaves_and_cuts_percentages(engine) {
        let world = world(engine).await;
        lay_out(&world).await;
        assert_eq!(
            world.v1("action=maskReport").await,
            r#"{"success":1,"data":{"IPv4":{"total":576,"available":21,"assigned":555,"holding":0,"allocated":446,"prefixes":{"32":{"assigned_percentage":91.666666,"holding_percentage":0,"available_percentage":8.333333,"allocated_percentage":0,"total":12,"available":1,"assigned":11,"holding":0,"allocated":0},"31":{"assigned_percentage":100,"holding_percentage":0,"available_percentage":0,"allocated_percentage":30,"total":20,"available":0,"assigned":20,"holding":0,"allocated":6},"30":{"assigned_percentage":50,"holding_percentage":0,"available_percentage":50,"allocated_percentage":0,"total":8,"available":4,"assigned":4,"holding":0,"allocated":0},"29":{"assigned_percentage":100,"holding_percentage":0,"available_percentage":0,"allocated_percentage":20,"total":40,"available":0,"assigned":40,"holding":0,"allocated":8},"28":{"assigned_percentage":66.666666,"holding_percentage":0,"available_percentage":33.333333,"allocated_percentage":33.333333,"total":48,"available":16,"assigned":32,"holding":0,"allocated":16},"27":{"assigned_percentage":100,"holding_percentage":0,"available_percentage":0,"allocated_percentage":50,"total":64,"available":0,"assigned":64,"holding":0,"allocated":32},"26":{"assigned_percentage":100,"holding_percentage":0,"available_percentage":0,"allocated_percentage":100,"total":128,"available":0,"assigned":128,"holding":0,"allocated":128},"25":{"assigned_percentage":100,"holding_percentage":0,"available_percentage":0,"allocated_percentage":100,"total":256,"available":0,"assigned":256,"holding":0,"allocated":256}},"assigned_percentage":96.354166,"holding_percentage":0,"available_percentage":3.645833,"allocated_percentage":77.430555},"IPv6":{"total":16777216,"available":0,"assigned":16777216,"holding":0,"allocated":0,"prefixes":{"41":{"assigned_percentage":100,"holding_percentage":0,"available_percentage":0,"allocated_percentage":0,"total":16777216,"available":0,"assigned":16777216,"holding":0,"allocated":0}},"assigned_percentage":100,"holding_percentage":0,"available_percentage":0,"allocated_percentage":0}}}"#
        );
        world.is_sound().await;
    }

    async fn an_empty_mask_report_divides_nothing_by_nothing(engine) {
        let world = world(engine).await;
        let family = r#"{"total":0,"available":0,"assigned":0,"holding":0,"allocated":0,"prefixes":{},"assigned_percentage":0,"holding_percentage":0,"available_percentage":0,"allocated_percentage":0}"#;
        assert_eq!(
            world.v1("action=maskReport").await,
            format!(r#"{{"success":1,"data":{{"IPv4":{family},"IPv6":{family}}}}}"#)
        );
    }

    /// Sums that are not zero are texts, zero is a number, and no blocks in holding are null.
    async fn the_utilization_of_a_block_is_told_in_mixed_types(engine) {
        let world = world(engine).await;
        let customer = world.holder("Customer 1").await;
        let id = world.add("10.0.0.0/24", "").await;
        world.pool("10.0.0.0/24", customer).await;
        let hosts = fill(
            r#""totalHosts":"256","hostsAssigned":0,"hostsAllocated":"256","hostsAvailable":"256","hostsInHolding":0,"availablePercentage":"100.00","assignedPercentage":"0.00","allocatedPercentage":"100.00","inHoldingPercentage":"0.00","resources":[{"id":<customer>,"name":"Customer 1","type":"entry","hosts":"256","blocks":"1","percentage":"100.00"}]"#,
            &[("customer", customer.0)],
        );
        assert_eq!(
            world.v1(format!("action=utilization&id={id}")).await,
            format!(
                r#"{{"success":1,"totalBlocks":1,{hosts},"blocksAssigned":0,"blocksAllocated":1,"blocksAvailable":"1","blocksInHolding":null,"blocksAssignedPercentage":"0.00","blocksAllocatedPercentage":"100.00","blocksAvailablePercentage":"100.00","blocksInHoldingPercentage":"0.00"}}"#
            )
        );
        assert_eq!(world.v1("action=getHostUtilization&type=ipv4").await, format!(r#"{{"success":1,{hosts}}}"#));
    }

    async fn the_attributes_in_use_are_listed(engine) {
        let world = world(engine).await;
        world.tags(&["DHCP"]).await;
        world.region("Quito", "Quito").await;
        let pool = world
            .done(
                "target=resource&action=add&meta[name]=Quito Lab 1&meta[type]=dhcp_pool&fields[_dhcp_type][]=subnet\
                 &fields[_dhcp_pool_attributes][]={\"mac\":\"\",\"rangeStart\":\"10.8.0.0\",\"rangeEnd\":\"10.8.0.255\",\"freeLines\":0}\
                 &fields[_dhcp_ip_id][]=125",
            )
            .await["data"]["id"]
            .as_i64()
            .unwrap();
        let id = world.add("10.8.0.0/24", &format!("region=Quito&tags=DHCP&resourceId={pool}")).await;
        assert_eq!(
            world.v1(format!("action=getAttributeLists&id={id}")).await,
            fill(
                r#"{"asns":[],"masks":["24"],"rirs":["1918"],"lirs":[],"tags":["DHCP"],"codes":[],"vlans":[],"regions":["Quito"],"resources":[{"id":"<pool>","name":"Quito Lab 1","slug":"quito-lab-1","type":"dhcp_pool","parent_id":"1","category_id":null,"attr":{"_dhcp_type":"subnet","_dhcp_pool_attributes":"{\"mac\":\"\",\"rangeStart\":\"10.8.0.0\",\"rangeEnd\":\"10.8.0.255\",\"freeLines\":0}","_dhcp_ip_id":"125"}}]}"#,
                &[("pool", pool)]
            )
        );
    }
}
