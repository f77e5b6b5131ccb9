//! The OpenAPI document.

use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::example::{door, failures, parcels};

fn document() -> Value {
    serde_json::to_value(door().1).unwrap()
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn it_says_what_and_where_the_api_is() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["info"]["title"], "Platbook API");
    assert_eq!(document["info"]["version"], "1.2.3");
    assert_eq!(document["servers"], json!([{"url": "/api/v2"}]));
    assert_eq!(document["tags"], json!([{"name": "land"}, {"name": "failure"}]));
    assert_eq!(document["security"], json!([{"basic": []}, {"bearer": []}, {"session": []}]));
    assert_eq!(
        document["components"]["securitySchemes"],
        json!({
            "basic": {"type": "http", "scheme": "basic"},
            "bearer": {"type": "http", "scheme": "bearer"},
            "session": {"type": "apiKey", "in": "cookie", "name": "__Host-platbook"}
        })
    );
}

#[test]
fn the_example_is_described_without_a_fault() {
    assert_eq!(api_v2::faults(&door().1), [""; 0]);
}

#[test]
fn an_operation_bears_the_name_of_its_function_and_the_tag_of_its_family() {
    let document = document();
    let operation = &document["paths"]["/parcels"]["get"];
    assert_eq!(operation["operationId"], "list_parcels");
    assert_eq!(operation["summary"], "Lists parcels");
    assert_eq!(operation["description"], "Seven of them.");
    assert_eq!(operation["tags"], json!(["land"]));
    assert_eq!(document["paths"]["/fail/{how}"]["get"]["tags"], json!(["failure"]));
}

#[test]
fn parameters_and_bodies_are_found_in_the_handlers() {
    let document = document();
    let names = |operation: &Value| -> Vec<String> {
        let parameters = operation["parameters"].as_array().unwrap().iter();
        parameters.filter_map(|p| Some(format!("{}:{}", p["in"].as_str()?, p["name"].as_str()?))).collect()
    };
    assert_eq!(
        names(&document["paths"]["/parcels"]["get"]),
        ["query:name", "query:mask", "query:big", "query:tags", "query:limit", "query:offset", "query:page"]
    );
    assert_eq!(names(&document["paths"]["/parcels/{id}"]["delete"]), ["path:id", "query:force"]);
    let body = &document["paths"]["/parcels"]["post"]["requestBody"]["content"]["application/json"]["schema"];
    assert_eq!(body, &json!({"$ref": "#/components/schemas/Parcel"}));
}

#[test]
fn every_operation_may_answer_the_shared_refusals() {
    let document = document();
    let responses = &document["paths"]["/parcels"]["get"]["responses"];
    assert_eq!(keys(responses), ["200", "400", "401", "403", "404", "409", "413", "422", "500", "503"]);
    let with_body = &document["paths"]["/parcels"]["post"]["responses"];
    let all = ["200", "201", "202", "400", "401", "403", "404", "409", "413", "415", "422", "500", "503"];
    assert_eq!(keys(with_body), all, "200 to a dry run, 202 to what waits for approval");
    assert_eq!(responses["404"], json!({"$ref": "#/components/responses/NotFound"}));
    let not_found = &document["components"]["responses"]["NotFound"]["content"]["application/problem+json"];
    assert_eq!(not_found["schema"], json!({"$ref": "#/components/schemas/Problem"}));
    let own = &document["paths"]["/fail/{how}"]["get"]["responses"]["409"];
    assert_eq!(own["description"], "Whenever one asks for it");
    assert_eq!(own["content"], document["components"]["responses"]["Conflict"]["content"]);
}

#[test]
fn every_response_has_a_description() {
    let document = document();
    assert_eq!(document["paths"]["/parcels"]["get"]["responses"]["200"]["description"], "OK");
    assert_eq!(document["paths"]["/parcels"]["post"]["responses"]["201"]["description"], "Created");
}

