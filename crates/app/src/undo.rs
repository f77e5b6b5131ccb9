//! Taking changes back, in API v2. The slices know how their records are put back, and what is in the way.

use api_v2::{Caller, IdempotencyKey, Json, Result, Routes};
use axum::extract::State;
use kernel::{ChangeId, Error};
use resources::Resources;
use serde::{Deserialize, Serialize};
use store::{Db, RequestKey, Tx, Undoing, Work};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::modules::Modules;

/// The operations.
pub(crate) fn routes(modules: &Modules) -> Routes {
    let undo = Undoer { db: modules.db.clone(), resources: modules.resources.clone() };
    OpenApiRouter::new().routes(routes!(undo_changes)).with_state(undo)
}

/// Whatever an undo needs.
#[derive(Clone)]
struct Undoer {
    db: Db,
    resources: Resources,
}

/// What is to be taken back: a change or a request
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UndoInput {
    /// The id of one change, as histories and the log show it. A number or a text.
    #[schema(value_type = Option<i64>)]
    change: Option<serde_json::Value>,
    /// A request, all of whose changes are taken back.
    request: Option<String>,
}

/// What has been taken back
#[derive(Debug, Serialize, Deserialize, ToSchema)]
struct UndoAnswer {
    /// The ids of the changes that were taken back.
    undone: Vec<i64>,
    /// What was written: `[table, id, before, after]` for each thing, as it stands in the log.
    #[schema(value_type = Vec<Object>)]
    changes: Vec<serde_json::Value>,
}

/// Undo a change or a request
///
/// All that it changed becomes as it was, or nothing. It is refused (409, with all reasons) when any of it has been
/// changed since, or when a rule would be broken. The caller needs the rights that the reverse changes need. Changes of
/// resources, their attributes and links, of sections and of blocks can be undone. An undo is a change like any other,
/// and can be undone itself.
#[utoipa::path(post, path = "/log/undo", request_body = UndoInput, responses((status = 200, body = UndoAnswer)))]
async fn undo_changes(
    State(undoer): State<Undoer>,
    Caller(actor): Caller,
    IdempotencyKey(key): IdempotencyKey,
    Json(body): Json<UndoInput>,
) -> Result<Json<UndoAnswer>> {
    let what = match (body.change, body.request) {
        (Some(id), None) => {
            let number = id.as_i64().or_else(|| id.as_str()?.parse().ok());
            Undoing::Change(ChangeId(number.ok_or_else(|| Error::invalid("change", "must be the id of a change"))?))
        }
        (None, Some(request)) => Undoing::Request(request),
        _ => return Err(Error::invalid("change", "name either a change or a request").into()),
    };
    let key = key.map(|key| RequestKey::new(key, &("POST /log/undo", &what))).transpose()?;
    let Undoer { db, resources } = undoer;
    Ok(Json(db.write(&actor, UndoChanges { what, resources, key }).await?))
}

struct UndoChanges {
    what: Undoing,
    resources: Resources,
    key: Option<RequestKey>,
}

impl Work for UndoChanges {
    type Out = UndoAnswer;
    const NAME: &'static str = "log.undo";

    async fn run(&self, tx: &mut Tx) -> kernel::Result<UndoAnswer> {
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        let undone = self.undo(tx).await.map_err(|error| match error {
            // Whose id it is that may not be seen is nobody's business.
            Error::NotFound(_) => Error::not_found(self.what.missing()),
            other => other,
        })?;
        let answer = UndoAnswer { undone: undone.into_iter().map(|id| id.0).collect(), changes: tx.changes_so_far()? };
        tx.remember(self.key.as_ref(), &answer).await?;
        Ok(answer)
    }
}

impl UndoChanges {
    async fn undo(&self, tx: &mut Tx) -> kernel::Result<Vec<ChangeId>> {
        let mut undo = tx.undo(&self.what).await?;
        let resources = self.resources.plan_undo(tx, &mut undo).await?;
        let blocks = ipam::plan_undo(tx, &mut undo).await?;
        let undone = undo.refuse(tx.actor(), &self.what)?;
        resources.write(tx).await?;
        blocks.write(tx).await?;
        Ok(undone)
    }
}
