//! Volumes that nodes make themselves, and those that plugins bring.

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, TryStreamExt as _};
use nomad_client::events::{Happening, Payload, Start, StreamOptions, Topic};
use nomad_client::job::{CsiPlugin, MountOptions, VolumeRequest};
use nomad_client::volumes::{
    AccessMode, AttachmentMode, ClaimsOptions, CsiSnapshot, CsiVolume, CsiVolumesOptions, HostVolume, HostVolumeState,
    HostVolumesOptions, RegisterOptions, SnapshotsOptions, VolumeCapability,
};
use nomad_client::{Client, ReadOptions, Secret};
use tests::programs::folder;
use tests::stack;
use tests::wait::until;
use tokio::time::timeout;

use super::{NOTHING, Powerless, SOON, denied, missing, purge, running, service, shared};

fn way() -> VolumeCapability {
    VolumeCapability::new(AccessMode::SingleNodeWriter, AttachmentMode::FileSystem)
}

/// Waits until the node has told that it is there.
async fn ready(nomad: &Client, id: &str) -> HostVolume {
    until("the volume is ready", SOON, async || {
        nomad.host_volumes().read_opt(id).await.ok()?.filter(|volume| volume.state == HostVolumeState::Ready)
    })
    .await
}

#[test]
fn host_volumes_are_made_used_changed_and_deleted() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let (volumes, name) = (nomad.host_volumes(), "sdk-volume");
        let node = nomad.nodes().list().await.unwrap().remove(0).id;
        let mut wanted = HostVolume::new(name, "mkdir", way());
        wanted.parameters.insert("mode".to_owned(), "0755".to_owned());
        let before = volumes.list_with(&HostVolumesOptions::new()).await.unwrap().meta.index.unwrap();
        let made = volumes.create_with(&wanted, &RegisterOptions::new()).await.unwrap();
        assert_eq!((made.volume.name.as_str(), made.volume.node_id.as_str()), (name, node.as_str()));
        let volume = ready(&nomad, &made.volume.id).await;
        let id = volume.id.clone();
        assert!(volume.host_path.ends_with(&id) && volume.create_time.is_some(), "{volume:?}");
        assert_eq!((&volume.parameters, &volume.requested_capabilities), (&wanted.parameters, &vec![way()]));
        assert!(volumes.read_with(&id, &ReadOptions::new()).await.unwrap().meta.index.is_some());

        let stubs = volumes.list().await.unwrap();
        let stub = stubs.iter().find(|stub| stub.id == id).unwrap();
        assert_eq!((stub.plugin_id.as_str(), stub.node_pool.as_str(), &stub.node_id), ("mkdir", "default", &node));
        let options = HostVolumesOptions::new().with_node(&node).with_node_pool("default");
        let read = ReadOptions::new().with_filter(format!("ID == {id:?}"));
        assert_eq!(volumes.list_with(&options.with_read(read)).await.unwrap().value.len(), 1);
        let elsewhere = HostVolumesOptions::new().with_node(NOTHING);
        assert_eq!(volumes.list_with(&elsewhere).await.unwrap().value, []);
        let paged: Vec<_> =
            volumes.stream(&ReadOptions::new().with_page(1, None)).try_collect::<Vec<_>>().await.unwrap();
        assert!(paged.iter().any(|stub| stub.id == id));
        assert!(!volumes.watch(&ReadOptions::new()).next().await.unwrap().unwrap().value.is_empty());
        volumes.watch_one(&id, &ReadOptions::new()).next().await.unwrap().unwrap();
        let on_node = nomad.nodes().read(&node).await.unwrap().host_volumes;
        assert_eq!(on_node[name].id.as_ref(), Some(&id));

        // T32: what happens to it is told in its type.
        let topic = StreamOptions::new().with_topic_key(Topic::HostVolume, &id).from(Start::AfterList(before));
        let mut events = nomad.events().stream_with(&topic);
        let told = timeout(SOON, events.next()).await.unwrap().unwrap().unwrap();
        let Happening::Event(told) = told else { unreachable!("{told:?}") };
        let Payload::HostVolume(told) = &told.payload else { unreachable!("{told:?}") };
        assert_eq!((&told.id, told.name.as_str()), (&id, name));

        claimed(&nomad, &volume).await;

        // What is read can be changed and written back.
        let mut changed = ready(&nomad, &id).await;
        changed
            .requested_capabilities
            .push(VolumeCapability::new(AccessMode::SingleNodeSingleWriter, AttachmentMode::FileSystem));
        assert_eq!(volumes.create(&changed).await.unwrap().volume.id, id);
        assert_eq!(ready(&nomad, &id).await.requested_capabilities.len(), 2);

        let powerless = Powerless::new(&nomad, name).await;
        let refused = powerless.client.host_volumes();
        // A list of what a token may not see is empty.
        assert!(refused.list().await.map_or_else(|error| error.is_denied(), |seen| seen.is_empty()));
        denied(refused.read(&id).await);
        denied(refused.create(&wanted).await);
        denied(refused.register(&wanted).await);
        denied(refused.delete(&id).await);
        powerless.end(&nomad).await;
        volumes.delete(&id).await.unwrap();
        missing(volumes.read(&id).await);
        missing(volumes.delete(&id).await);
        missing(volumes.force_delete(NOTHING).await);
        assert_eq!(volumes.read_opt(NOTHING).await.unwrap(), None);
    });
}

