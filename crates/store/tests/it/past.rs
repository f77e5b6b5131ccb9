//! Things are read as they were.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use kernel::{Clock as _, Result, Timestamp};
use store::{Bytes, Setup, Tx, Value, params};
use testkit::{Engine, TestClock, TestDb, on_both};

use crate::world::{Change, Moon, Planet, add, ann, database, discover, planet, setup, work};

on_both!(
    a_thing_and_its_parts_are_read_as_they_were_at_any_time,
    a_clock_that_goes_back_does_not_mix_two_states,
    a_record_that_comes_back_has_the_past_of_both_lives,
    what_is_secret_stays_secret_in_the_past,
    the_difference_of_two_times_names_the_columns,
    a_thing_with_a_thousand_changes_is_read_as_it_was_before_them,
    what_happens_to_a_part_is_found_under_its_whole,
    a_time_since_which_too_much_has_changed_is_refused,
    a_secret_has_no_past_and_the_past_is_not_written_on,
);

/// Numbers that look random and are the same in each run.
#[derive(Clone)]
struct Dice(u64);

impl Dice {
    fn throw(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % below
    }
}

/// All planets, each with its moons.
type Sky = BTreeMap<i64, (Planet, Vec<Moon>)>;

async fn sky(tx: &mut Tx) -> Sky {
    let mut sky = Sky::new();
    for mut planet in tx.find::<Planet>("1 = 1", params![]).await.unwrap() {
        planet.password = planet.password.map(|_| "(secret)".to_owned());
        let moons = tx.find::<Moon>("planet_id = $1 ORDER BY id", params![planet.id]).await.unwrap();
        sky.insert(planet.id, (planet, moons));
    }
    sky
}

/// Does something to a planet or a moon.
async fn act(tx: &mut Tx, dice: &mut Dice) -> Result<()> {
    let planets = tx.find::<Planet>("1 = 1 ORDER BY id", params![]).await?;
    let moons = tx.find::<Moon>("1 = 1 ORDER BY id", params![]).await?;
    let doing = dice.throw(10);
    if planets.is_empty() || doing == 0 {
        let name = format!("planet {}", dice.throw(1_000_000_000));
        return add(tx, &name).await.map(drop);
    }
    let one = planets[dice.throw(planets.len())].clone();
    match doing {
        1 => {
            for moon in moons.iter().filter(|moon| moon.planet_id == one.id) {
                tx.delete(moon).await?;
            }
            tx.delete(&one).await
        }
        2 | 3 => {
            let id = tx.new_id::<Moon>().await?;
            tx.insert(&Moon { id, version: 1, planet_id: one.id, around: None }).await
        }
        4 | 5 if !moons.is_empty() => {
            let moon = &moons[dice.throw(moons.len())];
            tx.update(moon, &mut Moon { planet_id: one.id, ..moon.clone() }).await
        }
        6 if !moons.is_empty() => tx.delete(&moons[dice.throw(moons.len())]).await,
        _ => {
            let mut after = one.clone();
            match dice.throw(3) {
                0 => after.mass = i64::try_from(dice.throw(9)).unwrap() - 4,
                1 => after.password = (dice.throw(2) == 0).then(|| "hunter2".to_owned()),
                _ => {
                    let spectra = [None, Some(vec![0, 200, 255]), Some(vec![])];
                    after.spectrum = spectra.into_iter().nth(dice.throw(3)).flatten().map(Bytes);
                }
            }
            tx.update(&one, &mut after).await
        }
    }
}

async fn clocked(engine: Engine) -> (TestDb, TestClock) {
    let clock = TestClock::default();
    (engine.database(Setup { clock: Arc::new(clock.clone()), ..setup() }).await, clock)
}

async fn a_thing_and_its_parts_are_read_as_they_were_at_any_time(engine: Engine) {
    let (test, clock) = clocked(engine).await;
    let mut dice = Dice(7);
    let mut kept: BTreeMap<i64, Sky> = BTreeMap::new();
    let mut everybody = Vec::new();
    for _ in 0..120 {
        // Often several works share an instant.
        if dice.throw(3) == 0 {
            clock.advance(Duration::from_micros(1));
        }
        let seed = Dice(dice.throw(usize::MAX >> 32) as u64);
        let several = work(move |tx| {
            let mut dice = seed.clone();
            Box::pin(async move {
                for _ in 0..=dice.throw(4) {
                    act(tx, &mut dice).await?;
                }
                Ok(tx.now())
            })
        });
        let at = test.db.write(&ann(), several).await.unwrap();
        let now = sky(&mut test.db.read(&ann()).await.unwrap()).await;
        everybody.extend(now.keys().copied());
        kept.insert(at.0, now);
    }
    everybody.sort_unstable();
    everybody.dedup();
    assert!(kept.len() > 20 && everybody.len() > 10, "there is something to look back at");
    let mut tx = test.db.read(&ann()).await.unwrap();
    for (at, then) in kept {
        for &id in &everybody {
            let past = tx.past("planet", id, Timestamp(at)).await.unwrap();
            let was = past.record::<Planet>(&mut tx, id).await.unwrap();
            let moons = past.parts::<Moon>(&mut tx, "planet_id", id).await.unwrap();
            let expected = then.get(&id).cloned();
            assert_eq!((was, moons), expected.map_or((None, vec![]), |(p, m)| (Some(p), m)), "{id} at {at}");
        }
        let mut all = test.db.read(&ann()).await.unwrap();
        let past = all.past_of(&["moon"], Timestamp(at)).await.unwrap();
        let (ids, moons) = past.records::<Moon>(&mut all).await.unwrap();
        all.see(ids, &moons).unwrap();
        let mut expected: Vec<Moon> = then.into_values().flat_map(|(_, moons)| moons).collect();
        expected.sort_by_key(|moon| moon.id);
        assert_eq!(all.find::<Moon>("id > $1 ORDER BY id", params![0_i64]).await.unwrap(), expected, "all at {at}");
    }
}

