//! Every kind of config entry with every field it has, there and back.

use consul_client::config_entry::{
    ApiGateway, BoundApiGateway, Entry, ExportedServices, FileSystemCertificate, HttpRoute, IngressGateway,
    InlineCertificate, JwtProvider, Kind, Mesh, ProxyDefaults, SamenessGroup, ServiceDefaults, ServiceIntentions,
    ServiceResolver, ServiceRouter, ServiceSplitter, TcpRoute, TerminatingGateway,
};
use consul_client::{Cas, Client, Outcome, ReadOptions, Reason};
use futures_util::StreamExt as _;
use serde::Serialize;
use serde_json::{Value, json};
use tests::cluster::Cluster;
use tests::stack;
use tests::wait::until;

use super::SOON;

/// Writes an entry, reads it, and writes back what was read: nothing is lost on any of the ways.
async fn round_trip<E: Entry + Default>(consul: &Client, mut content: Value) {
    let entries = consul.config_entries().of::<E>();
    content["Kind"] = E::KIND.as_str().into();
    content["Meta"] = json!({ "owner": "sdk" });
    let entry: E = serde_json::from_value(content.clone()).unwrap();
    all_known(&entry);
    assert_same(&content, &serde_json::to_value(&entry).unwrap(), E::KIND.as_str());
    assert!(entries.put_with(&entry, Cas::Absent).await.unwrap().is_applied());

    let name = content["Name"].as_str().unwrap();
    let read = entries.read(name).await.unwrap().unwrap();
    all_known(&read);
    let kept = serde_json::to_value(&read).unwrap();
    assert_same(&content, &kept, E::KIND.as_str());
    // What has no type is the same.
    let raw = consul.config_entries().read(&E::KIND, name).await.unwrap().unwrap();
    assert_same(&strip(&raw), &kept, E::KIND.as_str());
    assert!(entries.list().await.unwrap().iter().any(|entry| strip(entry) == strip(&read)));

    // The server would see any difference, and give the entry a new index.
    entries.put(&read).await.unwrap();
    assert_eq!(strip(&entries.read(name).await.unwrap().unwrap()), strip(&read));
    consul.config_entries().put(&raw).await.unwrap();
    assert_eq!(strip(&entries.read(name).await.unwrap().unwrap()), strip(&read));
}

/// Without what a gateway's controller may have said meanwhile.
fn strip(entry: &impl Serialize) -> Value {
    let mut value = serde_json::to_value(entry).unwrap();
    let fields = value.as_object_mut().unwrap();
    if fields.remove("Status").is_some() {
        fields.remove("ModifyIndex");
    }
    value
}

/// No field is one that the types do not know.
fn all_known<E: Entry>(entry: &E) {
    let text = format!("{entry:?}");
    assert!(!text.contains("extra: {\""), "{text}");
}

/// Everything that was sent is there.
fn assert_same(sent: &Value, kept: &Value, at: &str) {
    match (sent, kept) {
        (sent, _) if is_empty(sent) => {}
        (Value::Object(sent), Value::Object(kept)) => {
            for (name, value) in sent {
                assert_same(value, kept.get(name).unwrap_or(&Value::Null), &format!("{at}/{name}"));
            }
        }
        (Value::Array(sent), Value::Array(kept)) if sent.len() == kept.len() => {
            sent.iter().zip(kept).for_each(|(sent, kept)| assert_same(sent, kept, at));
        }
        (Value::Number(sent), Value::Number(kept)) => assert_eq!(sent.as_f64(), kept.as_f64(), "{at}"),
        _ => assert_eq!(sent, kept, "{at}"),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.values().all(is_empty),
        _ => false,
    }
}

