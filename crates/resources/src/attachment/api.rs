//! `/resources/{id}/attachments` of API v2.
//!
//! What comes out of here is somebody's file, and must never act on our pages: whatever it is, browsers are told to
//! save it, not to guess what it is, and to run nothing of it. Only pictures and texts are shown in place.

use api_v2::{Caller, IdempotencyKey, Json, Listed, NoFilter, PageQuery, Paged, Path, Query, Routes};
use axum::{
    body::Body,
    extract::{DefaultBodyLimit, FromRequest as _, Multipart, Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use futures_util::TryStreamExt as _;
use kernel::{Action, Error, ResourceId, Result};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Attachment, attachment, attachments,
    media_type::{MediaType, Preview},
};
use crate::{Resources, resource::api::request_key};

/// How much of a text is shown, in bytes.
const MOST_TEXT: u64 = 1 << 20;
/// Nothing is loaded, nothing runs, and the page has no origin.
const SANDBOX: HeaderValue = HeaderValue::from_static("sandbox; default-src 'none'");

pub(crate) fn routes(resources: &Resources) -> Routes {
    OpenApiRouter::new()
        .routes(routes!(list_attachments, add_attachment))
        .routes(routes!(preview_attachment, delete_attachment))
        .routes(routes!(download_attachment))
        // Files have a limit of their own.
        .layer(DefaultBodyLimit::disable())
        .with_state(resources.clone())
}

/// A file that is attached to a resource.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Attachment)]
struct AttachmentBody {
    /// Its id.
    id: String,
    /// The resource.
    resource_id: String,
    /// The name of the file.
    name: String,
    /// What it is, as found by its name and its content.
    #[schema(example = "image/png")]
    media_type: String,
    /// Its size in bytes.
    size: i64,
    /// The SHA-256 of its content, in hexadecimal digits.
    sha256: String,
    /// When it was attached, in UTC.
    date: String,
    /// Who attached it.
    user: String,
    /// Whether it can be shown in place.
    preview: bool,
}

/// A file in a form.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes the form, which is read piece by piece")]
struct AttachmentForm {
    /// The file, with its name.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// How a file is named that is sent as it is.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct FileName {
    /// The name of the file, when the body is the file itself and not a form.
    name: Option<String>,
}

/// Lists the attachments of a resource
///
/// The oldest first.
#[utoipa::path(
    get,
    path = "/resources/{id}/attachments",
    params(("id" = i64, Path), PageQuery),
    responses((status = 200, body = [AttachmentBody]))
)]
async fn list_attachments(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path(id): Path<ResourceId>,
    paged: Paged<NoFilter>,
) -> api_v2::Result<Listed<AttachmentBody>> {
    let mut tx = resources.db.read(&actor).await?;
    let (found, more) = attachments(&mut tx, id, paged.page).await?;
    Ok(paged.answer(found.into_iter().map(AttachmentBody::from).collect(), more))
}

/// Attaches a file to a resource
///
/// The body is a form with the file as its first part, or, with `name`, the file itself. Pictures, texts, PDF, office
/// documents, archives and packet captures are taken; name and content must agree on what it is.
#[utoipa::path(
    post,
    path = "/resources/{id}/attachments",
    params(("id" = i64, Path), FileName),
    request_body(content(
        (AttachmentForm = "multipart/form-data"),
        (String = "application/octet-stream")
    )),
    responses((status = 201, body = AttachmentBody))
)]
async fn add_attachment(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path(id): Path<ResourceId>,
    IdempotencyKey(key): IdempotencyKey,
    Query(FileName { name }): Query<FileName>,
    request: Request,
) -> api_v2::Result<(StatusCode, Json<AttachmentBody>)> {
    let added = if let Some(name) = name {
        let pieces = request.into_body().into_data_stream().map_err(|_| broke_off());
        resources.attach(&actor, id, name, pieces, key).await?
    } else {
        let mut form = Multipart::from_request(request, &()).await.map_err(|_| no_file())?;
        let file = form.next_field().await.map_err(|_| broke_off())?.ok_or_else(no_file)?;
        let name = file.file_name().ok_or_else(no_file)?.to_owned();
        resources.attach(&actor, id, name, file.map_err(|_| broke_off()), key).await?
    };
    Ok((StatusCode::CREATED, Json(added.into())))
}

