//! Swagger UI at `/dev/swagger`, and the documents that it shows. All files come from this program.

use axum::Router;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::{Config, SwaggerUi, Url};

use crate::{BASE, family};

/// The user interface at `/dev/swagger/`, the whole document at `/api/v2/openapi.json`, and each family's at
/// `/api/v2/openapi/FAMILY.json`.
pub fn swagger(document: &OpenApi) -> Router {
    let whole = (Url::with_primary("everything", leak(format!("{BASE}/openapi.json")), true), document.clone());
    let families = document.tags.iter().flatten().map(|tag| {
        let url = Url::new(leak(tag.name.clone()), leak(format!("{BASE}/openapi/{}.json", tag.name)));
        (url, family(document, &tag.name))
    });
    let config = Config::default()
        // Without this the page would show the document to a validator on the Internet.
        .validator_url("none")
        .display_operation_id(true)
        .display_request_duration(true)
        .doc_expansion("none")
        .filter(true)
        .try_it_out_enabled(true);
    SwaggerUi::new("/dev/swagger").urls(std::iter::once(whole).chain(families).collect()).config(config).into()
}

/// The interface wants names that live as long as the program. They are made once, at its start.
fn leak(name: String) -> &'static str {
    name.leak()
}