/// A group that wants its volume for life.
async fn claimed(nomad: &Client, volume: &HostVolume) {
    let (volumes, id) = (nomad.host_volumes(), "sdk-volume-user");
    let mut job = service(id);
    let mut request = VolumeRequest::default();
    (request.kind, request.source) = ("host".to_owned(), volume.name.clone());
    (request.access_mode, request.attachment_mode) = ("single-node-writer".to_owned(), "file-system".to_owned());
    request.sticky = true;
    job.task_groups[0].volumes = BTreeMap::from([("data".to_owned(), request)]);
    nomad.jobs().register(&job).await.unwrap();
    let allocation = running(nomad, id, 1).await.remove(0).id;

    let used = volumes.read(&volume.id).await.unwrap();
    assert_eq!(used.allocations.iter().map(|stub| &stub.id).collect::<Vec<_>>(), [&allocation]);
    let error = volumes.delete(&volume.id).await.unwrap_err();
    assert!(error.status().is_some() && !error.is_not_found() && !error.is_denied(), "{error:?}");
    let options = ClaimsOptions::new().with_job(id).with_group("main").with_volume(&volume.name);
    let claims = volumes.claims_with(&options.with_read(ReadOptions::new())).await.unwrap().value;
    let claim = &claims[0];
    assert_eq!((claims.len(), &claim.volume_id, &claim.alloc_id), (1, &volume.id, &allocation));
    assert_eq!((claim.job_id.as_str(), claim.task_group_name.as_str()), (id, "main"));
    assert!(volumes.claims().await.unwrap().contains(claim));
    denied(nomad.anonymous().host_volumes().delete_claim(&claim.id).await);
    volumes.delete_claim(&claim.id).await.unwrap();
    assert_eq!(volumes.claims_with(&ClaimsOptions::new().with_job(id)).await.unwrap().value, []);
    purge(nomad, id).await;
    assert!(volumes.delete_claim(NOTHING).await.is_err());
    until("nothing uses the volume", SOON, async || {
        volumes.read(&volume.id).await.ok()?.allocations.is_empty().then_some(())
    })
    .await;
}

#[test]
fn a_folder_of_a_node_is_registered_as_a_volume() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let volumes = nomad.host_volumes();
        let path = folder("volume");
        let mut wanted = HostVolume::new("sdk-volume-registered", "mkdir", way());
        let error = volumes.register(&wanted).await.unwrap_err();
        assert!(error.status().is_some() && !error.may_have_applied(), "{error:?}");
        wanted.node_id = nomad.nodes().list().await.unwrap().remove(0).id;
        wanted.host_path = path.display().to_string();
        let made = volumes.register_with(&wanted, &RegisterOptions::new()).await.unwrap().volume;
        assert_eq!(ready(&nomad, &made.id).await.host_path, wanted.host_path);
        volumes.force_delete(&made.id).await.unwrap();
        missing(volumes.read(&made.id).await);
    });
}