fn broke_off() -> Error {
    Error::invalid("body", "broke off before its end; send the request again")
}

fn no_file() -> Error {
    let rule = "must be a form (multipart/form-data) whose first part is a file with its name, or the file itself with \
                ?name= and its name";
    Error::invalid("body", rule)
}

/// Shows an attachment
///
/// A picture as it is, of a text the first MiB as plain text, and of anything else only what is known about it.
#[utoipa::path(
    get,
    path = "/resources/{id}/attachments/{attachment_id}",
    params(("id" = i64, Path), ("attachment_id" = i64, Path)),
    responses((status = 200, content((AttachmentBody = "application/json"), (String = "text/plain"), (String = "image/*"))))
)]
async fn preview_attachment(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path((id, attachment_id)): Path<(ResourceId, i64)>,
) -> api_v2::Result<Response> {
    let mut tx = resources.db.read(&actor).await?;
    let found = attachment(&mut tx, id, attachment_id, Action::Read).await?;
    drop(tx);
    let (media_type, most) = match preview(&found) {
        None => return Ok(Json(AttachmentBody::from(found)).into_response()),
        Some(Preview::Image) => (found.media_type.as_str(), None),
        Some(Preview::Text) => ("text/plain; charset=utf-8", Some(MOST_TEXT)),
    };
    Ok(file(&resources, &found, media_type, "inline", most).await?)
}

/// Downloads an attachment
#[utoipa::path(
    get,
    path = "/resources/{id}/attachments/{attachment_id}/download",
    params(("id" = i64, Path), ("attachment_id" = i64, Path)),
    responses((status = 200, content((String = "application/octet-stream"))))
)]
async fn download_attachment(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path((id, attachment_id)): Path<(ResourceId, i64)>,
) -> api_v2::Result<Response> {
    let mut tx = resources.db.read(&actor).await?;
    let found = attachment(&mut tx, id, attachment_id, Action::Read).await?;
    drop(tx);
    Ok(file(&resources, &found, &found.media_type, "attachment", None).await?)
}

/// Removes an attachment
#[utoipa::path(
    delete,
    path = "/resources/{id}/attachments/{attachment_id}",
    params(("id" = i64, Path), ("attachment_id" = i64, Path)),
    responses((status = 204))
)]
async fn delete_attachment(
    State(resources): State<Resources>,
    Caller(actor): Caller,
    Path((id, attachment_id)): Path<(ResourceId, i64)>,
    IdempotencyKey(key): IdempotencyKey,
) -> api_v2::Result<StatusCode> {
    let key = request_key(key, &format!("DELETE /resources/{id}/attachments/{attachment_id}"), &())?;
    resources.detach(&actor, id, attachment_id, key).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The file itself.
async fn file(
    resources: &Resources,
    attachment: &Attachment,
    media_type: &str,
    disposition: &str,
    most: Option<u64>,
) -> Result<Response> {
    let content = resources.storage.read(&attachment.object, most).await?;
    // RFC 6266 with the name as RFC 8187 writes it: no character of it can end the header.
    let name = utf8_percent_encode(&attachment.name, NON_ALPHANUMERIC);
    let mut response = Body::from_stream(content).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(media_type).map_err(Error::internal)?);
    let disposition = format!("{disposition}; filename*=UTF-8''{name}");
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_str(&disposition).map_err(Error::internal)?);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_SECURITY_POLICY, SANDBOX);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    Ok(response)
}

/// How it is shown, by the rules of now.
fn preview(attachment: &Attachment) -> Option<Preview> {
    MediaType::named(&attachment.media_type).and_then(|kind| kind.preview)
}

impl From<Attachment> for AttachmentBody {
    fn from(attachment: Attachment) -> Self {
        let preview = preview(&attachment).is_some();
        let Attachment { id, resource_id, name, media_type, size, sha256, actor, created_at, .. } = attachment;
        let (id, resource_id, date) = (id.to_string(), resource_id.to_string(), created_at.sql());
        Self { id, resource_id, name, media_type, size, sha256, date, user: actor, preview }
    }
}
