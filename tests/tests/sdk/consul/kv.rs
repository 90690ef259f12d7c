//! The key/value store and the sessions that lock its keys.

use std::time::Duration;

use consul_client::health::ServiceOptions;
use consul_client::kv::{Cas, KeysOptions, PutOptions};
use consul_client::session::{Behavior, NewSession};
use consul_client::watch::Change;
use consul_client::{CacheControl, Consistency, Index, ReadOptions, Reason, catalog};
use futures_util::StreamExt as _;
use lattice_deploy::servers::Product;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use tests::stack;

use super::{Granted, NOWHERE, SOON, assert_denied, assert_refused_here, assert_unknown_token, shared};

#[test]
fn keys_are_written_read_listed_and_deleted() {
    stack::run(async {
        let (_, consul) = shared().await;
        let kv = consul.kv();
        assert_eq!(kv.read("sdk-kv/a").await.unwrap(), None);
        assert_eq!(kv.list("sdk-kv/").await.unwrap(), []);
        assert!(kv.keys("sdk-kv/").await.unwrap().is_empty());
        kv.delete("sdk-kv/a").await.unwrap();

        let bytes: Vec<u8> = (0..=255).collect();
        kv.put("sdk-kv/a", bytes.clone()).await.unwrap();
        assert!(kv.put_with("sdk-kv/b c/ü%?", "", &PutOptions::new().with_flags(u64::MAX)).await.unwrap().is_applied());
        let pair = kv.read("sdk-kv/a").await.unwrap().unwrap();
        assert_eq!((pair.key.as_str(), &pair.value[..], pair.flags), ("sdk-kv/a", &bytes[..], 0));
        assert!(pair.session.is_none() && pair.create_index == pair.modify_index && pair.create_index.0 > 0);
        let pair = kv.read("sdk-kv/b c/ü%?").await.unwrap().unwrap();
        assert_eq!((pair.value.len(), pair.flags), (0, u64::MAX));
        assert_eq!(kv.keys("sdk-kv/").await.unwrap(), ["sdk-kv/a", "sdk-kv/b c/ü%?"]);
        let listed = kv.list("sdk-kv/b").await.unwrap();
        assert_eq!(listed, [pair]);

        kv.delete("sdk-kv/a").await.unwrap();
        assert_eq!(kv.read("sdk-kv/a").await.unwrap(), None);
        kv.delete_tree("sdk-kv/").await.unwrap();
        assert!(kv.keys("sdk-kv/").await.unwrap().is_empty());
        assert_refused_here(kv.delete_tree("").await);
        assert_refused_here(kv.put("sdk-kv//a", "").await);
        assert_refused_here(kv.put("sdk-kv/%2e%2e/a", "").await);
    });
}

/// Keys made of what breaks in URLs and of all kinds of letters. What its version of Go does not call printable, the
/// server refuses with a bare 400.
fn any_key() -> impl Strategy<Value = String> {
    let segment = prop_oneof![
        "[a-z.?#%&=+ü ]{1,8}",
        "%2F|%3f|a%20|\\.\\.\\.|%",
        "[a-zà-ÿα-ωа-я一-龥😀-😏\"'<>|^`{}~:;,@!$*()\\[\\]]{1,6}"
    ];
    prop::collection::vec(segment, 1..4).prop_map(|segments| segments.join("/"))
}

