//! Options of the provisioner `salt-masterless`, which runs Salt in the machine.

use super::guest::Guest;
use crate::option_set;
use crate::options::paths::{self, Wanted};
use crate::options::words::fill;
use crate::options::{Check, Component};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What to copy into the machine and to apply there (Packer's salt plugin 1.0).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Salt {
    /// Folder of the state tree. Required.
    pub local_state_tree: String,
    /// Folder of the pillar.
    pub local_pillar_roots: String,
    /// Where the state tree goes in the machine. Default: `/srv/salt`, on Windows `C:/salt/state`.
    pub remote_state_tree: String,
    /// Where the pillar goes in the machine. Default: `/srv/pillar`, on Windows `C:/salt/pillar/`.
    pub remote_pillar_roots: String,
    /// The minion's configuration file; excludes `remote_state_tree` and `remote_pillar_roots`.
    pub minion_config: String,
    /// File of grains.
    pub grains_file: String,
    /// URLs of formulas, of the form `….git//folder`; they go into the state tree.
    pub formulas: Vec<String>,
    /// Whether Salt is there already. Default: false.
    pub skip_bootstrap: bool,
    /// Arguments for the script that installs Salt.
    pub bootstrap_args: String,
    /// Whether commands run without `sudo`. Default: false.
    pub disable_sudo: bool,
    /// The state to apply. Default: the highstate.
    pub custom_state: String,
    /// How much Salt says. Default: `info`.
    pub log_level: String,
    /// More arguments for `salt-call`.
    pub salt_call_args: String,
    /// Folder in the machine of the program `salt-call`. Default: found by `PATH`.
    pub salt_bin_dir: String,
    /// Whether a state that fails counts as success. Default: false.
    pub no_exit_on_failure: bool,
    /// Folder in the machine through which all of this goes. Default: `/tmp/salt`, on Windows `C:/Windows/Temp/salt/`.
    pub temp_config_dir: String,
}

option_set! {
    /// Options of `salt-masterless`.
    pub struct SaltMasterless {
        /// What to apply.
        pub salt: Salt,
        /// The machine's system.
        pub guest: Guest,
    }
}

impl Component for SaltMasterless {
    const TYPE: &'static str = "salt-masterless";
    const RUNS: bool = false;

    fn check(&mut self, check: &mut Check) {
        let Self { salt, guest } = self;
        guest.check(check);
        if salt.local_state_tree.is_empty() {
            check
                .missing("local_state_tree", "'local_state_tree' is missing")
                .hint("name the folder of the state tree to apply");
        }
        paths::check(check, "local_state_tree", &salt.local_state_tree, Wanted::Folder);
        paths::check(check, "local_pillar_roots", &salt.local_pillar_roots, Wanted::Folder);
        paths::check(check, "minion_config", &salt.minion_config, Wanted::File);
        paths::check(check, "grains_file", &salt.grains_file, Wanted::File);
        for (option, tree) in [
            ("remote_state_tree", &salt.remote_state_tree),
            ("remote_pillar_roots", &salt.remote_pillar_roots),
        ] {
            if !salt.minion_config.is_empty() && !tree.is_empty() {
                check
                    .error(option, format!("'{option}' and 'minion_config' exclude each other"))
                    .hint("the minion's configuration says where its trees are");
            }
        }
        for (index, formula) in salt.formulas.iter().enumerate() {
            if formula.split_once(".git//").is_none_or(|(_, folder)| folder.is_empty()) {
                check
                    .error(
                        format!("formulas[{index}]"),
                        format!("'{formula}' does not name a folder of a Git repository"),
                    )
                    .hint("write it as \"git::https://HOST/NAME.git//FOLDER\"");
            }
        }
        salt.fill_in(guest);
    }
}

impl Salt {
    fn fill_in(&mut self, guest: &Guest) {
        if self.minion_config.is_empty() {
            fill(&mut self.remote_state_tree, guest.either("/srv/salt", "C:/salt/state"));
            fill(&mut self.remote_pillar_roots, guest.either("/srv/pillar", "C:/salt/pillar/"));
        }
        fill(&mut self.temp_config_dir, guest.either("/tmp/salt", "C:/Windows/Temp/salt/"));
        fill(&mut self.log_level, "info");
    }
}
