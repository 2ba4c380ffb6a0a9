//! Options of the provisioner `chef-solo`.

use super::{Chef, EXECUTE, INSTALL};
use crate::option_set;
use crate::options::paths::{self, Wanted};
use crate::options::provisioner::guest::Guest;
use crate::options::{Check, Component};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Folders that are copied into the machine for Chef.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Cookbooks {
    /// Folders of cookbooks.
    pub cookbook_paths: Vec<String>,
    /// Folder of roles.
    pub roles_path: String,
    /// Folder of data bags.
    pub data_bags_path: String,
    /// Folder of environments.
    pub environments_path: String,
}

/// What only `chef-solo` has.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Solo {
    /// Folders of cookbooks that are in the machine already.
    pub remote_cookbook_paths: Vec<String>,
}

option_set! {
    /// Options of `chef-solo`.
    pub struct ChefSolo {
        /// What is copied.
        pub cookbooks: Cookbooks,
        /// What is there already.
        pub solo: Solo,
        /// How Chef is run.
        pub chef: Chef,
        /// The machine's system.
        pub guest: Guest,
    }
}

impl Component for ChefSolo {
    const TYPE: &'static str = "chef-solo";
    const RUNS: bool = false;
    const DEFERRED: &'static [(&'static str, &'static [&'static str])] = &[EXECUTE, INSTALL];

    fn check(&mut self, check: &mut Check) {
        self.guest.check(check);
        let cookbooks = &self.cookbooks;
        paths::check_all(check, "cookbook_paths", &cookbooks.cookbook_paths, Wanted::Folder);
        paths::check(check, "roles_path", &cookbooks.roles_path, Wanted::Folder);
        paths::check(check, "data_bags_path", &cookbooks.data_bags_path, Wanted::Folder);
        paths::check(check, "environments_path", &cookbooks.environments_path, Wanted::Folder);
        self.chef.check(Self::TYPE, &self.guest, check);
    }
}
