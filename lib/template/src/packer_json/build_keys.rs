//! The keys that ``{{build `KEY`}}`` knows.

use crate::options::registry::Sort;

/// With every builder (Packer 1.6.6, `packer/common_hooks.go` and the communicators).
const COMMON: [&str; 15] = [
    "ConnType",
    "Host",
    "ID",
    "PackerHTTPAddr",
    "PackerHTTPIP",
    "PackerHTTPPort",
    "PackerRunUUID",
    "Password",
    "Port",
    "SSHAgentAuth",
    "SSHPrivateKey",
    "SSHPrivateKeyFile",
    "SSHPublicKey",
    "User",
    "WinRMPassword",
];

/// With amazon-* builders also these.
const SOURCE: [&str; 6] = [
    "BuildRegion",
    "SourceAMI",
    "SourceAMICreationDate",
    "SourceAMIName",
    "SourceAMIOwner",
    "SourceAMIOwnerName",
];

/// All that amazon-* builders know.
const AMAZON: [&str; COMMON.len() + SOURCE.len()] = {
    let mut all = [""; COMMON.len() + SOURCE.len()];
    let (common, source) = all.split_at_mut(COMMON.len());
    common.copy_from_slice(&COMMON);
    source.copy_from_slice(&SOURCE);
    all
};

/// The keys of a builder's type; nothing for builders of which we don't know what they give.
pub(crate) fn of(kind: &str) -> Option<&'static [&'static str]> {
    Sort::Builder.find(kind)?;
    Some(if kind.starts_with("amazon-") { &AMAZON } else { &COMMON })
}
