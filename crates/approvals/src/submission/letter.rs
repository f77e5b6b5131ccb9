//! The mail by which a submitter hears what has become of their request.

use kernel::Result;
use store::Tx;

use super::SubmissionRow;

/// Sends it once this transaction is kept.
pub(super) async fn send(_tx: &mut Tx, _submission: &SubmissionRow) -> Result<()> {
    Ok(())
}