#[test]
fn volumes_of_plugins_are_registered_read_and_forgotten() {
    stack::run(async {
        let (_, nomad) = shared().await;
        let (plugins, volumes, id) = (nomad.csi_plugins(), nomad.csi_volumes(), "sdk-csi");
        missing(plugins.read(id).await);
        let error = volumes.register(&CsiVolume::new("sdk-csi-a", id, way())).await;
        missing(error);
        // A plugin is known as soon as a job says that it is one, though no node runs it.
        let mut job = service(id);
        job.constraints = vec![nomad_client::job::Constraint::new("${attr.kernel.name}", "=", "plan9")];
        let mut plugin = CsiPlugin::default();
        (plugin.id, plugin.kind) = (id.to_owned(), "node".to_owned());
        plugin.mount_dir = "/csi".to_owned();
        job.task_groups[0].tasks[0].csi_plugin_config = Some(plugin);
        nomad.jobs().register(&job).await.unwrap();
        let known = plugins.read(id).await.unwrap();
        assert_eq!((known.node_jobs["default"][id].expected, known.nodes_healthy), (1, 0));
        assert!(plugins.list().await.unwrap().iter().any(|stub| stub.id == id));
        assert!(plugins.list_with(&ReadOptions::new()).await.unwrap().meta.index.is_some());
        assert!(!plugins.watch(&ReadOptions::new()).next().await.unwrap().unwrap().value.is_empty());
        assert_eq!(plugins.read_opt("sdk-no-such-plugin").await.unwrap(), None);

        let mut wanted = CsiVolume::new("sdk-csi-a", id, way());
        wanted.external_id = "vol-1".to_owned();
        wanted.secrets.insert("password".to_owned(), "hunter2".into());
        let mut mounted = MountOptions::default();
        (mounted.fs_type, mounted.mount_flags) = ("ext4".to_owned(), vec!["noatime".to_owned()]);
        wanted.mount_options = Some(mounted);
        let made = volumes.register_with(&wanted, &RegisterOptions::new()).await.unwrap();
        assert_eq!((made.volumes.len(), made.volumes[0].external_id.as_str()), (1, "vol-1"));
        let mut second = CsiVolume::new("sdk-csi-b", id, way());
        second.external_id = "vol-2".to_owned();
        volumes.register_all(std::slice::from_ref(&second)).await.unwrap();

        let read = volumes.read("sdk-csi-a").await.unwrap();
        assert!(read.secrets.is_empty() && read.create_index.0 > 0, "{read:?}");
        assert_eq!(read.mount_options.as_ref().unwrap().mount_flags, ["[REDACTED]"]);
        assert!(volumes.register(&read).await.unwrap_err().status().is_none(), "its flags would be lost");
        let options = CsiVolumesOptions::new().with_plugin(id).with_read(ReadOptions::new());
        let listed = volumes.list_with(&options).await.unwrap().value;
        assert_eq!(listed.iter().map(|stub| stub.id.as_str()).collect::<Vec<_>>(), ["sdk-csi-a", "sdk-csi-b"]);
        assert!(volumes.list().await.unwrap().len() >= 2);
        let page = ReadOptions::new().with_page(1, None);
        assert!(volumes.stream(&page).try_collect::<Vec<_>>().await.unwrap().len() >= 2);
        assert!(!volumes.watch(&ReadOptions::new()).next().await.unwrap().unwrap().value.is_empty());
        volumes.watch_one("sdk-csi-b", &ReadOptions::new()).next().await.unwrap().unwrap();
        assert_eq!(volumes.read_opt("sdk-csi-none").await.unwrap(), None);

        // Only a plugin that runs can do these.
        let gives_up =
            |error: nomad_client::Error| assert!(!error.is_denied() && error.status().is_some(), "{error:?}");
        gives_up(volumes.create(&second).await.unwrap_err());
        gives_up(
            volumes.delete_with("sdk-csi-b", &BTreeMap::from([("a".to_owned(), Secret::from("b"))])).await.unwrap_err(),
        );
        gives_up(volumes.external(id).await.unwrap_err());
        gives_up(volumes.snapshots_with(id, &SnapshotsOptions::new().with_secret("a", "b")).await.unwrap_err());
        gives_up(volumes.create_snapshot(&CsiSnapshot::new("sdk-csi-b", id)).await.unwrap_err());
        gives_up(volumes.delete_snapshot(id, "snap-1").await.unwrap_err());
        missing(volumes.external("sdk-no-such-plugin").await);
        missing(volumes.snapshots("sdk-no-such-plugin").await);
        // Nothing holds it, so the server finds nobody to take it from.
        missing(volumes.detach("sdk-csi-b", NOTHING).await);
        missing(volumes.detach("sdk-csi-none", NOTHING).await);
        missing(volumes.delete("sdk-csi-none").await);

        let powerless = Powerless::new(&nomad, id).await;
        let refused = powerless.client.csi_volumes();
        denied(refused.read("sdk-csi-a").await);
        denied(refused.register(&wanted).await);
        denied(refused.deregister("sdk-csi-a").await);
        denied(refused.detach("sdk-csi-a", NOTHING).await);
        denied(refused.snapshots(id).await);
        denied(refused.external(id).await);
        denied(powerless.client.csi_plugins().list().await);
        denied(powerless.client.csi_plugins().read(id).await);
        powerless.end(&nomad).await;

        volumes.deregister("sdk-csi-a").await.unwrap();
        volumes.force_deregister("sdk-csi-b").await.unwrap();
        missing(volumes.deregister("sdk-csi-a").await);
        purge(&nomad, id).await;
    });
}

#[test]
fn an_older_agent_cannot_be_told_to_reload() {
    stack::run(async {
        let (_, nomad) = shared().await;
        // From Nomad 2.0.3 on it can.
        missing(nomad.agent().reload().await);
        denied(nomad.anonymous().agent().read().await);
    });
}
