//! What is written in another way now.

use super::{Component, HINT};
use crate::json::{Member, Node, Value};
use crate::source::{Code, Span};

/// The names of builders in `only`, `except` and `override` of a step, where builders that were called as their type have a new type.
pub(super) fn rename_builders(members: &mut [Member], renamed: &[(&str, &str)]) {
    let new = |name: &str| renamed.iter().find(|(old, _)| *old == name).map(|(_, new)| (*new).to_owned());
    for member in members {
        let node = &mut member.node;
        match (member.key.as_str(), &mut node.value) {
            ("only" | "except", Value::Array(items)) => {
                for item in items {
                    if let Some(name) = item.as_str().and_then(new) {
                        item.value = Value::String(name);
                    }
                }
            }
            ("only" | "except", Value::String(name)) => {
                if let Some(name) = new(name) {
                    node.value = Value::String(name);
                }
            }
            ("override", Value::Object(overrides)) => {
                for member in overrides {
                    if let Some(name) = new(&member.key) {
                        member.key = name;
                    }
                }
            }
            _ => {}
        }
    }
}

/// `iso_md5` is a checksum with its sort.
pub(super) fn iso_md5(component: &mut Component<'_>) {
    let Some(md5) = component.text("iso_md5").map(|md5| format!("md5:{md5}")) else { return };
    let Some(old) = component.take("iso_md5") else { return };
    for other in ["iso_checksum", "iso_checksum_type"] {
        drop(component.take(other));
    }
    component.checksum(&old, md5);
}

/// `iso_checksum_type` and `iso_checksum_url` stand in `iso_checksum`.
pub(super) fn iso_checksum(component: &mut Component<'_>) {
    let of = |key| component.text(key).unwrap_or_default().to_owned();
    let (url, kind, sum) = (of("iso_checksum_url"), of("iso_checksum_type"), of("iso_checksum"));
    let (old_url, old_kind) = (component.take("iso_checksum_url"), component.take("iso_checksum_type"));
    let Some(old) = old_kind.or(old_url.clone()) else { return };
    let is_none = kind.eq_ignore_ascii_case("none");
    let new = match (url.as_str(), kind.as_str(), sum.as_str()) {
        // Only the digits say nothing without their sort.
        ("", "", _) => sum,
        ("", ..) if is_none => "none".to_owned(),
        ("", _, "") => sum,
        ("", _, "none") => sum,
        ("", ..) if sum.to_lowercase().starts_with(&format!("{}:", kind.to_lowercase())) => sum,
        ("", ..) => format!("{kind}:{sum}"),
        _ => format!("file:{url}"),
    };
    if new.is_empty() {
        let span = old.key_span.clone();
        component.warn(span, format!("'{}' has no effect any more: 'iso_checksum' says it", old.key));
    } else {
        component.checksum(&old, new);
    }
}

/// `{{.CreateTime}}` is `{{timestamp}}`.
pub(super) fn create_time(component: &mut Component<'_>) {
    for key in ["ami_name", "bundle_prefix", "snapshot_name"] {
        let Some(member) = component.get_mut(key) else { continue };
        let Value::String(text) = &mut member.node.value else { continue };
        let Some(new) = without_create_time(text) else { continue };
        *text = new;
        let span = member.node.span.clone();
        component.warn(span, "{{.CreateTime}} is written {{timestamp}} now".to_owned());
    }
}

/// The text with every action that is nothing but `.CreateTime` replaced; nothing where there is none.
fn without_create_time(text: &str) -> Option<String> {
    let mut new = String::new();
    let mut rest = text;
    while let Some(begin) = rest.find("{{") {
        let inner = &rest[begin + 2..];
        let after = inner.trim_start().strip_prefix(".CreateTime").map(str::trim_start);
        match after.and_then(|after| after.strip_prefix("}}")) {
            Some(after) => {
                new += &rest[..begin];
                new += "{{timestamp}}";
                rest = after;
            }
            None => {
                new += &rest[..begin + 2];
                rest = inner;
            }
        }
    }
    new += rest;
    (new != text).then_some(new)
}

/// `clean_ami_name` and `clean_image_name` are `clean_resource_name`.
pub(super) fn clean_resource_name(component: &mut Component<'_>) {
    const OLD: [&str; 2] = ["clean_ami_name", "clean_image_name"];
    let mut found = Vec::new();
    for member in component.members.iter_mut() {
        replace(&mut member.node, &OLD, "clean_resource_name", &mut found);
    }
    for (span, old) in found {
        component.warn(span, format!("the function '{old}' is called 'clean_resource_name' now"));
    }
}

