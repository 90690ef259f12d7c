//! Streams of what happens.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use nomad_client::events::{Event, EventStream, Happening, Payload, Start, StreamOptions, Topic};
use nomad_client::variables::Variable;
use nomad_client::{Index, ReadOptions, Token};
use tests::stack;
use tokio::time::{sleep, timeout};

use super::{NOTHING, Powerless, SOON, batch, purge, shared};

/// The next events, until one is the last that is wanted.
async fn until(stream: &mut EventStream, mut last: impl FnMut(&Event) -> bool) -> Vec<Event> {
    let mut events = Vec::new();
    loop {
        match timeout(SOON, stream.next()).await.unwrap().unwrap().unwrap() {
            Happening::Event(event) => events.push(*event),
            gap => unreachable!("{gap:?}"),
        }
        if last(&events[events.len() - 1]) {
            return events;
        }
    }
}

#[test]
fn t32_everything_that_becomes_of_a_job_is_told_in_its_type() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let job = "sdk-events";
        let mut options = StreamOptions::new();
        for topic in [Topic::Job, Topic::Evaluation, Topic::Allocation] {
            options = options.with_topic_key(topic, job);
        }
        let now = nomad.evaluations().list_with(&ReadOptions::new()).await.unwrap().meta.index.unwrap();
        let mut stream = nomad.events().stream_with(&options.clone().from(Start::AfterList(now)));
        let changes = async {
            nomad.jobs().register(&batch(job, "true")).await.unwrap();
        };
        let ended = |event: &Event| match &event.payload {
            Payload::Allocation(allocation) => allocation.client_status.is_terminal(),
            _ => false,
        };
        let (events, ()) = tokio::join!(until(&mut stream, ended), changes);
        let kinds: Vec<&str> = events.iter().map(|event| event.kind.as_str()).collect();
        assert!(kinds.contains(&"JobRegistered") && kinds.contains(&"PlanResult"), "{kinds:?}");
        assert!(events.windows(2).all(|pair| pair[0].index <= pair[1].index && pair[0] != pair[1]));
        for event in &events {
            assert!(event.index > now && event.namespace.as_deref() == Some("default"), "{event:?}");
            match &event.payload {
                Payload::Job(told) => assert!(told.id.as_deref() == Some(job) && event.key == job),
                Payload::Evaluation(told) => assert!(told.job_id == job && event.filter_keys.contains(&job.to_owned())),
                Payload::Allocation(told) => assert!(told.job_id == job && told.job.is_none()),
                other => panic!("{other:?}"),
            }
        }
        // The same again from what the server still has: after the first, and from it on.
        let (first, second) = (&events[0], events.iter().find(|event| event.index > events[0].index).unwrap());
        let mut again = nomad.events().stream_with(&options.clone().from(Start::At(first.index)));
        assert_eq!(until(&mut again, |_| true).await[0].index, first.index);
        let mut after = nomad.events().stream_with(&options.clone().from(Start::AfterEvent(first.index)));
        assert_eq!(until(&mut after, |_| true).await[0].index, second.index);
        // What the server has forgotten is told, not left out.
        let mut gap = nomad.events().stream_with(&options.from(Start::AfterEvent(Index(1))));
        let happening = timeout(SOON, gap.next()).await.unwrap().unwrap().unwrap();
        assert!(matches!(happening, Happening::Gap { after: Index(1), .. }), "{happening:?}");
        purge(&nomad, job).await;
    });
}

#[test]
fn t31_now_is_now_and_every_topic_can_be_asked_for() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let policy = "sdk-events-policy";
        let mut options = StreamOptions::new();
        for topic in ["ACLToken", "ACLPolicy", "ACLRole", "ACLAuthMethod", "ACLBindingRule", "CSIPlugin", "CSIVolume"] {
            options = options.with_topic(Topic::from(topic));
        }
        for topic in ["HostVolume", "Node", "NodePool", "Operator", "Service", "Variable"] {
            options = options.with_topic_key(Topic::from(topic), "sdk-none");
        }
        let before = Powerless::new(&nomad, "sdk-events-before").await;
        let mut stream = nomad.events().stream_with(&options);
        let seen = AtomicBool::new(false);
        // The stream begins with the first look at it, which takes some calls: it is changed until that is seen.
        let changes = async {
            while !seen.load(Ordering::Relaxed) {
                Powerless::new(&nomad, policy).await.end(&nomad).await;
                sleep(Duration::from_millis(100)).await;
            }
        };
        let mut made = false;
        let watched = async {
            let last = |event: &Event| {
                made |= event.kind == "ACLPolicyUpserted" && event.key == policy;
                made && event.kind == "ACLPolicyDeleted" && event.key == policy
            };
            let events = until(&mut stream, last).await;
            seen.store(true, Ordering::Relaxed);
            events
        };
        let (events, ()) = tokio::join!(watched, changes);
        assert!(events.iter().all(|event| event.key != "sdk-events-before"), "nothing old");
        let told = events.iter().find(|event| event.key == policy && event.kind == "ACLPolicyUpserted").unwrap();
        let Payload::AclPolicy(told) = &told.payload else { panic!("{told:?}") };
        assert!(told.rules.contains("sdk-elsewhere"));
        let token = events.iter().find(|event| event.topic == Topic::AclToken).unwrap();
        assert!(!matches!(token.payload, Payload::Unknown(_)));
        before.end(&nomad).await;
    });
}

#[test]
fn t30_a_token_that_may_not_is_told_so() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let powerless = Powerless::new(&nomad, "sdk-events-denied").await;
        let stranger = nomad.with_token(Token::new(NOTHING).unwrap());
        for client in [&powerless.client, &stranger, &nomad.anonymous()] {
            let options = StreamOptions::new().from(Start::AfterList(Index(1)));
            let mut stream = client.events().stream_with(&options);
            let error = timeout(SOON, stream.next()).await.unwrap().unwrap().unwrap_err();
            assert!(error.is_denied(), "{error:?}");
            assert!(stream.next().await.is_none());
            let mut now = client.events().stream_with(&StreamOptions::new().with_topic(Topic::Job));
            assert!(timeout(SOON, now.next()).await.unwrap().unwrap().unwrap_err().is_denied());
        }
        powerless.end(&nomad).await;
    });
}

#[test]
fn an_older_server_does_not_know_the_topic_of_variables() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let options = StreamOptions::new().with_topic(Topic::Variable).from(Start::AfterList(Index(1)));
        let mut stream = nomad.events().stream_with(&options);
        let mut variable = Variable::new("sdk-events/a");
        variable.items.insert("key", "hunter2");
        nomad.variables().put(&variable).await.unwrap();
        if let Ok(Some(happening)) = timeout(Duration::from_secs(3), stream.next()).await {
            assert!(!format!("{happening:?}").contains("hunter2"));
        }
        nomad.variables().delete("sdk-events/a").await.unwrap();
    });
}
