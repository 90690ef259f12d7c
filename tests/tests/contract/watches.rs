//! Watches, over real connections; their rules are tested where they are written.

use futures_util::StreamExt as _;

use crate::raw::{Raw, Turn};
use crate::subject::MARKER;

/// An answer at this index.
fn at(header: &str, index: u64, json: &str) -> Turn {
    let length = json.len();
    let head = format!("HTTP/1.1 200 Word\r\ncontent-type: application/json\r\n{header}: {index}\r\n");
    Turn::Close(format!("{head}content-length: {length}\r\n\r\n{json}"))
}

async fn server(header: &str, json: &str) -> Raw {
    let history = [10, 12, 12, 3, 3];
    Raw::new(history.map(|index| at(header, index, json)).into_iter().chain([Turn::Hang])).await
}

/// The paths and queries that the history is asked for with.
fn expected(path: &str, own: &str, wait: &str) -> Vec<String> {
    let queries = ["", "index=10", "index=12", "index=12", "", "index=3"];
    let full = |index: &str| {
        let waiting = if index.is_empty() { String::new() } else { format!("{index}&{wait}") };
        let parts = [own, &waiting];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("&")
    };
    let line = |query: String| if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
    queries.into_iter().map(full).map(line).collect()
}

macro_rules! watches {
    ($name:ident, $sdk:ident, $header:literal, $json:literal, $path:literal, $own:literal, |$client:ident| $watch:expr) => {
        #[tokio::test]
        async fn $name() {
            let server = server($header, $json).await;
            let config = $sdk::Config::new(&server.address).unwrap().with_token($sdk::Token::new(MARKER).unwrap());
            let $client = $sdk::Client::new(&config.with_timeout(std::time::Duration::from_secs(5))).unwrap();
            let mut watch = $watch;
            for index in [10, 12, 3] {
                let answer = watch.next().await.unwrap().unwrap();
                assert_eq!(answer.meta.index, Some($sdk::Index(index)));
            }
            let soon = std::time::Duration::from_secs(2);
            assert!(tokio::time::timeout(soon, watch.next()).await.is_err(), "the last query waits");
            let targets: Vec<String> = server.log.requests().into_iter().map(|request| request.target).collect();
            assert_eq!(targets, expected($path, $own, "wait=50000ms"));
            assert!(!format!("{watch:?}").contains(MARKER));
        }
    };
}

watches!(consul, consul_client, "x-consul-index", "[]", "/v1/kv/a/", "recurse", |client| {
    client.kv().watch_list("a/", &consul_client::ReadOptions::new())
});
watches!(nomad, nomad_client, "x-nomad-index", "[]", "/v1/evaluations", "", |client| {
    client.evaluations().watch(&nomad_client::ReadOptions::new())
});
