//! Registering at ARIN.

use std::{
    process::{Command, Stdio},
    time::Duration,
};

use access::Hidden;
use drivers::ArinService;
use registry::arin::{Arin as _, Call, Customer, NewNet, Reply, To, Trouble};
use serde_json::{Value, json};
use testkit::{Arin, Fault};

fn service(arin: &Arin) -> ArinService {
    ArinService::with_patience(&arin.url(), &arin.directory(), Duration::from_secs(1)).unwrap()
}

fn key() -> Hidden<String> {
    Hidden(Arin::KEY.to_owned())
}

async fn send(service: &ArinService, call: Call) -> Result<Reply, Trouble> {
    service.send(&key(), &call).await.outcome
}

fn customer() -> Customer {
    Customer {
        name: "Fish & Chips".to_owned(),
        street_address: vec!["1 Main St".to_owned(), "Suite 2".to_owned()],
        city: "Ashburn".to_owned(),
        state: Some("VA".to_owned()),
        postal_code: Some("20147".to_owned()),
        country: "US".to_owned(),
        ..Customer::default()
    }
}

/// An outcome in the words of the script.
fn said(outcome: &Result<Reply, Trouble>) -> Value {
    match outcome {
        Ok(Reply::Net(net)) => json!({
            "net": net.handle, "cidr": net.prefixes[0].to_string(), "kind": net.kind, "name": net.name,
            "org": net.org, "customer": net.customer, "parent": net.parent,
        }),
        Ok(Reply::Customer(customer)) => json!({
            "customer": customer.handle, "name": customer.name, "city": customer.city,
            "street": customer.street_address,
        }),
        Err(Trouble::Refused(why) | Trouble::Absent(why)) => {
            let (_, code) = why.split_once(" (").unwrap();
            let (code, rest) = code.split_once(')').unwrap();
            let components = rest.split("; ").skip(1).filter_map(|part| part.split_once(": "));
            json!({"error": code, "components": components.map(|(name, _)| name).collect::<Vec<_>>()})
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_independent_client_and_ours_get_the_same_answers() {
    let arin = Arin::start().await;
    let parent = arin.allocate("192.0.2.0/24", "EXAMPLE-1");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/independent_client.py");
    let mut python = Command::new("python3");
    python.args([script, &arin.url(), Arin::KEY, &parent]).stdin(Stdio::null());
    let output = tokio::task::spawn_blocking(move || python.output()).await.unwrap();
    let output = output.expect("a python3 with pyregrws, which ./test installs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "a python3 with pyregrws, which ./test installs: {errors}");
    let theirs: Vec<Value> =
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();

    let arin = Arin::start().await;
    let parent = arin.allocate("192.0.2.0/24", "EXAMPLE-1");
    let service = service(&arin);
    let mut ours = Vec::new();
    let net = |to: &str| Call::Reassign {
        parent: parent.clone(),
        net: NewNet {
            prefix: "192.0.2.16/29".parse().unwrap(),
            name: "ACME-192-0-2-16-29".to_owned(),
            to: To::Customer(to.to_owned()),
        },
    };
    ours.push(send(&service, Call::Net(parent.clone())).await);
    ours.push(send(&service, Call::CreateCustomer { parent: parent.clone(), customer: customer() }).await);
    let Ok(Reply::Customer(Customer { handle: Some(customer), .. })) = ours[1].clone() else { panic!("{ours:?}") };
    ours.push(send(&service, net(&customer)).await);
    let Ok(Reply::Net(child)) = ours[2].clone() else { panic!("{ours:?}") };
    ours.push(send(&service, Call::MostSpecificNet("192.0.2.16/29".parse().unwrap())).await);
    ours.push(send(&service, net(&customer)).await);
    ours.push(send(&service, Call::RemoveNet(parent.clone())).await);
    ours.push(send(&service, Call::RemoveNet(child.handle.clone())).await);
    ours.push(send(&service, Call::Net(child.handle)).await);
    ours.push(send(&service, Call::RemoveCustomer(customer.clone())).await);
    ours.push(send(&service, Call::Customer(customer)).await);
    let wrong = Hidden("API-WRONG".to_owned());
    ours.push(service.send(&wrong, &Call::Net(parent)).await.outcome);
    let ours: Vec<Value> = ours.iter().map(said).collect();
    assert_eq!(ours, theirs);
    assert_eq!(ours.len(), 11);
}

#[tokio::test]
async fn what_became_of_a_write_is_said_as_it_is_known() {
    let arin = Arin::start().await;
    let parent = arin.allocate("192.0.2.0/24", "EXAMPLE-1");
    let service = service(&arin);
    for (fault, lost) in [
        (Fault::LostBefore, true),
        (Fault::LostAfter, true),
        (Fault::Late(Duration::from_secs(5)), true),
        (Fault::Garbled, true),
        (Fault::Outage, true),
        (Fault::FailsAfter, true),
        (Fault::TooMany, false),
    ] {
        arin.writes_meet(&[fault]);
        let made = send(&service, Call::CreateCustomer { parent: parent.clone(), customer: customer() }).await;
        assert_eq!(matches!(made, Err(Trouble::Lost(_))), lost, "{fault:?}: {made:?}");
        assert_eq!(matches!(made, Err(Trouble::NotSent(_))), !lost, "{fault:?}: {made:?}");
    }
    drop(arin);
    let made = send(&service, Call::CreateCustomer { parent, customer: customer() }).await;
    assert!(matches!(made, Err(Trouble::NotSent(_) | Trouble::Lost(_))), "{made:?}");
}

#[tokio::test]
async fn customers_are_found_by_their_name_unless_they_are_private() {
    let arin = Arin::start().await;
    let parent = arin.allocate("192.0.2.0/24", "EXAMPLE-1");
    let service = service(&arin);
    let marked = Customer { comment: vec!["Reference 7".to_owned()], ..customer() };
    for customer in [marked.clone(), customer(), Customer { private: true, ..marked }] {
        send(&service, Call::CreateCustomer { parent: parent.clone(), customer }).await.unwrap();
    }
    let Ok(Reply::Customers(found)) = send(&service, Call::CustomersNamed("Fish & Chips".to_owned())).await else {
        panic!("no customers");
    };
    let comments: Vec<_> = found.iter().map(|customer| customer.comment.clone()).collect();
    assert_eq!(comments, [vec!["Reference 7".to_owned()], vec![]]);
    let nobody = send(&service, Call::CustomersNamed("Nobody".to_owned())).await;
    assert_eq!(nobody, Ok(Reply::Customers(vec![])));
}

#[tokio::test]
async fn the_key_is_in_no_exchange() {
    let arin = Arin::start().await;
    let parent = arin.allocate("192.0.2.0/24", "EXAMPLE-1");
    let exchange = service(&arin).send(&key(), &Call::Net(parent)).await;
    assert!(!format!("{exchange:?}").contains(Arin::KEY));
    assert_eq!(exchange.status, Some(200));
}

#[test]
fn addresses_that_are_not_safe_are_refused() {
    for (address, why) in [
        ("http://reg.arin.net/", "must begin with https://"),
        ("reg.arin.net", "is no URL"),
        ("https://reg.arin.net/?apikey=x", "may have neither a user nor anything behind the path"),
    ] {
        let error = ArinService::new(address, "https://rdap.arin.net/registry/").unwrap_err().to_string();
        assert!(error.ends_with(why), "{error}");
    }
}
