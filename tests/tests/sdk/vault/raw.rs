//! Any path.

use serde_json::json;
use tests::stack;

use super::{client, denied, missing, mount, powerless, unmount};

const MOUNT: &str = "sdk-raw";

#[test]
fn any_path_is_written_read_listed_and_deleted() {
    stack::run(async {
        let vault = client().await;
        let raw = vault.raw();
        mount(&vault, MOUNT, "kv").await;
        assert!(raw.read("sdk-raw/a").await.unwrap().is_none());
        assert!(raw.list("sdk-raw").await.unwrap().is_empty());
        assert!(raw.list_with_info("sdk-raw").await.unwrap().is_none());
        assert!(raw.write("sdk-raw/a", &json!({ "n": 1 })).await.unwrap().is_none());
        assert!(raw.write("sdk-raw/folder/b", &json!({ "n": 2 })).await.unwrap().is_none());
        let read = raw.read("sdk-raw/a").await.unwrap().unwrap();
        assert_eq!(read.data(), Some(&json!({ "n": 1 })));
        assert_eq!(read.into_body()["data"]["n"], 1);
        assert_eq!(raw.list("sdk-raw").await.unwrap(), ["a", "folder/"]);
        let info = raw.list_with_info("sdk-raw/folder").await.unwrap().unwrap();
        assert_eq!(info.body()["data"]["keys"], json!(["b"]));
        let hash = raw.write("sys/tools/hash", &json!({ "input": "YQ==" })).await.unwrap().unwrap();
        assert_eq!(hash.data().unwrap()["sum"].as_str().unwrap().len(), 64);

        let weak = powerless(&vault).await;
        denied(weak.raw().read("sdk-raw/a").await);
        denied(weak.raw().list("sdk-raw").await);
        denied(weak.raw().write("sdk-raw/a", &json!({})).await);
        denied(weak.raw().delete("sdk-raw/a").await);
        weak.token().revoke_self().await.unwrap();
        missing(raw.list("sdk-nowhere").await);

        assert!(raw.delete("sdk-raw/a").await.unwrap().is_none());
        assert!(raw.delete("sdk-raw/a").await.unwrap().is_none());
        assert!(raw.read("sdk-raw/a").await.unwrap().is_none());
        unmount(&vault, MOUNT).await;
    });
}
