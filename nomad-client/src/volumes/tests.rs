use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    AccessMode, AttachmentMode, CsiPlugin, CsiRegistration, CsiVolume, ExternalVolumes, HostVolume, RegisterOptions,
    VolumeCapability, csi, host, with_secrets,
};
use crate::config::Config;
use crate::object::tests::pruned;
use crate::secret::Secret;
use crate::transport::Request;

fn way() -> VolumeCapability {
    VolumeCapability::new(AccessMode::SingleNodeWriter, AttachmentMode::FileSystem)
}

#[test]
fn a_volume_that_is_read_is_written_whole() {
    let sent = json!({
        "ID": "a", "Name": "data", "Namespace": "default", "PluginID": "mkdir", "NodeID": "n", "State": "ready",
        "RequestedCapabilities": [{"AccessMode": "single-node-writer", "AttachmentMode": "file-system", "Zzz": 1}],
        "Parameters": {"mode": "0700"}, "HostPath": "/x", "CapacityBytes": 7, "Zzz": [1],
        "Allocations": [{"ID": "b"}], "CreateTime": 1_795_456_114_337_399_411_i64,
    });
    let volume: HostVolume = serde_json::from_value(sent.clone()).unwrap();
    assert_eq!(volume.allocations[0].id, "b");
    let body = host::body(&volume, RegisterOptions::new().overriding_policy());
    assert_eq!(body["PolicyOverride"], true);
    // All but what the server puts together by itself.
    let mut expected = sent;
    expected.as_object_mut().unwrap().remove("Allocations");
    for (field, value) in pruned(expected).as_object().unwrap() {
        assert_eq!(body["Volume"].get(field), Some(value), "{field}");
    }
    assert_eq!(body["Volume"].get("Allocations"), None);
}

#[test]
fn t20_an_external_list_has_its_next_page_in_the_body() {
    let text = json!({"Volumes": null, "NextToken": "n", "Index": 0, "KnownLeader": false, "LastContact": 0});
    let page: ExternalVolumes = serde_json::from_value(text).unwrap();
    assert_eq!((page.volumes.len(), page.meta.next_token.as_str()), (0, "n"));
}

#[test]
fn t19_lists_and_maps_of_a_plugin_may_be_null() {
    let text = json!({
        "ID": "p", "Controllers": null, "Allocations": null,
        "Nodes": {"n": {"Healthy": true, "UpdateTime": "0001-01-01T00:00:00Z", "ControllerInfo": null,
            "NodeInfo": {"ID": "i", "AccessibleTopology": {"Segments": {"zone": "z"}}}}},
        "NodeJobs": {"default": {"job": {"Namespace": "default", "ID": "job", "Expected": 2}}},
    });
    let plugin: CsiPlugin = serde_json::from_value(text).unwrap();
    let node = plugin.nodes["n"].node_info.as_ref().unwrap();
    assert_eq!(node.accessible_topology.as_ref().unwrap().segments["zone"], "z");
    assert_eq!(plugin.node_jobs["default"]["job"].expected, 2);
}

#[test]
fn secrets_are_sent_and_shown_to_nobody() {
    let mut volume = CsiVolume::new("v", "p", way());
    volume.secrets.insert("password".to_owned(), "hunter2".into());
    assert_eq!(csi::body(&[volume.clone()], RegisterOptions::new())["Volumes"][0]["Secrets"]["password"], "hunter2");
    assert!(!format!("{volume:?}").contains("hunter2"));
    let secrets = |pairs: &[(&str, &str)]| -> BTreeMap<String, Secret> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), Secret::from(*value))).collect()
    };
    let request = || Request::delete("/v1/volume/csi/:id/delete", ["v"]).unwrap();
    let sent = with_secrets(request(), &secrets(&[("a", "x=y"), ("b", "z")])).unwrap();
    assert_eq!(sent.headers, [("x-nomad-csi-secrets", "a=x=y,b=z".to_owned())]);
    assert!(with_secrets(request(), &secrets(&[])).unwrap().headers.is_empty());
    for bad in [("a", "x,y"), ("a,b", "x"), ("a=b", "x")] {
        let error = with_secrets(request(), &secrets(&[bad])).unwrap_err();
        assert!(!format!("{error:?} {error}").contains("x,y"), "{error}");
    }
}

/// Such a volume would lose its flags.
#[tokio::test]
async fn what_the_server_has_hidden_is_not_written_back() {
    let text = json!({"ID": "v", "MountOptions": {"FSType": "ext4", "MountFlags": ["[REDACTED]"]}});
    let mut volume: CsiVolume = serde_json::from_value(text).unwrap();
    let nobody = crate::Client::new(&Config::new("http://127.0.0.1:1").unwrap()).unwrap().csi_volumes();
    let error = nobody.register(&volume).await.unwrap_err();
    assert!(matches!(error, crate::Error::Request(_)), "{error:?}");
    volume.mount_options.as_mut().unwrap().mount_flags = vec!["noatime".to_owned()];
    assert!(!csi::is_redacted(&volume));
}

/// The best-known other client throws this answer away, with the id and the size that the storage provider chose.
#[test]
fn peer_what_was_made_is_answered() {
    let text = json!({"Volumes": [{"ID": "v", "ExternalID": "vol-1", "Capacity": 7}], "Warnings": "", "Index": 4});
    let made: CsiRegistration = serde_json::from_value(text).unwrap();
    assert_eq!((made.volumes[0].external_id.as_str(), made.volumes[0].capacity, made.meta.index.0), ("vol-1", 7, 4));
    assert_eq!(serde_json::to_value(&made).unwrap()["Volumes"][0]["ExternalID"], Value::from("vol-1"));
}
