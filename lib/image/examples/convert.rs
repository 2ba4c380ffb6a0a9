//! Writes a disk in another layout and says what came of it: for `tests/bench.sh`, and for looking at a disk by hand.
//!
//! `cargo run --release -p image --example convert -- FROM TO [LAYOUT [THREADS]]`

use image::convert::{Layout, Options, convert};
use image::disk::Opener;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [from, to, rest @ ..] = arguments.as_slice() else { return Err("FROM TO [LAYOUT [THREADS]]".into()) };
    let layout = match rest.first().map_or("streamOptimized", String::as_str) {
        "raw" => Layout::Raw,
        "streamOptimized" => Layout::StreamOptimized,
        "monolithicSparse" => Layout::MonolithicSparse,
        "monolithicFlat" => Layout::MonolithicFlat,
        "twoGbMaxExtentSparse" => Layout::SplitSparse,
        "twoGbMaxExtentFlat" => Layout::SplitFlat,
        other => return Err(format!("{other}: no such layout").into()),
    };
    let threads = rest.get(1).map(|threads| threads.parse()).transpose()?;
    let options = Options { threads, ..Options::default() };
    let disk = Opener::new().files_anywhere().open(from)?;
    let written = convert(&disk, Path::new(to), layout, &options, &mut |_, _| ControlFlow::Continue(()))?;
    let mut out = std::io::stdout().lock();
    for file in &written.files {
        writeln!(out, "{}  {}  {}", file.sha256, file.size, file.path.display())?;
    }
    writeln!(
        out,
        "capacity {} populated {} uuid {}",
        written.capacity,
        written.populated,
        written.content.uuid("disk")
    )?;
    Ok(())
}
