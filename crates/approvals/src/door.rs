//! The layer around the doors. It lays the rules of a person on their requests; keeps a request that others have to agree
//! to, and answers that it waits; and sends it through the doors again when they have agreed.

use std::{
    convert::Infallible,
    mem,
    sync::{Arc, Weak},
    task::{Context, Poll},
};

use access::Hidden;
use api_v1::Answer as OldAnswer;
use axum::{
    body::{Body, Bytes, to_bytes},
    extract::Request,
    http::{HeaderMap, Method, StatusCode, Uri, header::CONTENT_TYPE},
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use futures_util::future::{BoxFuture, Either, FutureExt as _};
use kernel::{Actor, Error, Manner, Preview, RequestId, Result, Rule, Terms, UserId};
use store::RequestKey;
use tower::{Layer, Service, ServiceExt as _};

use crate::{
    Approvals, action,
    policy::Rules,
    submission::{Kept, Submission, SubmissionRow, Submit, by_key, one},
};

pub(crate) use axum::Router;

/// The largest body of a request that can wait.
const LARGEST: usize = 4 << 20;
/// Where the old door is, whose answers have a form of their own.
const V1: &str = "/api/v1/";
/// The parameters by which a URL of the old door is signed. They were proven when it came, and are not kept.
const SIGNATURE: [&str; 3] = ["apiKey", "hash", "time"];
const KEY: &str = "Idempotency-Key";

/// What became of a request that went through the doors again.
pub(crate) struct Done {
    /// Whether it was refused.
    pub(crate) refused: bool,
    /// What was said, as far as it tells no secret.
    pub(crate) said: String,
}

impl Approvals {
    /// The layer for these doors, inside of the one that finds out who calls.
    pub fn gate(&self, doors: &Router) -> Gate {
        let doors = Arc::new(doors.clone());
        // They are built once.
        self.doors.set(Arc::downgrade(&doors)).ok();
        Gate { approvals: self.clone(), doors }
    }

    /// Sends what was approved through the doors. What has been done in an earlier try is not done again.
    pub(crate) async fn execute(&self, row: &SubmissionRow) -> Result<Done> {
        let (request, actor) = self.open(row).await?;
        // Others have agreed; but what is denied meanwhile is denied.
        let mut rules = (*self.rules(row.submitter_id).await?).clone();
        rules.retain(|_, rule| *rule != Rule::NeedsApproval);
        let (shown, once) = (row.preview()?.map(Arc::new), Some(format!("approval/{}", row.id).into()));
        let terms = Terms { rules: Arc::new(rules), shown, once, ..Terms::default() };
        let (terms, response) = self.send(request, actor, terms).await?;
        if terms.seen().repeated {
            let said = "It was done, but the server stopped before it could keep the answer.".to_owned();
            return Ok(Done { refused: false, said });
        }
        let (status, body) = read(response).await?;
        if status == StatusCode::SERVICE_UNAVAILABLE {
            return Err(Error::Busy("the server has too much to do".to_owned()));
        }
        let refused = !status.is_success() || body["success"] == 0;
        let said = if refused {
            let said = body["detail"].as_str().or_else(|| body["message"].as_str());
            said.map_or_else(|| format!("It was refused with status {status}."), str::to_owned)
        } else {
            format!("It was done, with status {}.", status.as_u16())
        };
        Ok(Done { refused, said })
    }

    /// What a request that waits would do now; nothing when that can't be shown.
    pub(crate) async fn rehearse_again(&self, row: &SubmissionRow) -> Result<Option<Preview>> {
        let (request, actor) = self.open(row).await?;
        let shown = row.preview()?.map(Arc::new);
        let rehearsed = self.rehearse(request, actor, shown).await?;
        let response = match rehearsed {
            Ok(preview) => return Ok(preview),
            Err(response) => response,
        };
        let (status, body) = read(response).await?;
        let said = body["detail"].as_str().or_else(|| body["message"].as_str());
        Err(Error::conflict(said.map_or_else(|| format!("It would be refused with status {status}."), str::to_owned)))
    }

    /// Tries a request out. The answer is given back when it is a refusal.
    async fn rehearse(
        &self,
        request: Request,
        actor: Actor,
        shown: Option<Arc<Preview>>,
    ) -> Result<std::result::Result<Option<Preview>, Response>> {
        let terms = Terms { manner: Manner::Rehearse, shown, ..Terms::default() };
        let (terms, response) = self.send(request, actor, terms).await?;
        let seen = terms.seen();
        Ok(match seen.preview {
            _ if seen.unshowable || seen.by_itself => Ok(None),
            Some(preview) if response.status().is_success() => Ok(Some(preview)),
            _ => Err(response),
        })
    }

    async fn send(&self, mut request: Request, actor: Actor, terms: Terms) -> Result<(Terms, Response)> {
        let doors = self.doors.get().and_then(Weak::upgrade);
        let doors = doors.ok_or_else(|| Error::Busy("the server is just starting, or about to stop".to_owned()))?;
        let id = actor.request.clone();
        request.extensions_mut().insert(Actor { terms: Some(Arc::new(terms.clone())), ..actor });
        request.extensions_mut().insert(id);
        let response = Router::clone(&doors).oneshot(request).await.unwrap_or_else(|never| match never {});
        Ok((terms, response))
    }

    /// A request that was kept, as it was, and its submitter with the rights that they have now.
    async fn open(&self, row: &SubmissionRow) -> Result<(Request, Actor)> {
        let kept = self.kept(row)?;
        let id = RequestId(format!("approval-{}", row.id).into());
        let actor = self.access.actor(row.submitter_id, id).await?;
        let grants = kept.limit.map(|limit| Arc::new(actor.grants.limited_to(limit)));
        let actor = Actor { grants: grants.unwrap_or_else(|| actor.grants.clone()), ..actor };
        Ok((kept.request()?, actor))
    }

    fn kept(&self, row: &SubmissionRow) -> Result<Kept> {
        let plain = self.key.open(&SubmissionRow::context(row.id), &row.secret_request.0.0)?;
        serde_json::from_slice(&plain).map_err(Error::internal)
    }

    async fn rules(&self, user: UserId) -> Result<Arc<std::collections::HashMap<String, Rule>>> {
        self.db.memory::<Rules>().of(&self.db, user).await
    }
}

impl Kept {
    fn of(Waits { method, uri, headers, whole, .. }: &Waits, actor: &Actor) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let query = uri.query().unwrap_or_default().split('&');
        let is_kept = |pair: &&str| {
            let name = pair.split('=').next().unwrap_or_default();
            let signs = uri.path().starts_with(V1) && SIGNATURE.contains(&name);
            !(pair.is_empty() || signs)
        };
        let query: Vec<&str> = query.filter(is_kept).collect();
        let (path, query) = (uri.path(), query.join("&"));
        Self {
            method: method.to_string(),
            uri: if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") },
            content_type: text(CONTENT_TYPE.as_str()),
            request_key: text(KEY),
            limit: actor.grants.limit(),
            body: BASE64_STANDARD.encode(whole),
        }
    }

    fn request(&self) -> Result<Request> {
        let mut request = Request::builder().method(self.method.as_str()).uri(&self.uri);
        for (name, value) in [(CONTENT_TYPE.as_str(), &self.content_type), (KEY, &self.request_key)] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        let body = BASE64_STANDARD.decode(&self.body).map_err(Error::internal)?;
        request.body(Body::from(body)).map_err(Error::internal)
    }
}

