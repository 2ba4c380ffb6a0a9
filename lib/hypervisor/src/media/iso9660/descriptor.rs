//! Volume descriptors (ECMA-119, 8).

use super::super::date::Date;
use super::layout::Layout;
use super::{SECTOR, Space, both16, both32, directory};

/// The primary descriptor, or Joliet's supplementary one.
pub(super) fn volume(space: Space, label: &str, layout: &Layout<'_>, date: Date) -> Vec<u8> {
    let text = |text: &str, length: usize| -> Vec<u8> {
        match space {
            Space::Plain => {
                let printable = |c: char| if c.is_ascii() && !c.is_ascii_control() { c as u8 } else { b'_' };
                padded(text.chars().map(printable).collect(), b" ", length)
            }
            Space::Joliet => {
                let whole = text.encode_utf16().take(length / 2).flat_map(u16::to_be_bytes);
                padded(whole.collect(), &[0, b' '], length)
            }
        }
    };
    let size = layout.path_table_size(space);
    let sectors = size.div_ceil(SECTOR as u32);
    let first = match space {
        Space::Plain => 19,
        Space::Joliet => 19 + 2 * layout.path_table_size(Space::Plain).div_ceil(SECTOR as u32),
    };
    let mut bytes = vec![if space == Space::Plain { 1 } else { 2 }];
    bytes.extend(b"CD001\x01\x00");
    bytes.extend(text("", 32));
    bytes.extend(text(label, 32));
    bytes.extend([0; 8]);
    bytes.extend(both32(layout.sectors));
    // Joliet says that it is there by the escape sequence of UCS-2 level 3.
    bytes.extend(padded(if space == Space::Joliet { b"%/E".to_vec() } else { Vec::new() }, &[0], 32));
    bytes.extend(both16(1));
    bytes.extend(both16(1));
    bytes.extend(both16(SECTOR as u16));
    bytes.extend(both32(size));
    bytes.extend(first.to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend((first + sectors).to_be_bytes());
    bytes.extend([0; 4]);
    bytes.extend(directory::root(space, layout, date));
    for (what, length) in [("", 128), ("", 128), ("", 128), ("KILN", 128), ("", 37), ("", 37), ("", 37)] {
        bytes.extend(text(what, length));
    }
    let Date { year, month, day, hour, minute, second } = date;
    let written = format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}00\0");
    let never = "0000000000000000\0";
    for moment in [&written, &written, never, &written] {
        bytes.extend(moment.as_bytes());
    }
    bytes.extend([1, 0]);
    padded(bytes, &[0], SECTOR)
}

/// The descriptor that ends the list.
pub(super) fn terminator() -> Vec<u8> {
    padded(b"\xffCD001\x01".to_vec(), &[0], SECTOR)
}

/// Fills a field, or cuts it off.
fn padded(mut bytes: Vec<u8>, filler: &[u8], length: usize) -> Vec<u8> {
    while bytes.len() < length {
        bytes.extend(filler);
    }
    bytes.truncate(length);
    bytes
}