#[test]
fn every_kind_survives_the_way_there_and_back() {
    stack::run(async {
        let cluster = Cluster::start(1).await;
        let consul = cluster.client(0);
        defaults(&consul).await;
        discovery(&consul).await;
        intentions(&consul).await;
        gateways(&consul).await;
        api_gateway(&consul).await;
        whole_mesh(&consul).await;
        let group: SamenessGroup = serde_json::from_value(json!({
            "Name": "sdk", "DefaultForFailover": true, "IncludeLocal": true, "Members": [{ "Partition": "default" }],
        }))
        .unwrap();
        all_known(&group);
        let refused = consul.config_entries().of().put(&group).await.unwrap_err();
        assert!(!refused.is_denied() && refused.status().is_some(), "{refused:?}");
        // In the order in which nothing is needed any more.
        let entries = consul.config_entries();
        entries.of::<ServiceRouter>().delete("sdk-web").await.unwrap();
        entries.of::<ServiceSplitter>().delete("sdk-web").await.unwrap();
        let resolvers = entries.of::<ServiceResolver>();
        let needed = resolvers.delete("sdk-web").await.unwrap_err();
        assert_eq!(needed.reason(), Some(&Reason::Invalid), "{needed:?}");
        resolvers.delete("sdk-moved").await.unwrap();
        let resolver = resolvers.read("sdk-web").await.unwrap().unwrap();
        assert_eq!(resolvers.delete_at("sdk-web", resolver.create_index).await.unwrap(), Outcome::Applied);
        let gone = resolvers.read_with("sdk-web", &ReadOptions::new()).await.unwrap();
        assert!(gone.value.is_none() && gone.meta.index > Some(resolver.modify_index));
        cluster.stop().await;
    });
}

async fn defaults(consul: &Client) {
    round_trip::<ProxyDefaults>(
        consul,
        json!({
            "Name": ProxyDefaults::NAME,
            "Config": { "protocol": "http", "local_connect_timeout_ms": 1500, "envoy_snake": { "a": [1, "b"] } },
            "Mode": "direct", "TransparentProxy": { "OutboundListenerPort": 15001, "DialedDirectly": true },
            "MutualTLSMode": "strict", "MeshGateway": { "Mode": "local" },
            "Expose": { "Checks": true, "Paths": [
                { "ListenerPort": 21500, "Path": "/health", "LocalPathPort": 8080, "Protocol": "http2" },
            ] },
            "AccessLogs": {
                "Enabled": true, "DisableListenerLogs": true, "Type": "file", "Path": "/dev/null",
                "JSONFormat": "{\"a\": \"%START_TIME%\"}",
            },
            "EnvoyExtensions": [
                { "Name": "builtin/lua", "Required": true, "ConsulVersion": ">= 1.16.0", "EnvoyVersion": ">= 1.20.0",
                  "Arguments": { "ProxyType": "connect-proxy", "Listener": "inbound", "Script": "-- nothing" } },
            ],
            "FailoverPolicy": { "Mode": "sequential", "Regions": [] },
        }),
    )
    .await;
    round_trip::<ServiceDefaults>(
        consul,
        json!({
            "Name": "sdk-web", "Protocol": "http", "Mode": "transparent",
            "TransparentProxy": { "OutboundListenerPort": 15002, "DialedDirectly": true }, "MutualTLSMode": "strict",
            "MeshGateway": { "Mode": "none" },
            "Expose": { "Paths": [{ "ListenerPort": 21501, "Path": "/a", "LocalPathPort": 1, "Protocol": "http" }] },
            "MaxInboundConnections": 7, "LocalConnectTimeoutMs": 1234,
            "LocalRequestTimeoutMs": 5678, "BalanceInboundConnections": "exact_balance", "MaxRequestHeadersKB": 96,
            "EnvoyExtensions": [{
                "Name": "builtin/lua", "Required": false,
                "Arguments": { "ProxyType": "connect-proxy", "Listener": "outbound", "Script": "-- nothing" },
            }],
            "UpstreamConfig": {
                "Overrides": [{
                    "Name": "sdk-api", "Peer": "", "EnvoyListenerJSON": "{}", "EnvoyClusterJSON": "{}",
                    "Protocol": "grpc", "ConnectTimeoutMs": 99, "MeshGateway": { "Mode": "remote" },
                    "BalanceOutboundConnections": "exact_balance",
                    "Limits": { "MaxConnections": 0, "MaxPendingRequests": 2, "MaxConcurrentRequests": 3 },
                    "PassiveHealthCheck": {
                        "Interval": 22_000_000_000_u64, "MaxFailures": 4, "EnforcingConsecutive5xx": 0,
                        "MaxEjectionPercent": 50, "BaseEjectionTime": 60_000_000_000_u64,
                    },
                }],
                "Defaults": { "Protocol": "http2", "MeshGateway": { "Mode": "local" } },
            },
        }),
    )
    .await;
    let named = json!({ "Name": "sdk-named", "Protocol": "http", "ExternalSNI": "web.example" });
    round_trip::<ServiceDefaults>(consul, named).await;
    let outside = json!({ "Name": "sdk-outside", "Protocol": "tcp",
        "Destination": { "Addresses": ["10.0.0.1", "db.example"], "Port": 5432 } });
    round_trip::<ServiceDefaults>(consul, outside).await;
}

