//! Typed reading of parameters. Every error names the parameter and the rule it breaks.

use std::str::FromStr;

use kernel::{Error, Result};
use serde_json::Value;

use super::{Param, Params, json::join, limits::shorten};

impl Params {
    /// Whether the parameter was sent at all, be it empty; so an update can tell "clear it" from "leave it".
    pub fn has(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    /// A text without the white space around it; `None` when it is not there or empty.
    pub fn text(&self, name: &str) -> Result<Option<&str>> {
        match self.get(name) {
            None => Ok(None),
            Some(Param::Text(text)) => Ok(Some(text.trim()).filter(|text| !text.is_empty())),
            Some(Param::Map(_)) => Err(self.wrong(name, "must be a single value, not a list or a map")),
        }
    }

    /// A text that must be there.
    pub fn required(&self, name: &str) -> Result<&str> {
        self.text(name)?.ok_or_else(|| self.wrong(name, "is required"))
    }

    /// `true` or `1`, `false` or `0`, in any case.
    pub fn flag(&self, name: &str) -> Result<Option<bool>> {
        match self.text(name)? {
            None => Ok(None),
            Some(text) if text == "1" || text.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some(text) if text == "0" || text.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some(text) => Err(self.wrong(name, format!("\"{}\" is neither true (1) nor false (0)", shorten(text)))),
        }
    }

    /// A number of any type.
    pub fn number<T: FromStr>(&self, name: &str) -> Result<Option<T>> {
        self.text(name)?.map(|text| self.parse(name, text)).transpose()
    }

    /// A list of texts: separated by commas (`a,b`), as a JSON array (`["a","b"]`) or in brackets (`x[]=a&x[]=b`).
    /// White space around each is dropped, and so are empty ones. `None` when it is not there or an empty text.
    pub fn names(&self, name: &str) -> Result<Option<Vec<String>>> {
        let list: Vec<String> = match self.text_or_map(name)? {
            None => return Ok(None),
            Some(TextOrMap::Map(map)) => map.texts()?,
            Some(TextOrMap::Text(text)) => text.split(',').map(str::to_owned).collect(),
        };
        Ok(Some(list.iter().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()).collect()))
    }

    /// A list of whole numbers, in any form that [`names`](Self::names) takes.
    pub fn ids(&self, name: &str) -> Result<Option<Vec<i64>>> {
        let Some(list) = self.names(name)? else { return Ok(None) };
        list.iter().map(|text| self.parse(name, text)).collect::<Result<_>>().map(Some)
    }

    /// Texts exactly as they were sent: one as a plain value, several in brackets. Unlike [`names`](Self::names) it
    /// neither splits nor trims, for values that may hold anything, such as the fields of a resource.
    pub fn values(&self, name: &str) -> Result<Option<Vec<String>>> {
        match self.get(name) {
            None => Ok(None),
            Some(Param::Text(text)) => Ok(Some(vec![text.clone()])),
            Some(Param::Map(map)) => map.clone().at(self.path_of(name)).texts().map(Some),
        }
    }

    /// JSON in a text (nested at most 128 levels deep), or what brackets make, with all its values as texts.
    pub fn json(&self, name: &str) -> Result<Option<Value>> {
        match self.get(name) {
            Some(Param::Map(map)) => Ok(Some(map.to_json())),
            _ => self.text(name)?.map(|text| self.parse_json(name, text)).transpose(),
        }
    }

    /// Parameters below this one: `meta[name]=x`, or a JSON object in a text.
    pub fn map(&self, name: &str) -> Result<Option<Self>> {
        match self.get(name) {
            Some(Param::Map(map)) => Ok(Some(map.clone().at(self.path_of(name)))),
            _ => match self.json(name)? {
                None => Ok(None),
                Some(value @ Value::Object(_)) => Self::below(&self.path_of(name), value).map(Some),
                Some(_) => Err(self.wrong(name, "must be a map (name[key]=value) or a JSON object")),
            },
        }
    }