/// The status and the JSON of an answer.
async fn read(response: Response) -> Result<(StatusCode, serde_json::Value)> {
    let status = response.status();
    let bytes = to_bytes(response.into_body(), usize::MAX).await.map_err(Error::internal)?;
    Ok((status, serde_json::from_slice(&bytes).unwrap_or_default()))
}

/// See [`Approvals::gate`].
#[derive(Clone)]
pub struct Gate {
    approvals: Approvals,
    doors: Arc<Router>,
}

impl<S> Layer<S> for Gate {
    type Service = Gated<S>;

    fn layer(&self, inner: S) -> Gated<S> {
        Gated { approvals: self.approvals.clone(), inner, _doors: self.doors.clone() }
    }
}

/// A service behind a [`Gate`].
#[derive(Clone)]
pub struct Gated<S> {
    approvals: Approvals,
    inner: S,
    /// The doors hold an [`Approvals`] each, so only who stands in front of them may hold them.
    _doors: Arc<Router>,
}

impl<S> Service<Request> for Gated<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Either<S::Future, BoxFuture<'static, std::result::Result<Response, Infallible>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<std::result::Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        // A GET of the old door may write.
        let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
        let may_write = !reads || request.uri().path().starts_with(V1);
        let actor = request.extensions().get::<Actor>().filter(|_| may_write);
        let Some((actor, user)) = actor.and_then(|actor| Some((actor.clone(), actor.user?))) else {
            return Either::Left(self.inner.call(request));
        };
        let db = &self.approvals.db;
        if db.memory::<Rules>().at_once(db, user).is_some_and(|rules| rules.is_empty()) {
            return Either::Left(self.inner.call(request));
        }
        // The service that is ready, and not its copy, has to take the request.
        let copy = self.inner.clone();
        let inner = mem::replace(&mut self.inner, copy);
        Either::Right(under_rules(self.approvals.clone(), actor, user, request, inner).map(Ok).boxed())
    }
}