async fn discovery(consul: &Client) {
    round_trip::<ServiceResolver>(
        consul,
        json!({
            "Name": "sdk-web", "DefaultSubset": "v1", "ConnectTimeout": "15s", "RequestTimeout": "1m30s",
            "Subsets": { "v1": { "Filter": "Service.Meta.version == v1", "OnlyPassing": true }, "v2": {} },
            "Failover": {
                "v2": { "Service": "sdk-web", "ServiceSubset": "v1", "Datacenters": ["dc1"] },
                "*": { "Targets": [{ "Service": "sdk-spare", "Datacenter": "dc1" }, { "Peer": "sdk-peer" }] },
            },
            "LoadBalancer": {
                "Policy": "ring_hash", "RingHashConfig": { "MinimumRingSize": 1024, "MaximumRingSize": 8192 },
                "HashPolicies": [
                    { "Field": "header", "FieldValue": "x-user", "Terminal": true },
                    { "Field": "cookie", "FieldValue": "c", "CookieConfig": { "TTL": 90_000_000_000_u64, "Path": "/" } },
                    { "Field": "cookie", "FieldValue": "s", "CookieConfig": { "Session": true } },
                    { "SourceIP": true },
                ],
            },
        }),
    )
    .await;
    let busy = json!({ "Name": "sdk-busy",
        "LoadBalancer": { "Policy": "least_request", "LeastRequestConfig": { "ChoiceCount": 3 } } });
    round_trip::<ServiceResolver>(consul, busy).await;
    let moved = json!({ "Name": "sdk-moved", "Redirect": { "Service": "sdk-web", "ServiceSubset": "v2", "Datacenter": "dc1" } });
    round_trip::<ServiceResolver>(consul, moved).await;
    let headers = json!({ "Add": { "x-a": "1" }, "Set": { "x-b": "2" }, "Remove": ["x-c"] });
    round_trip::<ServiceSplitter>(
        consul,
        json!({
            "Name": "sdk-web",
            "Splits": [
                { "Weight": 66.67, "ServiceSubset": "v1", "RequestHeaders": headers, "ResponseHeaders": headers },
                { "Weight": 33.33, "Service": "sdk-web", "ServiceSubset": "v2" },
                { "Weight": 0, "Service": "sdk-busy" },
            ],
        }),
    )
    .await;
    round_trip::<ServiceRouter>(
        consul,
        json!({
            "Name": "sdk-web",
            "Routes": [
                {
                    "Match": { "HTTP": {
                        "PathPrefix": "/admin", "CaseInsensitive": true, "Methods": ["GET", "PUT"],
                        "Header": [
                            { "Name": "a", "Present": true, "Invert": true }, { "Name": "b", "Exact": "1" },
                            { "Name": "c", "Prefix": "1" }, { "Name": "d", "Suffix": "1" }, { "Name": "e", "Regex": "1" },
                        ],
                        "QueryParam": [
                            { "Name": "a", "Present": true }, { "Name": "b", "Exact": "1" }, { "Name": "c", "Regex": "1" },
                        ],
                    } },
                    "Destination": {
                        "Service": "sdk-web", "ServiceSubset": "v2", "PrefixRewrite": "/", "RequestTimeout": "2m0s",
                        "IdleTimeout": "500ms", "NumRetries": 3, "RetryOnConnectFailure": true,
                        "RetryOn": ["reset"], "RetryOnStatusCodes": [502, 503],
                        "RequestHeaders": headers, "ResponseHeaders": headers,
                    },
                },
                { "Match": { "HTTP": { "PathExact": "/exact" } } },
                { "Match": { "HTTP": { "PathRegex": "/r.*" } }, "Destination": { "Service": "sdk-busy" } },
            ],
        }),
    )
    .await;
}

