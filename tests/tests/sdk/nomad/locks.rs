//! Locks of variables.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use nomad_client::variables::{Cas, Conflict, Items, Lock, LockId, LockOptions, Variable};
use tests::stack;
use tokio::time::{Instant, sleep, timeout};

use super::{Powerless, SOON, denied, shared};

const TTL: Duration = Duration::from_secs(10);

fn short() -> LockOptions {
    LockOptions::new().with_ttl(TTL).with_delay(Duration::from_secs(1))
}

fn items(value: &str) -> Items {
    let mut items = Items::default();
    items.insert("key", value);
    items
}

#[test]
fn t27_a_lock_keeps_items_and_is_the_holders_alone() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let (variables, path) = (nomad.variables(), "sdk-locks/plain");
        let mut variable = Variable::new(path);
        variable.items = items("one");
        variables.put(&variable).await.unwrap();
        let held = variables.acquire(path, &short()).await.unwrap();
        assert_eq!(held.items.expose("key"), Some("one"), "the items are kept");
        let lock = held.lock.unwrap();
        let id = lock.id.unwrap();
        assert_eq!((lock.ttl, lock.lock_delay), (Some(TTL), Some(Duration::from_secs(1))));
        assert!(!format!("{id:?}").contains(id.expose()));

        // T26: what stands in the way is told without its content.
        let error = variables.acquire(path, &short()).await.unwrap_err();
        assert!(Conflict::of(&error).is_some_and(|conflict| conflict.current.is_none()), "{error:?}");
        let error = variables.put(&variable).await.unwrap_err();
        assert!(error.is_conflict() && Conflict::of(&error).unwrap().current.is_none(), "{error:?}");
        assert!(variables.renew(path, &LockId::new(super::NOTHING)).await.unwrap_err().is_conflict());
        assert!(variables.release(path, &LockId::new(super::NOTHING)).await.unwrap_err().is_conflict());

        assert_eq!(variables.renew(path, &id).await.unwrap().lock.unwrap().ttl, Some(TTL));
        let again = variables.acquire(path, &short().with_id(id.clone()).with_items(items("two"))).await.unwrap();
        assert_eq!(again.lock.unwrap().id.as_ref(), Some(&id));
        let read = variables.read(path).await.unwrap().unwrap();
        assert_eq!(read.items.expose("key"), Some("two"));
        assert_eq!(read.lock.as_ref().unwrap().id.as_ref(), Some(&id), "a management token sees it");
        assert_eq!(variables.list(path).await.unwrap()[0].lock, read.lock);
        // The holder writes with the lock that it read.
        let mut own = read;
        own.items = items("three");
        let written = variables.put(&own).await.unwrap();
        // What no document says: such a write sets the lock's TTL back to the server's own.
        assert_eq!(written.lock.unwrap().ttl, Some(Duration::from_secs(15)));

        let freed = variables.release(path, &id).await.unwrap();
        assert!(freed.lock.is_none());
        assert!(variables.release(path, &id).await.unwrap_err().is_conflict());
        assert!(variables.renew("sdk-locks/none", &id).await.unwrap_err().is_not_found());
        let powerless = Powerless::new(&nomad, "sdk-locks").await;
        let refused = powerless.client.variables();
        denied(refused.acquire(path, &short().with_items(items("x"))).await);
        denied(refused.renew(path, &id).await);
        denied(refused.release(path, &id).await);
        denied(refused.lock(path).await);
        powerless.end(&nomad).await;
        variables.delete(path).await.unwrap();
    });
}

#[test]
fn t26_a_conflict_shows_what_is_there() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let (variables, path) = (nomad.variables(), "sdk-locks/cas");
        let mut variable = Variable::new(path);
        variable.items = items("one");
        let written = variables.put_with(&variable, Cas::Absent).await.unwrap();
        let error = variables.put_with(&variable, Cas::Absent).await.unwrap_err();
        let current = Conflict::of(&error).unwrap().current.unwrap();
        assert_eq!((current.modify_index, current.items.expose("key")), (written.modify_index, Some("one")));
        assert!(!format!("{error:?} {error}").contains("one"));
        let error = variables.delete_with(path, Cas::At(nomad_client::Index(1))).await.unwrap_err();
        assert!(Conflict::of(&error).is_some());
        variables.delete(path).await.unwrap();
        let error = variables.put_with(&variable, Cas::At(written.modify_index)).await.unwrap_err();
        assert!(Conflict::of(&error).unwrap().current.is_none(), "there is none");
        assert!(variables.read(path).await.unwrap().is_none());
    });
}

