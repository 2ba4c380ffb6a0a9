//! The rules between options of `amazon-ebs`.
//!
//! Those that Packer has are Packer's (amazon plugin 1.8). The others refuse what AWS is sure to refuse later, when the
//! build has already taken minutes; they are listed in docs/compatibility.md.

mod access;
mod ami;
mod block_device;
mod communicator;
mod kms;
mod network;
mod run;
mod spot;
#[cfg(test)]
mod tests;

use super::AmazonEbs;
use crate::options::Check;
use std::collections::BTreeMap;

/// Checks all options.
pub(super) fn check(options: &mut AmazonEbs, check: &mut Check) {
    access::check(&options.access, check);
    ami::check(&options.ami, &options.spot, check);
    run::check(&options.run, &options.spot, check);
    network::check(&options.network, check);
    spot::check(&options.spot, &options.run, check);
    block_device::check(&options.block_devices, check);
    options.communicator.check(check);
    communicator::check(&options.communicator, &options.run, check);
    for (path, tags) in [
        ("tags", &options.ami.tags),
        ("snapshot_tags", &options.ami.snapshot_tags),
        ("run_tags", &options.run.run_tags),
        ("run_volume_tags", &options.block_devices.run_volume_tags),
        ("spot_tags", &options.spot.spot_tags),
        ("fleet_tags", &options.spot.fleet_tags),
    ] {
        check_tags(path, tags, check);
    }
}

/// Most tags that a user can give: AWS allows 50, of which three are Kiln's own.
const MOST_TAGS: usize = 47;

/// AWS's rules for tags, as far as they can be told before the tags are rendered.
fn check_tags(path: &str, tags: &BTreeMap<String, String>, check: &mut Check) {
    if tags.len() > MOST_TAGS {
        check
            .error(path, format!("{} tags are too many", tags.len()))
            .hint(format!("AWS allows 50 tags, of which Kiln needs 3: give {MOST_TAGS} at the most"));
    }
    for (key, value) in tags {
        if key.is_empty() {
            check.error(path, "a tag has no key").hint("give each tag a key and a value");
        } else if key.starts_with("aws:") {
            check
                .error(format!("{path}.{key}"), "tags that begin with 'aws:' are AWS's own")
                .hint("choose another key");
        }
        let (key_length, value_length) = (key.chars().count(), value.chars().count());
        if !key.contains("{{") && key_length > 128 {
            check.error(path, format!("a tag's key has {key_length} characters; AWS allows 128"));
        }
        if !value.contains("{{") && value_length > 256 {
            check.error(
                format!("{path}.{key}"),
                format!("the tag's value has {value_length} characters; AWS allows 256"),
            );
        }
    }
}

/// Checks that a text is one of a few words, where it is set.
fn one_of(path: &str, value: &str, words: &[&str], check: &mut Check) {
    if value.is_empty() || words.contains(&value) {
        return;
    }
    check.error(path, format!("'{value}' is not a value of {}", name(path))).hint(known(value, words));
}

/// The last part of a path.
fn name(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// Says which words are known, the nearest first if it is near enough to be meant.
fn known(value: &str, words: &[&str]) -> String {
    let lower = value.to_lowercase();
    let nearest = words.iter().min_by_key(|word| strsim::levenshtein(word, &lower));
    match nearest.filter(|word| strsim::levenshtein(word, &lower) <= 2) {
        Some(word) => format!("did you mean '{word}'? Known are: {}", words.join(", ")),
        None => format!("known are: {}", words.join(", ")),
    }
}