#[test]
fn t28_t29_any_key_and_any_bytes_survive_the_way_there_and_back() {
    stack::run(async {
        let (_, consul) = shared().await;
        let kv = consul.kv();
        let mut runner = TestRunner::deterministic();
        let pairs = (any_key(), prop::collection::vec(any::<u8>(), 0..64), any::<u64>());
        let (mut written, mut refused) = (std::collections::BTreeMap::new(), 0);
        while written.len() < 80 {
            let (key, value, flags) = pairs.new_tree(&mut runner).unwrap().current();
            let key = format!("sdk-kv-any/{key}");
            match kv.put_with(&key, value.clone(), &PutOptions::new().with_flags(flags)).await {
                Ok(outcome) => {
                    assert!(outcome.is_applied());
                    let pair = kv.read(&key).await.unwrap().unwrap();
                    assert_eq!((&pair.key, &pair.value[..], pair.flags), (&key, &value[..], flags));
                    assert_eq!(kv.read_raw(&key).await.unwrap().unwrap(), value, "{key:?}");
                    written.insert(key, value);
                }
                // Never a server that says 500, and never another key.
                refusal => {
                    assert_refused_here(refusal);
                    refused += 1;
                }
            }
        }
        assert!(refused > 0);
        let listed = kv.list("sdk-kv-any/").await.unwrap();
        let listed: std::collections::BTreeMap<_, _> =
            listed.into_iter().map(|pair| (pair.key, pair.value.to_vec())).collect();
        assert_eq!(listed, written);
        for key in written.keys() {
            kv.delete(key).await.unwrap();
            assert_eq!(kv.read(key).await.unwrap(), None, "{key:?}");
        }
        assert!(kv.keys("sdk-kv-any/").await.unwrap().is_empty());
    });
}

#[test]
fn t28_the_server_refuses_what_is_refused_here() {
    stack::run(async {
        let (live, _) = shared().await;
        for path in ["%20a", "a%20", "sdk/%252e%252e/a", "sdk/a%20b%2541"] {
            let answer = live.send(Product::Consul, "PUT", &format!("kv/{path}"), "x").await;
            assert_eq!(answer.status, 500, "{path}: {answer:?}");
        }
    });
}

#[test]
fn peer_deleting_a_key_leaves_those_that_begin_like_it() {
    stack::run(async {
        let (live, consul) = shared().await;
        let kv = consul.kv();
        let write = async || {
            kv.put("sdk-kv-peer/a", "1").await.unwrap();
            kv.put("sdk-kv-peer/ab", "2").await.unwrap();
        };
        write().await;
        kv.delete("sdk-kv-peer/a").await.unwrap();
        assert_eq!(kv.keys("sdk-kv-peer/").await.unwrap(), ["sdk-kv-peer/ab"]);
        assert_eq!(kv.read("sdk-kv-peer/a").await.unwrap(), None);
        // What rs-consul sends for the same.
        write().await;
        let answer = live.send(Product::Consul, "DELETE", "kv/sdk-kv-peer/a?recurse=false", "").await;
        assert_eq!(answer.status, 200);
        assert!(kv.keys("sdk-kv-peer/").await.unwrap().is_empty());
    });
}

#[test]
fn keys_are_listed_by_folder_and_read_raw() {
    stack::run(async {
        let (_, consul) = shared().await;
        let kv = consul.kv();
        for key in ["sdk-kv-folder/a", "sdk-kv-folder/b/1", "sdk-kv-folder/b/2", "sdk-kv-folder/c/"] {
            kv.put(key, "").await.unwrap();
        }
        let folder = KeysOptions::new().with_separator("/");
        let keys = kv.keys_with("sdk-kv-folder/", &folder).await.unwrap();
        assert_eq!(keys.value, ["sdk-kv-folder/a", "sdk-kv-folder/b/", "sdk-kv-folder/c/"]);
        assert!(keys.meta.index.is_some());
        assert!(kv.keys_with("", &folder).await.unwrap().value.contains(&"sdk-kv-folder/".to_owned()));
        assert_eq!(kv.read_raw("sdk-kv-folder/c/").await.unwrap().unwrap(), "");
        let missing = kv.read_raw_with("sdk-kv-folder/c", &ReadOptions::new()).await.unwrap();
        assert!(missing.value.is_none() && missing.meta.index.is_some());
        // A text, not a folder.
        kv.delete_tree("sdk-kv-folder/b").await.unwrap();
        assert_eq!(kv.keys("sdk-kv-folder/").await.unwrap(), ["sdk-kv-folder/a", "sdk-kv-folder/c/"]);
        kv.delete_tree("sdk-kv-folder/").await.unwrap();
        let huge = kv.put("sdk-kv-folder/huge", vec![0; 512 * 1024 + 1]).await.unwrap_err();
        assert_eq!((huge.status(), huge.reason()), (Some(413), Some(&Reason::TooLarge)));
    });
}

