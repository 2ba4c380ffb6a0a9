//! Disks: what is read, what is written, and what is refused.

mod chains;
mod hostile;
mod layouts;
mod qemu;
mod sources;

use image::Disk;
use image::convert::{Layout, Options, Written, convert};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;

const LAYOUTS: [(Layout, &str); 6] = [
    (Layout::Raw, "raw"),
    (Layout::StreamOptimized, "vmdk"),
    (Layout::MonolithicSparse, "vmdk"),
    (Layout::MonolithicFlat, "vmdk"),
    (Layout::SplitSparse, "vmdk"),
    (Layout::SplitFlat, "vmdk"),
];

/// Runs QEMU's own tool in a folder; it must succeed.
fn qemu_img(folder: &Path, arguments: &str) -> String {
    run(folder, "qemu-img", arguments.split_ascii_whitespace())
}

/// Runs commands of qemu-io on a disk; they must succeed.
fn qemu_io(folder: &Path, disk: &str, commands: &[&str]) {
    run(folder, "qemu-io", commands.iter().flat_map(|command| ["-c", command]).chain([disk]));
}

fn run<'a>(folder: &Path, program: &str, arguments: impl Iterator<Item = &'a str>) -> String {
    let output = Command::new(program).current_dir(folder).args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("{program} is needed (Debian: qemu-utils): {error}"));
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{program}: {}: {said}", output.status);
    // qemu-io succeeds when a command of its own fails.
    assert!(!said.contains("failed"), "{program}: {said}");
    said
}

fn write(disk: &Disk, target: &Path, layout: Layout) -> Written {
    let options = Options { undigested: true, ..Options::default() };
    convert(disk, target, layout, &options, &mut |_, _| ControlFlow::Continue(())).unwrap()
}

/// All bytes of a disk, read in odd pieces; what isn't among its data must be zero.
fn content(disk: &Disk) -> Vec<u8> {
    let mut bytes = vec![0; usize::try_from(disk.capacity()).unwrap()];
    let mut offset = 0;
    for (index, piece) in bytes.chunks_mut(300_007).enumerate() {
        disk.read_at(piece, index as u64 * 300_007).unwrap();
    }
    while let Some(data) = disk.next_data(offset).unwrap() {
        assert!(data.start >= offset && data.end > data.start && data.end <= disk.capacity());
        assert!(is_zero(&bytes[index(offset)..index(data.start)]), "data outside of {data:?}");
        offset = data.end;
    }
    assert!(is_zero(&bytes[index(offset)..]));
    bytes
}

fn index(offset: u64) -> usize {
    usize::try_from(offset).unwrap()
}

fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}

/// Bytes that don't compress, the same for the same seed.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let step = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    std::iter::repeat_with(step).take(length).collect()
}

/// A sparse raw disk of this size with something of everything: text, noise, written zeros, data off the grid.
fn sample(path: &Path, size: u64) -> Vec<u8> {
    let mut bytes = vec![0; index(size)];
    let text: Vec<u8> =
        (0..9_000).flat_map(|line| format!("{line} bottles of beer on the wall\n").into_bytes()).collect();
    for (at, data) in [(0, &text[..]), (1_000_003, &noise(1, 150_000)), (3_000_000, &text[..70_000])] {
        let room = bytes.len().saturating_sub(at).min(data.len());
        if room > 0 {
            bytes[at..at + room].copy_from_slice(&data[..room]);
        }
    }
    std::fs::write(path, &bytes).unwrap();
    // Holes where there is nothing, but for some zeros that stay written.
    run(path.parent().unwrap(), "fallocate", ["--dig-holes", path.to_str().unwrap()].into_iter());
    bytes
}