async fn intentions(consul: &Client) {
    let keys = "eyJrZXlzIjpbXX0=";
    round_trip::<JwtProvider>(
        consul,
        json!({
            "Name": "sdk-local", "Issuer": "https://issuer.example", "Audiences": ["a", "b"], "ClockSkewSeconds": 45,
            "JSONWebKeySet": { "Local": { "JWKS": keys } }, "CacheConfig": { "Size": 12 },
            "Forwarding": { "HeaderName": "x-jwt", "PadForwardPayloadHeader": true },
            "Locations": [
                { "Header": { "Name": "authorization", "ValuePrefix": "Bearer ", "Forward": true } },
                { "QueryParam": { "Name": "token" } }, { "Cookie": { "Name": "token" } },
            ],
        }),
    )
    .await;
    let in_file = json!({ "Name": "sdk-file", "JSONWebKeySet": { "Local": { "Filename": "/keys.json" } } });
    round_trip::<JwtProvider>(consul, in_file).await;
    round_trip::<JwtProvider>(
        consul,
        json!({
            "Name": "sdk-remote", "JSONWebKeySet": { "Remote": {
                "URI": "https://issuer.example/keys", "RequestTimeoutMs": 1500, "CacheDuration": 300_000_000_000_u64,
                "FetchAsynchronously": true, "UseSNI": true,
                "RetryPolicy": { "NumRetries": 4, "RetryPolicyBackOff": {
                    "BaseInterval": 1_000_000_000_u64, "MaxInterval": 10_000_000_000_u64 } },
                "JWKSCluster": {
                    "DiscoveryType": "STRICT_DNS", "ConnectTimeout": 5_000_000_000_u64,
                    "TLSCertificates": { "TrustedCA": { "InlineString": "pem" } },
                },
            } },
        }),
    )
    .await;
    let jwt = json!({ "Providers": [
        { "Name": "sdk-local", "VerifyClaims": [{ "Path": ["perms", "role"], "Value": "admin" }] } ] });
    round_trip::<ServiceIntentions>(
        consul,
        json!({
            "Name": "sdk-web", "JWT": jwt,
            "Sources": [
                { "Name": "sdk-front", "Type": "consul", "Precedence": 9, "Description": "by request",
                  "Permissions": [
                    { "Action": "allow", "JWT": jwt, "HTTP": {
                        "PathPrefix": "/v1", "Methods": ["GET"],
                        "Header": [
                            { "Name": "a", "Present": true }, { "Name": "b", "Exact": "1", "IgnoreCase": true },
                            { "Name": "c", "Prefix": "1" }, { "Name": "d", "Suffix": "1", "Invert": true },
                            { "Name": "e", "Contains": "1" }, { "Name": "f", "Regex": "1" },
                        ],
                    } },
                    { "Action": "deny", "HTTP": { "PathExact": "/x" } },
                    { "Action": "deny", "HTTP": { "PathRegex": "/y.*" } },
                ] },
                { "Name": "sdk-far", "Type": "consul", "Precedence": 9, "Action": "allow", "Peer": "sdk-peer" },
                { "Name": "*", "Type": "consul", "Precedence": 8, "Action": "deny" },
            ],
        }),
    )
    .await;
}

async fn gateways(consul: &Client) {
    let check = json!({ "Interval": 1_000_000_000_u64, "MaxFailures": 5 });
    let tls = json!({ "Enabled": true, "TLSMinVersion": "TLSv1_2", "TLSMaxVersion": "TLSv1_2",
        "CipherSuites": ["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"],
        "SDS": { "ClusterName": "sds", "CertResource": "gateway" } });
    let headers = json!({ "Add": { "x-a": "1" } });
    round_trip::<IngressGateway>(
        consul,
        json!({
            "Name": "sdk-ingress", "TLS": tls,
            "Defaults": { "MaxConnections": 10, "MaxPendingRequests": 20, "MaxConcurrentRequests": 0,
                          "PassiveHealthCheck": check },
            "Listeners": [
                { "Port": 8080, "Protocol": "http", "TLS": tls, "Services": [{
                    "Name": "sdk-web", "Hosts": ["web.example"],
                    "TLS": { "SDS": { "ClusterName": "sds", "CertResource": "web" } },
                    "RequestHeaders": headers, "ResponseHeaders": headers, "MaxConnections": 1,
                    "MaxPendingRequests": 2, "MaxConcurrentRequests": 3, "PassiveHealthCheck": check,
                    "Meta": { "a": "b" },
                }] },
                { "Port": 8081, "Protocol": "tcp", "Services": [{ "Name": "sdk-outside" }] },
            ],
        }),
    )
    .await;
    round_trip::<TerminatingGateway>(
        consul,
        json!({
            "Name": "sdk-terminating",
            "Services": [
                { "Name": "sdk-db", "CAFile": "/ca.pem", "CertFile": "/cert.pem", "KeyFile": "/key.pem",
                  "SNI": "db.example", "DisableAutoHostRewrite": true },
                { "Name": "*" },
            ],
        }),
    )
    .await;
}

