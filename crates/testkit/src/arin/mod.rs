//! ARIN as its clients see it (Reg-RWS), on loopback, with a directory (RDAP) for the search of customers. It takes
//! nothing that ARIN would refuse, and fails in the ways in which a server at the other end of the world does.

mod answer;
mod books;
mod door;
mod payload;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use kernel::Prefix;
use tokio::{net::TcpListener, task::JoinHandle};

use self::{
    books::{Books, Customer, Deed, Net},
    door::serve,
};

/// What becomes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It goes well.
    None,
    /// The connection breaks before anything is done.
    LostBefore,
    /// The connection breaks after it was done.
    LostAfter,
    /// It is done when nobody waits for it any more: this long after it came, unless the rules forbid it by then.
    Late(Duration),
    /// It is done, and the answer can't be read.
    Garbled,
    /// It is not done: the server fails.
    Outage,
    /// It is done, and then the server fails.
    FailsAfter,
    /// It is not done: there were too many calls.
    TooMany,
    /// It is not done until somebody has decided on a ticket.
    Ticket,
}

/// A network in the books, as a test looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisteredNet {
    /// Its handle.
    pub handle: String,
    /// Its range.
    pub cidr: String,
    /// Its name.
    pub name: String,
    /// The organisation that has it.
    pub org: Option<String>,
    /// The customer that has it.
    pub customer: Option<String>,
}

/// A running ARIN; it stops with this value.
#[derive(Debug)]
pub struct Arin {
    port: u16,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct State {
    books: Books,
    key: String,
    faults: VecDeque<Fault>,
    /// Faults of calls that change nothing.
    reading: VecDeque<Fault>,
    calls: Vec<String>,
    /// Whether the directory shows what is registered.
    directory: bool,
    tickets: u32,
}

type Shared = Arc<Mutex<State>>;

fn lock(state: &Shared) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Arin {
    /// The key that it takes.
    pub const KEY: &str = "API-TEST-TEST-TEST-TEST";

    /// Starts one with empty books.
    pub async fn start() -> Self {
        let state = Arc::new(Mutex::new(State {
            books: Books::default(),
            key: Self::KEY.to_owned(),
            faults: VecDeque::new(),
            reading: VecDeque::new(),
            calls: Vec::new(),
            directory: true,
            tickets: 0,
        }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap_or_else(|error| panic!("no port: {error}"));
        let port = listener.local_addr().unwrap_or_else(|error| panic!("no port: {error}")).port();
        let task = tokio::spawn(serve(listener, state.clone()));
        Self { port, state, task }
    }

    /// Where it takes registrations.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// Where its directory is.
    pub fn directory(&self) -> String {
        format!("http://127.0.0.1:{}/registry/", self.port)
    }

    /// Lets it know an organisation.
    pub fn org(&self, handle: &str) {
        lock(&self.state).books.orgs.push(handle.to_owned());
    }

    /// Gives an organisation space of its own; the answer is the handle.
    pub fn allocate(&self, cidr: &str, org: &str) -> String {
        let prefix: Prefix = cidr.parse().unwrap_or_else(|error| panic!("{cidr}: {error}"));
        self.org(org);
        let net = Net {
            prefix,
            name: "EXAMPLE-NET".to_owned(),
            kind: "DA".to_owned(),
            parent: None,
            org: Some(org.to_owned()),
            customer: None,
        };
        lock(&self.state).books.act(Deed::AddNet(net))
    }

    /// Says what becomes of the next calls that change something, in order.
    pub fn writes_meet(&self, faults: &[Fault]) {
        lock(&self.state).faults = faults.iter().copied().collect();
    }

    /// Says what becomes of the next calls that change nothing, in order.
    pub fn reads_meet(&self, faults: &[Fault]) {
        lock(&self.state).reading = faults.iter().copied().collect();
    }

    /// Whether its directory shows what is registered, or still what was before.
    pub fn directory_shows(&self, shows: bool) {
        lock(&self.state).directory = shows;
    }

    /// The networks that were given on.
    pub fn given(&self) -> Vec<RegisteredNet> {
        let state = lock(&self.state);
        let given = state.books.nets.iter().filter(|(_, net)| net.kind != "DA");
        let seen = given.map(|(handle, net)| RegisteredNet {
            handle: handle.clone(),
            cidr: net.prefix.to_string(),
            name: net.name.clone(),
            org: net.org.clone(),
            customer: net.customer.clone(),
        });
        seen.collect()
    }

    /// The customers, by their handles, with their names.
    pub fn customers(&self) -> Vec<(String, String)> {
        let state = lock(&self.state);
        state.books.customers.iter().map(|(handle, customer)| (handle.clone(), customer.name.clone())).collect()
    }

    /// The tickets that nobody has decided on.
    pub fn open_tickets(&self) -> Vec<String> {
        let state = lock(&self.state);
        let open = state.books.tickets.iter().filter(|(_, ticket)| ticket.resolution.is_none());
        open.map(|(number, _)| number.clone()).collect()
    }

    /// Somebody decides on a ticket.
    pub fn decide(&self, number: &str, accept: bool) {
        let mut state = lock(&self.state);
        let Some(ticket) = state.books.tickets.get_mut(number) else { panic!("there is no ticket {number}") };
        "CLOSED".clone_into(&mut ticket.status);
        ticket.resolution = Some(if accept { "ACCEPTED" } else { "DENIED" }.to_owned());
        if let Some(deed) = ticket.deed.take().filter(|_| accept) {
            state.books.act(deed);
        }
    }

    /// Somebody else gives a part of a network to an own customer.
    pub fn give_elsewhere(&self, parent: &str, cidr: &str, name: &str) -> String {
        let prefix = cidr.parse().unwrap_or_else(|error| panic!("{cidr}: {error}"));
        let mut state = lock(&self.state);
        let org = state.books.nets.get(parent).and_then(|net| net.org.clone()).unwrap_or_default();
        let text = |text: &str| text.to_owned();
        let customer = state.books.act(Deed::AddCustomer(Customer {
            name: text(name),
            street_address: vec![text("1 Main St")],
            city: text("Ashburn"),
            state: Some(text("VA")),
            postal_code: Some(text("20147")),
            country: text("US"),
            private: false,
            comment: Vec::new(),
            org,
        }));
        state.books.act(Deed::AddNet(Net {
            prefix,
            name: text("ELSEWHERE"),
            kind: text("S"),
            parent: Some(text(parent)),
            org: None,
            customer: Some(customer),
        }))
    }

    /// The calls that came, as method and path.
    pub fn calls(&self) -> Vec<String> {
        lock(&self.state).calls.clone()
    }
}

impl Drop for Arin {
    fn drop(&mut self) {
        self.task.abort();
    }
}
