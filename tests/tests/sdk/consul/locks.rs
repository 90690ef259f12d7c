//! Locks, semaphores and elections, also against the official command line and in clusters that lose their leader.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use consul_client::Client;
use consul_client::lock::{LOCK_FLAGS, LockError, LockOptions, Lost, SEMAPHORE_FLAGS};
use futures_util::{FutureExt as _, StreamExt as _};
use tests::cluster::Cluster;
use tests::stack;
use tests::wait::until;
use tokio::time::{sleep, timeout};

use super::{SOON, shared};

/// How soon a loss is told at most. It is far below the time to live, at whose end it would be known anyway.
const TOLD: Duration = Duration::from_secs(20);

/// For what is to be told before it would have ended by itself.
fn long() -> LockOptions {
    short().with_ttl(TOLD * 6)
}

fn short() -> LockOptions {
    LockOptions::new().with_ttl(Duration::from_secs(10)).with_lock_delay(Duration::from_secs(1)).with_value("me")
}

async fn lives(consul: &Client, session: &str) -> bool {
    consul.sessions().read(session).await.unwrap().is_some()
}

#[test]
fn a_lock_excludes_others_until_it_is_given_back() {
    stack::run(async {
        let (_, consul) = shared().await;
        let lock = consul.lock_with("sdk-lock/one", &short());
        assert!(lock.holder().await.unwrap().is_none());
        let mut first = lock.acquire().await.unwrap();
        let holder = lock.holder().await.unwrap().unwrap();
        assert_eq!((holder.session.as_deref(), &holder.value[..]), (Some(first.session()), &b"me"[..]));
        assert_eq!((holder.flags, holder.lock_index, holder.modify_index), (LOCK_FLAGS, 1, first.fence()));
        assert!(lock.try_acquire().await.unwrap().is_none());
        assert!(lock.acquire_within(Duration::from_millis(700)).await.unwrap().is_none());
        assert!(!lock.remove().await.unwrap().is_applied());
        assert_eq!(first.hold(async { 7 }).await, Ok(7));

        // The next one waits, and gets it without the delay.
        let (session, fence) = (first.session().to_owned(), first.fence());
        let next = async {
            let begun = Instant::now();
            (lock.acquire().await.unwrap(), begun.elapsed())
        };
        let hand_over = async {
            sleep(Duration::from_millis(500)).await;
            first.release().await.unwrap();
            Instant::now()
        };
        let ((second, waited), _) = tokio::join!(next, hand_over);
        assert!(waited > Duration::from_millis(400) && waited < SOON, "{waited:?}");
        assert!(second.fence() > fence && second.lock_index() == 2);
        assert!(!lives(&consul, &session).await);
        let session = second.session().to_owned();
        second.release().await.unwrap();
        assert!(!lives(&consul, &session).await);

        // The fence grows even when the key begins anew.
        assert!(lock.remove().await.unwrap().is_applied());
        let third = lock.try_acquire().await.unwrap().unwrap();
        assert!(third.lock_index() == 1 && third.fence() > fence);
        third.release().await.unwrap();
        assert!(lock.remove().await.unwrap().is_applied());
        assert!(lock.remove().await.unwrap().is_applied());

        consul.kv().put("sdk-lock/data", "not a lock").await.unwrap();
        let wrong = consul.lock("sdk-lock/data").acquire().await.unwrap_err();
        assert!(matches!(wrong, LockError::OtherUse { .. }), "{wrong:?}");
        consul.kv().delete_tree("sdk-lock/").await.unwrap();
    });
}

#[test]
fn a_lost_lock_is_told_at_once_and_its_delay_is_kept() {
    stack::run(async {
        let (_, consul) = shared().await;
        let delay = Duration::from_secs(8);
        let lock = consul.lock_with("sdk-lock-lost/one", &long().with_lock_delay(delay));
        let mut lease = lock.acquire().await.unwrap();
        assert_eq!(timeout(Duration::from_secs(1), lease.lost()).await.ok(), None);
        let session = lease.session().to_owned();
        let destroy = async {
            sleep(Duration::from_millis(300)).await;
            let begun = Instant::now();
            consul.sessions().destroy(&session).await.unwrap();
            begun
        };
        let (kept, destroyed) = tokio::join!(lease.hold(std::future::pending::<()>()), destroy);
        assert_eq!(kept, Err(Lost::Taken));
        assert!(destroyed.elapsed() < TOLD, "{:?}", destroyed.elapsed());
        // Nothing renews it any more.
        assert!(!lives(&consul, &session).await);
        assert!(lock.try_acquire().await.unwrap().is_none());
        let next = lock.acquire().await.unwrap();
        assert!(destroyed.elapsed() > delay, "{:?}", destroyed.elapsed());
        next.release().await.unwrap();

        // A key that is deleted, or written by somebody else with a session of their own.
        let mut lease = lock.acquire().await.unwrap();
        consul.kv().delete("sdk-lock-lost/one").await.unwrap();
        assert_eq!(timeout(TOLD, lease.lost()).await, Ok(Lost::Taken));
        lease.release().await.unwrap();
        consul.kv().delete_tree("sdk-lock-lost/").await.unwrap();
    });
}