async fn api_gateway(consul: &Client) {
    let key = rcgen::KeyPair::generate().unwrap();
    let pem = rcgen::CertificateParams::new(vec!["web.example".to_owned()]).unwrap().self_signed(&key).unwrap().pem();
    let inline = json!({ "Name": "sdk-cert", "Certificate": pem, "PrivateKey": key.serialize_pem() });
    round_trip::<InlineCertificate>(consul, inline).await;
    let read = consul.config_entries().of::<InlineCertificate>().read("sdk-cert").await.unwrap().unwrap();
    assert_eq!(read.private_key.expose(), key.serialize_pem());
    assert!(!format!("{read:?}").contains("PRIVATE KEY"));
    let files = json!({ "Name": "sdk-files", "Certificate": "/cert.pem", "PrivateKey": "/key.pem" });
    round_trip::<FileSystemCertificate>(consul, files).await;

    let tls = json!({ "Certificates": [{ "Kind": "inline-certificate", "Name": "sdk-cert" }],
        "MinVersion": "TLSv1_2", "MaxVersion": "TLSv1_3", "CipherSuites": [] });
    round_trip::<ApiGateway>(
        consul,
        json!({
            "Name": "sdk-gateway",
            "Listeners": [
                { "Name": "web", "Hostname": "web.example", "Port": 8443, "Protocol": "http", "TLS": tls,
                  "MaxRequestHeadersKB": 32 },
                { "Name": "raw", "Port": 9000, "Protocol": "tcp", "TLS": {} },
            ],
        }),
    )
    .await;
    let filter = json!({
        "Headers": [{ "Add": { "x-a": "1" }, "Set": { "x-b": "2" }, "Remove": ["x-c"] }],
        "URLRewrite": { "Path": "/new" },
        "RetryFilter": { "NumRetries": 2, "RetryOn": ["reset"], "RetryOnStatusCodes": [503],
                         "RetryOnConnectFailure": true },
        "TimeoutFilter": { "RequestTimeout": 3_000_000_000_u64, "IdleTimeout": 0 },
    });
    let answers = json!({ "Headers": [{ "Set": { "x-d": "4" } }] });
    round_trip::<HttpRoute>(
        consul,
        json!({
            "Name": "sdk-route", "Hostnames": ["web.example"],
            "Parents": [{ "Kind": "api-gateway", "Name": "sdk-gateway", "SectionName": "web" }],
            "Rules": [{
                "Filters": filter, "ResponseFilters": answers,
                "Matches": [{
                    "Method": "GET", "Path": { "Match": "prefix", "Value": "/v1" },
                    "Headers": [{ "Match": "exact", "Name": "a", "Value": "1" }, { "Match": "present", "Name": "b" }],
                    "Query": [{ "Match": "regex", "Name": "q", "Value": "1.*" }],
                }],
                "Services": [{ "Name": "sdk-web", "Weight": 3, "Filters": filter, "ResponseFilters": answers }],
            }],
        }),
    )
    .await;
    round_trip::<TcpRoute>(
        consul,
        json!({
            "Name": "sdk-tcp", "Services": [{ "Name": "sdk-outside" }],
            "Parents": [{ "Kind": "api-gateway", "Name": "sdk-gateway", "SectionName": "raw" }],
        }),
    )
    .await;
    // The server's controller has its say.
    let gateways = consul.config_entries().of::<ApiGateway>();
    let accepted = until("the gateway is accepted", SOON, async || {
        let gateway = gateways.read("sdk-gateway").await.unwrap().unwrap();
        gateway.status.conditions.iter().find(|condition| condition.kind == "Accepted").cloned()
    });
    assert_eq!(accepted.await.status, "True");
    let bound = consul.config_entries().of::<BoundApiGateway>();
    let bound = until("the routes are bound", SOON, async || {
        let bound = bound.read("sdk-gateway").await.unwrap()?;
        let routes = bound.listeners.iter().map(|listener| listener.routes.len()).sum::<usize>();
        (routes == 2).then_some(bound)
    })
    .await;
    all_known(&bound);
    let web = bound.listeners.iter().find(|listener| listener.name == "web").unwrap();
    assert_eq!((&web.routes[0].kind, web.routes[0].name.as_str()), (&Kind::HttpRoute, "sdk-route"));
    assert_eq!(web.certificates[0].name, "sdk-cert");
}

