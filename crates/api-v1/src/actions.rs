//! The table of actions: which code answers `target=...&action=...`.

use std::{collections::BTreeMap, sync::Arc};

use futures_util::future::BoxFuture;
use kernel::{Actor, Error, Result};

use crate::{Answer, Params, params::shorten};

/// What an action gets to see of a call.
#[derive(Debug, Clone)]
pub struct Request {
    /// Who asks.
    pub actor: Actor,
    /// All parameters of the query and the body, `target` and `action` among them.
    pub params: Params,
}

type Handler = Arc<dyn Fn(Request) -> BoxFuture<'static, Result<Answer>> + Send + Sync>;

/// A table of actions by target and name. `S` is what the actions of a slice work with; it is cloned for each call.
///
/// ```
/// # use api_v1::{Actions, Answer, Request};
/// # #[derive(Clone)] struct Ipam;
/// async fn add_tag(ipam: Ipam, request: Request) -> kernel::Result<Answer> {
///     let tag = request.params.required("newTag")?;
///     Ok(Answer::ok("Tag Added."))
/// }
///
/// let actions = Actions::new(Ipam).on("ipam", "addTagToList", add_tag);
/// ```
#[derive(Clone)]
pub struct Actions<S = ()> {
    state: S,
    table: Table,
}

impl<S: Clone + Send + Sync + 'static> Actions<S> {
    /// An empty table.
    pub fn new(state: S) -> Self {
        Self { state, table: Table::default() }
    }

    /// Adds an action. Each pair of target and name may be added once.
    #[must_use]
    pub fn on<F, Fut>(mut self, target: &'static str, action: &'static str, handler: F) -> Self
    where
        F: Fn(S, Request) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Answer>> + Send + 'static,
    {
        let state = self.state.clone();
        self.table.add(target, action, Arc::new(move |request| Box::pin(handler(state.clone(), request))));
        self
    }

    /// Takes over the actions of another table.
    #[must_use]
    pub fn merge<T>(mut self, other: Actions<T>) -> Self {
        for (target, actions) in other.table.0 {
            for (action, handler) in actions {
                self.table.add(target, action, handler);
            }
        }
        self
    }

    /// Every target and action, sorted.
    pub fn names(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.table.0.iter().flat_map(|(target, actions)| actions.keys().map(|action| (*target, *action)))
    }

    pub(crate) fn into_table(self) -> Table {
        self.table
    }
}

/// Handlers by target and action.
#[derive(Clone, Default)]
pub(crate) struct Table(BTreeMap<&'static str, BTreeMap<&'static str, Handler>>);

impl Table {
    fn add(&mut self, target: &'static str, action: &'static str, handler: Handler) {
        let earlier = self.0.entry(target).or_default().insert(action, handler);
        debug_assert!(earlier.is_none(), "the action {action} of {target} is in the table twice");
    }

    /// Runs the action that the parameters name.
    pub(crate) async fn answer(&self, request: Request) -> Result<Answer> {
        let handler = self.find(&request.params)?;
        handler(request).await
    }

    fn find(&self, params: &Params) -> Result<&Handler> {
        let (target, actions) = pick(&self.0, params, "target", "")?;
        let (_, handler) = pick(actions, params, "action", &format!(" for target {target}"))?;
        Ok(handler)
    }
}

/// The entry that a parameter names: exactly, or else in another case.
fn pick<'t, V>(
    choices: &'t BTreeMap<&'static str, V>,
    params: &Params,
    name: &str,
    place: &str,
) -> Result<(&'static str, &'t V)> {
    let list = || choices.keys().copied().collect::<Vec<_>>().join(", ");
    let Some(text) = params.text(name)? else {
        return Err(Error::invalid(name, format!("is required{place}; there are: {}", list())));
    };
    let exact = choices.get_key_value(text);
    let found = exact.or_else(|| choices.iter().find(|(choice, _)| choice.eq_ignore_ascii_case(text)));
    found
        .map(|(choice, value)| (*choice, value))
        .ok_or_else(|| Error::invalid(name, format!("there is no \"{}\"{place}; there are: {}", shorten(text), list())))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn tell(state: &'static str, request: Request) -> Result<Answer> {
        Ok(Answer::ok(state).with("action", request.params.required("action")?))
    }

    fn table() -> Actions<&'static str> {
        let dns = Actions::new("dns").on("dnsServer", "get", tell);
        Actions::new("ipam").on("ipam", "get", tell).on("ipam", "Get", tell).on("ipam", "addTag", tell).merge(dns)
    }

    async fn call(form: &str) -> Result<Answer> {
        let params = Params::from_form(form.as_bytes()).unwrap();
        table().into_table().answer(Request { actor: Actor::system("test"), params }).await
    }

    #[tokio::test]
    async fn an_action_runs_with_the_state_of_its_own_table() {
        assert_eq!(call("target=ipam&action=get").await.unwrap(), Answer::ok("ipam").with("action", "get"));
        assert_eq!(call("target=dnsServer&action=get").await.unwrap(), Answer::ok("dns").with("action", "get"));
    }

    #[test]
    fn case_decides_only_between_names_that_differ_by_nothing_else() {
        let found = |form: &str| {
            let params = Params::from_form(form.as_bytes()).unwrap();
            let table = table().into_table();
            let (_, actions) = pick(&table.0, &params, "target", "").unwrap();
            pick(actions, &params, "action", "").unwrap().0
        };
        assert_eq!(found("target=ipam&action=get"), "get");
        assert_eq!(found("target=ipam&action=Get"), "Get");
        assert_eq!(found("target=IPAM&action=ADDTAG"), "addTag");
    }

    #[tokio::test]
    async fn what_does_not_exist_is_refused_with_what_does() {
        let says = async |form: &str| call(form).await.unwrap_err().to_string();
        assert_eq!(says("target=x&action=get").await, "target: there is no \"x\"; there are: dnsServer, ipam");
        assert_eq!(
            says("target=Ipam&action=x").await,
            "action: there is no \"x\" for target ipam; there are: Get, addTag, get"
        );
        assert_eq!(says("").await, "target: is required; there are: dnsServer, ipam");
        assert_eq!(says("target=ipam").await, "action: is required for target ipam; there are: Get, addTag, get");
    }

    #[test]
    fn the_table_can_be_listed() {
        let names: Vec<_> = table().names().collect();
        assert_eq!(names, [("dnsServer", "get"), ("ipam", "Get"), ("ipam", "addTag"), ("ipam", "get")]);
    }

    #[test]
    #[cfg(debug_assertions)]
    #[should_panic(expected = "the action get of ipam is in the table twice")]
    fn an_action_is_added_once() {
        let _ = table().on("ipam", "get", tell);
    }
}