/// Replaces words in all texts; notes where, and which.
fn replace(node: &mut Node, old: &[&'static str], new: &str, found: &mut Vec<(Span, &'static str)>) {
    match &mut node.value {
        Value::String(text) => {
            for old in old {
                if text.contains(old) {
                    *text = text.replace(old, new);
                    found.push((node.span.clone(), old));
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, old, new, found)),
        Value::Object(members) => {
            for member in members {
                replace(&mut member.node, old, new, found);
            }
        }
        _ => {}
    }
}

/// `guest_additions_attach` is a mode.
pub(super) fn guest_additions_attach(component: &mut Component<'_>) {
    component.truth("guest_additions_attach", "guest_additions_mode", ["attach", "upload"]);
}

/// `ssh_private_ip` is an interface.
pub(super) fn ssh_private_ip(component: &mut Component<'_>) {
    component.truth("ssh_private_ip", "ssh_interface", ["private_ip", "public_ip"]);
}

/// A source of connections is a list of them.
pub(super) fn source_cidr(component: &mut Component<'_>) {
    const OLD: &str = "temporary_security_group_source_cidr";
    const NEW: &str = "temporary_security_group_source_cidrs";
    if component.get(OLD).is_none() {
        return;
    }
    component.rename(OLD, NEW, true);
    if let Some(Member { node, .. }) = component.get_mut(NEW)
        && node.as_str().is_some()
    {
        node.value = Value::Array(vec![node.clone()]);
    }
}

/// The options of a provider stand in `override`.
pub(super) fn vagrant_override(component: &mut Component<'_>) {
    let mut moved = Vec::new();
    for provider in ["aws", "digitalocean", "virtualbox", "vmware"] {
        if let Some(member) = component.take(provider) {
            let message = format!("the options of '{provider}' stand in 'override' now");
            component.warn(member.key_span.clone(), message);
            moved.push(member);
        }
    }
    let Some(first) = moved.first().cloned() else { return };
    match component.get_mut("override").map(|member| &mut member.node.value) {
        Some(Value::Object(overrides)) => {
            overrides.retain(|old| moved.iter().all(|member| member.key != old.key));
            overrides.extend(moved);
        }
        _ => {
            drop(component.take("override"));
            component.add("override", Value::Object(moved), &first);
        }
    }
}

/// `tag` is one list with `tags`.
pub(super) fn docker_tags(component: &mut Component<'_>) {
    let Some(old) = component.take("tag") else { return };
    let new = component.take("tags");
    let mut tags: Vec<Node> = Vec::new();
    for node in [Some(&old), new.as_ref()].into_iter().flatten().flat_map(|member| list(&member.node)) {
        if tags.iter().all(|tag| tag.value != node.value) {
            tags.push(node);
        }
    }
    component.warn(old.key_span.clone(), "'tag' is a part of 'tags' now".to_owned());
    component.add("tags", Value::Array(tags), &old);
}

/// The items of a list, or of a text with commas.
fn list(node: &Node) -> Vec<Node> {
    let item = |piece: &str| Node::new(node.span.clone(), Value::String(piece.trim().to_owned()));
    match &node.value {
        Value::Array(items) => items.clone(),
        Value::String(text) => text.split(',').map(item).collect(),
        _ => vec![node.clone()],
    }
}

/// PowerShell's escapes are written by Packer now.
pub(super) fn powershell_escapes(component: &mut Component<'_>) {
    let mut found = Vec::new();
    for key in ["elevated_user", "elevated_password", "environment_vars"] {
        let Some(member) = component.get_mut(key) else { continue };
        let mut unescape = |node: &mut Node| {
            let Value::String(text) = &mut node.value else { return };
            let new = unescaped(text);
            if new != *text {
                found.push(node.span.clone());
                *text = new;
            }
        };
        match &mut member.node.value {
            Value::Array(items) => items.iter_mut().for_each(unescape),
            _ => unescape(&mut member.node),
        }
    }
    for span in found {
        component
            .warn(span, "PowerShell's special characters are written without ` before them now".to_owned());
    }
}

fn unescaped(text: &str) -> String {
    let mut new = String::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let escaped = letters.next_if(|next| letter == '`' && matches!(next, '$' | '"' | '`' | '\''));
        new.push(escaped.unwrap_or(letter));
    }
    new
}

