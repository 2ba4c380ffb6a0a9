use crate::options::builder::amazon_ebs::AmazonEbs;
use crate::options::{Check, Component, OptionSet, read};
use serde_json::{Map, Value, json};

/// Options that are right, with some of them replaced.
fn with(changes: Value) -> Map<String, Value> {
    let base = json!({
        "region": "us-east-1",
        "ami_name": "web",
        "source_ami": "ami-1",
        "instance_type": "t3.micro",
        "ssh_username": "admin",
    });
    let (Value::Object(mut base), Value::Object(changes)) = (base, changes) else { panic!("objects") };
    base.extend(changes);
    base.retain(|_, value| !value.is_null());
    base
}

fn checked(options: &Map<String, Value>) -> (AmazonEbs, Check) {
    let mut options: AmazonEbs = read(options).unwrap();
    let mut check = Check::default();
    options.check(&mut check);
    (options, check)
}

/// What is found, as `path: message`; warnings have a `?` before them.
fn findings(changes: Value) -> Vec<String> {
    let (_, check) = checked(&with(changes));
    let say = |finding: &crate::options::Finding| {
        format!("{}{}: {}", if finding.warning { "? " } else { "" }, finding.path, finding.message)
    };
    check.findings.iter().map(say).collect()
}

/// Checks each row of a table: options, and what is found.
fn table(rows: &[(Value, &[&str])]) {
    for (changes, expected) in rows {
        assert_eq!(findings(changes.clone()), *expected, "{changes}");
    }
}

#[test]
fn access() {
    table(&[
        (json!({}), &[]),
        (json!({"access_key": "a", "secret_key": "b"}), &[]),
        (json!({"access_key": "a"}), &["access_key: access_key is set, but secret_key is not"]),
        (json!({"secret_key": "a"}), &["secret_key: secret_key is set, but access_key is not"]),
        (
            json!({"access_key": "a", "secret_key": "b", "vault_aws_engine": {"name": "n"}}),
            &[
                "access_key: access_key and vault_aws_engine exclude each other",
                "secret_key: secret_key and vault_aws_engine exclude each other",
            ],
        ),
        (
            json!({"vault_aws_engine": {"ttl": "60s"}}),
            &["vault_aws_engine.name: the name of Vault's role is missing"],
        ),
        (
            json!({"assume_role": {"session_name": "s"}}),
            &["? assume_role: no role is assumed, since role_arn is missing"],
        ),
        (
            json!({"assume_role": {"role_arn": "arn:aws:iam::1:role/r", "duration_seconds": 60}}),
            &["assume_role.duration_seconds: a session of 60 seconds is not possible"],
        ),
        (json!({"aws_polling": {"delay_seconds": -1}}), &["aws_polling.delay_seconds: -1 is below zero"]),
    ]);
}

#[test]
fn image_names() {
    table(&[
        (json!({"ami_name": null}), &["ami_name: the image has no name"]),
        (json!({"ami_name": "ab"}), &["ami_name: the name has 2 characters"]),
        (json!({"ami_name": "a".repeat(129)}), &["ami_name: the name has 129 characters"]),
        (json!({"ami_name": "a:b+"}), &["ami_name: an image's name can't have '+', ':'"]),
        (json!({"ami_name": "a (b) [c]/d-e.f'g@h_i"}), &[]),
    ]);
}

