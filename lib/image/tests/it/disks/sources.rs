//! Any content, through any layout and back.

use super::{LAYOUTS, content, noise};
use image::Disk;
use image::convert::{Options, convert};
use proptest::prelude::*;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::os::unix::fs::FileExt;

/// Size of the disk, and what is written into it: where, how much, and which byte (0: noise).
fn disks() -> impl Strategy<Value = (u64, Vec<(u64, usize, u8)>)> {
    let size = prop_oneof![0..2_000_000_u64, (0..600_u64).prop_map(|grains| grains * 65536)];
    let piece = (0..40_000_000_u64, 0..200_000_usize, 0..3_u8);
    (size, prop::collection::vec(piece, 0..6))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_disk_comes_back_as_it_was((size, pieces) in disks(), which in 0..LAYOUTS.len(), threads in 1..4_usize) {
        let folder = tempfile::tempdir().unwrap();
        let from = folder.path().join("from");
        let file = std::fs::File::create(&from).unwrap();
        for (seed, (offset, length, byte)) in pieces.into_iter().enumerate() {
            let data = if byte == 0 { noise(seed as u64, length) } else { vec![byte; length] };
            file.write_all_at(&data, if size == 0 { 0 } else { offset % size }).unwrap();
        }
        file.set_len(size).unwrap();
        let expected = std::fs::read(&from).unwrap();
        let options = Options { threads: NonZeroUsize::new(threads), undigested: true, ..Options::default() };
        let to = folder.path().join("to.vmdk");
        let done = &mut |_, _| ControlFlow::Continue(());
        let written = convert(&Disk::open(from).unwrap(), &to, LAYOUTS[which].0, &options, done).unwrap();
        let disk = Disk::open(to).unwrap();
        prop_assert_eq!(disk.capacity(), written.capacity);
        let read = content(&disk);
        prop_assert!(read[..expected.len()] == expected);
        prop_assert!(read[expected.len()..].iter().all(|byte| *byte == 0));
    }
}
