//! Archives of appliances: their members, the descriptor and the manifest, which is read alone too.

#![no_main]

use fuzz::with_file;
use image::manifest::Manifest;
use image::ova::Archive;
use image::ovf;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = Manifest::parse(&String::from_utf8_lossy(bytes));
    with_file("a.ova", bytes, |path| {
        let Ok(archive) = Archive::open(path) else { return };
        let members: u64 = archive.members().iter().map(|member| member.size).sum();
        assert!(members <= bytes.len() as u64 * archive.members().len() as u64);
        let _ = archive.manifest();
        if let Ok((_, text)) = archive.descriptor() {
            let _ = ovf::read(&text);
        }
    });
});