async fn under_rules<S>(approvals: Approvals, actor: Actor, user: UserId, request: Request, mut inner: S) -> Response
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    let is_old = request.uri().path().starts_with(V1);
    let refuse = |error: Error| if is_old { api_v1::refuse(&error) } else { api_v2::refuse(error) };
    let rules = match approvals.rules(user).await {
        Ok(rules) => rules,
        Err(error) => return refuse(error),
    };
    let (mut parts, body) = request.into_parts();
    let (whole, body) = match api_v2::peek(body, LARGEST).await {
        Ok(read) => read,
        Err(error) => return refuse(error),
    };
    let terms = Terms { rules, ..Terms::default() };
    parts.extensions.insert(Actor { terms: Some(Arc::new(terms.clone())), ..actor.clone() });
    let (method, uri, headers) = (parts.method.clone(), parts.uri.clone(), parts.headers.clone());
    let response = inner.call(Request::from_parts(parts, body)).await.unwrap_or_else(|never| match never {});
    let Some(name) = terms.seen().withheld else { return response };
    let Some(whole) = whole else {
        let why = format!(
            "This has to be approved by others first, and a request that waits may have at most {LARGEST} bytes."
        );
        return refuse(Error::TooLarge(why));
    };
    let waits = Waits { name, method, uri, headers, whole };
    match approvals.submit(actor, user, &waits).await {
        Ok(Ok(submission)) => waiting(&submission, is_old),
        Ok(Err(response)) => response,
        Err(error) => refuse(error),
    }
}

/// A request that has to be approved.
struct Waits {
    /// The name of the action.
    name: &'static str,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    whole: Bytes,
}

impl Waits {
    /// What people may see of where it went: no query, in which there may be secrets, but the name of an old action.
    fn shown_name(&self) -> String {
        let path = self.uri.path();
        let is_action = |pair: &&str| pair.starts_with("target=") || pair.starts_with("action=");
        let old: Vec<&str> = self.uri.query().unwrap_or_default().split('&').filter(is_action).collect();
        let what =
            if path.starts_with(V1) && !old.is_empty() { format!("{path}?{}", old.join("&")) } else { path.to_owned() };
        format!("{} {}", self.method, what.chars().take(500).collect::<String>())
    }
}

impl Approvals {
    /// Keeps a request until others agree. One that would be refused anyway is refused now.
    async fn submit(
        &self,
        actor: Actor,
        user: UserId,
        waits: &Waits,
    ) -> Result<std::result::Result<Submission, Response>> {
        let kept = Kept::of(waits, &actor);
        if let Some(key) = &kept.request_key
            && let Some(known) = by_key(&mut self.db.read(&actor).await?, user, key).await?
        {
            // Of what is in the archive nobody knows any more what it was.
            if !known.archived && self.kept(&known)? != kept {
                return Err(RequestKey::misused());
            }
            return Ok(Ok(one(&mut self.db.read(&actor).await?, known).await?));
        }
        let preview = match self.rehearse(kept.request()?, actor.clone(), None).await? {
            Ok(preview) => preview,
            Err(response) => return Ok(Err(response)),
        };
        let request_key = kept.request_key.clone();
        let kept = Hidden(serde_json::to_vec(&kept).map_err(Error::internal)?);
        let (action, name, key) = (waits.name, waits.shown_name(), self.key.clone());
        let submitted = self.db.write(&actor, Submit { action, name, kept, request_key, preview, key }).await?;
        Ok(Ok(submitted))
    }
}

/// The answer to a request that waits.
fn waiting(submission: &Submission, is_old: bool) -> Response {
    if !is_old {
        return (StatusCode::ACCEPTED, axum::Json(submission)).into_response();
    }
    let what = action::find(&submission.action).map_or(&*submission.action, |action| action.sentence);
    let groups: Vec<_> = submission.voices.iter().filter_map(|voice| voice.group.as_deref()).collect();
    let message = format!("{what}: waits for approval by {} (submission {})", groups.join(" and "), submission.id);
    OldAnswer::ok(message).into_response()
}