async fn a_clock_that_goes_back_does_not_mix_two_states(engine: Engine) {
    let (test, clock) = clocked(engine).await;
    let mut now = test.db.write(&ann(), discover("Mars")).await.unwrap();
    let start = clock.now();
    for (seconds, mass) in [(10, 2), (30, 3), (20, 4), (40, 5)] {
        clock.set(start.plus_seconds(seconds));
        let after = Planet { mass, name: format!("Mars {mass}"), ..now.clone() };
        now = test.db.write(&ann(), Change { before: now, after }).await.unwrap();
    }
    let mut tx = test.db.read(&ann()).await.unwrap();
    for (seconds, mass) in [(0, 1), (10, 2), (19, 2), (20, 4), (30, 4), (39, 4), (40, 5)] {
        let was = tx.as_of::<Planet>(now.id, start.plus_seconds(seconds)).await.unwrap().unwrap();
        let name = if mass == 1 { "Mars".to_owned() } else { format!("Mars {mass}") };
        assert_eq!((was.mass, was.name), (mass, name), "after {seconds} s");
    }
}

async fn a_record_that_comes_back_has_the_past_of_both_lives(engine: Engine) {
    let (test, clock) = clocked(engine).await;
    let mars = test.db.write(&ann(), discover("Mars")).await.unwrap();
    let seen = clock.now();
    let delete = |it: Planet| {
        work(move |tx| {
            let it = it.clone();
            Box::pin(async move { tx.delete(&it).await })
        })
    };
    clock.advance(Duration::from_secs(1));
    test.db.write(&ann(), delete(mars.clone())).await.unwrap();
    let gone = clock.now();
    clock.advance(Duration::from_secs(1));
    let again = Planet { version: mars.version + 1, mass: 9, ..mars.clone() };
    let back = again.clone();
    let insert = work(move |tx| {
        let back = back.clone();
        Box::pin(async move { tx.insert(&back).await })
    });
    test.db.write(&ann(), insert).await.unwrap();
    let here = clock.now();
    clock.advance(Duration::from_secs(1));
    test.db.write(&ann(), delete(again.clone())).await.unwrap();
    let mut tx = test.db.read(&ann()).await.unwrap();
    for (at, expected) in [(seen, Some(&mars)), (gone, None), (here, Some(&again)), (clock.now(), None)] {
        assert_eq!(tx.as_of::<Planet>(mars.id, at).await.unwrap().as_ref(), expected);
    }
    let past = tx.past("planet", mars.id, Timestamp(0)).await.unwrap();
    assert_eq!(past.at_its_end::<Planet>(mars.id).unwrap(), Some(again));
}

async fn what_is_secret_stays_secret_in_the_past(engine: Engine) {
    let (test, clock) = clocked(engine).await;
    let mars = test.db.write(&ann(), discover("Mars")).await.unwrap();
    let before = clock.now();
    clock.advance(Duration::from_secs(1));
    let after = Planet { password: Some("hunter2".to_owned()), ..mars.clone() };
    test.db.write(&ann(), Change { before: mars.clone(), after }).await.unwrap();
    let mut tx = test.db.read(&ann()).await.unwrap();
    let password = async |tx: &mut Tx, at| tx.as_of::<Planet>(mars.id, at).await.unwrap().unwrap().password;
    assert_eq!(password(&mut tx, before).await, None);
    assert_eq!(password(&mut tx, clock.now()).await.as_deref(), Some("(secret)"));
}

