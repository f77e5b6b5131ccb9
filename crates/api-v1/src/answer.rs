//! What an action answers.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use kernel::Error;
use serde_json::{Map, Value};

use crate::{door, php_json};

/// An answer in the envelope of API v1: a JSON object whose members keep the order in which they were put in.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer(Map<String, Value>);

impl Answer {
    /// `{"success":1,"message":...}`
    pub fn ok(message: impl Into<String>) -> Self {
        Self::bare().with("message", message.into())
    }

    /// `{"success":1}`, for the actions that answer without a message.
    pub fn bare() -> Self {
        Self(Map::new()).with("success", 1)
    }

    /// Only these members, for the actions that answer without `success`.
    pub fn plain(members: Map<String, Value>) -> Self {
        Self(members)
    }

    /// `{"success":0,"message":...}`, with what the caller may read of the error.
    pub fn refusal(error: &Error) -> Self {
        Self(Map::new()).with("success", 0).with("message", error.public())
    }

    /// Adds a member at the end; one that is already there keeps its place and gets the new value.
    #[must_use]
    pub fn with(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.0.insert(key.into(), value.into());
        self
    }

    /// Adds members, in order.
    #[must_use]
    pub fn extend(mut self, members: impl IntoIterator<Item = (&'static str, Value)>) -> Self {
        self.0.extend(members.into_iter().map(|(key, value)| (key.to_owned(), value)));
        self
    }

    /// Adds the member `data`.
    #[must_use]
    pub fn data(self, value: impl Into<Value>) -> Self {
        self.with("data", value)
    }

    /// The members, in order.
    pub fn members(&self) -> &Map<String, Value> {
        &self.0
    }
}

/// Written as PHP would, and never kept by a cache: the same URL may answer otherwise the next time, and a GET may
/// have changed something.
impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        match php_json::to_vec(&self.0) {
            Ok(bytes) => {
                let headers = [
                    (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
                    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
                ];
                (StatusCode::OK, headers, bytes).into_response()
            }
            Err(error) => door::refuse(&error),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn bytes(answer: &Answer) -> String {
        String::from_utf8(php_json::to_vec(answer.members()).unwrap()).unwrap()
    }

    #[test]
    fn members_keep_their_order() {
        let answer = Answer::ok("Block 10.0.0.0/8 (5) added").with("id", 5).data(json!({"cidr": "10.0.0.0/8"}));
        assert_eq!(
            bytes(&answer),
            r#"{"success":1,"message":"Block 10.0.0.0\/8 (5) added","id":5,"data":{"cidr":"10.0.0.0\/8"}}"#
        );
    }

    #[test]
    fn a_member_put_in_twice_keeps_its_place() {
        assert_eq!(bytes(&Answer::bare().data(json!([])).with("success", "1")), r#"{"success":"1","data":[]}"#);
    }

    #[test]
    fn a_plain_answer_has_nothing_but_its_members() {
        let members = Map::from_iter([("asns".to_owned(), json!([]))]);
        assert_eq!(bytes(&Answer::plain(members)), r#"{"asns":[]}"#);
    }

    #[test]
    fn a_refusal_says_why_but_hides_our_own_faults() {
        assert_eq!(
            bytes(&Answer::refusal(&Error::not_found("No resource found with ID: 5"))),
            r#"{"success":0,"message":"No resource found with ID: 5"}"#
        );
        assert!(!bytes(&Answer::refusal(&Error::internal("secret detail"))).contains("secret"));
    }
}