#[test]
fn every_write_takes_an_idempotency_key() {
    let document = document();
    let key = json!({"$ref": "#/components/parameters/IdempotencyKey"});
    let takes = |path: &str, method: &str| {
        document["paths"][path][method]["parameters"].as_array().is_some_and(|all| all.contains(&key))
    };
    assert!(takes("/parcels", "post") && takes("/parcels/{parcel}/walk", "put"));
    assert!(takes("/parcels/{id}", "patch") && takes("/parcels/{id}", "delete"));
    assert!(!takes("/parcels", "get"));
}

#[test]
fn every_write_can_be_shown_first_and_says_how_that_is_answered() {
    let document = document();
    let takes = |operation: &Value, name: &str| {
        let parameter = json!({"$ref": format!("#/components/parameters/{name}")});
        operation["parameters"].as_array().is_some_and(|all| all.contains(&parameter))
    };
    for (path, method) in [("/parcels", "post"), ("/parcels/{id}", "patch"), ("/parcels/{id}", "delete")] {
        let operation = &document["paths"][path][method];
        assert!(takes(operation, "DryRun") && takes(operation, "Commit"), "{method} {path}");
        let shown = &operation["responses"]["200"]["content"]["application/vnd.platbook.dry-run+json"];
        assert_eq!(shown["schema"]["$ref"], "#/components/schemas/DryRun");
        assert!(operation["responses"]["202"]["description"].as_str().unwrap().contains("approve"));
    }
    let read = &document["paths"]["/parcels"]["get"];
    assert!(!takes(read, "DryRun") && read["responses"]["202"].is_null());
}

#[test]
fn a_family_has_its_own_document_with_what_it_needs() {
    let whole = door().1;
    let failure = api_v2::family(&whole, "failure");
    assert_eq!(api_v2::faults(&failure), [""; 0]);
    let failure = serde_json::to_value(failure).unwrap();
    assert_eq!(keys(&failure["paths"]), ["/fail/{how}"]);
    assert_eq!(keys(&failure["components"]["schemas"]), ["FieldProblem", "Problem"]);
    let land = api_v2::family(&whole, "land");
    assert_eq!(api_v2::faults(&land), [""; 0]);
    let land = serde_json::to_value(land).unwrap();
    assert_eq!(
        keys(&land["components"]["schemas"]),
        ["Corner", "DryRun", "FieldProblem", "Parcel", "ParcelPatch", "Problem"]
    );
    assert_eq!(land["tags"], json!([{"name": "land"}]));
}

#[test]
fn two_shapes_under_one_name_are_refused() {
    #[derive(ToSchema)]
    #[expect(dead_code, reason = "only its schema is of interest")]
    struct Parcel {
        weight: u8,
    }
    /// Shows a parcel of another kind
    #[utoipa::path(get, path = "/post", responses((status = 200, body = Parcel)))]
    async fn get_post() {}

    let post = || OpenApiRouter::new().routes(routes!(get_post));
    let error = api_v2::assemble("1", [("land", parcels()), ("post", post())]).err().unwrap();
    assert!(error.to_string().contains("the schema name Parcel; give the one of post another"), "{error}");
    assert!(api_v2::assemble("1", [("post", post()), ("failure", failures())]).is_ok());
}

#[test]
fn faults_are_found() {
    #[utoipa::path(get, path = "/a/{id}", operation_id = "same", responses((status = 404)))]
    async fn first() {}
    /// Has a reference to nowhere
    #[utoipa::path(
        get,
        path = "/b",
        operation_id = "same",
        params(("id" = i64, Path)),
        responses((status = 200, body = ref("#/components/schemas/Nowhere")))
    )]
    async fn second() {}

    let routes = OpenApiRouter::new().routes(routes!(first)).routes(routes!(second));
    let (_, document) = api_v2::assemble("1", [("", routes)]).unwrap();
    assert_eq!(
        api_v2::faults(&document),
        [
            "#/components/schemas/Nowhere is referred to, but does not exist",
            "GET /a/{id} has no summary",
            "GET /a/{id} says nothing about its success",
            "GET /a/{id} does not declare its parameter id",
            "GET /b declares id, which its path lacks",
            "GET /b has the operationId same of GET /a/{id}",
        ]
    );
}