#[test]
fn a_guard_that_does_not_hold_changes_nothing() {
    stack::run(async {
        let (_, consul) = shared().await;
        let (kv, key) = (consul.kv(), "sdk-kv-cas");
        let guarded = |cas| PutOptions::new().with_cas(cas);
        assert!(kv.put_with(key, "1", &guarded(Cas::Absent)).await.unwrap().is_applied());
        assert!(!kv.put_with(key, "2", &guarded(Cas::Absent)).await.unwrap().is_applied());
        let first = kv.read(key).await.unwrap().unwrap();
        assert_eq!(first.value, "1");
        assert!(kv.put_with(key, "3", &guarded(Cas::At(first.modify_index))).await.unwrap().is_applied());
        assert!(!kv.put_with(key, "4", &guarded(Cas::At(first.modify_index))).await.unwrap().is_applied());
        let second = kv.read(key).await.unwrap().unwrap();
        assert_eq!(second.value, "3");
        assert!(second.modify_index > first.modify_index && second.create_index == first.create_index);

        assert!(!kv.delete_at(key, first.modify_index).await.unwrap().is_applied());
        assert_eq!(kv.read(key).await.unwrap(), Some(second.clone()));
        assert!(kv.delete_at(key, second.modify_index).await.unwrap().is_applied());
        assert_eq!(kv.read(key).await.unwrap(), None);
    });
}

#[test]
fn a_blocking_read_sees_the_change_it_waited_for() {
    stack::run(async {
        let (_, consul) = shared().await;
        let kv = consul.kv();
        let missing = kv.read_with("sdk-kv-wait/a", &ReadOptions::new()).await.unwrap();
        assert_eq!(missing.value, None);
        // Other keys' changes end the wait for one that does not exist, too.
        let read = async {
            let mut seen = missing.clone();
            while seen.value.is_none() {
                let waiting = ReadOptions::new().waiting(seen.meta.index.unwrap(), SOON);
                seen = kv.read_with("sdk-kv-wait/a", &waiting).await.unwrap();
            }
            seen
        };
        let write = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            kv.put("sdk-kv-wait/a", "now").await.unwrap();
        };
        let (seen, ()) = tokio::join!(read, write);
        let pair = seen.value.unwrap();
        assert_eq!(pair.value, "now");
        assert!(seen.meta.index >= Some(pair.modify_index) && seen.meta.index > missing.meta.index);

        for consistency in [Consistency::Consistent, Consistency::Stale, Consistency::Leader, Consistency::Default] {
            let options = ReadOptions::new().with_consistency(consistency);
            let answer = kv.list_with("sdk-kv-wait/", &options).await.unwrap();
            assert_eq!(answer.value, std::slice::from_ref(&pair), "{consistency:?}");
            assert_eq!(answer.meta.known_leader, Some(true));
        }
        // Nothing happens: the answer comes when the wait is over, and before the deadline of the call.
        let idle = ReadOptions::new().waiting(pair.modify_index, Duration::from_millis(200));
        assert_eq!(kv.list_with("sdk-kv-wait/", &idle).await.unwrap().value, [pair]);
        let hurried =
            ReadOptions::new().waiting(Index(u64::from(u32::MAX)), SOON).with_timeout(Duration::from_millis(1));
        assert!(kv.read_with("sdk-kv-wait/a", &hurried).await.unwrap_err().is_timeout());
        kv.delete_tree("sdk-kv-wait/").await.unwrap();
    });
}

