//! What a planned build depends on besides its template: files of this computer, and the image that it starts from.

use crate::packer_json::Planned;
use serde_json::{Map, Value};

type Object = Map<String, Value>;

/// Options of builders, provisioners and post-processors that name files or folders of this computer: a path, a list of them, or
/// patterns. Keys and certificates are not among them: they open a machine, and do not change what is made.
const FILES: [&str; 34] = [
    "cd_files",
    "config_template",
    "cookbook_paths",
    "data_bags_path",
    "encrypted_data_bag_secret_path",
    "environments_path",
    "floppy_dirs",
    "floppy_files",
    "galaxy_file",
    "group_vars",
    "hiera_config_path",
    "host_vars",
    "http_directory",
    "include",
    "inventory_directory",
    "inventory_file",
    "local_pillar_roots",
    "local_state_tree",
    "manifest_dir",
    "manifest_file",
    "minion_config",
    "module_paths",
    "playbook_dir",
    "playbook_file",
    "playbook_files",
    "playbook_paths",
    "profile",
    "remote_cookbook_paths",
    "role_paths",
    "roles_path",
    "script",
    "scripts",
    "user_data_file",
    "vagrantfile_template",
];

/// The image that a machine starts from, or the appliance that it is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Image {
    /// Where it is: URLs and paths, tried in order.
    pub places: Vec<String>,
    /// Its checksum as the template has it; empty where it has none.
    pub checksum: String,
}

/// The files and folders that a build's options name, as they are written; what is rendered later is left out.
pub fn files(planned: &Planned) -> Vec<String> {
    let mut paths = Vec::new();
    named(&planned.builder, &FILES, &mut paths);
    for step in planned.provisioners.iter().chain(&planned.error_cleanup) {
        named(step, &FILES, &mut paths);
        let is = |name: &str, value: &str| step.get(name).and_then(Value::as_str) == Some(value);
        if is("type", "file") && !is("direction", "download") && step.get("generated") != Some(&true.into()) {
            named(step, &["source", "sources"], &mut paths);
        }
    }
    for step in planned.post_processors.iter().flatten() {
        named(step, &FILES, &mut paths);
    }
    let mut seen = std::collections::HashSet::new();
    paths.retain(|path| !path.is_empty() && !path.contains("{{") && seen.insert(path.clone()));
    paths
}

fn named(options: &Object, names: &[&str], paths: &mut Vec<String>) {
    for name in names {
        paths.extend(texts(options, name));
    }
}

/// A text, or the texts of a list.
fn texts(options: &Object, name: &str) -> Vec<String> {
    match options.get(name) {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// The image of a builder of virtual machines; nothing for others.
pub fn image(planned: &Planned) -> Option<Image> {
    let options = &planned.builder;
    let checksum = |name: &str| texts(options, name).concat();
    let mut places = texts(options, "iso_url");
    places.extend(texts(options, "iso_urls"));
    if !places.is_empty() {
        return Some(Image { places, checksum: checksum("iso_checksum") });
    }
    let places = texts(options, "source_path");
    (!places.is_empty()).then(|| Image { places, checksum: checksum("checksum") })
}
