//! Mail: its settings, and its way through the queue.

use std::{
    fs,
    sync::{Arc, Mutex},
};

use access::{Mail, MailCarrier, MailServer, PublicUrl, Settings};
use futures_util::future::{BoxFuture, FutureExt as _};
use kernel::{Error, JobId, Result};
use serde_json::{Value, json};
use store::{
    Tx, Work,
    job::{self, Jobs, Status, Worker},
};
use testkit::{Engine, on_both};
use tokio::sync::watch;

use crate::door::{Door, PASSWORD, admin, basic, settings, system};

/// Takes mail, or refuses it as the test wants.
#[derive(Default)]
pub(crate) struct Postman {
    pub(crate) carried: Mutex<Vec<(MailServer, String, Mail)>>,
    refusals: Mutex<Vec<Error>>,
}

impl MailCarrier for Postman {
    fn check(&self, server: &MailServer) -> Result<()> {
        if server.from.contains('@') { Ok(()) } else { Err(Error::invalid("from", "must be an address")) }
    }

    fn carry<'a>(&'a self, server: &'a MailServer, id: &'a str, mail: &'a Mail) -> BoxFuture<'a, Result<()>> {
        self.carried.lock().unwrap().push((server.clone(), id.to_owned(), mail.clone()));
        let refusal = self.refusals.lock().unwrap().pop();
        async move { refusal.map_or(Ok(()), Err) }.boxed()
    }
}

/// A door whose jobs run, with somebody who carries the mail.
pub(crate) struct Office {
    pub(crate) door: Door,
    pub(crate) postman: Arc<Postman>,
    _stop: watch::Sender<bool>,
}

impl Office {
    pub(crate) async fn on(engine: Engine) -> Self {
        let postman = Arc::new(Postman::default());
        let public_url = Some(PublicUrl::parse("https://platbook.example.net").unwrap());
        let settings = Settings { mail_carrier: postman.clone(), public_url, ..settings() };
        let door = Door::with(engine, settings).await;
        let access = door.access.clone();
        let actor_of = Arc::new(move |user, request| {
            let access = access.clone();
            async move { access.actor(user, request).await }.boxed() as BoxFuture<'static, _>
        });
        let jobs = access::jobs(Jobs::new(actor_of), &door.access);
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(Worker::new(door.test.db.clone(), jobs, "test").run(stopped));
        Self { door, postman, _stop: stop }
    }

    pub(crate) async fn set_up(&self) -> Value {
        self.door.administer("PUT", "/settings/mail", smtp()).await
    }

