//! Works on terms: shown and taken back, done as shown, done once.

use std::sync::Arc;

use kernel::{Actor, Error, Manner, Rule, Terms};
use store::job::NewJob;
use testkit::on_both;

use crate::world::{PLANETS, Planet, add, ann, database, discover, work};

fn on(terms: &Terms) -> Actor {
    Actor { terms: Some(Arc::new(terms.clone())), ..ann() }
}

fn rehearsing() -> Terms {
    Terms { manner: Manner::Offer, request: "r".into(), ..Terms::default() }
}

on_both! {
    async fn a_rehearsal_leaves_nothing_behind_but_tells_everything(engine) {
        let test = database(engine).await;
        let terms = rehearsing();
        let mut signals = test.db.signals();
        let made = test.db.write(&on(&terms), work(|tx| Box::pin(async move {
            let planet = add(tx, "Mars").await?;
            tx.count(&PLANETS, &[1], 1);
            tx.signal("planets");
            let job = NewJob { kind: "look", payload: 1.into(), key: None, run_at: None, most_attempts: 1 };
            tx.enqueue(job).await?;
            Ok(planet)
        }))).await.unwrap();
        let seen = terms.seen();
        let shown = seen.preview.unwrap();
        assert_eq!((&*shown.action, &*shown.jobs), ("test.work", &["look".to_owned()][..]));
        let changes: serde_json::Value = serde_json::from_str(&shown.changes).unwrap();
        assert_eq!((&changes[0][1], &changes[0][3]["name"]), (&made.id.into(), &"Mars".into()));
        let heard = std::iter::from_fn(|| signals.try_recv().ok()).any(|signal| &*signal == "planets");
        assert!(!heard, "nobody else hears of it");
        let mut tx = test.db.read(&ann()).await.unwrap();
        assert_eq!(tx.find::<Planet>("id > 0", &[]).await.unwrap(), []);
        for table in ["planet_count", "job", "change WHERE actor = 'ann'"] {
            let count: Option<i64> = tx.scalar(&format!("SELECT COUNT(*) FROM {table}"), &[]).await.unwrap();
            assert_eq!(count, Some(0), "{table}");
        }
        // What it would have made has an id that nobody else gets, not even after a restart.
        drop(tx);
        let venus = test.db.write(&ann(), discover("Venus")).await.unwrap();
        let test = test.restarted().await;
        let earth = test.db.write(&ann(), discover("Earth")).await.unwrap();
        assert!(![venus.id, earth.id].contains(&made.id), "{made:?} {venus:?} {earth:?}");
        let commit = Terms { manner: Manner::Exactly(seen.offer.unwrap().token.into()), request: "r".into(), ..Terms::default() };
        let other = test.db.write(&on(&commit), discover("Pluto")).await.unwrap_err().to_string();
        assert!(other.contains("planet") && other.contains("changed in another way"), "{other}");
    }

    async fn what_was_shown_is_done_with_the_same_ids(engine) {
        let test = database(engine).await;
        let terms = rehearsing();
        let shown = test.db.write(&on(&terms), discover("Mars")).await.unwrap();
        test.db.write(&ann(), discover("Venus")).await.unwrap();
        let token = terms.seen().offer.unwrap().token;
        let commit = || Terms { manner: Manner::Exactly(token.as_str().into()), request: "r".into(), ..Terms::default() };
        let done = test.db.write(&on(&commit()), discover("Mars")).await.unwrap();
        assert_eq!(done, shown);
        let again = test.db.write(&on(&commit()), discover("Mars")).await.unwrap_err();
        assert_eq!(again.to_string(), "What this preview has shown has been done already.");
    }

    async fn a_work_that_fails_in_a_rehearsal_fails_as_it_would(engine) {
        let test = database(engine).await;
        test.db.write(&ann(), discover("Mars")).await.unwrap();
        let real = test.db.write(&ann(), discover("Mars")).await.unwrap_err().to_string();
        let terms = rehearsing();
        let shown = test.db.write(&on(&terms), discover("Mars")).await.unwrap_err().to_string();
        assert_eq!((shown, terms.seen().preview), (real, None));
        test.db.write(&ann(), discover("Venus")).await.unwrap();
    }

    async fn several_works_of_a_request_can_t_be_shown(engine) {
        let test = database(engine).await;
        let terms = rehearsing();
        test.db.write(&on(&terms), discover("Mars")).await.unwrap();
        let second = test.db.write(&on(&terms), discover("Venus")).await.unwrap_err();
        assert!(matches!(second, Error::Invalid(_)), "{second}");
        assert!(terms.seen().unshowable);
    }

    async fn what_is_to_be_done_once_is_done_once(engine) {
        let test = database(engine).await;
        let once = || Terms { once: Some("x".into()), ..Terms::default() };
        test.db.write(&on(&once()), discover("Mars")).await.unwrap();
        let again = once();
        test.db.write(&on(&again), discover("Venus")).await.unwrap_err();
        assert!(again.seen().repeated);
        // What has failed was not done.
        let failing = Terms { once: Some("y".into()), ..Terms::default() };
        test.db.write(&on(&failing), discover("Mars")).await.unwrap_err();
        let failing = Terms { once: Some("y".into()), ..Terms::default() };
        test.db.write(&on(&failing), discover("Venus")).await.unwrap();
    }

    async fn rules_hold_works_back_by_their_name(engine) {
        let test = database(engine).await;
        let under = |rule: Rule| {
            let rules = Arc::new(std::iter::once(("planet.discover".to_owned(), rule)).collect());
            Terms { rules, ..Terms::default() }
        };
        let denied = under(Rule::Denied("Not you.".to_owned()));
        assert_eq!(test.db.write(&on(&denied), discover("Mars")).await.unwrap_err().to_string(), "Not you.");
        assert_eq!(denied.seen().withheld, None);
        let waits = under(Rule::NeedsApproval);
        test.db.write(&on(&waits), discover("Mars")).await.unwrap_err();
        assert_eq!(waits.seen().withheld, Some("planet.discover"));
        let shown = Terms { manner: Manner::Rehearse, ..under(Rule::NeedsApproval) };
        test.db.write(&on(&shown), discover("Mars")).await.unwrap();
        assert!(shown.seen().needs_approval);
        test.db.write(&on(&under(Rule::NeedsApproval)), work(|tx| Box::pin(add(tx, "Mars")))).await.unwrap();
    }
}