#[test]
fn keys_and_sharing() {
    table(&[
        (
            json!({"kms_key_id": "alias/k"}),
            &["kms_key_id: kms_key_id has no meaning unless encrypt_boot is true"],
        ),
        (json!({"kms_key_id": "k", "encrypt_boot": true}), &["kms_key_id: 'k' is not the name of a KMS key"]),
        (
            json!({"encrypt_boot": true, "ami_regions": ["eu-west-1"], "region_kms_key_ids": {"eu-west-2": "alias/k"}}),
            &[
                "region_kms_key_ids.eu-west-2: region eu-west-2 has a key, but is not in ami_regions",
                "ami_regions: region eu-west-1 has no key in region_kms_key_ids",
            ],
        ),
        (
            json!({"encrypt_boot": true, "ami_regions": ["us-east-1"], "region_kms_key_ids": {"us-east-1": "alias/k"}}),
            &[],
        ),
        (
            json!({"encrypt_boot": true, "ami_users": ["1"], "snapshot_users": ["1"]}),
            &[
                "ami_users: what is encrypted with the default key can't be shared",
                "snapshot_users: what is encrypted with the default key can't be shared",
            ],
        ),
        (
            json!({"encrypt_boot": true, "ami_ou_arns": ["o"], "ami_regions": ["eu-west-1"], "region_kms_key_ids": {"eu-west-1": ""}}),
            &["ami_ou_arns: what is encrypted with the default key of eu-west-1 can't be shared"],
        ),
        (json!({"encrypt_boot": true, "ami_org_arns": ["o"], "kms_key_id": "alias/k"}), &[]),
    ]);
}

#[test]
fn image_attributes() {
    table(&[
        (
            json!({"ami_virtualization_type": "HVM", "imds_support": "v1"}),
            &[
                "ami_virtualization_type: 'HVM' is not a value of ami_virtualization_type",
                "imds_support: 'v1' is not a value of imds_support",
            ],
        ),
        (
            json!({"snapshot_copy_duration_minutes": 20}),
            &[
                "snapshot_copy_duration_minutes: the duration of a time-based copy is not a multiple of 15 minutes",
            ],
        ),
        (json!({"deprecate_at": "tomorrow"}), &["deprecate_at: 'tomorrow' is not a time"]),
        (json!({"deprecate_at": "2020-01-01T00:00:00Z"}), &["deprecate_at: 2020-01-01T00:00:00Z has passed"]),
        (
            json!({"deprecate_at": "2999-01-01T00:00:00Z"}),
            &["deprecate_at: 2999-01-01T00:00:00Z is more than ten years from now"],
        ),
        (
            json!({"skip_save_build_region": true}),
            &[
                "? skip_save_build_region: no image will be left, since ami_regions names no region to copy it to",
            ],
        ),
        (
            json!({"fast_launch": {"max_parallel_launches": 5, "template_id": "a", "template_name": "b", "region_launch_templates": [{"template_version": 2}, {"region": "r"}, {"region": "r"}]}}),
            &[
                "fast_launch.max_parallel_launches: AWS needs 6 or more",
                "fast_launch.template_name: template_id and template_name exclude each other",
                "fast_launch.region_launch_templates[0].region: the region is missing",
                "fast_launch.region_launch_templates[0].template_version: a version is given, but no launch template",
                "fast_launch.region_launch_templates[2].region: region r has two launch templates",
            ],
        ),
        (
            json!({"tags": {"": "x", "aws:x": "y", "k": "v".repeat(257)}}),
            &[
                "tags: a tag has no key",
                "tags.aws:x: tags that begin with 'aws:' are AWS's own",
                "tags.k: the tag's value has 257 characters; AWS allows 256",
            ],
        ),
    ]);
}

