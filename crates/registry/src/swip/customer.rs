//! Making the customer of a simple reassignment. The registration service has no search, so what became of a lost answer
//! is looked up in ARIN's public directory: by the name, and a mark in the comment that no other customer has.

use kernel::{Actor, Error, Result};

use super::job::{Desk, Next};
use crate::arin::{Call, Customer, Reply, Trouble};

impl Desk<'_> {
    /// One step towards a customer with a handle.
    pub(super) async fn make_customer(&mut self, parent: &str) -> Result<Next> {
        let Some(customer) = self.row.new_customer()? else {
            return Err(Error::internal("a simple reassignment has nobody to be given to"));
        };
        if self.row.sent.as_deref() == Some("customer") {
            if let Some(handle) = self.known(&customer).await?.into_iter().next() {
                self.save(|row| {
                    row.customer_handle = Some(handle);
                    row.sent = None;
                })
                .await?;
                return Ok(Next::Again);
            }
            self.may_make_anew(&customer).await?;
        }
        let again = self.row.sent.is_some();
        self.save(|row| row.doubts += i64::from(again)).await?;
        self.about_to_send("customer").await?;
        match self.ask(&Call::CreateCustomer { parent: parent.to_owned(), customer }).await? {
            Ok(Reply::Customer(made)) => {
                self.save(|row| {
                    row.customer_handle = made.handle;
                    row.sent = None;
                })
                .await?;
                Ok(Next::Again)
            }
            Ok(_) => Ok(Next::Lost("ARIN answers with something else than the customer.".to_owned())),
            Err(Trouble::NotSent(why)) => {
                self.save(|row| row.sent = None).await?;
                Err(Error::Busy(why))
            }
            Err(Trouble::Lost(why)) => Ok(Next::Lost(why)),
            Err(Trouble::Refused(why) | Trouble::Absent(why)) => Err(Error::conflict(format!("ARIN refuses: {why}"))),
        }
    }

    /// Nothing is known of a customer who may have been made. They may still appear for a while.
    async fn may_make_anew(&self, customer: &Customer) -> Result<()> {
        let since = self.row.sent_at.unwrap_or(self.row.changed_at);
        let due = since.plus_seconds(self.settle_seconds);
        let now = self.context.db.read(&Actor::system("clock")).await?.now();
        if now < due {
            return Err(Error::Busy(format!(
                "It is not known yet whether ARIN has made the customer \"{}\"; it is looked up again until {due}.",
                customer.name
            )));
        }
        if customer.private {
            return Err(Error::conflict(format!(
                "It is not known whether ARIN has made the customer \"{}\", and private customers can't be looked up \
                 from here. Look at ARIN Online: if they are there, start again with their handle as customer_handle.",
                customer.name
            )));
        }
        Ok(())
    }

    /// The handles of the customers who have the mark of this change.
    async fn known(&self, customer: &Customer) -> Result<Vec<String>> {
        if customer.private {
            return Ok(Vec::new());
        }
        let mark = self.row.mark();
        match self.look(&Call::CustomersNamed(customer.name.clone())).await? {
            Some(Reply::Customers(found)) => {
                let ours = found.into_iter().filter(|found| found.comment.contains(&mark));
                Ok(ours.filter_map(|found| found.handle).collect())
            }
            _ => Ok(Vec::new()),
        }
    }

    /// Removes the customers that were made for this change, but for the one who has got the block. The answer is the end
    /// of a sentence: what could not be removed.
    pub(super) async fn drop_customers(&mut self, but: Option<&str>) -> Result<String> {
        let Some(customer) = self.row.new_customer()? else { return Ok(String::new()) };
        let mut handles: Vec<String> = self.row.customer_handle.iter().cloned().collect();
        if self.row.doubts > 0 || self.row.sent.as_deref() == Some("customer") {
            handles.extend(self.known(&customer).await?);
        }
        handles.retain(|handle| Some(handle.as_str()) != but);
        handles.sort_unstable();
        handles.dedup();
        let mut left = Vec::new();
        for handle in handles {
            // Each is looked at first: it may have gone already.
            if self.look(&Call::Customer(handle.clone())).await?.is_some()
                && !matches!(self.ask(&Call::RemoveCustomer(handle.clone())).await?, Ok(_) | Err(Trouble::Absent(_)))
            {
                left.push(handle);
            }
        }
        Ok(if left.is_empty() { String::new() } else { format!("; left over: customer {}", left.join(", ")) })
    }
}
