//! Where everything stands on the medium.

use super::super::tree::{Content, Entry, Folder};
use super::{SECTOR, Space, directory, names};
use record::Failure;

/// A file or folder on the medium.
#[derive(Debug)]
pub(super) struct Node<'a> {
    /// The name that it has for Rock Ridge.
    pub(super) name: &'a str,
    /// Its name in each tree, as bytes.
    pub(super) plain: Vec<u8>,
    pub(super) joliet: Vec<u8>,
    /// The folder that it is in; the root is in itself.
    pub(super) parent: usize,
    /// The file's content; none for a folder.
    pub(super) content: Option<&'a Content>,
    /// First sector of a file's content.
    pub(super) sector: u32,
    /// Nodes in a folder.
    pub(super) children: Vec<usize>,
}

/// A folder's records in one tree.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    /// The folder's node.
    pub(super) node: usize,
    /// First sector.
    pub(super) sector: u32,
    /// Bytes, a whole number of sectors.
    pub(super) size: u32,
}

/// All nodes and where they stand.
#[derive(Debug)]
pub(super) struct Layout<'a> {
    /// All files and folders; the first is the root.
    pub(super) nodes: Vec<Node<'a>>,
    plain: Vec<Extent>,
    joliet: Vec<Extent>,
    /// Sectors in all.
    pub(super) sectors: u32,
}

/// First sector after the volume descriptors.
const FIRST: u32 = 19;

impl<'a> Layout<'a> {
    /// Finds a place for everything.
    ///
    /// # Errors
    /// When something is too large, or a name too long.
    pub(super) fn of(root: &'a Folder) -> Result<Self, Failure> {
        let mut nodes = vec![Node {
            name: "",
            plain: vec![0],
            joliet: vec![0],
            parent: 0,
            content: None,
            sector: 0,
            children: Vec::new(),
        }];
        add(&mut nodes, 0, root)?;
        let mut layout = Self { nodes, plain: Vec::new(), joliet: Vec::new(), sectors: 0 };
        let mut next = FIRST;
        for space in [Space::Plain, Space::Joliet] {
            next += 2 * sectors(u64::from(layout.path_table_size(space)))?;
        }
        for space in [Space::Plain, Space::Joliet] {
            let mut extents = Vec::new();
            for node in layout.folders(space) {
                let size = directory::size(space, &layout, node);
                extents.push(Extent { node, sector: next, size });
                next += size / SECTOR as u32;
            }
            *layout.extents_mut(space) = extents;
        }
        for node in &mut layout.nodes {
            if let Some(content) = node.content {
                node.sector = next;
                let used = sectors(content.len())?;
                next = next.checked_add(used).ok_or_else(too_large)?;
            }
        }
        layout.sectors = next;
        Ok(layout)
    }

    /// The files' contents, in the order in which they stand on the medium.
    pub(super) fn contents(&self) -> impl Iterator<Item = &'a Content> + '_ {
        self.nodes.iter().filter_map(|node| node.content)
    }

    /// The folders' places, in the order of the path table.
    pub(super) fn extents(&self, space: Space) -> &[Extent] {
        match space {
            Space::Plain => &self.plain,
            Space::Joliet => &self.joliet,
        }
    }

    fn extents_mut(&mut self, space: Space) -> &mut Vec<Extent> {
        match space {
            Space::Plain => &mut self.plain,
            Space::Joliet => &mut self.joliet,
        }
    }

    /// A folder's place; before there are any, one that has the right form.
    pub(super) fn extent(&self, space: Space, node: usize) -> Extent {
        let found = self.extents(space).iter().find(|extent| extent.node == node);
        found.copied().unwrap_or(Extent { node, sector: 0, size: 0 })
    }

    /// A node's name in a tree.
    pub(super) fn name(&self, space: Space, node: usize) -> &[u8] {
        match space {
            Space::Plain => &self.nodes[node].plain,
            Space::Joliet => &self.nodes[node].joliet,
        }
    }

    /// A folder's nodes, in the order of a tree's names (ECMA-119, 9.3).
    pub(super) fn children(&self, space: Space, node: usize) -> Vec<usize> {
        let mut children = self.nodes[node].children.clone();
        children.sort_by_key(|child| self.name(space, *child));
        children
    }

    /// Bytes of a path table.
    pub(super) fn path_table_size(&self, space: Space) -> u32 {
        let folders = self.nodes.iter().enumerate().filter(|(_, node)| node.content.is_none());
        folders.map(|(index, _)| 8 + self.name(space, index).len().next_multiple_of(2) as u32).sum()
    }

    /// All folders, in the order of the path table: by depth, then by their folder, then by name (ECMA-119, 6.9.1).
    fn folders(&self, space: Space) -> Vec<usize> {
        let mut all = vec![0];
        let mut next = 0;
        while let Some(&node) = all.get(next) {
            let children = self.children(space, node).into_iter();
            all.extend(children.filter(|child| self.nodes[*child].content.is_none()));
            next += 1;
        }
        all
    }
}

/// Adds what is in a folder to the nodes.
fn add<'a>(nodes: &mut Vec<Node<'a>>, parent: usize, folder: &'a Folder) -> Result<(), Failure> {
    let (mut plain, mut joliet) = (names::Taken::default(), names::Taken::default());
    for (name, entry) in &folder.entries {
        names::check(name)?;
        let content = match entry {
            Entry::File(content) => Some(content),
            Entry::Folder(_) => None,
        };
        if content.is_some_and(|content| content.len() > u64::from(u32::MAX) - SECTOR as u64) {
            return Err(Failure::new(format!(
                "'{name}' is too large for a CD, whose files have less than 4 GiB"
            ))
            .hint("let the guest fetch it from the HTTP server"));
        }
        let node = Node {
            name,
            plain: names::plain(name, content.is_none(), &mut plain),
            joliet: names::joliet(name, content.is_none(), &mut joliet),
            parent,
            content,
            sector: 0,
            children: Vec::new(),
        };
        let index = nodes.len();
        nodes.push(node);
        nodes[parent].children.push(index);
        if let Entry::Folder(inner) = entry {
            add(nodes, index, inner)?;
        }
    }
    Ok(())
}

fn sectors(bytes: u64) -> Result<u32, Failure> {
    u32::try_from(bytes.div_ceil(SECTOR as u64)).map_err(|_| too_large())
}

fn too_large() -> Failure {
    Failure::new("the files are too much for a CD").hint("an ISO 9660 image has at most 8 TiB")
}