#[test]
fn machine() {
    table(&[
        (json!({"source_ami": null}), &["source_ami: the image to start from is missing"]),
        (
            json!({"source_ami": null, "source_ami_filter": {"filters": {"name": "x"}}}),
            &["source_ami_filter.owners: the filter does not say who owns the image"],
        ),
        (json!({"source_ami_filter": {"filters": {"name": "x"}}}), &[]),
        (json!({"source_ami": "debian"}), &["? source_ami: 'debian' does not look like an image's id"]),
        (json!({"instance_type": null}), &["instance_type: the type of the machine is missing"]),
        (
            json!({"enable_unlimited_credits": true, "instance_type": "m5.large"}),
            &["enable_unlimited_credits: machines of type 'm5.large' have no CPU credits"],
        ),
        (
            json!({"enable_t2_unlimited": true}),
            &["? enable_t2_unlimited: enable_t2_unlimited is the old name of enable_unlimited_credits"],
        ),
        (
            json!({"enable_nitro_enclave": true}),
            &["enable_nitro_enclave: machines of type 't3.micro' have no Nitro Enclaves"],
        ),
        (json!({"enable_nitro_enclave": true, "instance_type": "trn1.2xlarge"}), &[]),
        (json!({"enable_nested_virtualization": true, "instance_type": "m8i-flex.large"}), &[]),
        (
            json!({"enable_nested_virtualization": true}),
            &["enable_nested_virtualization: machines of type 't3.micro' cannot run virtual machines"],
        ),
        (
            json!({"user_data": "a", "user_data_file": "b"}),
            &["user_data_file: user_data and user_data_file exclude each other"],
        ),
        (
            json!({"user_data_file": "/nowhere"}),
            &["user_data_file: can't read '/nowhere': No such file or directory (os error 2)"],
        ),
        (json!({"user_data_file": "/"}), &["user_data_file: '/' is not a file"]),
        (json!({"user_data": "x".repeat(30000)}), &["user_data: 30000 bytes of user data are too much"]),
        (
            json!({"capacity_reservation_id": "cr-1", "capacity_reservation_preference": "open"}),
            &[
                "capacity_reservation_preference: capacity_reservation_id and capacity_reservation_preference exclude each other",
            ],
        ),
        (
            json!({"shutdown_behavior": "halt", "ssh_interface": "public"}),
            &[
                "shutdown_behavior: 'halt' is not a value of shutdown_behavior",
                "ssh_interface: 'public' is not a value of ssh_interface",
            ],
        ),
        (
            json!({"ssh_interface": "session_manager"}),
            &["ssh_interface: Session Manager needs an instance profile, and none is given"],
        ),
    ]);
}

#[test]
fn placement_licences_metadata_and_policies() {
    table(&[
        (json!({"tenancy": "dedicated"}), &["? tenancy: tenancy has moved into placement"]),
        (
            json!({"tenancy": "host", "placement": {"tenancy": "host"}}),
            &["tenancy: tenancy is given twice: here and in placement"],
        ),
        (
            json!({"placement": {"tenancy": "default", "host_id": "h", "host_resource_group_arn": "g"}}),
            &[
                "placement.host_id: host_id and host_resource_group_arn exclude each other",
                "placement.tenancy: a machine on a host of your own can't have tenancy 'default'",
            ],
        ),
        (
            json!({"license_specifications": [{"license_configuration_request": {}}]}),
            &[
                "license_specifications[0].license_configuration_request: license_configuration_arn is missing",
            ],
        ),
        (
            json!({"metadata_options": {"http_endpoint": "disabled", "http_tokens": "x", "http_put_response_hop_limit": 65, "instance_metadata_tags": "enabled"}}),
            &[
                "metadata_options.http_tokens: 'x' is not a value of http_tokens",
                "metadata_options.http_put_response_hop_limit: 65 hops are not possible",
                "metadata_options.instance_metadata_tags: a metadata service that is disabled can't show tags",
            ],
        ),
        (
            json!({"temporary_iam_instance_profile_policy_document": {"Statement": [{"Effect": "allow", "Action": ["*"]}]}}),
            &[
                "temporary_iam_instance_profile_policy_document.Statement[0].Effect: 'allow' is not a value of Effect",
                "temporary_iam_instance_profile_policy_document.Statement[0].Resource: Resource is missing",
            ],
        ),
    ]);
}

#[test]
fn network() {
    table(&[
        (
            json!({"security_group_id": "a", "security_group_ids": ["b"]}),
            &["security_group_id: security_group_id and security_group_ids exclude each other"],
        ),
        (
            json!({"temporary_security_group_source_cidrs": ["10.0.0.1/8", "::/0", "1.2.3.4", "1.2.3.4/33"]}),
            &[
                "temporary_security_group_source_cidrs[2]: '1.2.3.4' is not a range of addresses",
                "temporary_security_group_source_cidrs[3]: '1.2.3.4/33' is not a range of addresses",
            ],
        ),
        (
            json!({"vpc_filter": {"filters": {"tag:Class": ""}}}),
            &["vpc_filter.filters.tag:Class: a filter needs a name and a value"],
        ),
    ]);
}

