//! Looking whether the database is sound.

use store::{check, params, ping};
use testkit::{Engine, on_both};

use crate::world::{Planet, ann, database, discover, work};

on_both!(a_sound_database_has_no_faults, an_id_that_would_be_given_out_again_is_found);

async fn a_sound_database_has_no_faults(engine: Engine) {
    let test = database(engine).await;
    ping(&test.db).await.unwrap();
    assert_eq!(check(&test.db).await.unwrap(), [""; 0], "when it is empty");
    let mars = test.db.write(&ann(), discover("Mars")).await.unwrap();
    assert_eq!(check(&test.db).await.unwrap(), [""; 0], "when something is in it");
    let delete = work(move |tx| {
        let mars = mars.clone();
        Box::pin(async move { tx.delete(&mars).await })
    });
    test.db.write(&ann(), delete).await.unwrap();
    assert_eq!(check(&test.db).await.unwrap(), [""; 0], "when it is empty again");
}

async fn an_id_that_would_be_given_out_again_is_found(engine: Engine) {
    let test = database(engine).await;
    test.db.write(&ann(), discover("Mars")).await.unwrap();
    let id = test.db.write(&ann(), discover("Venus")).await.unwrap().id;
    let reset = work(move |tx| {
        Box::pin(async move {
            if tx.is_shared() {
                tx.rows("SELECT setval('planet_id_seq', 2, false)", params![]).await?;
            } else {
                tx.derive("UPDATE sequence SET next = 2 WHERE name = 'planet'", params![]).await?;
            }
            tx.get::<Planet>(id).await
        })
    });
    test.db.write(&ann(), reset).await.unwrap();
    let found = check(&test.db).await.unwrap();
    assert_eq!(found, [format!("planet: there is the id {id}, but 2 is to be given out next")]);
}