#[test]
fn a_token_sees_and_changes_only_its_own_keys() {
    stack::run(async {
        let (_, consul) = shared().await;
        let (kv, key) = (consul.kv(), "sdk-kv-denied/a");
        kv.put(key, "x").await.unwrap();
        let nobody = Granted::powerless(&consul, "sdk-kv-nobody").await;
        let denied = nobody.client.kv();
        assert_denied(denied.read(key).await);
        assert_denied(denied.put(key, "y").await);
        assert_denied(denied.put_with(key, "y", &PutOptions::new().with_cas(Cas::Absent)).await);
        assert_denied(denied.delete(key).await);
        assert_denied(denied.delete_at(key, Index(1)).await);
        assert_denied(denied.delete_tree("sdk-kv-denied/").await);
        assert_denied(consul.anonymous().kv().read(key).await);
        assert_unknown_token(super::stranger(&consul).kv().read(key).await);
        // Lists leave out what the token may not see, and say so.
        let hidden = denied.list_with("sdk-kv-denied/", &ReadOptions::new()).await.unwrap();
        assert_eq!((hidden.value.len(), hidden.meta.filtered_by_acls), (0, Some(true)));
        assert!(denied.keys("sdk-kv-denied/").await.unwrap().is_empty());
        nobody.revoke(&consul).await;

        let rules = "key_prefix \"sdk-kv-denied/\" { policy = \"read\" }";
        let reader = Granted::new(&consul, "sdk-kv-reader", rules).await;
        let reads = reader.client.kv();
        assert_eq!(reads.read(key).await.unwrap().unwrap().value, "x");
        assert_eq!(reads.keys("sdk-kv-denied/").await.unwrap(), [key]);
        assert_denied(reads.put(key, "y").await);
        reader.revoke(&consul).await;
        assert_eq!(kv.read(key).await.unwrap().unwrap().value, "x");
        kv.delete(key).await.unwrap();
    });
}

#[test]
fn a_session_locks_a_key_until_it_ends() {
    stack::run(async {
        let (_, consul) = shared().await;
        let (kv, sessions, key) = (consul.kv(), consul.sessions(), "sdk-session/lock");
        let mut new = NewSession::default();
        new.name = Some("sdk-session".to_owned());
        new.behavior = Some(Behavior::Delete);
        new.ttl = Some(Duration::from_secs(3600));
        new.lock_delay = Some(Duration::from_secs(1));
        let owner = sessions.create(&new).await.unwrap();
        let other = sessions.create(&NewSession::default()).await.unwrap();
        let session = sessions.read(&owner).await.unwrap().unwrap();
        assert_eq!((session.id.as_str(), session.name.as_str()), (owner.as_str(), "sdk-session"));
        assert_eq!((session.ttl, session.lock_delay), (new.ttl, new.lock_delay));
        assert_eq!(session.node, consul.agent().read().await.unwrap().config.node_name);
        assert_eq!(sessions.renew(&owner).await.unwrap(), Some(session));

        let acquire = |id: &str| PutOptions::new().acquiring(id);
        assert!(kv.put_with(key, "mine", &acquire(&owner)).await.unwrap().is_applied());
        assert!(!kv.put_with(key, "theirs", &acquire(&other)).await.unwrap().is_applied());
        let pair = kv.read(key).await.unwrap().unwrap();
        assert_eq!((pair.value.as_ref(), pair.session.as_ref(), pair.lock_index), (&b"mine"[..], Some(&owner), 1));
        assert!(kv.put_with(key, "free", &PutOptions::new().releasing(&owner)).await.unwrap().is_applied());
        assert_eq!(kv.read(key).await.unwrap().unwrap().session, None);
        assert!(kv.put_with(key, "again", &acquire(&owner)).await.unwrap().is_applied());
        let unknown = kv.put_with(key, "never", &acquire(NOWHERE)).await.unwrap_err();
        assert!(!unknown.is_denied() && unknown.status() == Some(500), "{unknown:?}");
        let both = acquire(&owner).with_cas(Cas::Absent);
        assert_refused_here(kv.put_with(key, "never", &both).await);

        let nobody = Granted::powerless(&consul, "sdk-session-nobody").await;
        let denied = nobody.client.sessions();
        assert_denied(denied.create(&NewSession::default()).await);
        assert_denied(denied.renew(&owner).await);
        assert_denied(denied.destroy(&owner).await);
        nobody.revoke(&consul).await;

        // The session takes its key along.
        sessions.destroy(&owner).await.unwrap();
        assert_eq!(kv.read(key).await.unwrap(), None);
        assert_eq!(sessions.read(&owner).await.unwrap(), None);
        assert_eq!(sessions.renew(&owner).await.unwrap(), None);
        sessions.destroy(&owner).await.unwrap();
        sessions.destroy(&other).await.unwrap();
    });
}

