//! OVAs: what others pack is unpacked, hostile ones write nothing outside.

use image::ova::Archive;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use tar::{Builder, EntryType, Header};

const DESCRIPTOR: &[u8] = b"<Envelope/>";

/// Writes an archive of members: name, type, content.
fn archive(folder: &Path, members: &[(&str, EntryType, &[u8])]) -> PathBuf {
    let path = folder.join("a.ova");
    let mut builder = Builder::new(std::fs::File::create(&path).unwrap());
    for (name, kind, content) in members {
        let mut header = Header::new_gnu();
        // The name as it is: the library refuses hostile ones.
        header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_mode(0o644);
        header.set_size(content.len() as u64);
        if *kind == EntryType::Symlink {
            header.set_link_name("/etc/passwd").unwrap();
        }
        header.set_cksum();
        builder.append(&header, *content).unwrap();
    }
    builder.into_inner().unwrap();
    path
}

fn extract(ova: &Path, to: &Path) -> Result<PathBuf, String> {
    let mut progress = |_, _| ControlFlow::Continue(());
    let archive = Archive::open(ova).map_err(|error| error.message)?;
    archive.extract(to, &mut progress).map_err(|error| error.message)
}

#[test]
fn members_come_out_in_any_order_and_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = b"SHA1 (web.ovf) = 0a3e1f1f2ffe9f2d6b2d4b2e2f2f9f0f7bd7b3c1\n";
    let digest = image::manifest::digest(image::manifest::Algorithm::Sha1, DESCRIPTOR).unwrap();
    let right = format!("SHA1 (web.ovf) = {digest}\nSHA1 (absent.iso) = {digest}\n");
    let good = archive(
        folder.path(),
        &[
            ("./web-disk001.vmdk", EntryType::Regular, b"disk"),
            ("web.mf", EntryType::Regular, right.as_bytes()),
            ("web.ovf", EntryType::Regular, DESCRIPTOR),
        ],
    );
    let to = folder.path().join("out");
    assert_eq!(extract(&good, &to).unwrap(), to.join("web.ovf"));
    assert_eq!(std::fs::read(to.join("web-disk001.vmdk")).unwrap(), b"disk");
    // What is there is not replaced.
    assert!(extract(&good, &to).unwrap_err_text().contains("File exists"));

    let wrong = archive(
        folder.path(),
        &[("web.ovf", EntryType::Regular, DESCRIPTOR), ("web.mf", EntryType::Regular, manifest)],
    );
    let error = extract(&wrong, &folder.path().join("other")).unwrap_err_text();
    assert!(error.contains("'web.ovf' is damaged or was changed: its SHA1 is"), "{error}");
}

#[test]
fn hostile_archives_are_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let ovf = ("web.ovf", EntryType::Regular, DESCRIPTOR);
    let cases: [(&str, EntryType, &str); 10] = [
        ("../evil", EntryType::Regular, "leads out"),
        ("/tmp/evil", EntryType::Regular, "leads out"),
        ("a/../../evil", EntryType::Regular, "leads out"),
        ("a/evil", EntryType::Regular, "is in a folder"),
        ("a\nevil", EntryType::Regular, "leads out"),
        ("link", EntryType::Symlink, "is not a plain file"),
        ("link", EntryType::Link, "is not a plain file"),
        ("device", EntryType::Block, "is not a plain file"),
        ("folder", EntryType::Directory, "is not a plain file"),
        ("web.ovf", EntryType::Regular, "there are two members 'web.ovf'"),
    ];
    for (name, kind, reason) in cases {
        let ova = archive(folder.path(), &[ovf, (name, kind, b"")]);
        let to = folder.path().join("out");
        let error = extract(&ova, &to).unwrap_err_text();
        assert!(error.contains(reason), "{name}: {error}");
        assert!(!to.exists(), "{name}");
    }
}

#[test]
fn what_is_no_ova_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.ova");
    let mut cut =
        std::fs::read(archive(folder.path(), &[("web.ovf", EntryType::Regular, &[b'x'; 4096])])).unwrap();
    cut.truncate(2048);
    let mut gzip = std::fs::File::create(folder.path().join("z.ova")).unwrap();
    gzip.write_all(&[0x1f, 0x8b, 8, 0]).unwrap();
    let cases: [(&[u8], &str); 4] = [
        (b"", "it is empty"),
        (b"not a tar archive", "is not an OVA that can be read"),
        (&cut, "member 'web.ovf' is cut short"),
        (&[0x1f, 0x8b, 8, 0], "is compressed by gzip"),
    ];
    for (content, reason) in cases {
        std::fs::write(&path, content).unwrap();
        let error = extract(&path, &folder.path().join("out")).unwrap_err_text();
        assert!(error.contains(reason), "{error}");
    }
    let none = archive(folder.path(), &[("web.vmdk", EntryType::Regular, b"")]);
    let error = extract(&none, &folder.path().join("out")).unwrap_err_text();
    assert!(error.contains("holds no descriptor (.ovf)"), "{error}");
}

/// The library takes a long name into memory, whatever its length; the file's holes cost nothing.
#[test]
fn a_name_of_gigabytes_is_refused_before_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.ova");
    for kind in [EntryType::GNULongName, EntryType::GNULongLink, EntryType::XHeader, EntryType::XGlobalHeader]
    {
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(64 << 30);
        header.set_cksum();
        let mut file = std::fs::File::create(&path).unwrap();
        file.write_all(header.as_bytes()).unwrap();
        file.set_len(65 << 30).unwrap();
        let error = extract(&path, &folder.path().join("out")).unwrap_err_text();
        assert!(error.contains("it has a header of 68719476736 bytes"), "{error}");
    }
}

trait ErrorText {
    fn unwrap_err_text(self) -> String;
}

impl<T: std::fmt::Debug> ErrorText for Result<T, String> {
    fn unwrap_err_text(self) -> String {
        self.expect_err("this is refused")
    }
}