/// On ESXi only thin disks are made smaller.
pub(super) fn vmware_compaction(component: &mut Component<'_>) {
    const SKIP: &str = "skip_compaction";
    let Some(remote) =
        component.get("remote_type").filter(|member| member.node.as_str() == Some("esx5")).cloned()
    else {
        return;
    };
    match component.get("disk_type_id").map(|member| &member.node.value) {
        None => component.add("disk_type_id", Value::String("zeroedthick".to_owned()), &remote),
        Some(Value::String(kind)) if kind != "thin" => {}
        Some(_) => return,
    }
    let message = "on ESXi only disks of the type 'thin' are made smaller: 'skip_compaction' must be true";
    match component.get_mut(SKIP) {
        None => component.add(SKIP, Value::Bool(true), &remote),
        Some(Member { node, .. }) if node.value == Value::Bool(false) => node.value = Value::Bool(true),
        Some(_) => return,
    }
    component.warn(remote.node.span, message.to_owned());
}

/// A size has its unit.
pub(super) fn disk_size(component: &mut Component<'_>) {
    let Some(Member { node, .. }) = component.get_mut("disk_size") else { return };
    let Value::Number(number) = &node.value else { return };
    let whole = number.split(['.', 'e', 'E']).next().unwrap_or(number);
    node.value = Value::String(format!("{whole}M"));
    let span = node.span.clone();
    component.warn(span, "'disk_size' is a text with its unit now".to_owned());
}

/// Networks and disks are lists of devices.
pub(super) fn vsphere_devices(component: &mut Component<'_>) {
    component.device(
        "network_adapters",
        &[("network", "network"), ("networkCard", "network_card"), ("network_card", "network_card")],
    );
    component.device(
        "storage",
        &["disk_size", "disk_thin_provisioned", "disk_eagerly_scrub"].map(|key| (key, key)),
    );
}

/// An option in an option had a letter too few.
pub(super) fn exclude_from_latest(component: &mut Component<'_>) {
    const OLD: &str = "exlude_from_latest";
    let Component { members, source, diagnostics } = component;
    let Some(member) = members.iter_mut().find(|member| member.key == "shared_image_destination") else {
        return;
    };
    let Value::Object(members) = &mut member.node.value else { return };
    let mut nested = Component { members, source, diagnostics };
    nested.rename(OLD, "exclude_from_latest", true);
}

impl Component<'_> {
    /// Sets `iso_checksum` in place of an old option.
    fn checksum(&mut self, old: &Member, new: String) {
        self.diagnostics
            .warning(
                Code::OldSpelling,
                self.source,
                old.key_span.clone(),
                format!("'{}' is a part of 'iso_checksum' now", old.key),
            )
            .hint(format!("write \"iso_checksum\": \"{new}\"; {HINT}"));
        match self.get_mut("iso_checksum") {
            Some(member) => member.node.value = Value::String(new),
            None => self.add("iso_checksum", Value::String(new), old),
        }
    }

    /// Turns an option that is true or false into one of two words, unless the new option is there.
    fn truth(&mut self, old: &str, new: &str, words: [&str; 2]) {
        let Some(member) = self.get(old).cloned() else { return };
        let word = match &member.node.value {
            Value::Bool(true) => words[0],
            Value::Bool(false) => words[1],
            Value::String(text) if matches!(text.as_str(), "1" | "t" | "T" | "true" | "TRUE" | "True") => {
                words[0]
            }
            Value::String(text) if matches!(text.as_str(), "0" | "f" | "F" | "false" | "FALSE" | "False") => {
                words[1]
            }
            _ => return,
        };
        drop(self.take(old));
        let message = match self.get(new) {
            Some(_) => format!("'{old}' is no more; '{new}' is given, and counts"),
            None => format!("'{old}' is '{new}' now: \"{word}\""),
        };
        self.warn(member.key_span.clone(), message);
        if self.get(new).is_none() {
            self.add(new, Value::String(word.to_owned()), &member);
        }
    }

    /// Makes options the first device of a list.
    fn device(&mut self, list: &str, keys: &[(&str, &str)]) {
        let mut device: Vec<Member> = Vec::new();
        for (old, new) in keys {
            if let Some(mut member) = self.take(old) {
                self.warn(member.key_span.clone(), format!("'{old}' is '{new}' in '{list}' now"));
                (*new).clone_into(&mut member.key);
                device.retain(|other| other.key != *new);
                device.push(member);
            }
        }
        let Some(first) = device.first().cloned() else { return };
        let device = Node::new(first.key_span.start..first.node.span.end, Value::Object(device));
        match self.get_mut(list).map(|member| &mut member.node.value) {
            Some(Value::Array(items)) => items.insert(0, device),
            _ => {
                drop(self.take(list));
                self.add(list, Value::Array(vec![device]), &first);
            }
        }
    }
}
