//! Directory records (ECMA-119, 9.1) with Rock Ridge's fields, and path tables (9.4).

use super::super::date::Date;
use super::super::tree::Content;
use super::layout::{Extent, Layout};
use super::{SECTOR, Space, both16, both32, pad};

/// What a record stands for.
#[derive(Debug, Clone, Copy)]
enum Target {
    /// The folder itself: `.`; the root's says that there is Rock Ridge.
    Own { root: bool },
    /// The folder that it is in: `..`.
    Parent,
    /// Something in it.
    Node(usize),
}

/// Bytes of a folder's records, a whole number of sectors.
pub(super) fn size(space: Space, layout: &Layout<'_>, node: usize) -> u32 {
    records(space, layout, node, Date::of_media()).len() as u32
}

/// All folders' records.
pub(super) fn all(space: Space, layout: &Layout<'_>, date: Date) -> Vec<u8> {
    layout.extents(space).iter().flat_map(|extent| records(space, layout, extent.node, date)).collect()
}

/// The record of the root, as the volume descriptor has it.
pub(super) fn root(space: Space, layout: &Layout<'_>, date: Date) -> Vec<u8> {
    let Extent { sector, size, .. } = layout.extent(space, 0);
    record(&[0], sector, size, true, date, &[])
}

fn records(space: Space, layout: &Layout<'_>, node: usize, date: Date) -> Vec<u8> {
    let parent = layout.nodes[node].parent;
    let mut bytes = Vec::new();
    let mut push = |target: Target| {
        let record = one(space, layout, target, node, parent, date);
        // No record goes over the end of a sector (6.8.1.1).
        if bytes.len() % SECTOR + record.len() > SECTOR {
            pad(&mut bytes);
        }
        bytes.extend(record);
    };
    push(Target::Own { root: node == 0 });
    push(Target::Parent);
    for child in layout.children(space, node) {
        push(Target::Node(child));
    }
    pad(&mut bytes);
    bytes
}

fn one(space: Space, layout: &Layout<'_>, target: Target, node: usize, parent: usize, date: Date) -> Vec<u8> {
    let (name, at): (&[u8], usize) = match target {
        Target::Own { .. } => (&[0], node),
        Target::Parent => (&[1], parent),
        Target::Node(child) => (layout.name(space, child), child),
    };
    let there = &layout.nodes[at];
    let (sector, size) = match there.content {
        Some(content) => (there.sector, content.len() as u32),
        None => {
            let extent = layout.extent(space, at);
            (extent.sector, extent.size)
        }
    };
    let fields = match space {
        Space::Joliet => Vec::new(),
        Space::Plain => rock_ridge(target, there.name, there.content, folders(layout, at)),
    };
    record(name, sector, size, there.content.is_none(), date, &fields)
}

/// How many links a folder has: its own, its parent's, and those of the folders in it.
fn folders(layout: &Layout<'_>, node: usize) -> u32 {
    let children = layout.nodes[node].children.iter();
    2 + children.filter(|child| layout.nodes[**child].content.is_none()).count() as u32
}

fn record(name: &[u8], sector: u32, size: u32, folder: bool, date: Date, fields: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0];
    bytes.extend(both32(sector));
    bytes.extend(both32(size));
    let Date { year, month, day, hour, minute, second } = date;
    bytes.extend([u8::try_from(year - 1900).unwrap_or(u8::MAX), month, day, hour, minute, second, 0]);
    bytes.extend([if folder { 2 } else { 0 }, 0, 0]);
    bytes.extend(both16(1));
    bytes.push(name.len() as u8);
    bytes.extend(name);
    if bytes.len() % 2 == 1 {
        bytes.push(0);
    }
    bytes.extend(fields);
    if bytes.len() % 2 == 1 {
        bytes.push(0);
    }
    bytes[0] = bytes.len() as u8;
    bytes
}

/// Rock Ridge's fields: who may do what (PX), the name (NM); in the root's own record that they are there (SP, ER).
fn rock_ridge(target: Target, name: &str, content: Option<&Content>, links: u32) -> Vec<u8> {
    let mut fields = Vec::new();
    if let Target::Own { root: true } = target {
        // SUSP 1.12, 5.3: must be the very first.
        fields.extend([b'S', b'P', 7, 1, 0xbe, 0xef, 0]);
    }
    let (mode, links) = match content {
        None => (0o040_555, links),
        Some(Content::Path(_, _, true)) => (0o100_555, 1),
        Some(_) => (0o100_444, 1),
    };
    fields.extend([b'P', b'X', 36, 1]);
    for number in [mode, links, 0, 0] {
        fields.extend(both32(number));
    }
    match target {
        Target::Own { root: true } => {
            let id = b"RRIP_1991A";
            fields.extend([b'E', b'R', 8 + id.len() as u8, 1, id.len() as u8, 0, 0, 1]);
            fields.extend(id);
        }
        Target::Node(_) => {
            fields.extend([b'N', b'M', 5 + name.len() as u8, 1, 0]);
            fields.extend(name.as_bytes());
        }
        _ => {}
    }
    fields
}

/// Both path tables of a tree, little endian first, each in whole sectors.
pub(super) fn path_tables(space: Space, layout: &Layout<'_>) -> Vec<u8> {
    let mut both = path_table(space, layout, u32::to_le_bytes, u16::to_le_bytes);
    both.extend(path_table(space, layout, u32::to_be_bytes, u16::to_be_bytes));
    both
}

fn path_table(
    space: Space,
    layout: &Layout<'_>,
    four: impl Fn(u32) -> [u8; 4],
    two: impl Fn(u16) -> [u8; 2],
) -> Vec<u8> {
    let extents = layout.extents(space);
    let mut bytes = Vec::new();
    for extent in extents {
        let name = layout.name(space, extent.node);
        let parent = layout.nodes[extent.node].parent;
        let number = extents.iter().position(|other| other.node == parent).unwrap_or_default() + 1;
        bytes.extend([name.len() as u8, 0]);
        bytes.extend(four(extent.sector));
        bytes.extend(two(u16::try_from(number).unwrap_or(u16::MAX)));
        bytes.extend(name);
        if name.len() % 2 == 1 {
            bytes.push(0);
        }
    }
    pad(&mut bytes);
    bytes
}
