//! Disks in all formats: opened and read, as far as 64 MiB.

#![no_main]

use fuzz::with_file;
use image::{Disk, Error};
use libfuzzer_sys::fuzz_target;
use std::path::Path;

const MOST: u64 = 64 << 20;
/// Ranges of one disk that are looked at.
const RANGES: usize = 4096;

fn read(path: &Path) -> Result<(), Error> {
    let disk = Disk::open(path)?;
    let mut buffer = vec![0; 256 << 10];
    let mut offset = 0;
    for _ in 0..RANGES {
        let Some(data) = disk.next_data(offset)?.filter(|data| data.start < MOST) else { break };
        assert!(data.start >= offset && data.start < data.end && data.end <= disk.capacity(), "{data:?}");
        let length = buffer.len().min(usize::try_from(data.end - data.start).unwrap_or(usize::MAX));
        // A block that cannot be read says nothing of the next.
        let _ = disk.read_at(&mut buffer[..length], data.start);
        offset = data.start + length as u64;
    }
    // And the end, which tables often get wrong.
    let last = disk.capacity().min(4096);
    let _ = disk.read_at(&mut buffer[..last as usize], disk.capacity() - last);
    Ok(())
}

fuzz_target!(|bytes: &[u8]| {
    with_file("disk", bytes, |path| drop(read(path)));
});
