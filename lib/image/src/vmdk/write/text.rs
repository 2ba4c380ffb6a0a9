//! The descriptor's text, as VirtualBox wants it ordered: header, extents, disk database.

use crate::convert::ContentId;
use crate::vmdk::SECTOR;
use std::fmt::Write;

/// The controller that a VMDK says it was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Adapter {
    /// IDE; VirtualBox writes this for all disks.
    Ide,
    /// BusLogic SCSI.
    BusLogic,
    /// LSI Logic SCSI: what VMware's own exports say, for SATA and PVSCSI too.
    #[default]
    LsiLogic,
}

impl Adapter {
    fn name(self) -> &'static str {
        match self {
            Self::Ide => "ide",
            Self::BusLogic => "buslogic",
            Self::LsiLogic => "lsilogic",
        }
    }

    /// Cylinders at most, and heads: BIOS habit.
    fn geometry(self) -> (u64, u64) {
        match self {
            Self::Ide => (16383, 16),
            Self::BusLogic | Self::LsiLogic => (65535, 255),
        }
    }
}

/// The descriptor of a disk of so many bytes. `extents` are lines.
pub(super) fn descriptor(
    create_type: &str,
    extents: &str,
    capacity: u64,
    adapter: Adapter,
    content: &ContentId,
) -> String {
    let (most, heads) = adapter.geometry();
    let cylinders = (capacity / SECTOR / (heads * 63)).clamp(1, most);
    format!(
        "# Disk DescriptorFile\n\
         version=1\n\
         encoding=\"UTF-8\"\n\
         CID={:08x}\n\
         parentCID=ffffffff\n\
         createType=\"{create_type}\"\n\
         \n\
         # Extent description\n\
         {extents}\
         \n\
         # The Disk Data Base\n\
         #DDB\n\
         \n\
         ddb.virtualHWVersion = \"4\"\n\
         ddb.adapterType = \"{}\"\n\
         ddb.geometry.cylinders = \"{cylinders}\"\n\
         ddb.geometry.heads = \"{heads}\"\n\
         ddb.geometry.sectors = \"63\"\n\
         ddb.longContentID = \"{}\"\n",
        content.cid(),
        adapter.name(),
        content.long(),
    )
}

/// VirtualBox's own lines, which it writes into what it exports.
pub(super) fn virtualbox_ids(content: &ContentId) -> String {
    let none = "00000000-0000-0000-0000-000000000000";
    let mut text = String::new();
    for (key, value) in [
        ("image", content.uuid("ddb.uuid.image").as_str()),
        ("parent", none),
        ("modification", content.uuid("ddb.uuid.modification").as_str()),
        ("parentmodification", none),
    ] {
        let _ = writeln!(text, "ddb.uuid.{key} = \"{value}\"");
    }
    text
}
