//! What every pass makes of a template. The right-hand sides are what `packer fix` of Packer 1.6.6 prints.

use crate::packer_json::{fix, read};
use crate::source::Source;
use serde_json::Value;

/// What the whole of a template becomes, and the warnings.
fn fixed(text: &str) -> (String, Vec<String>) {
    let fixed = fix(&Source::new("t.json", text));
    assert!(!fixed.diagnostics.has_errors(), "{text}: {:?}", fixed.diagnostics.all);
    let messages = fixed.diagnostics.all.into_iter().map(|found| found.message);
    (fixed.text.unwrap(), messages.collect())
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn builders_as_packer_mends_them() {
    for (before, after) in [
        (
            r#""type":"x","iso_md5":"a","iso_checksum":"b","iso_checksum_type":"sha1""#,
            r#""type":"x","iso_checksum":"md5:a""#,
        ),
        (
            r#""type":"x","iso_checksum":"a","iso_checksum_type":"SHA1""#,
            r#""type":"x","iso_checksum":"SHA1:a""#,
        ),
        (
            r#""type":"x","iso_checksum_url":"u","iso_checksum_type":"none""#,
            r#""type":"x","iso_checksum":"file:u""#,
        ),
        (
            r#""type":"x","iso_checksum":"a","iso_checksum_type":"md5","iso_checksum_url":"u""#,
            r#""type":"x","iso_checksum":"file:u""#,
        ),
        (r#""type":"x","iso_checksum":"a""#, r#""type":"x","iso_checksum":"a""#),
        (
            r#""type":"x","ami_name":"a {{ .CreateTime }}{{.CreateTime | x}}""#,
            r#""type":"x","ami_name":"a {{timestamp}}{{.CreateTime | x}}""#,
        ),
        (
            r#""type":"x","ami_name":"{{clean_ami_name `a`}}","t":{"a":"{{clean_image_name}}"}"#,
            r#""type":"x","ami_name":"{{clean_resource_name `a`}}","t":{"a":"{{clean_resource_name}}"}"#,
        ),
        (
            r#""type":"virtualbox","guest_additions_attach":true"#,
            r#""type":"virtualbox-iso","guest_additions_mode":"attach""#,
        ),
        (
            r#""type":"virtualbox","guest_additions_attach":false"#,
            r#""type":"virtualbox-iso","guest_additions_mode":"upload""#,
        ),
        (r#""type":"vmware""#, r#""type":"vmware-iso""#),
        (r#""type":"proxmox""#, r#""type":"proxmox-iso""#),
        (
            r#""type":"parallels-iso","headless":true,"parallels_tools_host_path":"a""#,
            r#""type":"parallels-iso""#,
        ),
        (
            r#""type":"parallels-pvm","guest_os_distribution":"a","guest_os_type":"b""#,
            r#""type":"parallels-pvm","guest_os_type":"a""#,
        ),
        (r#""type":"x","ssh_key_path":"a""#, r#""type":"x","ssh_private_key_file":"a""#),
        (
            r#""type":"x","ssh_key_path":"a","ssh_private_key_file":"b""#,
            r#""type":"x","ssh_private_key_file":"b""#,
        ),
        (r#""type":"x","ssh_disable_agent":true"#, r#""type":"x","ssh_disable_agent_forwarding":true"#),
        (r#""type":"scaleway","access_key":"a""#, r#""type":"scaleway","organization_id":"a""#),
        (
            r#""type":"amazon-ebs","shutdown_behaviour":"a","shutdown_behavior":"b""#,
            r#""type":"amazon-ebs","shutdown_behavior":"a""#,
        ),
        (r#""type":"amazon-ebs","enhanced_networking":true"#, r#""type":"amazon-ebs","ena_support":true"#),
        (
            r#""type":"amazon-ebs","ssh_private_ip":true"#,
            r#""type":"amazon-ebs","ssh_interface":"private_ip""#,
        ),
        (
            r#""type":"amazon-ebs","ssh_private_ip":"false""#,
            r#""type":"amazon-ebs","ssh_interface":"public_ip""#,
        ),
        (
            r#""type":"amazon-ebs","temporary_security_group_source_cidr":"a""#,
            r#""type":"amazon-ebs","temporary_security_group_source_cidrs":["a"]"#,
        ),
        (r#""type":"amazon-ebs","spot_price_auto_product":"a""#, r#""type":"amazon-ebs""#),
        (r#""type":"x","spot_price_auto_product":"a""#, r#""type":"x","spot_price_auto_product":"a""#),
        (
            r#""type":"vmware-iso","remote_type":"esx5","skip_compaction":false"#,
            r#""type":"vmware-iso","remote_type":"esx5","disk_type_id":"zeroedthick","skip_compaction":true"#,
        ),
        (
            r#""type":"vmware-iso","remote_type":"esx5","disk_type_id":"thin""#,
            r#""type":"vmware-iso","remote_type":"esx5","disk_type_id":"thin""#,
        ),
        (
            r#""type":"hyperv-iso","vhd_temp_path":"a","cpu":1,"ram_size":2"#,
            r#""type":"hyperv-iso","cpus":1,"memory":2"#,
        ),
        (
            r#""type":"hyperv-vmcx","clone_from_vmxc_path":"a""#,
            r#""type":"hyperv-vmcx","clone_from_vmcx_path":"a""#,
        ),
        (r#""type":"qemu","disk_size":40000"#, r#""type":"qemu","disk_size":"40000M""#),
        (
            r#""type":"qemu","ssh_host_port_min":1,"host_port_min":2,"ssh_host_port_max":3"#,
            r#""type":"qemu","host_port_min":1,"host_port_max":3"#,
        ),
        (
            r#""type":"virtualbox-iso","ssh_host_port_min":1,"host_port_min":2"#,
            r#""type":"virtualbox-iso","host_port_min":2"#,
        ),
        (
            r#""type":"virtualbox-iso","ssh_host_port_max":1,"ssh_skip_nat_mapping":true"#,
            r#""type":"virtualbox-iso","host_port_max":1,"skip_nat_mapping":true"#,
        ),
        (r#""type":"vmware-iso","ssh_host_port_min":1"#, r#""type":"vmware-iso","ssh_host_port_min":1"#),
        (r#""type":"x","ssh_wait_timeout":"5m""#, r#""type":"x","ssh_timeout":"5m""#),
        (r#""type":"x","ssh_wait_timeout":"5m","ssh_timeout":"6m""#, r#""type":"x","ssh_timeout":"6m""#),
        (
            r#""type":"vsphere-iso","network":"a","networkCard":"b","network_card":"c","disk_size":1,"disk_thin_provisioned":true,"disk_eagerly_scrub":false,"storage":[{"x":1}]"#,
            r#""type":"vsphere-iso","network_adapters":[{"network":"a","network_card":"c"}],"storage":[{"disk_size":1,"disk_thin_provisioned":true,"disk_eagerly_scrub":false},{"x":1}]"#,
        ),
        (
            r#""type":"azure-chroot","shared_image_destination":{"exlude_from_latest":true}"#,
            r#""type":"azure-chroot","shared_image_destination":{"exclude_from_latest":true}"#,
        ),
    ] {
        let whole = |options: &str| format!("{{\"builders\":[{{{options}}}]}}");
        let (text, messages) = fixed(&whole(before));
        assert_eq!(json(&text), json(&whole(after)), "{before}");
        assert_eq!(messages.is_empty(), before == after, "{before}: {messages:?}");
    }
}

#[test]
fn steps_as_packer_mends_them() {
    for (before, after) in [
        (
            r#""provisioners":[{"type":"ansible-local","galaxycommand":"a"}]"#,
            r#""provisioners":[{"type":"ansible-local","galaxy_command":"a"}]"#,
        ),
        (
            r#""provisioners":[{"type":"powershell","elevated_user":"`$a","elevated_password":"``","environment_vars":["A=`\"x`'","B=`n"]}]"#,
            r#""provisioners":[{"type":"powershell","elevated_user":"$a","elevated_password":"`","environment_vars":["A=\"x'","B=`n"]}]"#,
        ),
        (
            r#""post-processors":[{"type":"manifest","filename":"a","output":"b"}]"#,
            r#""post-processors":[{"type":"manifest","output":"a"}]"#,
        ),
        (
            r#""post-processors":[{"type":"docker-push","login_email":"a"}]"#,
            r#""post-processors":[{"type":"docker-push"}]"#,
        ),
        (
            r#""post-processors":[["vagrant",{"type":"docker-tag","tag":"a, b","tags":["b","c"]}]]"#,
            r#""post-processors":[["vagrant",{"type":"docker-tag","tags":["a","b","c"]}]]"#,
        ),
        (
            r#""post-processors":[{"type":"vagrant","virtualbox":{"output":"x"}}]"#,
            r#""post-processors":[{"type":"vagrant","override":{"virtualbox":{"output":"x"}}}]"#,
        ),
    ] {
        let whole = |steps: &str| format!("{{\"builders\":[{{\"type\":\"null\"}}],{steps}}}");
        let (text, messages) = fixed(&whole(before));
        assert_eq!(json(&text), json(&whole(after)), "{before}");
        assert!(!messages.is_empty(), "{before}");
    }
}

/// What Packer leaves as it is, so that the template stays wrong.
#[test]
fn more_than_packer_mends() {
    for (before, after) in [
        (
            r#"{"builders":[{"type":"x","iso_checksum_type":"none"}]}"#,
            r#"{"builders":[{"type":"x","iso_checksum":"none"}]}"#,
        ),
        (
            r#"{"builders":[{"type":"x","iso_checksum":"md5:a","iso_checksum_type":"md5"}]}"#,
            r#"{"builders":[{"type":"x","iso_checksum":"md5:a"}]}"#,
        ),
        (
            r#"{"builders":[{"type":"amazon-ebs","ssh_private_ip":true,"ssh_interface":"x"}]}"#,
            r#"{"builders":[{"type":"amazon-ebs","ssh_interface":"x"}]}"#,
        ),
        (
            r#"{"builders":[{"type":"virtualbox-ovf","guest_additions_attach":true}]}"#,
            r#"{"builders":[{"type":"virtualbox-ovf","guest_additions_mode":"attach"}]}"#,
        ),
        (
            r#"{"builders":[{"type":"vmware-iso","ssh_skip_request_pty":true}]}"#,
            r#"{"builders":[{"type":"vmware-iso"}]}"#,
        ),
        (
            r#"{"builders":[{"type":"vmware"}],"provisioners":[{"type":"shell","only":["vmware"],"override":{"vmware":{}}}],"post-processors":[{"type":"a","except":["vmware"]}]}"#,
            r#"{"builders":[{"type":"vmware-iso"}],"provisioners":[{"type":"shell","only":["vmware-iso"],"override":{"vmware-iso":{}}}],"post-processors":[{"type":"a","except":["vmware-iso"]}]}"#,
        ),
    ] {
        assert_eq!(json(&fixed(before).0), json(after), "{before}");
    }
}

#[test]
fn all_else_stays_as_it_is_written() {
    let before = r#"
{ "variables" : {"b":"\u00e9", "a": null},
  "builders": [{
    "ssh_key_path" :  "key"
  , "iso_checksum_type": "sha256", "iso_checksum": "{{ user `sum` }}",
    "type": "virtualbox",   "big": 1e21, "small": 0.10,
    "ssh_wait_timeout": "5m"
  }],
  "post-processors": [ [ "compress" , { "type":"manifest", "filename": "m.json" } ] ]
}
"#;
    let after = r#"
{ "variables" : {"b":"\u00e9", "a": null},
  "builders": [{
    "ssh_private_key_file" :  "key", "iso_checksum": "sha256:{{ user `sum` }}",
    "type": "virtualbox-iso",   "big": 1e21, "small": 0.10,
    "ssh_timeout": "5m"
  }],
  "post-processors": [ [ "compress" , { "type":"manifest", "output": "m.json" } ] ]
}
"#;
    let (text, messages) = fixed(before);
    assert_eq!(text, after);
    assert_eq!(messages.len(), 5, "{messages:?}");
    assert_eq!(fixed(after), (after.to_owned(), Vec::new()));
}

#[test]
fn what_needs_no_mending_here_is_mended_for_packer_only() {
    let text = r#"{"builders":[{"type":"qemu","disk_size":40000}]}"#;
    assert_eq!(read(&Source::new("t.json", text)).diagnostics.all, []);
    assert_eq!(fixed(text).1, ["'disk_size' is a text with its unit now"]);
}
