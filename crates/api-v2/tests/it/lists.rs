//! Query parameters and pages.

use serde_json::{Value, json};

use crate::example::{call, get};

/// The status, and the field and the rule of the only error.
async fn refusal(query: &str) -> (u16, Value, Value) {
    let answer = get(&format!("/api/v2/parcels?{query}")).await;
    let error = answer.json()["errors"][0].clone();
    assert!(answer.json()["errors"][1].is_null());
    (answer.status, error["field"].clone(), error["detail"].clone())
}

#[tokio::test]
async fn parameters_are_read_and_a_repeated_one_makes_a_list() {
    let answer = get("/api/v2/parcels?name=a%20b+c&mask=24&big=true&tags=x&tags=y%26z&limit=1").await;
    assert_eq!(answer.json(), json!([r#"0 Some("a b c") Some(24) Some(true) ["x", "y&z"]"#]));
    let answer = get("/api/v2/parcels?tags=x&limit=1").await;
    assert_eq!(answer.json(), json!([r#"0 None None None ["x"]"#]));
}

#[tokio::test]
async fn an_empty_parameter_counts_as_absent_unless_it_is_text() {
    let answer = get("/api/v2/parcels?name=&mask=&big=&limit=1&offset=&page=").await;
    assert_eq!(answer.json(), json!([r#"0 Some("") None None []"#]));
}

#[tokio::test]
async fn a_wrong_parameter_is_named_with_its_rule() {
    let known = "is not known here; known are: name, mask, big, tags, limit, offset, page";
    for (query, field, detail) in [
        ("mask=x", "mask", "must be a whole number"),
        ("mask=300", "mask", "is too large a number"),
        ("mask=-1", "mask", "must be a whole number"),
        ("big=yes", "big", "must be true or false, not the text \"yes\""),
        ("colour=red", "colour", known),
        ("Name=a", "Name", known),
        ("name=a&name=b", "name", "is given more than once"),
        ("limit=0", "limit", "must be 1 to 1000"),
        ("limit=1001", "limit", "must be 1 to 1000"),
        ("limit=ten", "limit", "must be a whole number"),
        ("limit=5&limit=6", "limit", "is given more than once"),
        ("offset=-1", "offset", "must be a whole number"),
        ("page=0", "page", "must be 1 or more, and begin before entry 4294967296 of the list"),
        ("page=4294967295", "page", "must be 1 or more, and begin before entry 4294967296 of the list"),
        ("page=2&offset=0", "page", "can't be given together with offset; give one of the two"),
    ] {
        assert_eq!(refusal(query).await, (422, json!(field), json!(detail)), "{query}");
    }
}

#[tokio::test]
async fn parameters_without_pages_are_read_as_strictly() {
    assert_eq!(call("DELETE", "/api/v2/parcels/1?force=true", "").await.json(), true);
    let answer = call("DELETE", "/api/v2/parcels/1?froce=true", "").await;
    assert_eq!(
        answer.json(),
        json!({
            "type": "about:blank", "title": "Unprocessable Entity", "status": 422, "instance": "r-1",
            "detail": "froce: is not known here; known are: force",
            "errors": [{"field": "froce", "detail": "is not known here; known are: force"}]
        })
    );
}

#[tokio::test]
async fn all_that_is_wrong_with_a_page_is_said_at_once() {
    let errors = get("/api/v2/parcels?limit=0&page=1&offset=1").await.json()["errors"].clone();
    assert_eq!(errors.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn the_link_leads_through_the_whole_list() {
    let mut uri = "/api/v2/parcels?name=a%26b&limit=3".to_owned();
    let mut seen = Vec::new();
    loop {
        let answer = get(&uri).await;
        seen.push(answer.json().as_array().unwrap().len());
        assert!(answer.text.contains("a&b"));
        let Some(next) = answer.header("link").strip_prefix('<') else { break };
        uri = next.strip_suffix(">; rel=\"next\"").unwrap().to_owned();
    }
    assert_eq!(seen, [3, 3, 1]);
    assert_eq!(uri, "/api/v2/parcels?name=a%26b&limit=3&offset=6");
}

#[tokio::test]
async fn pages_count_from_one() {
    let answer = get("/api/v2/parcels?page=2&limit=2&tags=x").await;
    assert!(answer.json()[0].as_str().unwrap().starts_with("2 "));
    assert_eq!(answer.header("link"), "</api/v2/parcels?tags=x&limit=2&offset=4>; rel=\"next\"");
    assert_eq!(get("/api/v2/parcels").await.header("link"), "");
}
