//! What is said to ARIN, in the words of its registration service (Reg-RWS). What speaks to the network implements
//! [`Arin`]; here nobody knows XML.

mod model;

use access::Hidden;
use futures_util::future::BoxFuture;
use kernel::Prefix;
use serde::Serialize;

pub use model::{Customer, Net, NewNet, Ticket, To};

/// ARIN, or what behaves like it.
pub trait Arin: Send + Sync + 'static {
    /// Exactly what [`send`](Self::send) would send, the key aside.
    fn render(&self, call: &Call) -> Rendered;

    /// Sends a call once and tells what became of it. It talks to the network, and is never called inside a transaction.
    fn send<'a>(&'a self, key: &'a Hidden<String>, call: &'a Call) -> BoxFuture<'a, Exchange>;
}

/// One call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// The smallest network that contains this range, or is it.
    MostSpecificNet(Prefix),
    /// The network with this handle.
    Net(String),
    /// The customer with this handle.
    Customer(String),
    /// The organisation with this handle.
    Org(String),
    /// The ticket with this number.
    Ticket(String),
    /// The customers with exactly this name, in the public directory. The registration service has no such question.
    CustomersNamed(String),
    /// Makes a customer who is to get a part of this network.
    CreateCustomer {
        /// The handle of the network.
        parent: String,
        /// The customer, without a handle.
        customer: Customer,
    },
    /// Gives a part of a network to a customer or an organisation for its own use.
    Reassign {
        /// The handle of the network.
        parent: String,
        /// The part.
        net: NewNet,
    },
    /// Gives a part of a network to an organisation that may give pieces of it on.
    Reallocate {
        /// The handle of the network.
        parent: String,
        /// The part.
        net: NewNet,
    },
    /// Takes the network with this handle back.
    RemoveNet(String),
    /// Removes the customer with this handle.
    RemoveCustomer(String),
}

impl Call {
    /// Whether it changes something, so that it must not be sent again before it is known what became of it.
    pub const fn writes(&self) -> bool {
        matches!(
            self,
            Self::CreateCustomer { .. }
                | Self::Reassign { .. }
                | Self::Reallocate { .. }
                | Self::RemoveNet(_)
                | Self::RemoveCustomer(_)
        )
    }
}

/// A call as it goes over the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rendered {
    /// The method of HTTP.
    pub method: &'static str,
    /// The path below the address of the service.
    pub path: String,
    /// The body, if there is one.
    pub body: Option<String>,
}

/// What was said and what was answered.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// What was sent, without the key.
    pub sent: Rendered,
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// The body of the answer as far as it came.
    pub response: Option<String>,
    /// What it means.
    pub outcome: Result<Reply, Trouble>,
}

/// An answer that says what was asked for, or that something was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// A network.
    Net(Net),
    /// A customer.
    Customer(Customer),
    /// Customers.
    Customers(Vec<Customer>),
    /// An organisation is there.
    Org,
    /// It is not done yet: somebody at ARIN looks at it.
    Ticket(Ticket),
}

/// Why there is no such answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing has been done: there was no connection, or ARIN has no time.
    NotSent(String),
    /// It was sent, and there was no answer that can be read: it may have been done or not, and may still be.
    Lost(String),
    /// There is no such thing.
    Absent(String),
    /// ARIN refuses, in its own words.
    Refused(String),
}
