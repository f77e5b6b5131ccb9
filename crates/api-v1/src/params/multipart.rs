//! Parameters from `multipart/form-data` (RFC 7578), which is what PHP's curl makes of an array.

use axum::body::Bytes;
use futures_util::stream;
use kernel::{Error, Result};

use super::{Params, form::Pairs, limits};

impl Params {
    /// Reads a body of this media type, whose boundary is in the media type.
    pub async fn from_multipart(content_type: &str, body: &Bytes) -> Result<Self> {
        limits::check_body(body.len())?;
        let unreadable = |error: multer::Error| Error::invalid("body", format!("is no multipart/form-data: {error}"));
        let boundary = multer::parse_boundary(content_type).map_err(unreadable)?;
        let whole = stream::iter([Ok::<_, std::convert::Infallible>(body.clone())]);
        let mut parts = multer::Multipart::new(whole, boundary);
        let mut params = Pairs::default();
        while let Some(part) = parts.next_field().await.map_err(unreadable)? {
            let name = part.name().unwrap_or_default().to_owned();
            if part.file_name().is_some() {
                return Err(Error::invalid(limits::shorten(&name), "is a file; API v1 takes no files"));
            }
            let value = part.bytes().await.map_err(unreadable)?;
            params.add(name.as_bytes(), &value)?;
        }
        Ok(params.all)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    async fn read(body: &str) -> Result<Params> {
        Params::from_multipart("multipart/form-data; boundary=\"x y\"", &body.replace('\n', "\r\n").into()).await
    }

    #[tokio::test]
    async fn parts_are_parameters_brackets_and_all() {
        let part =
            |name: &str, value: &str| format!("--x y\nContent-Disposition: form-data; name=\"{name}\"\n\n{value}\n");
        let body = format!(
            "{}{}{}--x y--\n",
            part("meta[name]", "a & b = +%41"),
            part("tags[]", "one"),
            part("tags[]", "two")
        );
        let params = read(&body).await.unwrap();
        assert_eq!(params.to_json(), json!({ "meta": { "name": "a & b = +%41" }, "tags": ["one", "two"] }));
        let long = read(&format!("{}--x y--\n", part("notes", &"x".repeat(limits::MAX_VALUE + 1)))).await;
        assert!(long.unwrap_err().to_string().starts_with("notes: holds"));
    }

    #[tokio::test]
    async fn files_and_what_breaks_off_are_refused() {
        let file = "--x y\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\n\nx\n--x y--\n";
        assert_eq!(read(file).await.unwrap_err().to_string(), "f: is a file; API v1 takes no files");
        for broken in ["", "--x y\nContent-Disposition: form-data; name=\"a\"\n\nx", "nothing"] {
            let error = read(broken).await.unwrap_err().to_string();
            assert!(error.starts_with("body: is no multipart/form-data"), "{error}");
        }
    }
}