#[test]
fn a_key_and_a_prefix_are_watched() {
    stack::run(async {
        let (_, consul) = shared().await;
        let kv = consul.kv();
        let mut watch = kv.watch("sdk-watch/a", &ReadOptions::new());
        let absent = watch.next().await.unwrap().unwrap();
        assert!(absent.value.is_none() && absent.meta.index.is_some(), "a missing key has an index to wait on");
        let mut view = kv.watch_list("sdk-watch/", &ReadOptions::new()).keyed(|pair| pair.key.clone());
        assert!(view.next().await.unwrap().unwrap().changes.is_empty());
        let writes = async {
            kv.put("sdk-watch/a", "1").await.unwrap();
            kv.put("sdk-watch/other", "x").await.unwrap();
        };
        let (seen, ()) = tokio::join!(watch.next(), writes);
        let pair = seen.unwrap().unwrap().value.unwrap();
        assert_eq!(&pair.value[..], b"1");
        while view.current().len() < 2 {
            view.next().await.unwrap().unwrap();
        }
        let (gone, ()) = tokio::join!(watch.next(), async { kv.delete("sdk-watch/a").await.unwrap() });
        assert!(gone.unwrap().unwrap().value.is_none());
        let removed = view.next().await.unwrap().unwrap().changes;
        assert!(matches!(&removed[..], [Change::Removed { key, .. }] if key == "sdk-watch/a"), "{removed:?}");
        kv.delete_tree("sdk-watch/").await.unwrap();

        let mut services = consul.health().watch_service("consul", &ServiceOptions::new());
        assert!(!services.next().await.unwrap().unwrap().value.is_empty());
        assert!(
            !consul.catalog().watch_nodes(&catalog::ListOptions::new()).next().await.unwrap().unwrap().value.is_empty()
        );
        let handle = consul.catalog();
        let services = handle.watch_services(&catalog::ListOptions::new()).next().await.unwrap().unwrap().value;
        assert!(services.contains_key("consul"));
        let one = handle.watch_service("consul", &catalog::ServiceOptions::new()).next().await.unwrap().unwrap();
        assert_eq!(one.value[0].service_name, "consul");

        let raw = consul.raw();
        assert_eq!(raw.read("status/leader").await.unwrap().as_str().map(str::is_empty), Some(false));
        let snapshot: Vec<_> = raw.stream("snapshot").await.unwrap().collect().await;
        let pieces: Vec<bytes::Bytes> = snapshot.into_iter().map(Result::unwrap).collect();
        assert!(pieces[0].starts_with(&[0x1f, 0x8b]), "gzip");
        let cached =
            CacheControl::new().with_max_age(Duration::from_secs(60)).with_stale_if_error(Duration::from_secs(9));
        for mode in [Consistency::Cached(cached), Consistency::MaxStale(Duration::from_secs(9)), Consistency::Leader] {
            let options = ServiceOptions::new().with_read(ReadOptions::new().with_consistency(mode));
            let answer = consul.health().service_with("consul", &options).await.unwrap();
            assert_eq!(answer.meta.cache_hit.is_some(), matches!(mode, Consistency::Cached(_)), "{:?}", answer.meta);
        }
    });
}
