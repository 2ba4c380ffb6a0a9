//! Options of the provisioner `ansible`, which runs Ansible on this computer.

use crate::option_set;
use crate::options::paths::{self, Wanted};
use crate::options::words::{fill, one_of};
use crate::options::{Check, Component};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What to run and how (Packer's ansible plugin 1.1, `provisioner/ansible`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Playbook {
    /// The playbook. Required.
    pub playbook_file: String,
    /// The program that plays it; no shell is involved.
    pub command: String,
    /// Arguments for Ansible, one each: no shell takes quotes away. Rendered when the machine runs.
    pub extra_arguments: Vec<String>,
    /// Environment variables for Ansible: `NAME=value`. Rendered when the machine runs.
    pub ansible_env_vars: Vec<String>,
    /// Arguments for Ansible's own SSH. Default: `-o IdentitiesOnly=yes`.
    pub ansible_ssh_extra_args: Vec<String>,
    /// The user as whom Ansible logs in. Default: this computer's user; without the proxy, the communicator's.
    pub user: String,
    /// Whether to leave out the look at Ansible's version. Default: false.
    pub skip_version_check: bool,
    /// Whether Ansible reaches a Windows machine by plain HTTP. Default: false.
    pub ansible_winrm_use_http: bool,
}

impl Default for Playbook {
    fn default() -> Self {
        Self {
            playbook_file: String::new(),
            command: "ansible-playbook".into(),
            extra_arguments: Vec::new(),
            ansible_env_vars: Vec::new(),
            ansible_ssh_extra_args: Vec::new(),
            user: String::new(),
            skip_version_check: false,
            ansible_winrm_use_http: false,
        }
    }
}

/// What Ansible knows of the machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Inventory {
    /// The machine's name in the inventory.
    pub host_alias: String,
    /// Groups that the machine is in.
    pub groups: Vec<String>,
    /// Groups that are there without a machine.
    pub empty_groups: Vec<String>,
    /// An inventory of your own. Default: one is made.
    pub inventory_file: String,
    /// Folder in which the inventory is made. Default: the system's folder for temporary files.
    pub inventory_directory: String,
    /// The machine's line in the inventory; variables: `HostAlias`, `Host`, `User`, `Port`.
    pub inventory_file_template: String,
    /// Whether the inventory stays. Default: false.
    pub keep_inventory_file: bool,
}

impl Default for Inventory {
    fn default() -> Self {
        Self {
            host_alias: "default".into(),
            groups: Vec::new(),
            empty_groups: Vec::new(),
            inventory_file: String::new(),
            inventory_directory: String::new(),
            inventory_file_template: String::new(),
            keep_inventory_file: false,
        }
    }
}

/// The SSH server on this computer by which Ansible reaches the machine.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Proxy {
    /// Whether Ansible reaches the machine through the communicator's connection. Default: true.
    pub use_proxy: Option<bool>,
    /// The first of ten ports to try. Default: any free one.
    pub local_port: i64,
    /// Private key of the server. Default: one is made.
    pub ssh_host_key_file: String,
    /// Public key that may log in. Default: one is made.
    pub ssh_authorized_key_file: String,
    /// Kind of the keys that are made: `ECDSA` or `RSA`. Default: `ECDSA`.
    pub ansible_proxy_key_type: String,
    /// The command in the machine that serves SFTP. Default: `/usr/lib/sftp-server -e`.
    pub sftp_command: String,
    /// Whether Ansible copies files with SFTP rather than SCP. Default: false.
    pub use_sftp: bool,
}

/// Roles and collections that are installed before.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Galaxy {
    /// Requirements file for `ansible-galaxy`.
    pub galaxy_file: String,
    /// The program that installs them. Default: `ansible-galaxy`.
    pub galaxy_command: String,
    /// Whether they are installed again where they are already. Default: false.
    pub galaxy_force_install: bool,
    /// The same, with what they depend on. Default: false.
    pub galaxy_force_with_deps: bool,
    /// Folder for roles. Default: Ansible's own.
    pub roles_path: String,
    /// Folder for collections. Default: Ansible's own.
    pub collections_path: String,
}

option_set! {
    /// Options of `ansible`.
    pub struct Ansible {
        /// What to run.
        pub playbook: Playbook,
        /// What Ansible knows of the machine.
        pub inventory: Inventory,
        /// How Ansible reaches the machine.
        pub proxy: Proxy,
        /// What is installed before.
        pub galaxy: Galaxy,
    }
}

impl Component for Ansible {
    const TYPE: &'static str = "ansible";
    const RUNS: bool = false;
    const DEFERRED: &'static [(&'static str, &'static [&'static str])] = &[
        ("ansible_env_vars", &[]),
        ("extra_arguments", &[]),
        ("inventory_file_template", &["HostAlias", "Host", "User", "Port"]),
    ];

    fn check(&mut self, check: &mut Check) {
        let Self { playbook, inventory, proxy, galaxy } = self;
        if playbook.playbook_file.is_empty() {
            check.missing("playbook_file", "'playbook_file' is missing").hint("name the playbook to play");
        }
        for (option, path, wanted) in [
            ("playbook_file", &playbook.playbook_file, Wanted::File),
            ("inventory_directory", &inventory.inventory_directory, Wanted::Folder),
            ("ssh_host_key_file", &proxy.ssh_host_key_file, Wanted::File),
            ("ssh_authorized_key_file", &proxy.ssh_authorized_key_file, Wanted::File),
            ("galaxy_file", &galaxy.galaxy_file, Wanted::File),
        ] {
            paths::check(check, option, path, wanted);
        }
        if !(0..=65535).contains(&proxy.local_port) {
            check
                .error("local_port", format!("{} is not a TCP port", proxy.local_port))
                .hint("give 1 to 65535, or leave it out");
        }
        one_of("ansible_proxy_key_type", &proxy.ansible_proxy_key_type, &["ECDSA", "RSA"], check);
        fill(&mut playbook.command, "ansible-playbook");
        fill(&mut inventory.host_alias, "default");
        fill(&mut proxy.ansible_proxy_key_type, "ECDSA");
        fill(&mut proxy.sftp_command, "/usr/lib/sftp-server -e");
        fill(&mut galaxy.galaxy_command, "ansible-galaxy");
        proxy.use_proxy = proxy.use_proxy.or(Some(true));
    }
}