#[test]
fn peer_a_lock_is_renewed_for_as_long_as_it_is_kept() {
    stack::run(async {
        let (_, consul) = shared().await;
        let lock = consul.lock_with("sdk-lock-renewed", &short());
        let mut lease = lock.acquire().await.unwrap();
        // Beyond twice its time to live, after which the server would have ended it.
        let work = async {
            sleep(Duration::from_secs(24)).await;
            lock.holder().await.unwrap().unwrap().session
        };
        assert_eq!(lease.hold(work).await.unwrap().as_deref(), Some(lease.session()));
        lease.release().await.unwrap();
        assert!(lock.remove().await.unwrap().is_applied());
    });
}

#[test]
fn what_nobody_keeps_ends_by_itself() {
    stack::run(async {
        let (_, consul) = shared().await;
        let lock = consul.lock_with("sdk-lock-dropped", &short());
        let lease = lock.acquire().await.unwrap();
        let (session, fence) = (lease.session().to_owned(), lease.fence());
        drop(lease);
        let next = timeout(Duration::from_secs(120), lock.acquire()).await.unwrap().unwrap();
        assert!(next.fence() > fence && !lives(&consul, &session).await);
        next.release().await.unwrap();
        assert!(lock.remove().await.unwrap().is_applied());
    });
}

#[test]
fn a_restart_of_the_server_is_no_loss() {
    stack::run(async {
        let mut cluster = Cluster::start(1).await;
        let consul = cluster.client(0);
        let lock = consul.lock_with("sdk/restart", &short().with_ttl(Duration::from_secs(40)));
        let slots = consul.semaphore_with("sdk/slots", 2, &short().with_ttl(Duration::from_secs(40)));
        let (mut lease, mut slot) = (lock.acquire().await.unwrap(), slots.acquire().await.unwrap());
        let session = lease.session().to_owned();
        let restart = async {
            sleep(Duration::from_millis(500)).await;
            cluster.kill(0).await;
            sleep(Duration::from_secs(1)).await;
            cluster.restart(0).await;
            cluster.led().await;
            sleep(Duration::from_secs(25)).await;
        };
        let kept = Box::pin(lease.hold(async { slot.hold(restart).await })).await;
        assert_eq!(kept, Ok(Ok(())));
        assert_eq!(lock.holder().await.unwrap().unwrap().session, Some(session.clone()));
        assert_eq!(slots.held().await.unwrap(), 1);

        // Destroyed, it is told at once still.
        let destroyed = Instant::now();
        consul.sessions().destroy(&session).await.unwrap();
        assert_eq!(lease.lost().await, Lost::Taken);
        assert!(destroyed.elapsed() < TOLD, "{:?}", destroyed.elapsed());
        slot.release().await.unwrap();
        // And a server that stays away is told at the end of the time to live.
        let mut lease = consul.lock_with("sdk/away", &short()).acquire().await.unwrap();
        let begun = Instant::now();
        cluster.kill(0).await;
        assert_eq!(lease.lost().await, Lost::Ended);
        let told = begun.elapsed();
        assert!(told > Duration::from_secs(2) && told < SOON, "{told:?}");
        cluster.stop().await;
    });
}