async fn whole_mesh(consul: &Client) {
    let directions = json!({ "TLSMinVersion": "TLSv1_2", "TLSMaxVersion": "TLSv1_2",
        "CipherSuites": ["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"] });
    let exported = json!({ "Name": ExportedServices::NAME,
        "Services": [{ "Name": "sdk-busy", "Consumers": [{ "Peer": "sdk-peer" }] }] });
    round_trip::<ExportedServices>(consul, exported).await;

    // The only kind without a name: the server would refuse it.
    let mesh = consul.config_entries().of::<Mesh>();
    let content = json!({
        "Kind": "mesh", "Name": Mesh::NAME, "Meta": { "owner": "sdk" },
        "TransparentProxy": { "MeshDestinationsOnly": true }, "AllowEnablingPermissiveMutualTLS": true,
        "ValidateClusters": true, "TLS": { "Incoming": directions, "Outgoing": directions },
        "HTTP": { "SanitizeXForwardedClientCert": true, "Incoming": { "RequestNormalization": {
            "InsecureDisablePathNormalization": true, "MergeSlashes": true,
            "PathWithEscapedSlashesAction": "UNESCAPE_AND_FORWARD", "HeadersWithUnderscoresAction": "REJECT_REQUEST",
        } } },
        "Peering": { "PeerThroughMeshGateways": true },
    });
    let written: Mesh = serde_json::from_value(content).unwrap();
    all_known(&written);
    mesh.put(&written).await.unwrap();
    let read = mesh.read(Mesh::NAME).await.unwrap().unwrap();
    all_known(&read);
    let mut expected = written;
    (expected.hash, expected.create_index, expected.modify_index) = (read.hash, read.create_index, read.modify_index);
    expected.name = read.name.clone();
    assert_eq!(read, expected);
    mesh.put(&read).await.unwrap();
    assert_eq!(mesh.read(Mesh::NAME).await.unwrap().unwrap(), read);
    assert_eq!(mesh.list().await.unwrap(), [read]);
    mesh.delete(Mesh::NAME).await.unwrap();
    assert_eq!(mesh.read(Mesh::NAME).await.unwrap(), None);
}

#[test]
fn t31_the_server_refuses_what_it_does_not_know() {
    stack::run(async {
        let cluster = Cluster::start(1).await;
        let entries = cluster.client(0).config_entries();
        let mut web = ServiceDefaults::new("sdk-strict");
        web.extra.insert("Zzz".to_owned(), 1.into());
        let refused = entries.of().put(&web).await.unwrap_err();
        assert_eq!((refused.status(), refused.reason()), (Some(400), Some(&Reason::Invalid)));
        web.extra.clear();
        web.namespace = "default".to_owned();
        assert_eq!(entries.of().put(&web).await.unwrap_err().status(), Some(400));
        web.namespace.clear();
        entries.of().put(&web).await.unwrap();
        cluster.stop().await;
    });
}

#[test]
fn t33_a_duration_is_taken_in_every_form() {
    stack::run(async {
        let cluster = Cluster::start(1).await;
        let resolvers = cluster.client(0).config_entries().of::<ServiceResolver>();
        let mut seen = resolvers.watch("sdk-durations", &ReadOptions::new());
        assert_eq!(seen.next().await.unwrap().unwrap().value, None);
        for form in [json!("90s"), json!("1m30s"), json!(90_000_000_000_u64)] {
            let cookie = json!([{ "Field": "cookie", "FieldValue": "c", "CookieConfig": { "TTL": form } }]);
            let resolver = json!({ "Name": "sdk-durations", "ConnectTimeout": form,
                "LoadBalancer": { "Policy": "maglev", "HashPolicies": cookie } });
            let resolver: ServiceResolver = serde_json::from_value(resolver).unwrap();
            resolvers.put(&resolver).await.unwrap();
            let read = resolvers.read("sdk-durations").await.unwrap().unwrap();
            let ninety = Some(std::time::Duration::from_secs(90));
            assert_eq!(read.connect_timeout, ninety, "{form}");
            let balancer = read.load_balancer.unwrap();
            assert_eq!(balancer.hash_policies[0].cookie_config.as_ref().unwrap().ttl, ninety, "{form}");
            assert_eq!(read.connect_timeout, resolver.connect_timeout);
        }
        assert_eq!(seen.next().await.unwrap().unwrap().value.unwrap().name, "sdk-durations");
        cluster.stop().await;
    });
}