#[test]
fn spot() {
    table(&[
        (json!({"spot_price": "auto", "spot_tags": {"a": "b"}}), &[]),
        (json!({"spot_price": "cheap"}), &["spot_price: 'cheap' is not a price"]),
        (
            json!({"spot_price": "0", "spot_tags": {"a": "b"}, "fleet_tag": [{"key": "a", "value": "b"}]}),
            &[
                "spot_tags: spot_tags has no meaning without spot_price",
                "fleet_tags: fleet_tags has no meaning without spot_price",
            ],
        ),
        (
            json!({"spot_price": "1", "spot_instance_types": ["t3.micro"]}),
            &["spot_instance_types: instance_type and spot_instance_types exclude each other"],
        ),
        (
            json!({"instance_type": null, "spot_instance_types": ["t3.micro"]}),
            &["spot_instance_types: spot_instance_types has no meaning without spot_price"],
        ),
        (
            json!({"spot_price": "1", "ena_support": true, "sriov_support": true, "spot_allocation_strategy": "cheapest"}),
            &[
                "spot_allocation_strategy: 'cheapest' is not a value of spot_allocation_strategy",
                "ena_support: ena_support can't be changed on a spot machine",
                "sriov_support: sriov_support can't be changed on a spot machine",
            ],
        ),
        (
            json!({"block_duration_minutes": 60, "spot_price_auto_product": "Linux/UNIX"}),
            &[
                "? spot_price_auto_product: spot_price_auto_product has no effect any more",
                "? block_duration_minutes: block_duration_minutes has no effect any more",
            ],
        ),
        (
            json!({"block_duration_minutes": 61}),
            &["block_duration_minutes: the duration is not a multiple of 60 minutes"],
        ),
    ]);
}

#[test]
fn disks() {
    let path = |number: usize, rest: &str| format!("launch_block_device_mappings[{number}].{rest}");
    let devices = json!([
        {},
        {"device_name": "/dev/a", "virtual_name": "ephemeral24"},
        {"device_name": "/dev/a", "volume_type": "gp4"},
        {"device_name": "/dev/b", "volume_type": "io1", "volume_size": 10, "iops": 600},
        {"device_name": "/dev/c", "volume_type": "io2", "iops": 99},
        {"device_name": "/dev/d", "volume_type": "gp3", "iops": 2999, "throughput": 1001},
        {"device_name": "/dev/e", "throughput": 200},
        {"device_name": "/dev/f", "volume_type": "io1"},
        {"device_name": "/dev/g", "volume_type": "gp2", "iops": 100},
        {"device_name": "/dev/h", "kms_key_id": "k", "encrypted": false},
        {"device_name": "/dev/i", "no_device": true, "volume_type": "x"},
        {"device_name": "/dev/j", "volume_type": "io1", "volume_size": 10, "iops": 509},
    ]);
    assert_eq!(
        findings(json!({"launch_block_device_mappings": devices})),
        [
            path(0, "device_name: the device has no name"),
            path(1, "virtual_name: 'ephemeral24' is not the name of an instance store disk"),
            format!("? {}", path(2, "volume_type: 'gp4' is not a type of volume known here")),
            path(2, "device_name: device /dev/a is given twice"),
            path(3, "iops: 600 operations a second are too many for 10 GiB"),
            path(4, "iops: 99 operations a second are not possible"),
            path(5, "throughput: 1001 MiB a second are not possible"),
            path(5, "iops: 2999 operations a second are not possible"),
            path(6, "throughput: only gp3 volumes have a throughput of their own"),
            path(7, "iops: io1 volumes need iops"),
            format!("? {}", path(8, "iops: iops has no effect on gp2 volumes")),
            path(9, "kms_key_id: a disk that is not encrypted has no key"),
            path(9, "kms_key_id: 'k' is not the name of a KMS key"),
        ]
    );
    table(&[(
        json!({"ami_block_device_mappings": [{"device_name": "/dev/a", "kms_key_id": "alias/k"}]}),
        &["ami_block_device_mappings[0].kms_key_id: a key can't be given for a disk of the image"],
    )]);
}

