//! Floppy disks and CDs, read by mtools and xorriso.

use crate::world::sh;
use hypervisor::media::{write_cd, write_floppy};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use template::options::builder::machine::{Cd, Floppy};

fn files(folder: &Path) -> String {
    fs::create_dir_all(folder.join("scripts/deep/er")).unwrap();
    fs::write(folder.join("Autounattend.xml"), "<unattend/>").unwrap();
    fs::write(folder.join("A long name with spaces.txt"), "long").unwrap();
    fs::write(folder.join("scripts/first.sh"), "#!/bin/sh\n").unwrap();
    fs::write(folder.join("scripts/deep/er/second.sh"), "x".repeat(5000)).unwrap();
    sh("chmod +x \"$1/scripts/first.sh\"", &[folder.to_str().unwrap()]);
    folder.to_str().unwrap().to_owned()
}

fn contents(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

#[test]
fn a_floppy_has_its_files_flat_and_its_folders_whole() {
    let folder = tempfile::tempdir().unwrap();
    let from = files(&folder.path().join("in"));
    let image = folder.path().join("floppy.img");
    let options = Floppy {
        floppy_files: vec![format!("{from}/*.xml"), format!("{from}/scripts")],
        floppy_dirs: vec![format!("{from}/scripts")],
        floppy_content: contents(&[("conf/answers.txt", "yes\n")]),
        floppy_label: "answers".to_owned(),
    };
    write_floppy(&options, &image).unwrap();
    assert_eq!(fs::metadata(&image).unwrap().len(), 1440 * 1024);
    let path = image.to_str().unwrap();
    let listed = sh("mdir -/ -b -i \"$1\" :: | sort", &[path]);
    assert_eq!(
        listed,
        "::/Autounattend.xml\n::/conf/\n::/conf/answers.txt\n::/first.sh\n::/scripts/\n::/scripts/deep/\n::/scripts/deep/er/\n::/scripts/deep/er/second.sh\n::/scripts/first.sh\n::/second.sh\n"
    );
    assert_eq!(sh("mtype -i \"$1\" ::/conf/answers.txt", &[path]), "yes\n");
    assert!(sh("mlabel -s -i \"$1\" ::", &[path]).contains("ANSWERS"));
    let info = sh("minfo -i \"$1\" ::", &[path]);
    for line in [
        "sectors per track: 18",
        "heads: 2",
        "media descriptor byte: 0xf0",
        "max available root directory slots: 224",
    ] {
        assert!(info.contains(line), "{line}: {info}");
    }
    let again = folder.path().join("again.img");
    write_floppy(&options, &again).unwrap();
    assert!(fs::read(&image).unwrap() == fs::read(&again).unwrap(), "the same bytes");
}

#[test]
fn what_does_not_fit_a_floppy_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("floppy.img");
    let big = folder.path().join("big");
    fs::write(&big, vec![1; 1_500_000]).unwrap();
    let options = Floppy { floppy_files: vec![big.to_str().unwrap().to_owned()], ..Floppy::default() };
    let failure = write_floppy(&options, &image).unwrap_err();
    assert_eq!(failure.message, "1500000 bytes of files are too much for a floppy disk");
    let many: Vec<(String, String)> = (0..255).map(|n| (format!("{n}"), "x".repeat(5700))).collect();
    let options = Floppy { floppy_content: many.into_iter().collect(), ..Floppy::default() };
    let failure = write_floppy(&options, &image).unwrap_err();
    assert!(failure.message.ends_with("are too much for a floppy disk"), "{}", failure.message);
    assert!(!image.exists());
    let options = Floppy { floppy_content: contents(&[("a", "1"), ("A", "2")]), ..Floppy::default() };
    let failure = write_floppy(&options, &image).unwrap_err();
    assert_eq!(failure.message, "floppy disk: two files have the same name but for its case");
}