async fn the_difference_of_two_times_names_the_columns(engine: Engine) {
    let (test, clock) = clocked(engine).await;
    let nothing = clock.now();
    clock.advance(Duration::from_secs(1));
    let mut now = test.db.write(&ann(), discover("Mars")).await.unwrap();
    let new = clock.now();
    for mass in [2, 3, 1] {
        clock.advance(Duration::from_secs(1));
        let after = Planet { mass, name: format!("Mars {mass}"), ..now.clone() };
        now = test.db.write(&ann(), Change { before: now, after }).await.unwrap();
    }
    let mut tx = test.db.read(&ann()).await.unwrap();
    let [name] = &tx.difference::<Planet>(now.id, new, clock.now()).await.unwrap()[..] else { panic!("one column") };
    let value = |name: &str| Value::Text(name.to_owned());
    assert_eq!((name.column, &name.before, &name.after), ("name", &value("Mars"), &value("Mars 1")));
    assert_eq!(tx.difference::<Planet>(now.id, new, new).await.unwrap(), []);
    let born = tx.difference::<Planet>(now.id, nothing, new).await.unwrap();
    assert_eq!(born.iter().map(|d| d.column).collect::<Vec<_>>(), ["id", "name", "mass"]);
}

async fn a_thing_with_a_thousand_changes_is_read_as_it_was_before_them(engine: Engine) {
    let (test, clock) = clocked(engine).await;
    let mars = test.db.write(&ann(), discover("Mars")).await.unwrap();
    let began = clock.now();
    let mut now = mars.clone();
    for mass in 0..1_000 {
        clock.advance(Duration::from_secs(1));
        let after = Planet { mass, ..now.clone() };
        now = test.db.write(&ann(), Change { before: now, after }).await.unwrap();
    }
    let mut tx = test.db.read(&ann()).await.unwrap();
    assert_eq!(tx.as_of::<Planet>(mars.id, began).await.unwrap(), Some(mars));
}

async fn what_happens_to_a_part_is_found_under_its_whole(engine: Engine) {
    let test = database(engine).await;
    let two = work(|tx| Box::pin(async move { Ok((add(tx, "Mars").await?.id, add(tx, "Pluto").await?.id)) }));
    let (mars, pluto) = test.db.write(&ann(), two).await.unwrap();
    let begin = work(move |tx| {
        Box::pin(async move {
            let moon = Moon { id: tx.new_id::<Moon>().await?, version: 1, planet_id: mars, around: None };
            tx.insert(&moon).await?;
            Ok(moon)
        })
    });
    let moon = test.db.write(&ann(), begin).await.unwrap();
    let moving = work(move |tx| {
        let moon = moon.clone();
        Box::pin(async move { tx.update(&moon, &mut Moon { planet_id: pluto, ..moon.clone() }).await })
    });
    test.db.write(&ann(), moving).await.unwrap();
    let mut tx = test.db.read(&ann()).await.unwrap();
    assert_eq!(tx.history("planet", mars, 10).await.unwrap().len(), 3, "made, got a moon, lost it");
    assert_eq!(tx.history("planet", pluto, 10).await.unwrap().len(), 2);
    let past = tx.past("planet", mars, Timestamp(0)).await.unwrap();
    assert!(past.parts::<Moon>(&mut tx, "around", mars).await.is_err(), "`around` makes no part");
}

async fn a_time_since_which_too_much_has_changed_is_refused(engine: Engine) {
    let (test, clock) = clocked(engine).await;
    let planet = test.db.write(&ann(), discover("Saturn")).await.unwrap();
    let before = clock.now();
    clock.advance(Duration::from_micros(1));
    let many = work(move |tx| {
        Box::pin(async move {
            for _ in 0..10_001 {
                let id = tx.new_id::<Moon>().await?;
                tx.insert(&Moon { id, version: 1, planet_id: planet.id, around: None }).await?;
            }
            Ok(())
        })
    });
    test.db.write(&ann(), many).await.unwrap();
    let mut tx = test.db.read(&ann()).await.unwrap();
    let refusal = tx.past_of(&["planet", "moon"], before).await.unwrap_err().to_string();
    assert!(
        refusal.starts_with("as_of: too much has changed since 2026-01-01T00:00:00.000000Z (more than 10000"),
        "{refusal}"
    );
    assert!(tx.past_of(&["planet"], before).await.is_ok(), "of these nothing has");
    assert!(tx.past_of(&["moon"], clock.now()).await.is_ok());
}

async fn a_secret_has_no_past_and_the_past_is_not_written_on(engine: Engine) {
    let test = database(engine).await;
    let secret = Planet { password: Some("tulip".to_owned()), ..planet(7, "Earth") };
    let mut tx = test.db.read(&ann()).await.unwrap();
    tx.see(vec![secret.id], std::slice::from_ref(&secret)).unwrap();
    let seen = tx.find::<Planet>("id = $1", params![secret.id]).await.unwrap();
    assert_eq!(seen, [Planet { password: None, ..secret }]);
    let writes = work(|tx| Box::pin(async move { Ok(tx.see::<Moon>(vec![1], &[]).is_err()) }));
    assert!(test.db.write(&ann(), writes).await.unwrap());
}
