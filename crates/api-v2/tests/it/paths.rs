//! Parameters in the path.

use serde_json::json;

use crate::example::{call, get};

#[tokio::test]
async fn a_cidr_block_may_stand_in_a_path_as_it_is() {
    for (path, block) in [
        ("192.168.192.176/28", "192.168.192.176/28"),
        ("192.168.192.176%2F28", "192.168.192.176/28"),
        ("192.168.192.176%2f28", "192.168.192.176/28"),
        ("2001:db8::/32", "2001:db8::/32"),
        ("2001:db8::%2F32", "2001:db8::/32"),
        ("2001%3Adb8%3A%3A/32", "2001:db8::/32"),
        ("::/0", "::/0"),
        ("10.0.0.1", "10.0.0.1"),
        ("4711", "4711"),
    ] {
        let answer = call("PUT", &format!("/api/v2/parcels/{path}/walk"), "").await;
        assert_eq!(answer.json(), json!({"parcel": block, "key": null}), "{path}");
    }
}

#[tokio::test]
async fn a_wrong_parameter_of_a_path_is_named() {
    let answer = get("/api/v2/parcels/abc").await;
    assert_eq!(
        answer.json(),
        json!({
            "type": "about:blank", "title": "Unprocessable Entity", "status": 422, "instance": "r-1",
            "detail": "id: must be a whole number, not \"abc\"",
            "errors": [{"field": "id", "detail": "must be a whole number, not \"abc\""}]
        })
    );
    let errors = get("/api/v2/parcels/1/corners/256").await.json()["errors"].clone();
    assert_eq!(errors, json!([{"field": "corner", "detail": "must be a whole number from 0 to 255, not \"256\""}]));
    assert_eq!(get("/api/v2/parcels/17").await.json(), 17);
}

#[tokio::test]
async fn a_path_that_is_not_text_is_malformed() {
    let answer = get("/api/v2/parcels/%ff").await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.json()["detail"], "\"id\" in the path is not UTF-8 text.");
}
