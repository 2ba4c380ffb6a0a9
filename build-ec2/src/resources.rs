//! What a build has created, or was about to: kept in the state folder from before the call that creates it, and in the
//! machine's own notes, so that whoever holds the record can undo it.

use record::Failure;
use record::state::StateFolder;
use serde::{Deserialize, Serialize};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The file in the state folder.
pub const FILE: &str = "resources.json";

/// What sort of thing it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A temporary key pair, by name.
    KeyPair,
    /// A temporary security group, by name.
    SecurityGroup,
    /// A temporary instance profile with its role, by name.
    InstanceProfile,
    /// A launch template, by name.
    LaunchTemplate,
    /// The machine with its volumes; by tag until the id is known.
    Instance,
    /// An image with its snapshots, by name; by tag until the id is known.
    Image,
    /// A volume that outlived its machine; only `sweep` notes it.
    Volume,
    /// A snapshot without an image; only `sweep` notes it.
    Snapshot,
}

/// One thing in AWS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// What sort of thing it is.
    pub kind: Kind,
    /// Where it is.
    pub region: String,
    /// Its name; empty for instances.
    #[serde(default)]
    pub name: String,
    /// AWS's id, once it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// The things of one build, oldest first.
#[derive(Debug)]
pub struct Resources {
    folder: StateFolder,
    list: Mutex<Vec<Resource>>,
}

impl Resources {
    /// The things that this folder knows, and `others` that came with the record.
    pub fn open(folder: &StateFolder, others: Vec<Resource>) -> Self {
        let saved = std::fs::read(folder.file(FILE)).ok();
        let mut list: Vec<Resource> =
            saved.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        for other in others {
            match list.iter_mut().find(|known| same(known, &other)) {
                Some(known) => known.id = known.id.take().or(other.id),
                None => list.push(other),
            }
        }
        Self { folder: folder.clone(), list: Mutex::new(list) }
    }

    /// Notes a thing before it is created.
    ///
    /// # Errors
    /// When the state folder cannot be written: then it must not be created.
    pub fn intend(&self, kind: Kind, region: &str, name: &str) -> Result<(), Failure> {
        let resource = Resource { kind, region: region.to_owned(), name: name.to_owned(), id: None };
        let mut list = self.lock();
        if !list.iter().any(|known| same(known, &resource)) {
            list.push(resource);
        }
        self.save(&list)
    }

    /// Notes a thing's id.
    pub fn created(&self, kind: Kind, region: &str, name: &str, id: &str) {
        let mut list = self.lock();
        let wanted =
            Resource { kind, region: region.to_owned(), name: name.to_owned(), id: Some(id.to_owned()) };
        match list.iter_mut().find(|known| same(known, &wanted)) {
            Some(known) => known.id = wanted.id,
            None => list.push(wanted),
        }
        // The thing is also found by its name or tag.
        let _ = self.save(&list);
    }

    /// Notes a thing that was found.
    pub fn add(&self, resource: Resource) {
        let mut list = self.lock();
        if !list.contains(&resource) {
            list.push(resource);
        }
        let _ = self.save(&list);
    }

    /// Strikes out a thing that is gone, or that has become the build's result.
    pub fn gone(&self, resource: &Resource) {
        let mut list = self.lock();
        list.retain(|known| !same(known, resource));
        let _ = self.save(&list);
    }

    /// Strikes out a thing that was never created.
    pub fn forget(&self, kind: Kind, region: &str, name: &str) {
        self.gone(&Resource { kind, region: region.to_owned(), name: name.to_owned(), id: None });
    }

    /// Strikes out the images: they are the build's result.
    pub fn finished(&self) {
        let mut list = self.lock();
        list.retain(|known| known.kind != Kind::Image);
        let _ = self.save(&list);
    }

    /// All things, oldest first.
    pub fn all(&self) -> Vec<Resource> {
        self.lock().clone()
    }

    /// The first thing of a kind.
    pub fn find(&self, kind: Kind) -> Option<Resource> {
        self.lock().iter().find(|resource| resource.kind == kind).cloned()
    }

    fn save(&self, list: &[Resource]) -> Result<(), Failure> {
        let text = serde_json::to_vec(list).unwrap_or_default();
        self.folder.write(FILE, &text).map(drop)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Resource>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn same(one: &Resource, other: &Resource) -> bool {
    let unnamed = one.name.is_empty() && one.id.is_some() && other.id.is_some();
    one.kind == other.kind
        && one.region == other.region
        && one.name == other.name
        && (!unnamed || one.id == other.id)
}