#[test]
fn the_end_of_the_leader_is_no_loss() {
    stack::run(async {
        let mut cluster = Cluster::start(3).await;
        let leader = cluster.leader().await;
        let consul = cluster.client((leader + 1) % 3);
        let options = short().with_ttl(Duration::from_secs(40));
        let election = consul.election_with("sdk/leader", &options);
        let mut lease = election.campaign().await.unwrap();
        let rival = cluster.client((leader + 2) % 3).election_with("sdk/leader", &options);
        let fail_over = async {
            // Without a session the rival has nothing to wait with.
            until("the rival waits", SOON, async || {
                let sessions = cluster.client((leader + 1) % 3).sessions().list().await.ok()?;
                (sessions.len() == 2).then_some(())
            })
            .await;
            cluster.kill(leader).await;
            assert_ne!(cluster.leader().await, leader);
            cluster.led().await;
            sleep(Duration::from_secs(22)).await;
            assert_eq!(rival.leader().await.unwrap().unwrap().value, "me");
        };
        let mut waiting = Box::pin(rival.campaign());
        let kept = lease.hold(async {
            tokio::select! {
                () = fail_over => None,
                ended = &mut waiting => Some(ended.map(|lease| lease.fence())),
            }
        });
        let ended = Box::pin(kept).await.unwrap();
        assert!(ended.is_none(), "{ended:?}");
        // The rival has waited through all of it, and takes over.
        let fence = lease.fence();
        let (released, next) = tokio::join!(lease.release(), timeout(SOON, waiting));
        released.unwrap();
        let next = next.unwrap().unwrap();
        assert!(next.fence() > fence);
        next.release().await.unwrap();
        cluster.stop().await;
    });
}

#[test]
fn of_many_candidates_exactly_one_leads() {
    stack::run(async {
        const CANDIDATES: usize = 5;
        const TERMS: usize = 4;
        let (_, consul) = shared().await;
        let leading = Arc::new(AtomicUsize::new(0));
        let candidate = |number: usize| {
            let options = short().with_lock_delay(Duration::ZERO).with_value(number.to_string());
            let (election, leading) = (consul.election_with("sdk-election", &options), Arc::clone(&leading));
            async move {
                let mut fences = Vec::new();
                for _ in 0..TERMS {
                    let mut lease = election.campaign().await.unwrap();
                    let term = async {
                        assert_eq!(leading.fetch_add(1, Ordering::SeqCst), 0, "two lead at a time");
                        assert_eq!(election.leader().await.unwrap().unwrap().value, number.to_string());
                        sleep(Duration::from_millis(50)).await;
                        assert_eq!(leading.fetch_sub(1, Ordering::SeqCst), 1);
                    };
                    lease.hold(term).await.unwrap();
                    fences.push(lease.fence());
                    lease.release().await.unwrap();
                }
                fences
            }
        };
        let mut seen = consul.election("sdk-election").watch();
        assert_eq!(seen.next().await.unwrap().unwrap().value, None);
        let mut all = futures_util::future::join_all((0..CANDIDATES).map(candidate));
        // It does not see each of them: the watch keeps to a rate.
        let mut watched = Vec::new();
        let fences = loop {
            tokio::select! {
                fences = &mut all => break fences,
                leader = seen.next() => watched.extend(leader.unwrap().unwrap().value),
            }
        };
        assert!(!watched.is_empty());
        let mut fences = fences.concat();
        fences.sort_unstable();
        fences.dedup();
        assert_eq!(fences.len(), CANDIDATES * TERMS);
        assert!(watched.windows(2).all(|pair| pair[0].fence < pair[1].fence), "{watched:?}");
        assert!(watched.iter().all(|leader| fences.contains(&leader.fence)));
        assert!(consul.lock("sdk-election").remove().await.unwrap().is_applied());
    });
}

