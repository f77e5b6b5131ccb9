//! Tables of resources in API v2.

use api_v2::table;
use axum::{body::Body, response::Response};
use futures_util::{StreamExt as _, stream};
use kernel::{Error, Page, Result};

use crate::resource::export::Export;

/// Whether a table is wanted instead of JSON. It holds all that fits, so that no part of the list may be asked for.
pub(crate) fn is_wanted(export: Option<&str>, page: Page) -> Result<bool> {
    match export {
        None => Ok(false),
        Some(format) if !format.eq_ignore_ascii_case("csv") => Err(Error::invalid("export", "must be csv")),
        Some(_) if page != Page::default() => {
            Err(Error::invalid("export", "writes all that fits; leave limit, offset and page out"))
        }
        Some(_) => Ok(true),
    }
}

/// The answer that is the table, sent as it is read. What fails before its first rows are there is refused as usual;
/// what fails later breaks the answer off.
pub(crate) async fn answer(mut export: Export) -> Result<Response> {
    let first = next(&mut export).await?;
    let rest = stream::try_unfold(export, async |mut export| {
        Ok::<_, Error>(next(&mut export).await?.map(|part| (part, export)))
    });
    let whole = stream::iter(first.map(Ok)).chain(rest);
    Ok(table::file("resources.csv", Body::from_stream(whole)))
}

async fn next(export: &mut Export) -> Result<Option<Vec<u8>>> {
    export.next().await?.map(table::rows).transpose()
}
