//! Changes are sent together when the work reads or ends; nobody notices.

use kernel::{Error, Result};
use store::{Db, params};
use testkit::{Engine, on_both};

use crate::world::{Planet, add, ann, database, discover, names, number, work};

on_both!(
    a_row_can_be_added_changed_and_deleted_in_one_work,
    a_row_can_be_changed_several_times_in_one_work,
    a_changed_row_can_be_deleted_in_the_same_work,
    a_row_can_be_replaced_by_one_with_its_id,
    a_name_moves_from_a_deleted_row_to_a_new_one,
    a_name_moves_from_a_changed_row_to_a_new_one,
    a_name_moves_along_a_chain_of_rows,
    twenty_thousand_rows_fit_into_one_work,
);

async fn history_sizes(db: &Db, id: i64) -> Vec<usize> {
    let entries = db.read(&ann()).await.unwrap().history("planet", id, 10).await.unwrap();
    entries.iter().map(|entry| entry.items.as_array().unwrap().len()).collect()
}

async fn a_row_can_be_added_changed_and_deleted_in_one_work(engine: Engine) {
    let test = database(engine).await;
    let fleeting = work(|tx| {
        Box::pin(async move {
            let one = add(tx, "Mars").await?;
            let mut two = Planet { mass: 2, ..one.clone() };
            tx.update(&one, &mut two).await?;
            tx.delete(&two).await?;
            Ok(one.id)
        })
    });
    let id = test.db.write(&ann(), fleeting).await.unwrap();
    assert_eq!(names(&test.db).await, [""; 0]);
    assert_eq!(history_sizes(&test.db, id).await, [3], "the log tells all three");
}

async fn a_row_can_be_changed_several_times_in_one_work(engine: Engine) {
    let test = database(engine).await;
    let mars = test.db.write(&ann(), discover("Mars")).await.unwrap();
    let id = mars.id;
    let thrice = work(move |tx| {
        let mars = mars.clone();
        Box::pin(async move {
            let mut one = Planet { mass: 2, ..mars.clone() };
            tx.update(&mars, &mut one).await?;
            let mut two = Planet { name: "Ares".to_owned(), ..one.clone() };
            tx.update(&one, &mut two).await?;
            let mut three = Planet { mass: 1, ..two.clone() };
            tx.update(&two, &mut three).await
        })
    });
    test.db.write(&ann(), thrice).await.unwrap();
    let kept = test.db.read(&ann()).await.unwrap().get::<Planet>(id).await.unwrap().unwrap();
    assert_eq!((kept.version, kept.mass, kept.name.as_str()), (4, 1, "Ares"));
    assert_eq!(history_sizes(&test.db, id).await, [3, 1]);
}

async fn a_changed_row_can_be_deleted_in_the_same_work(engine: Engine) {
    let test = database(engine).await;
    let mars = test.db.write(&ann(), discover("Mars")).await.unwrap();
    let both = work(move |tx| {
        let mars = mars.clone();
        Box::pin(async move {
            let mut after = Planet { mass: 2, ..mars.clone() };
            tx.update(&mars, &mut after).await?;
            tx.delete(&after).await
        })
    });
    test.db.write(&ann(), both).await.unwrap();
    assert_eq!(names(&test.db).await, [""; 0]);
}

async fn a_row_can_be_replaced_by_one_with_its_id(engine: Engine) {
    let test = database(engine).await;
    let mars = test.db.write(&ann(), discover("Mars")).await.unwrap();
    let replace = work(move |tx| {
        let mars = mars.clone();
        Box::pin(async move {
            tx.delete(&mars).await?;
            tx.insert(&Planet { name: "Venus".to_owned(), ..mars }).await
        })
    });
    test.db.write(&ann(), replace).await.unwrap();
    assert_eq!(names(&test.db).await, ["Venus"]);
}

async fn a_name_moves_from_a_deleted_row_to_a_new_one(engine: Engine) {
    let test = database(engine).await;
    let mars = test.db.write(&ann(), discover("Mars")).await.unwrap();
    let old = mars.id;
    let replace = work(move |tx| {
        let mars = mars.clone();
        Box::pin(async move {
            let new = add(tx, "Mars").await?;
            tx.delete(&mars).await?;
            Ok(new.id)
        })
    });
    let new = test.db.write(&ann(), replace).await.unwrap();
    assert_ne!(new, old);
    assert_eq!(number(&test.db, "SELECT id FROM planet WHERE name = 'Mars'").await, new);
}

async fn a_name_moves_from_a_changed_row_to_a_new_one(engine: Engine) {
    let test = database(engine).await;
    let mars = test.db.write(&ann(), discover("Mars")).await.unwrap();
    let replace = work(move |tx| {
        let mars = mars.clone();
        Box::pin(async move {
            add(tx, "Mars").await?;
            tx.update(&mars, &mut Planet { name: "Ares".to_owned(), ..mars.clone() }).await
        })
    });
    test.db.write(&ann(), replace).await.unwrap();
    assert_eq!(names(&test.db).await, ["Ares", "Mars"]);
}

/// Each row takes the name that the row before it has just given up, in a table large enough for any plan.
async fn a_name_moves_along_a_chain_of_rows(engine: Engine) {
    let test = database(engine).await;
    let fill = work(|tx| {
        Box::pin(async move {
            for n in 0..1_000 {
                add(tx, &format!("planet {n:03}")).await?;
            }
            Ok(())
        })
    });
    test.db.write(&ann(), fill).await.unwrap();
    let shift = work(|tx| {
        Box::pin(async move {
            let planets = tx.find::<Planet>("1 = 1 ORDER BY name DESC", params![]).await?;
            for (n, before) in planets.iter().enumerate() {
                let name = format!("planet {:03}", 1_000 - n);
                tx.update(before, &mut Planet { name, ..before.clone() }).await?;
            }
            Ok(())
        })
    });
    let shifted: Result<()> = test.db.write(&ann(), shift).await;
    shifted.unwrap();
    let expected: Vec<_> = (1..=1_000).map(|n| format!("planet {n:03}")).collect();
    let mut found = names(&test.db).await;
    found.sort_by_key(|name| name[7..].parse::<u32>().unwrap());
    assert_eq!(found, expected);
}

async fn twenty_thousand_rows_fit_into_one_work(engine: Engine) {
    let test = database(engine).await;
    let many = |fail: bool| {
        work(move |tx| {
            Box::pin(async move {
                for n in 0..20_000 {
                    add(tx, &format!("planet {n}")).await?;
                }
                if fail { Err(Error::conflict("no")) } else { Ok(()) }
            })
        })
    };
    test.db.write(&ann(), many(true)).await.unwrap_err();
    assert_eq!(number(&test.db, "SELECT COUNT(*) FROM planet").await, 0);
    test.db.write(&ann(), many(false)).await.unwrap();
    assert_eq!(number(&test.db, "SELECT COUNT(*) FROM planet").await, 20_000);
    assert_eq!(number(&test.db, "SELECT COUNT(*) FROM change").await, 20);
}
