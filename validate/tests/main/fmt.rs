//! `--fmt`: files, folders, standard input, exit status.

use crate::support::{Folder, run_in_with_input};

const ODD: &str = "a=1 # x\nbbb = [1,2]\n";
const EVEN: &str = "a   = 1 # x\nbbb = [1, 2]\n";

fn folder() -> Folder {
    let folder = Folder::with("{}");
    std::fs::create_dir_all(folder.path().join("inner")).unwrap();
    folder.write("b.pkr.hcl", ODD);
    folder.write("a.auto.pkrvars.hcl", ODD);
    folder.write("even.pkr.hcl", EVEN);
    folder.write("other.hcl", ODD);
    folder.write("inner/c.pkr.hcl", ODD);
    folder
}

fn text(folder: &Folder, name: &str) -> String {
    std::fs::read_to_string(folder.path().join(name)).unwrap()
}

#[test]
fn files_are_laid_out_in_place() {
    let folder = folder();
    let ran = folder.run(&["-fmt", "-check", "."]);
    assert_eq!((ran.status, ran.out.as_str(), ran.err.as_str()), (3, "a.auto.pkrvars.hcl\nb.pkr.hcl\n", ""));
    assert_eq!(text(&folder, "b.pkr.hcl"), ODD);
    let ran = folder.run(&["--fmt", "-write=false", "-diff", "b.pkr.hcl"]);
    let diff = "b.pkr.hcl\n--- old/b.pkr.hcl\n+++ new/b.pkr.hcl\n@@ -1,2 +1,2 @@\n-a=1 # x\n-bbb = [1,2]\n+a   = 1 # x\n+bbb = [1, 2]\n";
    assert_eq!((ran.status, ran.out.as_str()), (0, diff));
    assert_eq!(text(&folder, "b.pkr.hcl"), ODD);
    let ran = folder.run(&["--fmt", "."]);
    assert_eq!((ran.status, ran.out.as_str()), (0, "a.auto.pkrvars.hcl\nb.pkr.hcl\n"));
    assert_eq!((text(&folder, "b.pkr.hcl"), text(&folder, "inner/c.pkr.hcl")), (EVEN.into(), ODD.into()));
    let ran = folder.run(&["--fmt", "-recursive", ".", "other.hcl"]);
    assert_eq!((ran.status, ran.out.as_str()), (0, "inner/c.pkr.hcl\nother.hcl\n"));
    let ran = folder.run(&["--fmt", "--check", "--recursive", "."]);
    assert_eq!((ran.status, ran.out.as_str(), ran.err.as_str()), (0, "", ""));
}

#[test]
fn standard_input_goes_to_standard_output() {
    let folder = folder();
    for (arguments, given, status, out) in [
        (&["--fmt", "-"][..], ODD, 0, EVEN),
        (&["--fmt", "-"], EVEN, 0, EVEN),
        (&["--fmt", "--check", "-"], ODD, 3, ""),
        (&["--fmt", "--check", "-"], EVEN, 0, ""),
    ] {
        let ran = run_in_with_input(folder.path(), arguments, given);
        assert_eq!((ran.status, ran.out.as_str()), (status, out), "{arguments:?}");
    }
}

#[test]
fn what_cannot_be_laid_out_is_told() {
    let folder = folder();
    folder.write("bad.pkr.hcl", "a = [1\n}\n");
    let ran = folder.run(&["--fmt", "bad.pkr.hcl", "b.pkr.hcl"]);
    assert_eq!((ran.status, ran.out.as_str()), (2, "b.pkr.hcl\n"), "the others are laid out");
    assert!(ran.err.contains("--> bad.pkr.hcl:"), "{}", ran.err);
    assert_eq!(text(&folder, "bad.pkr.hcl"), "a = [1\n}\n");
    for (arguments, said) in [
        (&["--fmt"][..], "--fmt needs a file or a folder"),
        (&["--fmt", "t.json"], "t.json is no file of HCL2"),
        (&["--fmt", "nobody.hcl"], "cannot read nobody.hcl"),
    ] {
        let ran = folder.run(arguments);
        assert_eq!(ran.status, 2, "{arguments:?}");
        assert!(ran.err.contains(said), "{}", ran.err);
    }
}
