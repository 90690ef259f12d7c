//! Variables and their guards.

use std::time::Duration;

use nomad_client::ReadOptions;
use nomad_client::variables::{Cas, Variable};
use tests::stack;

use super::{Powerless, denied, shared};

fn variable(path: &str, value: &str) -> Variable {
    let mut variable = Variable::new(path);
    variable.items.insert("key", value);
    variable
}

#[test]
fn variables_are_written_read_listed_and_deleted() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let (variables, path) = (nomad.variables(), "sdk-variables/plain/a");
        let powerless = Powerless::new(&nomad, "sdk-variables").await;
        assert!(variables.read(path).await.unwrap().is_none());
        variables.delete(path).await.unwrap();
        let written = variables.put(&variable(path, "one")).await.unwrap();
        assert_eq!((written.path.as_str(), written.namespace.as_deref()), (path, Some("default")));
        assert!(written.create_time.is_some() && written.modify_index.0 > 0);
        let read = variables.read(path).await.unwrap().unwrap();
        assert_eq!((read.items.expose("key"), read.items.0.len()), (Some("one"), 1));
        assert_eq!((read.modify_index, read.modify_time), (written.modify_index, written.modify_time));

        variables.put(&variable("sdk-variables/plain/b", "two")).await.unwrap();
        let all = variables.list("sdk-variables/plain/").await.unwrap();
        let paths: Vec<&str> = all.iter().map(|stub| stub.path.as_str()).collect();
        assert_eq!(paths, [path, "sdk-variables/plain/b"]);
        assert_eq!(variables.list("sdk-variables/nothing").await.unwrap(), []);
        let page = ReadOptions::new().with_prefix("sdk-variables/plain/").with_page(1, None);
        let first = variables.list_with(&page).await.unwrap();
        assert_eq!(first.value, all[..1]);
        let index = first.meta.index.unwrap();
        let page = page.with_page(1, first.meta.next_token).waiting(index, Duration::from_millis(1));
        let second = variables.list_with(&page).await.unwrap();
        assert_eq!((second.value.as_slice(), second.meta.next_token), (&all[1..], None));

        denied(powerless.client.variables().read(path).await);
        denied(powerless.client.variables().put(&variable(path, "x")).await);
        denied(powerless.client.variables().delete(path).await);
        assert_eq!(nomad.anonymous().variables().list("sdk-variables/").await.unwrap(), []);
        for path in paths {
            variables.delete(path).await.unwrap();
        }
        assert_eq!(variables.list("sdk-variables/plain/").await.unwrap(), []);
        powerless.end(&nomad).await;
    });
}

#[test]
fn guarded_writes_tell_when_the_guard_does_not_hold() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let (variables, path) = (nomad.variables(), "sdk-variables/guarded");
        let first = variables.put_with(&variable(path, "one"), Cas::Absent).await.unwrap();
        let error = variables.put_with(&variable(path, "two"), Cas::Absent).await.unwrap_err();
        assert!(error.is_conflict() && !error.may_have_applied(), "{error:?}");
        let second = variables.put_with(&variable(path, "two"), Cas::At(first.modify_index)).await.unwrap();
        assert!(second.modify_index > first.modify_index);
        assert_eq!(second.create_index, first.create_index);
        for result in [
            variables.put_with(&variable(path, "three"), Cas::At(first.modify_index)).await.map(drop),
            variables.delete_with(path, Cas::At(first.modify_index)).await,
        ] {
            assert!(result.unwrap_err().is_conflict());
        }
        let read = variables.read(path).await.unwrap().unwrap();
        assert_eq!(read.items.expose("key"), Some("two"));
        variables.delete_with(path, Cas::At(second.modify_index)).await.unwrap();
        assert!(variables.read(path).await.unwrap().is_none());
    });
}
