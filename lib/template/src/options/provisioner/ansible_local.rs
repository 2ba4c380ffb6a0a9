//! Options of the provisioner `ansible-local`, which runs Ansible in the machine.

use crate::option_set;
use crate::options::paths::{self, Wanted};
use crate::options::words::fill;
use crate::options::{Check, Component};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What to copy into the machine and to run there (Packer's ansible plugin 1.1, `provisioner/ansible-local`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Local {
    /// The playbook. Exactly one of this and `playbook_files` is required.
    pub playbook_file: String,
    /// Playbooks, played one after the other.
    pub playbook_files: Vec<String>,
    /// Folder that is copied before all else, as the staging folder.
    pub playbook_dir: String,
    /// Folders that are copied into the staging folder's `playbooks`.
    pub playbook_paths: Vec<String>,
    /// Folders of roles, copied into the staging folder's `roles`.
    pub role_paths: Vec<String>,
    /// Folders of collections, copied into the staging folder's `collections`.
    pub collection_paths: Vec<String>,
    /// Folder of variables of groups.
    pub group_vars: String,
    /// Folder of variables of hosts.
    pub host_vars: String,
    /// An inventory of your own. Default: one of the machine alone.
    pub inventory_file: String,
    /// Groups that the machine is in, where the inventory is made.
    pub inventory_groups: Vec<String>,
    /// The command that plays a playbook. Default: `ANSIBLE_FORCE_COLOR=1 PYTHONUNBUFFERED=1 ansible-playbook`.
    pub command: String,
    /// Arguments for Ansible; the machine's shell sees them.
    pub extra_arguments: Vec<String>,
    /// Folder in the machine for all of this. Default: `/tmp/packer-provisioner-ansible-local/UUID`.
    pub staging_directory: String,
    /// Whether the staging folder is removed after success. Default: false.
    pub clean_staging_directory: bool,
    /// Requirements file for `ansible-galaxy`.
    pub galaxy_file: String,
    /// The program that installs them. Default: `ansible-galaxy`.
    pub galaxy_command: String,
    /// Whether they are installed again where they are already. Default: false.
    pub galaxy_force_install: bool,
    /// Folder in the machine for roles. Default: `galaxy_roles` in the staging folder.
    pub galaxy_roles_path: String,
    /// Folder in the machine for collections. Default: `galaxy_collections` in the staging folder.
    pub galaxy_collections_path: String,
}

option_set! {
    /// Options of `ansible-local`.
    pub struct AnsibleLocal {
        /// What to copy and to run.
        pub local: Local,
    }
}

impl Component for AnsibleLocal {
    const TYPE: &'static str = "ansible-local";
    const RUNS: bool = false;

    fn check(&mut self, check: &mut Check) {
        let local = &mut self.local;
        match (local.playbook_file.is_empty(), local.playbook_files.is_empty()) {
            (true, true) => {
                check
                    .missing("playbook_file", "'playbook_file' is missing")
                    .hint("name the playbook to play, or several in 'playbook_files'");
            }
            (false, false) => {
                check
                    .error("playbook_files", "'playbook_file' and 'playbook_files' exclude each other")
                    .hint("put all playbooks into 'playbook_files'");
            }
            _ => {}
        }
        for (option, path, wanted) in [
            ("playbook_file", &local.playbook_file, Wanted::File),
            ("playbook_dir", &local.playbook_dir, Wanted::Folder),
            ("group_vars", &local.group_vars, Wanted::Folder),
            ("host_vars", &local.host_vars, Wanted::Folder),
            ("inventory_file", &local.inventory_file, Wanted::File),
            ("galaxy_file", &local.galaxy_file, Wanted::File),
        ] {
            paths::check(check, option, path, wanted);
        }
        paths::check_all(check, "playbook_files", &local.playbook_files, Wanted::File);
        paths::check_all(check, "playbook_paths", &local.playbook_paths, Wanted::Folder);
        paths::check_all(check, "role_paths", &local.role_paths, Wanted::Folder);
        paths::check_all(check, "collection_paths", &local.collection_paths, Wanted::Folder);
        fill(&mut local.command, "ANSIBLE_FORCE_COLOR=1 PYTHONUNBUFFERED=1 ansible-playbook");
        fill(&mut local.galaxy_command, "ansible-galaxy");
    }
}
