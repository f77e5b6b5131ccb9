//! Asking for a change at ARIN.

use kernel::{Actor, Error, Result};
use serde_json::json;
use store::{RequestKey, Tx, Work, job::NewJob, params};

use super::{
    NewSwip, State, Swip, SwipRow,
    job::KIND,
    plan::{Plan, plan},
};
use crate::Registry;

/// How often a change is looked after before a person has to: the pauses grow to an hour, so this is a month, which is
/// longer than a ticket takes.
const MOST_ATTEMPTS: u32 = 700;

/// The states in which a change is under way.
const OPEN: &str = "state IN ('draft', 'validated', 'sent', 'ticket')";

impl Registry {
    /// Begins a change at ARIN, once for each request key. While one is under way for the block, the same one goes on,
    /// and another one is refused.
    pub async fn start_swip(&self, actor: &Actor, new: NewSwip, key: Option<RequestKey>) -> Result<Swip> {
        self.arin()?;
        self.db.write(actor, StartSwip { new, key }).await
    }
}

struct StartSwip {
    new: NewSwip,
    key: Option<RequestKey>,
}

impl Work for StartSwip {
    type Out = Swip;
    const NAME: &'static str = "swip.start";

    async fn run(&self, tx: &mut Tx) -> Result<Swip> {
        if let Some(answer) = tx.answered(self.key.as_ref()).await? {
            return Ok(answer);
        }
        let plan = plan(tx, &self.new).await?;
        tx.lock("registry.swip").await?;
        let open = tx.find::<SwipRow>(&format!("block_id = $1 AND {OPEN}"), params![plan.block.id]).await?.pop();
        let (before, mut row) = match open {
            Some(open) if open.action == plan.action => (Some(open.clone()), open),
            Some(open) => {
                let (prefix, action) = (plan.block.prefix, open.action.name());
                return Err(Error::conflict_of(
                    "block",
                    format!("{prefix} is being changed at ARIN already ({action}, {}); wait for it", open.state.name()),
                ));
            }
            None => (None, draft(tx, &plan).await?),
        };
        let payload = json!({ "swip_id": row.id });
        // Whoever asks again while a job waits or runs gets that job.
        let key = Some(row.id.to_string());
        let job = NewJob { kind: KIND, payload, key, run_at: None, most_attempts: MOST_ATTEMPTS };
        row.job_id = Some(tx.enqueue(job).await?);
        match before {
            None => tx.insert(&row).await?,
            Some(before) if before != row => tx.update(&before, &mut row).await?,
            Some(_) => {}
        }
        let swip = Swip::from(&row);
        tx.remember(self.key.as_ref(), &swip).await?;
        Ok(swip)
    }
}

async fn draft(tx: &mut Tx, plan: &Plan) -> Result<SwipRow> {
    let Plan { block, lir, registration, .. } = plan.clone();
    let customer = plan.customer.as_ref().map(serde_json::to_string).transpose().map_err(Error::internal)?;
    let registered = registration.as_ref();
    Ok(SwipRow {
        id: tx.new_id::<SwipRow>().await?,
        version: 1,
        block_id: block.id,
        lir_id: lir.id,
        resource_id: block.holder.id,
        cidr: block.prefix.to_string(),
        action: plan.action,
        state: State::Draft,
        entity_handle: plan.entity_handle.clone(),
        recipient: plan.recipient.clone(),
        net_name: plan.net_name.clone(),
        customer,
        parent_net: None,
        customer_handle: plan.customer_handle.clone().or_else(|| registered.and_then(|r| r.customer_handle.clone())),
        net_handle: registered.map(|r| r.net_handle.clone()),
        sent: None,
        sent_at: None,
        doubts: 0,
        ticket: None,
        message: None,
        job_id: None,
        created_at: tx.now(),
        changed_at: tx.now(),
    })
}