    /// A list of groups of parameters: `attributes[0][attr_key]=x`, or a JSON array of objects in a text. They come in
    /// the order in which they were sent.
    pub fn list(&self, name: &str) -> Result<Option<Vec<Self>>> {
        let all = match self.get(name) {
            Some(Param::Map(map)) => map.clone(),
            _ => match self.json(name)? {
                None => return Ok(None),
                Some(value @ Value::Array(_)) => Self::below(&self.path_of(name), value)?,
                Some(_) => return Err(self.wrong(name, "must be a list (name[0][key]=value) or a JSON array")),
            },
        };
        let path = self.path_of(name);
        let items = all.entries.into_iter().map(|(key, item)| match item {
            Param::Map(map) => Ok(map.at(join(&path, &key))),
            Param::Text(_) => Err(Error::invalid(
                shorten(&join(&path, &key)),
                "must be a map (name[0][key]=value), not a single value",
            )),
        });
        items.collect::<Result<_>>().map(Some)
    }

    /// Which one of these was given (an empty text is not). None or several of them are an error.
    pub fn exactly_one<'n>(&self, names: &[&'n str]) -> Result<&'n str> {
        self.at_most_one(names)?.ok_or_else(|| {
            Error::invalid(self.path_of(&names.join(", ")), "exactly one of these must be given, and none was")
        })
    }

    /// Which one of these was given (an empty text is not), if any. Several of them are an error.
    pub fn at_most_one<'n>(&self, names: &[&'n str]) -> Result<Option<&'n str>> {
        let given: Vec<&str> = names.iter().copied().filter(|name| self.is_given(name)).collect();
        match given[..] {
            [] => Ok(None),
            [name] => Ok(Some(name)),
            _ => Err(Error::invalid(
                self.path_of(&names.join(", ")),
                format!("only one of these may be given, but there are {}", given.join(" and ")),
            )),
        }
    }

    fn is_given(&self, name: &str) -> bool {
        match self.get(name) {
            None => false,
            Some(Param::Text(text)) => !text.trim().is_empty(),
            Some(Param::Map(_)) => true,
        }
    }

    /// A plain text that is not empty, or a list in brackets or JSON.
    fn text_or_map(&self, name: &str) -> Result<Option<TextOrMap<'_>>> {
        if let Some(Param::Map(map)) = self.get(name) {
            return Ok(Some(TextOrMap::Map(map.clone().at(self.path_of(name)))));
        }
        match self.text(name)? {
            Some(text) if text.starts_with('[') => {
                let value = self.parse_json(name, text)?;
                Self::below(&self.path_of(name), value).map(|map| Some(TextOrMap::Map(map)))
            }
            text => Ok(text.map(TextOrMap::Text)),
        }
    }

    /// The texts of a list.
    fn texts(self) -> Result<Vec<String>> {
        let path = self.path;
        let texts = self.entries.into_iter().map(|(key, param)| match param {
            Param::Text(text) => Ok(text),
            Param::Map(_) => Err(Error::invalid(shorten(&join(&path, &key)), "must be a single value")),
        });
        texts.collect()
    }

    fn parse<T: FromStr>(&self, name: &str, text: &str) -> Result<T> {
        text.parse().map_err(|_| {
            let message = format!("\"{}\" is not a number, or not one that is possible here", shorten(text));
            self.wrong(name, message)
        })
    }

    fn parse_json(&self, name: &str, text: &str) -> Result<Value> {
        serde_json::from_str(text).map_err(|error| self.wrong(name, format!("is not valid JSON: {error}")))
    }

    fn at(self, path: String) -> Self {
        Self { path, ..self }
    }

    fn path_of(&self, name: &str) -> String {
        join(&self.path, name)
    }

    fn wrong(&self, name: &str, message: impl Into<String>) -> Error {
        Error::invalid(shorten(&self.path_of(name)), message)
    }
}

