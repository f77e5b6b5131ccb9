//! `/oidc` of API v2: where browsers go to sign in at a provider, and where they come back.

use api_v2::{Path, Query, Routes};
use axum::{
    extract::State,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, COOKIE, LOCATION, SET_COOKIE},
    },
    response::{IntoResponse as _, Response},
};
use kernel::Error;
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Arrival, cookie, identity, provider};
use crate::{
    Access,
    hidden::Hidden,
    session::{SignedIn, Visit, challenge, signed_in},
};

pub(crate) fn routes(access: &Access) -> Routes {
    OpenApiRouter::new()
        .routes(routes!(start_oidc))
        .routes(routes!(finish_oidc))
        .with_state(access.clone())
        .merge(provider::routes(access))
        .merge(identity::routes(access))
}

/// Where the browser goes afterwards.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct StartQuery {
    /// Where the browser goes when it has signed in: a path on this server.
    #[serde(default = "root")]
    #[param(default = "/", example = "/dev/swagger/")]
    return_to: String,
}

fn root() -> String {
    "/".to_owned()
}

/// What the provider says. Providers may say more than the standard knows.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct CallbackQuery {
    /// The code, when the provider has confirmed the sign-in.
    #[param(value_type = Option<String>)]
    code: Option<Hidden<String>>,
    /// The state that the browser was sent away with.
    state: Option<String>,
    /// The provider's issuer identifier (RFC 9207).
    iss: Option<String>,
    /// Why the provider has not confirmed the sign-in.
    error: Option<String>,
}

/// Sends a browser to an OpenID Connect provider to sign in
#[utoipa::path(
    get,
    path = "/oidc/{provider}/start",
    params(("provider" = String, Path, description = "The name of the provider", example = "work"), StartQuery),
    security(()),
    responses((
        status = 303,
        description = "To the provider",
        headers(("Location" = String, description = "Where"), ("Set-Cookie" = String, description = "What the browser keeps"))
    ))
)]
async fn start_oidc(
    State(access): State<Access>,
    Path(provider): Path<String>,
    Query(query): Query<StartQuery>,
    visit: Visit,
) -> api_v2::Result<Response> {
    let departure = access.begin_oidc(&provider, &query.return_to, &visit).await?;
    Ok(sent_on(&departure.url, [cookie::set(&departure.keep, access.public_url()?)])?)
}

/// Takes a browser back from an OpenID Connect provider
///
/// Opens a session and sets its cookie, as `POST /sessions` does, and sends the browser to where it wanted to go. The URL of
/// this endpoint is the redirect URI to register at the provider.
#[utoipa::path(
    get,
    path = "/oidc/{provider}/callback",
    params(("provider" = String, Path, description = "The name of the provider", example = "work"), CallbackQuery),
    security(()),
    responses((
        status = 303,
        description = "Signed in",
        headers(("Location" = String, description = "Where"), ("Set-Cookie" = String, description = "The session"))
    ))
)]
async fn finish_oidc(
    State(access): State<Access>,
    Path(provider): Path<String>,
    Query(query): Query<CallbackQuery>,
    headers: HeaderMap,
    visit: Visit,
) -> Response {
    let finished = finish(&access, &provider, query, &headers, &visit).await;
    let mut response = finished.into_response();
    challenge(&mut response);
    response
}

async fn finish(
    access: &Access,
    provider: &str,
    query: CallbackQuery,
    headers: &HeaderMap,
    visit: &Visit,
) -> api_v2::Result<Response> {
    let url = access.public_url()?;
    let kept = cookie::read(headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes), url);
    let CallbackQuery { code, state, iss, error } = query;
    let (session, return_to) = access.finish_oidc(provider, Arrival { code, state, iss, error, kept }, visit).await?;
    let opened = signed_in(SignedIn::Open(session), visit.tls)?;
    let mut response = sent_on(&return_to, [cookie::clear(url)])?;
    for cookie in opened.headers().get_all(SET_COOKIE) {
        response.headers_mut().append(SET_COOKIE, cookie.clone());
    }
    Ok(response)
}

/// An answer that sends the browser on, with these cookies.
fn sent_on<const N: usize>(place: &str, cookies: [String; N]) -> kernel::Result<Response> {
    let value = |text: &str| HeaderValue::from_str(text).map_err(Error::internal);
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    headers.insert(LOCATION, value(place)?);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for cookie in cookies {
        headers.append(SET_COOKIE, value(&cookie)?);
    }
    Ok(response)
}
