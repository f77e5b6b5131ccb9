//! What the world is told by RDAP. Each answer is read and checked by the library of ICANN's own client.

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, header},
};
use http_body_util::BodyExt as _;
use icann_rdap_common::{
    check::{CheckClass, CheckParams, GetChecks as _, traverse_checks},
    response::RdapResponse,
};
use kernel::ResourceId;
use registry::{Client, Limit, Publication};
use serde_json::{Value, json};
use testkit::on_both;
use tower::ServiceExt as _;

use crate::world::{World, world};

const BASE: &str = "https://rdap.example.net/rdap/";
const BLOCK: &str = "67.221.244.0/28";

/// The service, and whoever asks it.
struct Service {
    router: Router,
    client: &'static str,
}

fn service(world: &World) -> Service {
    let publication = Publication::new(world.registry.clone(), BASE).unwrap().with_limit(None);
    Service { router: Router::new().nest("/rdap", publication.router()), client: "192.0.2.99" }
}

impl Service {
    async fn send(&self, method: Method, path: &str) -> (u16, HeaderMap, Value) {
        let mut request = Request::builder().method(method).uri(format!("/rdap/{path}")).body(Body::empty()).unwrap();
        request.extensions_mut().insert(Client(self.client.parse().unwrap()));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, headers, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    /// An answer that is found, and in which ICANN's library finds nothing to complain of.
    async fn found(&self, path: &str) -> Value {
        let (status, headers, answer) = self.send(Method::GET, path).await;
        assert_eq!(status, 200, "{path}: {answer}");
        assert_eq!(headers[header::CONTENT_TYPE], "application/rdap+json");
        assert_eq!(headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
        assert_eq!(complaints(&answer), [""; 0], "{path}: {answer:#}");
        answer
    }

    async fn status(&self, path: &str) -> u16 {
        let (status, _, answer) = self.send(Method::GET, path).await;
        assert_eq!(answer["errorCode"], status, "{path}: {answer}");
        assert_eq!(complaints(&answer), [""; 0], "{path}: {answer}");
        status
    }
}

/// What ICANN's library finds wrong with an answer.
fn complaints(answer: &Value) -> Vec<String> {
    let response = RdapResponse::try_from(answer.clone()).unwrap();
    let checks = response.get_checks(None, CheckParams::for_rdap(&response));
    let classes = [CheckClass::Std95Warning, CheckClass::Std95Error, CheckClass::Cidr0Error];
    let mut complaints = Vec::new();
    traverse_checks(&checks, &classes, None, &mut |place, item| complaints.push(format!("{place}: {item}")));
    // The library takes an entity inside of an entity for the whole answer, which alone says what it conforms to.
    complaints.retain(|complaint| !complaint.starts_with("[ROOT]/entity/entity/[0]/rdap_conformance"));
    complaints
}

/// The property of a card.
fn property<'a>(entity: &'a Value, name: &str) -> Option<&'a Value> {
    entity["vcardArray"][1].as_array()?.iter().find(|property| property[0] == name).map(|property| &property[3])
}

