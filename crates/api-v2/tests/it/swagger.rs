//! Swagger UI.

use crate::example::get;

#[tokio::test]
async fn the_interface_is_served_from_the_program_itself() {
    let redirect = get("/dev/swagger").await;
    assert_eq!((redirect.status, redirect.header("location")), (303, "/dev/swagger/"));
    let page = get("/dev/swagger/").await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html"));
    assert!(!page.text.contains("://"), "{}", page.text);
    for file in ["swagger-ui-bundle.js", "swagger-ui-standalone-preset.js", "swagger-ui.css", "index.css"] {
        assert_eq!(get(&format!("/dev/swagger/{file}")).await.status, 200, "{file}");
    }
    assert_eq!(get("/dev/swagger/nothing.js").await.status, 404);
}

#[tokio::test]
async fn it_offers_the_whole_document_and_one_a_family() {
    let script = get("/dev/swagger/swagger-initializer.js").await.text;
    for url in ["/api/v2/openapi.json", "/api/v2/openapi/land.json", "/api/v2/openapi/failure.json"] {
        assert!(script.contains(url), "{script}");
        let answer = get(url).await;
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.json()["info"]["title"], "Platbook API", "{url}");
    }
    assert_eq!(get("/api/v2/openapi/land.json").await.json()["paths"]["/fail/{how}"], serde_json::Value::Null);
}

#[tokio::test]
async fn it_shows_the_document_to_nobody_on_the_internet() {
    let script = get("/dev/swagger/swagger-initializer.js").await.text;
    assert!(script.contains(r#""validatorUrl": "none""#), "{script}");
}