#[test]
fn t28_what_the_server_would_refuse_is_not_sent() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let variables = nomad.variables();
        let with = |path: &str, items| {
            let mut variable = Variable::new(path);
            variable.items = items;
            variable
        };
        for (path, content) in [
            ("sdk locks", items("x")),
            ("sdk.locks", items("x")),
            ("nomad/sdk", items("x")),
            (&"x".repeat(129), items("x")),
            ("sdk-locks/empty", Items::default()),
            ("sdk-locks/large", items(&"x".repeat(65_536))),
        ] {
            let error = variables.put(&with(path, content)).await.unwrap_err();
            assert!(error.status().is_none() && !error.may_have_applied(), "{error}");
        }
        let largest = with(&format!("sdk-locks/{}", "x".repeat(118)), items(&"x".repeat(65_533)));
        variables.put(&largest).await.unwrap();
        variables.delete(&largest.path).await.unwrap();
        for path in ["nomad/jobs/sdk-locks", "nomad/job-templates/sdk-locks"] {
            variables.put(&with(path, items("x"))).await.unwrap();
            variables.delete(path).await.unwrap();
        }
    });
}

#[test]
fn a_guard_renews_writes_and_gives_back() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let (variables, path) = (nomad.variables(), "sdk-locks/guard");
        let mut lock = variables.lock_with(path, &short().with_items(items("one"))).await.unwrap().unwrap();
        assert!(variables.lock_with(path, &short()).await.unwrap().is_none());
        // Longer than the TTL.
        let done = lock.hold(async { sleep(TTL + Duration::from_secs(3)).await }).await;
        assert!(done.is_ok() && lock.remaining() > Duration::ZERO, "{:?}", lock.remaining());
        lock.write(items("two")).await.unwrap();
        assert_eq!(lock.variable().lock.as_ref().unwrap().ttl, Some(TTL));
        lock.renew().await.unwrap();
        // The caller is cancelled in the middle of the work; the lock is given back all the same.
        let releaser = lock.releaser();
        let cancelled =
            timeout(Duration::from_millis(300), async move { lock.hold(std::future::pending::<()>()).await });
        assert!(cancelled.await.is_err());
        releaser.clone().release().await.unwrap();
        releaser.release().await.unwrap();
        let mut next = timeout(SOON, variables.lock_when_free(path, &short())).await.unwrap().unwrap();
        assert_eq!(next.variable().items.expose("key"), Some("two"));

        // Somebody with more rights takes it away: the work is dropped.
        let id = next.id().clone();
        let (lost, ()) = tokio::join!(next.hold(std::future::pending::<()>()), async {
            sleep(Duration::from_millis(300)).await;
            variables.release(path, &id).await.unwrap();
        });
        let lost = lost.unwrap_err();
        assert!(lost.is_certain() && lost.cause().is_some() && lost.to_string().contains(path), "{lost}");
        variables.delete(path).await.unwrap();
    });
}

/// Works in turns, and says when.
async fn contend(nomad: nomad_client::Client, path: &str, busy: &AtomicBool, turns: &Mutex<Vec<(Instant, Instant)>>) {
    for turn in 0..3 {
        let mut lock: Lock = nomad.variables().lock_when_free(path, &short()).await.unwrap();
        let begun = Instant::now();
        lock.hold(async {
            assert!(!busy.swap(true, Ordering::SeqCst), "two at once");
            sleep(Duration::from_millis(500)).await;
            busy.store(false, Ordering::SeqCst);
        })
        .await
        .unwrap();
        turns.lock().unwrap().push((begun, Instant::now()));
        if turn == 1 {
            // It dies without giving the lock back; the other waits for its TTL.
            drop(lock);
        } else {
            lock.release().await.unwrap();
        }
    }
}

#[test]
fn two_contenders_never_work_at_the_same_time() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let (path, busy, turns) = ("sdk-locks/contended", AtomicBool::new(false), Mutex::new(Vec::new()));
        tokio::join!(contend(nomad.clone(), path, &busy, &turns), contend(nomad.clone(), path, &busy, &turns));
        let mut turns = turns.into_inner().unwrap();
        turns.sort_unstable();
        assert_eq!(turns.len(), 6);
        assert!(turns.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{turns:?}");
        nomad.variables().delete(path).await.unwrap();
    });
}