on_both! {
    async fn a_range_is_answered_by_the_smallest_block_around_it_that_somebody_holds(engine) {
        let world = world(engine).await;
        let acme = world.customer("Acme").await;
        world.assign(BLOCK, acme).await;
        let service = service(&world);
        for question in ["ip/67.221.244.7", "ip/67.221.244.0/28", "ip/67.221.244.0%2F29", "ip/67.221.244.8/30"] {
            let answer = service.found(question).await;
            assert_eq!((&answer["startAddress"], &answer["endAddress"]), (&json!("67.221.244.0"), &json!("67.221.244.15")));
            assert_eq!(answer["cidr0_cidrs"], json!([{"v4prefix": "67.221.244.0", "length": 28}]));
            assert_eq!(answer["rdapConformance"], json!(["rdap_level_0", "cidr0"]));
            assert_eq!((&answer["name"], &answer["type"]), (&json!("NET-ACME-67-221-244-0-28"), &json!("ASSIGNED")));
            assert_eq!(answer["links"][0]["href"], format!("{BASE}ip/67.221.244.0/28"));
            let holder = &answer["entities"][0];
            assert_eq!((&holder["handle"], &holder["roles"]), (&json!(format!("PB-{acme}")), &json!(["registrant"])));
            assert_eq!(property(holder, "fn"), Some(&json!("Acme")));
        }
        for question in ["ip/67.221.244.16", "ip/67.221.244.0/24", "ip/67.221.240.0/20"] {
            let answer = service.found(question).await;
            assert_eq!((&answer["startAddress"], &answer["type"]), (&json!("67.221.240.0"), &json!("ALLOCATED")));
            assert_eq!(answer["entities"][0]["handle"], "EXAMPLE-1");
        }
        let answer = service.found("ip/2001:db8::1").await;
        assert_eq!(answer["cidr0_cidrs"], json!([{"v6prefix": "2001:db8::", "length": 32}]));
    }

    async fn what_is_registered_has_the_handle_of_the_registry(engine) {
        let world = world(engine).await;
        let acme = world.customer("Acme").await;
        world.assign(BLOCK, acme).await;
        world.reassign(BLOCK).await;
        world.end(BLOCK).await;
        assert_eq!(service(&world).found("ip/67.221.244.1").await["handle"], world.arin.given()[0].handle);
    }

    async fn a_holder_who_is_kept_private_is_not_named_and_the_answer_says_so(engine) {
        let world = world(engine).await;
        let acme = world.customer("Acme").await;
        world.assign(BLOCK, acme).await;
        let desk = json!({"name": "Acme Desk", "emails": ["noc@acme.example"]});
        let desk = world.post("/contacts", desk).await.body["id"].as_str().unwrap().parse::<i64>().unwrap();
        let link = json!({"resource_id": desk, "relation": "contact"});
        assert_eq!(world.post(&format!("/resources/{acme}/links"), link).await.status, 201);
        let service = service(&world);
        let shown = service.found("ip/67.221.244.1").await.to_string();
        assert!(shown.contains("noc@acme.example") && shown.contains("1 Main St") && !shown.contains("redacted"));
        let path = format!("/resources/{acme}/attrs");
        let reply = world.patch(&path, json!({"private_customer": "true"})).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        for question in ["ip/67.221.244.1".to_owned(), format!("entity/PB-{acme}"), "domain/1.244.221.67.in-addr.arpa".to_owned()] {
            let answer = service.found(&question).await;
            let text = answer.to_string();
            assert!(!text.contains("Acme") && !text.contains("acme.example") && !text.contains("Main St"), "{text}");
            let conformance = answer["rdapConformance"].as_array().unwrap();
            assert!(conformance.contains(&json!("redacted")), "{question}");
            let names: Vec<&str> =
                answer["redacted"].as_array().unwrap().iter().map(|r| r["name"]["description"].as_str().unwrap()).collect();
            assert_eq!(names, ["Name of the holder", "Address of the holder", "Contacts of the holder"]);
        }
    }

    async fn holders_reverse_zones_and_as_numbers_are_answered(engine) {
        let world = world(engine).await;
        world.patch(&format!("/ipam/lirs/{}", world.lir), json!({"asn": 64496, "abuse_poc": "AB-ARIN"})).await;
        let acme = world.customer("Acme").await;
        world.assign(BLOCK, acme).await;
        let service = service(&world);
        let holder = service.found(&format!("entity/pb-{acme}")).await;
        assert_eq!(holder["networks"].as_array().unwrap().len(), 1);
        assert_eq!(holder["networks"][0]["startAddress"], "67.221.244.0");
        let lir = service.found("entity/example-1").await;
        assert_eq!(property(&lir, "fn"), Some(&json!("Example at ARIN")));
        assert_eq!(lir["entities"][0]["handle"], "AB-ARIN");
        let zone = service.found("domain/244.221.67.in-addr.arpa").await;
        assert_eq!((&zone["ldhName"], &zone["network"]["startAddress"]), (&json!("244.221.67.in-addr.arpa"), &json!("67.221.240.0")));
        let zone = service.found("domain/8.B.D.0.1.0.0.2.ip6.arpa.").await;
        assert_eq!(zone["ldhName"], "8.b.d.0.1.0.0.2.ip6.arpa");
        let number = service.found("autnum/64496").await;
        assert_eq!((&number["startAutnum"], &number["rdapConformance"]), (&json!(64496), &json!(["rdap_level_0"])));
        let help = service.found("help").await;
        assert_eq!(help["rdapConformance"], json!(["rdap_level_0", "cidr0", "redacted"]));
    }

    async fn private_space_and_people_who_hold_nothing_are_not_published(engine) {
        let world = world(engine).await;
        let inner = world.post("/ipam/netblocks", json!({"cidr": "10.0.0.0/8", "rir": "1918"})).await;
        assert_eq!(inner.status, 201);
        let acme = world.customer("Acme").await;
        world.assign("10.1.0.0/24", acme).await;
        let service = service(&world);
        for question in [
            "ip/10.1.0.1".to_owned(),
            "ip/192.0.2.1".to_owned(),
            "ip/0.0.0.0/0".to_owned(),
            "autnum/64500".to_owned(),
            format!("entity/PB-{acme}"),
            format!("entity/PB-{}", ResourceId::TOP),
            "entity/NOBODY".to_owned(),
            "domain/1.1.10.in-addr.arpa".to_owned(),
            "domain/example.net".to_owned(),
        ] {
            assert_eq!(service.status(&question).await, 404, "{question}");
        }
    }

    async fn questions_that_are_none_are_refused_in_json(engine) {
        let world = world(engine).await;
        let service = service(&world);
        for (question, status) in [
            ("ip", 400),
            ("ip/x", 400),
            ("ip/67.221.244.1/24", 400),
            ("ip/67.221.244.0/33", 400),
            ("ip/1/2/3", 400),
            ("ip/%FF", 400),
            ("ip/%zz", 400),
            ("autnum/AS64496", 400),
            ("autnum/4294967296", 400),
            ("entity/", 400),
            ("nonsense/1", 400),
            ("domains?name=*.example", 501),
            ("entities?fn=Acme", 501),
            ("nameserver/ns.example.net", 501),
        ] {
            assert_eq!(service.status(question).await, status, "{question}");
        }
        assert_eq!(service.send(Method::POST, "help").await.0, 405);
        assert_eq!(service.send(Method::HEAD, "help").await.0, 200);
    }

    async fn whoever_asks_too_much_is_told_when_to_come_back(engine) {
        let world = world(engine).await;
        let limit = Some(Limit::new(2, 1));
        let publication = Publication::new(world.registry.clone(), BASE).unwrap().with_limit(limit);
        let router = Router::new().nest("/rdap", publication.router());
        let first = Service { router: router.clone(), client: "192.0.2.1" };
        let second = Service { router, client: "192.0.2.2" };
        assert_eq!([first.send(Method::GET, "help").await.0, first.send(Method::GET, "help").await.0], [200, 200]);
        let (status, headers, answer) = first.send(Method::GET, "help").await;
        assert_eq!((status, &answer["errorCode"]), (429, &json!(429)));
        let seconds: u64 = headers[header::RETRY_AFTER].to_str().unwrap().parse().unwrap();
        assert!((1..=60).contains(&seconds));
        assert_eq!(second.send(Method::GET, "help").await.0, 200);
    }
}