#[test]
fn blocks_merge_with_maps_and_defaults_are_filled_in() {
    let (options, check) = checked(&with(json!({
        "tags": {"a": "1", "b": "2"},
        "tag": [{"key": "b", "value": "3"}],
        "run_volume_tag": [{"name": "n", "value": "v"}],
        "subnet_filter": {"filter": [{"name": "tag:x", "value": "y"}], "random": true},
        "ami_regions": ["us-east-1", "eu-west-1", "eu-west-1"],
        "security_group_id": "sg-1",
        "ssh_interface": "ipv6",
        "custom_endpoint_ec2": "ec2.example.com",
        "deregistration_protection": {"with_cooldown": true},
        "fast_launch": {"target_resource_count": 3},
        "tenancy": "dedicated",
        "launch_block_device_mappings": [{"device_name": "/dev/sda1", "volume_size": 8}],
    })));
    assert_eq!(check.findings.len(), 1, "{:?}", check.findings);
    let mut written = Value::Object(options.encode());
    let expected = json!({
        "region": "us-east-1",
        "custom_endpoint_ec2": "https://ec2.example.com",
        "ami_name": "web",
        "ami_regions": ["eu-west-1"],
        "tags": {"a": "1", "b": "3"},
        "deregistration_protection": {"enabled": true, "with_cooldown": true},
        "fast_launch": {"enable_fast_launch": true, "target_resource_count": 3},
        "source_ami": "ami-1",
        "instance_type": "t3.micro",
        "shutdown_behavior": "stop",
        "capacity_reservation_preference": "none",
        "placement": {"tenancy": "dedicated"},
        "metadata_options": {
            "http_endpoint": "enabled",
            "http_tokens": "optional",
            "http_put_response_hop_limit": 1,
            "instance_metadata_tags": "disabled",
        },
        "windows_password_timeout": "20m0s",
        "ssh_interface": "ipv6",
        "subnet_filter": {"filters": {"tag:x": "y"}, "random": true},
        "security_group_ids": ["sg-1"],
        "temporary_security_group_source_cidrs": ["::/0"],
        "launch_block_device_mappings": [{"device_name": "/dev/sda1", "volume_size": 8}],
        "run_volume_tags": {"n": "v"},
    });
    // The communicator's options are tested where they are.
    let written = written.as_object_mut().unwrap();
    written.retain(|name, _| !name.starts_with("ssh_") || name == "ssh_interface");
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(written.remove(name).as_ref(), Some(value), "{name}");
    }
    written.retain(|name, _| {
        AmazonEbs::fields().contains(&name.as_str()) && !communicator_options().contains(&name.as_str())
    });
    assert!(written.is_empty(), "unset options are left out: {written:?}");
}

fn communicator_options() -> Vec<&'static str> {
    crate::options::fields_of::<crate::options::communicator::Communicator>().to_vec()
}

#[test]
fn force_means_force_deregister() {
    let mut options: AmazonEbs = read(&with(json!({}))).unwrap();
    options.check(&mut Check { force: true, ..Check::default() });
    assert!(options.ami.force_deregister);
}

#[test]
fn windows_machines_need_an_rsa_key_for_their_password() {
    let winrm = |more: Value| {
        let base = json!({"communicator": "winrm", "winrm_username": "Administrator", "ssh_username": null});
        let (Value::Object(mut base), Value::Object(more)) = (base, more) else { panic!("objects") };
        base.extend(more);
        Value::Object(base)
    };
    let rows: &[(Value, &[&str])] = &[
        (winrm(json!({})), &[]),
        (winrm(json!({"temporary_key_pair_type": "rsa"})), &[]),
        (
            winrm(json!({"temporary_key_pair_type": "ed25519"})),
            &["temporary_key_pair_type: AWS encrypts the password of a Windows machine with RSA keys only"],
        ),
        (winrm(json!({"temporary_key_pair_type": "ed25519", "winrm_password": "p"})), &[]),
        (
            winrm(json!({"ssh_private_key_file": "/dev/null"})),
            &["ssh_private_key_file: the password of a Windows machine needs the key pair of this key"],
        ),
        (winrm(json!({"ssh_private_key_file": "/dev/null", "ssh_keypair_name": "k"})), &[]),
    ];
    for (changes, expected) in rows {
        assert_eq!(findings(changes.clone()), *expected, "{changes}");
    }
}