#[test]
fn a_cd_is_read_with_rock_ridge_with_joliet_and_without_both() {
    let folder = tempfile::tempdir().unwrap();
    let from = files(&folder.path().join("in"));
    let image = folder.path().join("cd.iso");
    let options = Cd {
        cd_files: vec![format!("{from}/*"), format!("{from}/scripts/deep/")],
        cd_content: contents(&[("user-data", "#cloud-config\n"), ("meta-data", ""), ("/sub/größe.txt", "ü")]),
        cd_label: "cidata".to_owned(),
    };
    write_cd(&options, &image).unwrap();
    let path = image.to_str().unwrap();
    let find = |names: &str| {
        let script = format!("xorriso -read_fs {names} -indev \"$1\" -find / 2>/dev/null");
        let listed = sh(&script, &[path]);
        let mut names: Vec<String> = listed
            .lines()
            .filter(|line| line.starts_with("'/"))
            .map(|line| line.trim_matches('\'').to_owned())
            .collect();
        names.sort();
        names
    };
    let whole = [
        "/",
        "/A long name with spaces.txt",
        "/Autounattend.xml",
        "/er",
        "/er/second.sh",
        "/meta-data",
        "/scripts",
        "/scripts/deep",
        "/scripts/deep/er",
        "/scripts/deep/er/second.sh",
        "/scripts/first.sh",
        "/sub",
        "/sub/größe.txt",
        "/user-data",
    ];
    assert_eq!(find("any"), whole, "Rock Ridge");
    assert_eq!(find("norock"), whole, "Joliet");
    let plain = sh("isoinfo -f -i \"$1\"", &[path]);
    for name in ["/AUTOUNAT.XML;1", "/SCRIPTS/DEEP/ER/SECOND.SH;1", "/USER_DAT.;1"] {
        assert!(plain.lines().any(|line| line == name), "{name}: {plain}");
    }
    let out = folder.path().join("out");
    sh("xorriso -osirrox on -indev \"$1\" -extract / \"$2\" 2>&1", &[path, out.to_str().unwrap()]);
    assert_eq!(fs::read_to_string(out.join("user-data")).unwrap(), "#cloud-config\n");
    assert_eq!(fs::read_to_string(out.join("scripts/deep/er/second.sh")).unwrap(), "x".repeat(5000));
    assert_eq!(sh("stat -c %a \"$1\"", &[out.join("scripts/first.sh").to_str().unwrap()]), "555\n");
    assert_eq!(sh("blkid -o value -s LABEL \"$1\"", &[path]), "cidata\n");
    assert_eq!(sh("blkid -o value -s TYPE \"$1\"", &[path]), "iso9660\n");
    let again = folder.path().join("again.iso");
    write_cd(&options, &again).unwrap();
    assert!(fs::read(&image).unwrap() == fs::read(&again).unwrap(), "the same bytes");
}

#[test]
fn a_cd_takes_many_files() {
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("cd.iso");
    let many = (0..1500).map(|n| (format!("dir{}/file-number-{n}.conf", n % 40), n.to_string())).collect();
    let options = Cd { cd_content: many, cd_label: "packer".to_owned(), ..Cd::default() };
    write_cd(&options, &image).unwrap();
    let out = folder.path().join("out");
    let path = image.to_str().unwrap();
    sh("xorriso -osirrox on -indev \"$1\" -extract / \"$2\" 2>&1", &[path, out.to_str().unwrap()]);
    for n in [0, 40, 777, 1499] {
        let file = out.join(format!("dir{}/file-number-{n}.conf", n % 40));
        assert_eq!(fs::read_to_string(file).unwrap(), n.to_string());
    }
    let listed = sh("xorriso -read_fs norock -indev \"$1\" -find / -type f 2>/dev/null | wc -l", &[path]);
    assert_eq!(listed.trim(), "1500");
}

#[test]
fn what_cannot_stand_on_a_medium_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("cd.iso");
    for (cd_files, cd_content, message) in [
        (vec!["/nowhere/*.txt"], vec![], "cd_files: nothing matches '/nowhere/*.txt'"),
        (
            vec!["/nowhere/a"],
            vec![],
            "cd_files: cannot read /nowhere/a: No such file or directory (os error 2)",
        ),
        (vec![], vec![("../a", "")], "cd_content: '../a' is not a path on the medium"),
        (vec![], vec![("a", ""), ("a/b", "")], "cd_content: two things are called 'a/b' on the medium"),
    ] {
        let options = Cd {
            cd_files: cd_files.into_iter().map(str::to_owned).collect(),
            cd_content: contents(&cd_content),
            cd_label: String::new(),
        };
        assert_eq!(write_cd(&options, &image).unwrap_err().message, message);
        assert!(!image.exists());
    }
}
