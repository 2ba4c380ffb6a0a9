//! A machine on the stand-in for an ESXi host: an SSH server whose shell has ESXi's programs and `/vmfs`.

use crate::place::{Place, testbed};
use serde_json::{Map, Value, json};
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// The host; ends with the test.
pub(crate) struct Host {
    server: Child,
    port: u16,
}

impl Host {
    pub(crate) fn new(place: &Place) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("tests/vmware/bin/esxi");
        let mut server = Command::new(program)
            .arg(place.path("esxi"))
            .arg(port.to_string())
            .arg(testbed("key.pub"))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(server.stderr.take().unwrap()).lines();
        let listens = lines.by_ref().map_while(Result::ok).any(|line| line.contains("Server listening"));
        assert!(listens, "the stand-in does not start; it needs root");
        // Its log must not fill the pipe.
        std::thread::spawn(move || lines.map_while(Result::ok).count());
        Self { server, port }
    }

    /// The options that name it.
    pub(crate) fn options(&self, place: &Place) -> Map<String, Value> {
        let options = json!({
            "driver": "esxi", "remote_type": "esxi", "remote_host": "127.0.0.1", "remote_port": self.port,
            "remote_username": "root", "remote_private_key_file": place.key(), "remote_datastore": "datastore1",
            "remote_cache_datastore": "datastore1", "remote_cache_directory": "packer_cache", "cleanup_remote_cache": true,
            "remote_output_directory": "builds/web", "disk_type_id": "thin", "skip_compaction": true, "format": "ova",
        });
        options.as_object().unwrap().clone()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

#[test]
fn a_machine_of_the_host_is_copied_changed_and_exported() {
    let place = Place::new(false);
    let host = Host::new(&place);
    let source = place.guest_machine("lsilogic", "e1000e");
    let base = place.path("esxi/vmfs/volumes/datastore1/base");
    fs::create_dir(&base).unwrap();
    for entry in fs::read_dir(source.parent().unwrap()).unwrap().flatten() {
        fs::copy(entry.path(), base.join(entry.file_name())).unwrap();
    }
    let mut options = host.options(&place);
    let more = json!({
        "source_path": "/vmfs/volumes/datastore1/base/base.vmx", "cd_content": {"/meta-data": "x"}, "cd_label": "cidata",
    });
    options.extend(more.as_object().unwrap().clone());
    let record = place.record("vmware-vmx", Value::Object(options));
    let mut running = place.run(&record, "running");
    assert_eq!(running["machine"]["driver"], "esxi");
    assert_eq!(place.ssh(&running, "readlink /sys/class/net/eth0/device/driver | sed 's,.*/,,'"), "e1000e\n");
    running["status"] = "provisioned".into();
    let built = place.run(&running, "built");
    assert_eq!(built["artifacts"][0]["builder_id"], "mitchellh.vmware-esx");
    let listed = Command::new("tar").arg("tf").arg(place.work("out/web.ova")).output().unwrap();
    assert_eq!(String::from_utf8(listed.stdout).unwrap(), "web.ovf\nweb.mf\nweb-disk001.vmdk\n");
    place.is_clean();
    assert!(!place.path("esxi/vmfs/volumes/datastore1/builds/web").exists(), "left on the host");
    assert!(base.join("disk.vmdk").is_file());
}