    /// The mail that was carried when there are so many.
    pub(crate) async fn carried(&self, count: usize) -> Vec<Mail> {
        for _ in 0..1000 {
            let carried = self.postman.carried.lock().unwrap().clone();
            if carried.len() >= count {
                return carried.into_iter().map(|(.., mail)| mail).collect();
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("there are not {count} mails");
    }

    async fn ended(&self, id: JobId) -> job::JobState {
        for _ in 0..1000 {
            let mut tx = self.door.test.db.read(&system()).await.unwrap();
            let state = job::state(&mut tx, id).await.unwrap().unwrap();
            if !matches!(state.status, Status::Queued | Status::Running) || state.error.is_some() {
                return state;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("job {id} does not end");
    }
}

fn smtp() -> Value {
    json!({"host": "smtp.example.net", "security": "starttls", "username": "platbook", "password": "tulip bulbs",
        "from": "Platbook <noc@example.net>"})
}

struct Send(Mail);

impl Work for Send {
    type Out = JobId;
    const NAME: &'static str = "test.send";

    async fn run(&self, tx: &mut Tx) -> Result<JobId> {
        self.0.enqueue(tx).await
    }
}

fn mail() -> Mail {
    Mail { to: "ann@example.net".to_owned(), subject: "Ready".to_owned(), body: "The word is daffodil.".to_owned() }
}

on_both! {
    async fn an_administrator_sets_mail_up_and_nobody_sees_the_password(engine) {
        let office = Office::on(engine).await;
        let said = office.door.get(&admin(), "/settings/mail").await;
        assert!(said.refusal(404).starts_with("Mail is not set up."));
        let shown = office.set_up().await;
        assert_eq!(shown, json!({"host": "smtp.example.net", "port": 587, "security": "starttls",
            "username": "platbook", "has_password": true, "from": "Platbook <noc@example.net>", "ca": null}));
        assert_eq!(office.door.administer("GET", "/settings/mail", Value::Null).await, shown);
        let mut tx = office.door.test.db.read(&system()).await.unwrap();
        let log = tx.history("mail_settings", 1, 10).await.unwrap();
        assert!(!log[0].items.to_string().contains("tulip"));
        office.door.administer("DELETE", "/settings/mail", Value::Null).await;
        assert_eq!(office.door.get(&admin(), "/settings/mail").await.status, 404);
    }

    async fn the_settings_of_mail_are_for_administrators(engine) {
        let office = Office::on(engine).await;
        office.set_up().await;
        let ann = office.door.user("ann").await;
        office.door.group("people", &[(1, &["permissionUserRead", "permissionUserUpdate"])], &[ann]).await;
        let ann = basic("ann", PASSWORD);
        for (method, path, body) in [
            ("GET", "/settings/mail", Value::Null),
            ("PUT", "/settings/mail", smtp()),
            ("DELETE", "/settings/mail", Value::Null),
            ("POST", "/settings/mail/test", json!({"to": "ann@example.net"})),
        ] {
            let refused = office.door.ask(&ann, method, path, body).await.refusal(403);
            assert!(refused.starts_with("The settings of mail are for administrators"), "{method}: {refused}");
        }
    }

    async fn a_password_does_not_follow_to_another_server(engine) {
        let office = Office::on(engine).await;
        office.set_up().await;
        let without = |changes: Value| {
            let mut settings = smtp();
            settings.as_object_mut().unwrap().remove("password");
            settings.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
            settings
        };
        let same = office.door.administer("PUT", "/settings/mail", without(json!({"from": "other@example.net"}))).await;
        assert_eq!((&same["has_password"], &same["from"]), (&json!(true), &json!("other@example.net")));
        for change in [json!({"host": "smtp.example.com"}), json!({"port": 2525}), json!({"security": "tls"}),
            json!({"username": "other"}), json!({"ca": "mine"})]
        {
            let said = office.door.ask(&admin(), "PUT", "/settings/mail", without(change.clone())).await;
            assert_eq!((said.status, &said.json()["errors"][0]["field"]), (422, &json!("password")), "{change}");
        }
        let none = office.door.administer("PUT", "/settings/mail", without(json!({"username": null}))).await;
        assert_eq!(none["has_password"], false);
    }

    async fn a_mail_is_sent_by_a_job_of_its_transaction(engine) {
        let office = Office::on(engine).await;
        office.set_up().await;
        let id = office.door.test.db.write(&system(), Send(mail())).await.unwrap();
        assert_eq!(office.ended(id).await.status, Status::Done);
        let carried = office.postman.carried.lock().unwrap().clone();
        let (server, _, carried) = &carried[0];
        assert_eq!(carried, &mail());
        let login = server.login.as_ref().unwrap();
        assert_eq!((server.port, login.username.as_str(), login.password.0.as_str()), (587, "platbook", "tulip bulbs"));
    }

    async fn a_mail_that_is_not_taken_is_tried_again_under_the_same_id(engine) {
        let office = Office::on(engine).await;
        office.set_up().await;
        office.postman.refusals.lock().unwrap().push(Error::Busy("Come back later.".to_owned()));
        let id = office.door.test.db.write(&system(), Send(mail())).await.unwrap();
        let waits = office.ended(id).await;
        assert_eq!((waits.status, waits.error.as_deref()), (Status::Queued, Some("Come back later.")));
        office.door.later(3600);
        office.carried(2).await;
        let ids: Vec<_> = office.postman.carried.lock().unwrap().iter().map(|(_, id, _)| id.clone()).collect();
        assert_eq!(ids[0], ids[1]);
    }

    async fn what_is_no_mail_is_refused_before_it_is_in_the_queue(engine) {
        let office = Office::on(engine).await;
        for wrong in [
            Mail { to: "ann@example.net\r\nBcc: bob@example.net".to_owned(), ..mail() },
            Mail { subject: "Ready\r\nBcc: bob@example.net".to_owned(), ..mail() },
        ] {
            assert!(matches!(office.door.test.db.write(&system(), Send(wrong)).await, Err(Error::Invalid(_))));
        }
    }

    async fn a_trial_says_how_it_went(engine) {
        let office = Office::on(engine).await;
        let trial = json!({"to": "ann@example.net"});
        let said = office.door.ask(&admin(), "POST", "/settings/mail/test", trial.clone()).await;
        assert_eq!(said.status, 404);
        office.set_up().await;
        office.postman.refusals.lock().unwrap().push(Error::Busy("The password is wrong.".to_owned()));
        let said = office.door.ask(&admin(), "POST", "/settings/mail/test", trial.clone()).await;
        assert_eq!(said.status, 202);
        let ended = office.ended(JobId(said.json()["id"].as_i64().unwrap())).await;
        assert_eq!((ended.status, ended.error.as_deref()), (Status::Failed, Some("The password is wrong.")));
        assert!(ended.actor_id.is_some(), "whoever tries may look at the job");
        let id = office.door.administer("POST", "/settings/mail/test", trial).await["id"].as_i64().unwrap();
        assert_eq!(office.ended(JobId(id)).await.status, Status::Done);
        assert!(office.carried(2).await[1].body.starts_with("admin wanted to see"));
        let wrong = office.door.ask(&admin(), "POST", "/settings/mail/test", json!({"to": "ann"})).await;
        assert_eq!(wrong.json()["errors"][0]["field"], "to");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_the_password_nor_a_mail_stands_on_the_disk() {
    let office = Office::on(Engine::Sqlite).await;
    office.set_up().await;
    let id = office.door.test.db.write(&system(), Send(mail())).await.unwrap();
    assert_eq!(office.ended(id).await.status, Status::Done);
    let folder = office.door.test.db.file().unwrap().parent().unwrap().to_owned();
    let mut written = Vec::new();
    for file in fs::read_dir(folder).unwrap() {
        written.extend(fs::read(file.unwrap().path()).unwrap());
    }
    let on_disk = |text: &str| written.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(on_disk("smtp.example.net") && !on_disk("tulip bulbs") && !on_disk("daffodil"));
}
