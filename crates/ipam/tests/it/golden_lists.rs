//! The lists in API v1, to the byte as the documents of the original show them: sizes, tags, regions and RIRs.

use serde_json::json;
use testkit::on_both;

use crate::world::world;

on_both! {
    /// Texts, as documented. The documented list is that of one instance; ours holds all of its sizes but for one
    /// or two more on nibble boundaries.
    async fn the_sizes_of_a_family_are_listed(engine) {
        let world = world(engine).await;
        assert_eq!(
            world.v1("action=getSizes&size=6").await,
            r#"{"success":1,"message":"Lookup was successful","data":["32","36","40","44","48","52","56","60","64","126","127","128"]}"#
        );
        let v4: Vec<String> = (8..=32).map(|mask| format!("\"{mask}\"")).collect();
        assert_eq!(
            world.v1("action=getSizes&size=4").await,
            format!(r#"{{"success":1,"message":"Lookup was successful","data":[{}]}}"#, v4.join(","))
        );
    }

    async fn tags_are_added_listed_in_their_order_and_deleted(engine) {
        let world = world(engine).await;
        assert_eq!(world.v1("action=getTagList").await, r#"{"success":1,"message":"Tags Retrieved. ","data":[]}"#);
        let documented = [
            "ActiveE DIA",
            "Colo DIA",
            "Customer",
            "DSL",
            "Fiber DIA",
            "GPON DIA",
            "Infra",
            "Inhouse",
            "LAN",
            "LBIntf",
            "POP",
            "PTP",
            "Prod",
            "VPN",
            "WEBHOST",
            "Cable",
            "Internal",
        ];
        for name in documented {
            let answer = world.v1(format!("action=addTagToList&newTag={name}")).await;
            assert_eq!(answer, r#"{"success":1,"message":"Tag Added."}"#);
        }
        assert_eq!(
            world.v1("action=getTagList").await,
            r#"{"success":1,"message":"Tags Retrieved. ","data":["ActiveE DIA","Colo DIA","Customer","DSL","Fiber DIA","GPON DIA","Infra","Inhouse","LAN","LBIntf","POP","PTP","Prod","VPN","WEBHOST","Cable","Internal"]}"#
        );
        assert_eq!(world.v1("action=deleteTagFromList&tag=Cable").await, r#"{"success":1,"message":"Tag Deleted."}"#);
        assert!(world.v1("action=getTagList").await.ends_with(r#""WEBHOST","Internal"]}"#));
    }

    /// The original's action takes the value alone; the optional `name` is ours.
    async fn regions_are_added_and_listed_behind_any_region(engine) {
        let world = world(engine).await;
        for (code, name) in [("ASH1", "Ashburn, VA"), ("FRKT", "Frankfurt, DE"), ("Tokyo", "Tokyo")] {
            let form = format!("action=addRegionToList&newRegion={code}&name={name}");
            assert_eq!(world.v1(form).await, r#"{"success":1,"message":"Region Added."}"#);
        }
        assert_eq!(
            world.v1("action=addRegionToList&newRegion=Jakarta").await,
            r#"{"success":1,"message":"Region Added."}"#
        );
        assert_eq!(
            world.v1("action=getRegionList").await,
            r#"{"success":1,"message":"Regions Retrieved.","data":[{"value":"ANY","name":"Any Region"},{"value":"ASH1","name":"Ashburn, VA"},{"value":"FRKT","name":"Frankfurt, DE"},{"value":"Tokyo","name":"Tokyo"},{"value":"Jakarta","name":"Jakarta"}]}"#
        );
    }

    async fn rirs_are_listed_with_those_of_our_own(engine) {
        let world = world(engine).await;
        assert_eq!(world.post("/ipam/rirs", json!({ "value": "1918-SJC" })).await.status, 201);
        assert_eq!(
            world.v1("action=getRIRList").await,
            r#"{"success":1,"message":"RIRs Retrieved.","data":[{"value":"ARIN","name":"ARIN"},{"value":"1918","name":"1918"},{"value":"AfriNIC","name":"AfriNIC"},{"value":"APNIC","name":"APNIC"},{"value":"LACNIC","name":"LACNIC"},{"value":"RIPE","name":"RIPE"},{"value":"1918-SJC","name":"1918-SJC"}]}"#
        );
    }
}