#[test]
fn a_semaphore_has_so_many_slots() {
    stack::run(async {
        let (_, consul) = shared().await;
        let options = short().with_lock_delay(Duration::ZERO);
        let semaphore = consul.semaphore_with("sdk-semaphore/", 2, &options.with_ttl(TOLD * 6));
        assert_eq!(semaphore.held().await.unwrap(), 0);
        let mut first = semaphore.acquire().await.unwrap();
        let second = semaphore.acquire().await.unwrap();
        assert_eq!(semaphore.held().await.unwrap(), 2);
        assert!(second.fence() > first.fence() && !semaphore.remove().await.unwrap().is_applied());
        assert!(semaphore.acquire_within(Duration::from_millis(500)).await.unwrap().is_none());
        let other = consul.semaphore("sdk-semaphore", 3).acquire().await.unwrap_err();
        assert!(matches!(other, LockError::OtherLimit { ours: 3, theirs: 2 }), "{other:?}");
        assert_eq!(first.hold(async { 7 }).await, Ok(7));

        let session = second.session().to_owned();
        let (third, released) = tokio::join!(semaphore.acquire(), second.release());
        released.unwrap();
        let mut third = third.unwrap();
        assert!(!lives(&consul, &session).await);
        // A slot whose session is gone is free, and its holder is told.
        let destroyed = Instant::now();
        consul.sessions().destroy(third.session()).await.unwrap();
        assert_eq!(third.lost().await, Lost::Taken);
        assert!(destroyed.elapsed() < TOLD, "{:?}", destroyed.elapsed());
        assert_eq!(semaphore.held().await.unwrap(), 1);
        assert!(first.lost().now_or_never().is_none());
        first.release().await.unwrap();
        assert_eq!(consul.kv().keys("sdk-semaphore/").await.unwrap(), ["sdk-semaphore/.lock"]);
        assert!(semaphore.remove().await.unwrap().is_applied());
        assert!(consul.kv().keys("sdk-semaphore").await.unwrap().is_empty());
    });
}

#[test]
fn a_contested_semaphore_never_has_more_holders_than_slots() {
    stack::run(async {
        let (_, consul) = shared().await;
        let semaphore = consul.semaphore_with("sdk-semaphore-many", 2, &short());
        let (inside, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let holder = || async {
            for _ in 0..2 {
                let mut lease = semaphore.acquire().await.unwrap();
                let work = async {
                    let now = inside.fetch_add(1, Ordering::SeqCst) + 1;
                    most.fetch_max(now, Ordering::SeqCst);
                    sleep(Duration::from_millis(300)).await;
                    inside.fetch_sub(1, Ordering::SeqCst);
                };
                lease.hold(work).await.unwrap();
                lease.release().await.unwrap();
            }
        };
        futures_util::future::join_all((0..4).map(|_| holder())).await;
        assert_eq!(most.load(Ordering::SeqCst), 2);
        assert!(semaphore.remove().await.unwrap().is_applied());
    });
}

#[test]
fn the_official_command_line_and_this_client_exclude_each_other() {
    stack::run(async {
        let cluster = Cluster::start(1).await;
        let consul = cluster.client(0);
        for slots in [1, 2] {
            let prefix = format!("sdk/official-{slots}");
            let n = format!("-n={slots}");
            let (lock, semaphore) = (consul.lock(format!("{prefix}/.lock")), consul.semaphore(&prefix, slots));
            let mut ours = Vec::new();
            for _ in 0..slots {
                ours.push(if slots == 1 { lock.acquire().await } else { semaphore.acquire().await }.unwrap());
            }
            let flags = consul.kv().read(&format!("{prefix}/.lock")).await.unwrap().unwrap().flags;
            assert_eq!(flags, if slots == 1 { LOCK_FLAGS } else { SEMAPHORE_FLAGS });
            let attempt = ["lock", n.as_str(), "-timeout=1s", prefix.as_str(), "true"];
            let refused = cluster.official(0, &attempt).await.output().await.unwrap();
            assert!(!refused.status.success(), "{refused:?}");
            ours.pop().unwrap().release().await.unwrap();
            let taken = cluster.official(0, &attempt).await.output().await.unwrap();
            assert!(taken.status.success(), "{taken:?}");
            for lease in ours {
                lease.release().await.unwrap();
            }

            let holding = ["lock", n.as_str(), "-pass-stdin", prefix.as_str(), "cat"];
            let mut children = Vec::new();
            for _ in 0..slots {
                let mut command = cluster.official(0, &holding).await;
                children.push(command.stdin(Stdio::piped()).spawn().unwrap());
            }
            let is_full = async || {
                let full = match slots {
                    1 => lock.holder().await.unwrap().is_some(),
                    slots => semaphore.held().await.unwrap() as u64 == slots,
                };
                full.then_some(())
            };
            until("the official command line holds it", SOON, is_full).await;
            let patience = Duration::from_millis(500);
            let ours =
                if slots == 1 { lock.acquire_within(patience).await } else { semaphore.acquire_within(patience).await };
            assert!(ours.unwrap().is_none());
            for mut child in children {
                drop(child.stdin.take());
                assert!(child.wait().await.unwrap().success());
            }
            let ours = if slots == 1 { lock.acquire().await } else { semaphore.acquire().await };
            ours.unwrap().release().await.unwrap();
        }
        cluster.stop().await;
    });
}
