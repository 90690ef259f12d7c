//! The KV engine, version 1.

use std::time::Duration;

use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tests::stack;
use vault_client::Reason;
use vault_client::kv2::Fields;

use super::{HOUR, client, denied, missing, mount, powerless, unmount, wrong};

const MOUNT: &str = "sdk-kv1";

#[test]
fn secrets_are_written_listed_and_removed() {
    stack::run(async {
        let vault = client().await;
        mount(&vault, MOUNT, "kv").await;
        let kv = vault.kv1(MOUNT);
        assert!(kv.list("").await.unwrap().is_empty());
        assert!(kv.read::<Fields>("app/db").await.unwrap().is_none());
        kv.put("app/db", &Fields::from([("password", "p1"), ("ttl", "1h")])).await.unwrap();
        kv.put("top", &json!({ "n": 1, "list": ["a"] })).await.unwrap();
        wrong(kv.put("app/empty", &json!({})).await);
        assert_eq!(kv.list("").await.unwrap(), ["app/", "top"]);
        assert_eq!(kv.list("app").await.unwrap(), ["db"]);

        let read = kv.read::<Fields>("app/db").await.unwrap().unwrap();
        assert_eq!((read.data.get("password").unwrap().expose_secret(), read.refresh), ("p1", HOUR));
        let read = kv.read::<Value>("top").await.unwrap().unwrap();
        assert_eq!(read.data, json!({ "n": 1, "list": ["a"] }));
        assert!(read.refresh > Duration::ZERO && !format!("{read:?}").contains("list"), "{read:?}");
        kv.put("app/db", &Fields::from([("password", "p2")])).await.unwrap();
        assert_eq!(kv.read::<Fields>("app/db").await.unwrap().unwrap().data.len(), 1);

        let weak = powerless(&vault).await;
        denied(weak.kv1(MOUNT).read::<Value>("top").await);
        denied(weak.kv1(MOUNT).list("").await);
        denied(weak.kv1(MOUNT).put("top", &json!({ "n": 2 })).await);
        denied(weak.kv1(MOUNT).delete("top").await);
        weak.token().revoke_self().await.unwrap();

        for _ in 0..2 {
            kv.delete("app/db").await.unwrap();
        }
        assert!(kv.read::<Value>("app/db").await.unwrap().is_none());
        assert!(kv.list("app").await.unwrap().is_empty());
        unmount(&vault, MOUNT).await;
        missing(kv.list("").await);
    });
}

#[test]
fn t03_the_other_version_of_the_engine_is_named() {
    stack::run(async {
        let vault = client().await;
        let kv = vault.kv1("secret");
        for error in
            [kv.read::<Value>("sdk-none").await.unwrap_err(), kv.put("sdk-none", &json!({ "a": 1 })).await.unwrap_err()]
        {
            assert_eq!((error.status(), error.reason()), (Some(404), Some(&Reason::Unsupported)), "{error}");
            assert!(error.to_string().contains("versioned K/V"), "{error}");
        }
    });
}
