//! Locks under a simulated clock: a server that lends one lock, and its holders.

use std::cell::{Cell, RefCell};
use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

use proptest::prelude::*;
use tokio::time::{Instant, sleep};

use super::{Lease, guard};
use crate::error::Result;
use crate::reason::Reason;
use crate::said;
use crate::transport::Request;

const TTL: Duration = Duration::from_secs(15);

fn error(reason: Reason) -> crate::Error {
    said::with_reason(&Request::put("/v1/var/*path", ["a"]).unwrap(), String::new(), reason)
}

/// Lends one lock, as the server does: the holder has it until its TTL is over.
#[derive(Default)]
struct Server {
    holder: Cell<Option<(u32, Instant)>>,
    renewals: RefCell<Vec<Instant>>,
    cut_off: Cell<bool>,
    latency: Cell<Duration>,
}

impl Server {
    fn acquire(&self, who: u32) -> bool {
        let free = self.holder.get().is_none_or(|(_, until)| until <= Instant::now());
        if free {
            self.holder.set(Some((who, Instant::now() + TTL)));
        }
        free
    }

    async fn renew(&self, who: u32) -> Result<Option<Duration>> {
        sleep(self.latency.get()).await;
        if self.cut_off.get() {
            return Err(error(Reason::NoLeader));
        }
        match self.holder.get() {
            Some((holder, until)) if holder == who && until > Instant::now() => {
                self.holder.set(Some((who, Instant::now() + TTL)));
                self.renewals.borrow_mut().push(Instant::now());
                sleep(self.latency.get()).await;
                Ok(Some(TTL))
            }
            _ => Err(error(Reason::Conflict)),
        }
    }
}

/// Work that never ends, and tells when it is dropped.
struct Work(Rc<Cell<Option<Instant>>>);

impl Drop for Work {
    fn drop(&mut self) {
        self.0.set(Some(Instant::now()));
    }
}

fn simulated(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(test);
}

#[test]
fn t27_a_lock_is_renewed_in_its_first_half() {
    simulated(async {
        let server = Server::default();
        assert!(server.acquire(1));
        let begun = Instant::now();
        let mut lease = Lease::new(begun, TTL);
        let done = guard(&mut lease, || server.renew(1), sleep(Duration::from_secs(60))).await;
        assert!(done.is_ok());
        let mut before = begun;
        for renewal in server.renewals.take() {
            assert!(renewal - before <= TTL / 2, "{:?}", renewal - before);
            before = renewal;
        }
        assert!(begun.elapsed() == Duration::from_secs(60) && before - begun > Duration::from_secs(45));
    });
}

#[test]
fn peer_work_ends_before_a_second_holder_begins() {
    simulated(async {
        let server = Server::default();
        assert!(server.acquire(1));
        let dropped = Rc::new(Cell::new(None));
        let work = Work(Rc::clone(&dropped));
        let mut lease = Lease::new(Instant::now(), TTL);
        server.cut_off.set(true);
        let holder = async {
            let work = async move {
                let _work = work;
                pending::<()>().await;
            };
            let (certain, cause) = guard(&mut lease, || server.renew(1), work).await.unwrap_err();
            assert!(!certain && cause.is_some_and(|cause| cause.is_no_leader()));
        };
        let contender = async {
            while !server.acquire(2) {
                sleep(Duration::from_millis(10)).await;
            }
            Instant::now()
        };
        let ((), second) = tokio::join!(holder, contender);
        assert!(dropped.get().unwrap() < second, "{:?}", second - dropped.get().unwrap());
    });
}

#[test]
fn peer_a_conflict_at_a_renewal_drops_the_work_at_once() {
    simulated(async {
        let server = Server::default();
        assert!(server.acquire(1));
        let dropped = Rc::new(Cell::new(None));
        let work = Work(Rc::clone(&dropped));
        server.holder.set(Some((2, Instant::now() + TTL)));
        let begun = Instant::now();
        let mut lease = Lease::new(begun, TTL);
        let work = async move {
            let _work = work;
            pending::<()>().await;
        };
        let (certain, cause) = guard(&mut lease, || server.renew(1), work).await.unwrap_err();
        assert!(certain && cause.unwrap().is_conflict());
        assert_eq!(dropped.get().unwrap() - begun, TTL / 3);
    });
}

#[test]
fn a_short_outage_is_outlived() {
    simulated(async {
        let server = Server::default();
        assert!(server.acquire(1));
        let mut lease = Lease::new(Instant::now(), TTL);
        server.cut_off.set(true);
        let work = async {
            sleep(Duration::from_secs(9)).await;
            server.cut_off.set(false);
            sleep(Duration::from_secs(60)).await;
        };
        assert!(guard(&mut lease, || server.renew(1), work).await.is_ok());
    });
}

proptest! {
    /// Whatever happens to the network, no two do their work at the same time.
    #[test]
    fn work_never_overlaps(
        outages in prop::collection::vec((0_u64..40_000, 0_u64..30_000), 0..4),
        latency in 0_u64..4_000,
    ) {
        simulated(async {
            let server = Server::default();
            server.latency.set(Duration::from_millis(latency));
            let busy = Cell::new(None::<u32>);
            let outage = async {
                for (after, length) in &outages {
                    sleep(Duration::from_millis(*after)).await;
                    server.cut_off.set(true);
                    sleep(Duration::from_millis(*length)).await;
                    server.cut_off.set(false);
                }
            };
            let contender = |who: u32| {
                let (server, busy) = (&server, &busy);
                async move {
                    for _ in 0..5 {
                        let sent = Instant::now();
                        if !server.acquire(who) {
                            sleep(Duration::from_millis(700)).await;
                            continue;
                        }
                        let mut lease = Lease::new(sent, TTL);
                        let work = async {
                            assert_eq!(busy.replace(Some(who)), None);
                            let _end = Idle(busy);
                            sleep(Duration::from_secs(20)).await;
                        };
                        let _ = guard(&mut lease, || server.renew(who), work).await;
                    }
                }
            };
            tokio::join!(outage, contender(1), contender(2), contender(3));
        });
    }
}

/// Says that nobody works, when the work is dropped.
struct Idle<'a>(&'a Cell<Option<u32>>);

impl Drop for Idle<'_> {
    fn drop(&mut self) {
        self.0.set(None);
    }
}