/// What [`Params::names`] takes apart.
enum TextOrMap<'a> {
    Text(&'a str),
    Map(Params),
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn params(form: &str) -> Params {
        Params::from_form(form.as_bytes()).unwrap()
    }

    fn says<T: std::fmt::Debug>(result: Result<T>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn an_empty_text_counts_as_absent_but_was_sent() {
        let params = params("notes=+%20&code=+x+");
        assert_eq!(params.text("notes").unwrap(), None);
        assert!(params.has("notes") && !params.has("region"));
        assert_eq!(params.text("code").unwrap(), Some("x"));
        assert_eq!(params.text("region").unwrap(), None);
    }

    #[test]
    fn a_list_is_no_text() {
        assert_eq!(says(params("id[]=1").text("id")), "id: must be a single value, not a list or a map");
        assert_eq!(says(params("id[]=1").number::<i64>("id")), "id: must be a single value, not a list or a map");
    }

    #[test]
    fn a_required_text_must_be_there_and_not_empty() {
        assert_eq!(params("tag=x").required("tag").unwrap(), "x");
        assert_eq!(says(params("tag=").required("tag")), "tag: is required");
        assert_eq!(says(params("").required("tag")), "tag: is required");
    }

    #[test]
    fn flags_are_words_or_digits_in_any_case() {
        let params = params("a=TRUE&b=1&c=False&d=0&e=&f=yes");
        assert_eq!(params.flag("a").unwrap(), Some(true));
        assert_eq!(params.flag("b").unwrap(), Some(true));
        assert_eq!(params.flag("c").unwrap(), Some(false));
        assert_eq!(params.flag("d").unwrap(), Some(false));
        assert_eq!(params.flag("e").unwrap(), None);
        assert_eq!(says(params.flag("f")), "f: \"yes\" is neither true (1) nor false (0)");
    }

    #[test]
    fn numbers_keep_to_their_type() {
        let params = params("mask=24&wide=300&word=abc&part=0.5");
        assert_eq!(params.number::<u8>("mask").unwrap(), Some(24));
        assert_eq!(params.number::<f64>("part").unwrap(), Some(0.5));
        assert_eq!(params.number::<u8>("none").unwrap(), None);
        assert_eq!(
            says(params.number::<u8>("wide")),
            "wide: \"300\" is not a number, or not one that is possible here"
        );
        assert_eq!(
            says(params.number::<u8>("word")),
            "word: \"abc\" is not a number, or not one that is possible here"
        );
    }

    #[test]
    fn names_come_in_three_forms() {
        let expected = Some(vec!["Customer".to_owned(), "PTP".to_owned()]);
        for form in [
            "tags=Customer,+PTP,,",
            r#"tags=["Customer"," PTP ",""]"#,
            "tags=%5B%22Customer%22%2C%22PTP%22%5D",
            "tags[]=Customer&tags[]=+PTP&tags[]=",
        ] {
            assert_eq!(params(form).names("tags").unwrap(), expected, "{form}");
        }
    }

    #[test]
    fn a_comma_inside_a_bracketed_name_belongs_to_it() {
        assert_eq!(params("tags[]=a,b").names("tags").unwrap(), Some(vec!["a,b".to_owned()]));
    }

    #[test]
    fn an_empty_text_is_no_list_but_an_empty_json_array_is() {
        assert_eq!(params("tags=").names("tags").unwrap(), None);
        assert_eq!(params("tags=[]").names("tags").unwrap(), Some(vec![]));
    }

    #[test]
    fn a_list_of_names_holds_only_texts() {
        assert_eq!(says(params("tags[a][b]=x").names("tags")), "tags[a]: must be a single value");
        assert_eq!(says(params("tags=[[1]]").names("tags")), "tags[0]: must be a single value");
        assert!(says(params("tags=[x").names("tags")).starts_with("tags: is not valid JSON: expected value"));
    }

    #[test]
    fn ids_are_whole_numbers_in_any_form_of_list() {
        for form in ["id=1,2,3", "id=[1,\"2\",3]", "id[]=1&id[]=2&id[]=3"] {
            assert_eq!(params(form).ids("id").unwrap(), Some(vec![1, 2, 3]), "{form}");
        }
        assert_eq!(params("id=7").ids("id").unwrap(), Some(vec![7]));
        assert_eq!(says(params("id=1,x").ids("id")), "id: \"x\" is not a number, or not one that is possible here");
        assert!(params("id=1.5").ids("id").is_err());
        assert!(params("id=99999999999999999999").ids("id").is_err());
    }

    #[test]
    fn values_are_neither_split_nor_trimmed() {
        let fields = params("fields[note]=+a,b&fields[ns][]=x&fields[ns][]=").map("fields").unwrap().unwrap();
        assert_eq!(fields.values("note").unwrap(), Some(vec![" a,b".to_owned()]));
        assert_eq!(fields.values("ns").unwrap(), Some(vec!["x".to_owned(), String::new()]));
        assert_eq!(fields.values("none").unwrap(), None);
        let deep = params("fields[ns][0][x]=1").map("fields").unwrap().unwrap();
        assert_eq!(says(deep.values("ns")), "fields[ns][0]: must be a single value");
    }

    #[test]
    fn json_comes_as_text_or_in_brackets() {
        assert_eq!(params(r#"q={"a":[1]}"#).json("q").unwrap(), Some(json!({"a": [1]})));
        assert_eq!(params("q[a][]=1").json("q").unwrap(), Some(json!({"a": ["1"]})));
        assert_eq!(params("q=").json("q").unwrap(), None);
        assert!(says(params("q={").json("q")).starts_with("q: is not valid JSON: EOF"));
        assert!(says(params(&format!("q={}", "[".repeat(50_000))).json("q")).contains("recursion limit exceeded"));
    }

    #[test]
    fn a_map_is_read_like_the_call_itself_and_its_errors_carry_the_whole_name() {
        for form in [
            r#"resourceQuery={"custom_id":"cust-001","id":"x"}"#,
            "resourceQuery[custom_id]=cust-001&resourceQuery[id]=x",
        ] {
            let query = params(form).map("resourceQuery").unwrap().unwrap();
            assert_eq!(query.text("custom_id").unwrap(), Some("cust-001"));
            assert!(says(query.number::<i64>("id")).starts_with("resourceQuery[id]: \"x\" is not a number"));
        }
        assert_eq!(params("").map("q").unwrap(), None);
        assert!(says(params("q=[1]").map("q")).starts_with("q: must be a map"));
        assert!(says(params("q=5").map("q")).starts_with("q: must be a map"));
    }

    #[test]
    fn a_list_holds_maps_in_the_order_sent() {
        for form in
            ["attributes[1][attr_key]=a&attributes[0][attr_key]=b", r#"attributes=[{"attr_key":"a"},{"attr_key":"b"}]"#]
        {
            let list = params(form).list("attributes").unwrap().unwrap();
            let keys: Vec<_> = list.iter().map(|item| item.required("attr_key").unwrap()).collect();
            assert_eq!(keys, ["a", "b"], "{form}");
        }
        let list = params("attributes[7][x]=a").list("attributes").unwrap().unwrap();
        assert_eq!(says(list[0].required("attr_key")), "attributes[7][attr_key]: is required");
        assert!(says(params("a[]=1").list("a")).starts_with("a[0]: must be a map"));
        assert!(says(params("a=1").list("a")).starts_with("a: must be a list"));
        assert_eq!(params("a=").list("a").unwrap(), None);
    }

    #[test]
    fn of_two_keys_exactly_one_must_be_given() {
        assert_eq!(params("id=1&block=").exactly_one(&["id", "block"]).unwrap(), "id");
        assert_eq!(params("block[]=1").exactly_one(&["id", "block"]).unwrap(), "block");
        assert_eq!(
            says(params("").exactly_one(&["id", "block"])),
            "id, block: exactly one of these must be given, and none was"
        );
        assert_eq!(
            says(params("id=1&block=10.0.0.0/8").exactly_one(&["id", "block"])),
            "id, block: only one of these may be given, but there are id and block"
        );
        assert_eq!(params("").at_most_one(&["id", "custom_id"]).unwrap(), None);
    }
}
