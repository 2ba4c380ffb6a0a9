//! What runs the guest's instructions: the processor itself where that works, else emulation.
//!
//! That `/dev/kvm` opens says little: on some hosts (nested and para-virtualised ones) machines then abort or hang. So a real
//! machine is started once, whose boot sector does a little of what boot loaders do, and switches it off. The result holds until this computer restarts.

use record::env;
use record::process::MARK;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

/// How long the test machine may take; it needs a tenth of that.
const LIMIT: Duration = Duration::from_secs(3);

/// Status of a QEMU whose boot sector has written 0x10 to the debug port: twice that, plus one.
const ALIVE: i32 = 0x21;

/// The software emulator's name.
pub(super) const EMULATION: &str = "tcg";

/// What runs a machine, and what is to be said about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Choice {
    /// QEMU's name for it: `kvm`, `hvf`, `tcg`.
    pub(super) name: String,
    /// Why it is emulation, where that was not asked for.
    pub(super) why_slow: Option<String>,
}

/// A test's result, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Tested {
    /// Which start of this computer it was.
    boot: String,
    /// The program that was tried.
    program: PathBuf,
    /// What was tried: `kvm`.
    name: String,
    /// Why it does not work; absent where it does.
    problem: Option<String>,
}

/// Whose test machine it is, so that `sweep` finds what a killed tool leaves of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Owner<'a> {
    /// The build's id, for the process' environment.
    pub(super) id: &'a str,
    /// The build's folder, where the disk goes.
    pub(super) folder: &'a Path,
}

/// Chooses what runs machines here: `forced`, else what the test finds to work.
pub(super) async fn choose(program: &Path, forced: Option<&str>, owner: Owner<'_>) -> Choice {
    if let Some(name) = forced.filter(|name| !name.is_empty() && *name != "auto") {
        return Choice { name: name.to_owned(), why_slow: None };
    }
    let (name, device) = if cfg!(target_os = "macos") { ("hvf", None) } else { ("kvm", Some("/dev/kvm")) };
    let problem = match device.map(Path::new) {
        Some(device) if !device.exists() => Some(format!("there is no {}", device.display())),
        Some(device) => match fs::OpenOptions::new().read(true).write(true).open(device) {
            Err(error) => Some(format!("{} does not open: {error}", device.display())),
            Ok(_) => remembered(program, name, owner).await,
        },
        None => remembered(program, name, owner).await,
    };
    match problem {
        None => Choice { name: name.to_owned(), why_slow: None },
        Some(problem) => Choice { name: EMULATION.to_owned(), why_slow: Some(problem) },
    }
}

/// Tests, or remembers what a test since this computer's start has found; gives why it does not work.
async fn remembered(program: &Path, name: &str, owner: Owner<'_>) -> Option<String> {
    let cache = cache();
    let boot = boot_id();
    if let (Some(cache), Some(boot)) = (&cache, &boot)
        && let Some(known) = known(cache, boot, program, name)
    {
        return known.problem;
    }
    let problem = test(program, name, LIMIT, owner).await;
    if let (Some(cache), Some(boot)) = (cache, boot) {
        let (program, name) = (program.to_owned(), name.to_owned());
        let tested = Tested { boot, program, name, problem: problem.clone() };
        // Without the file the next machine tests again.
        if let Ok(text) = serde_json::to_vec(&tested) {
            let _ = record::file::write(&cache, &text, 0o600, true);
        }
    }
    problem
}

/// The result that is kept, if it is of this start of the computer, this program and this accelerator.
fn known(cache: &Path, boot: &str, program: &Path, name: &str) -> Option<Tested> {
    let tested: Tested = serde_json::from_slice(&fs::read(cache).ok()?).ok()?;
    (tested.boot == boot && tested.program == program && tested.name == name).then_some(tested)
}

fn cache() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let folder = set(env::XDG_CACHE_HOME).or_else(|| Some(set("HOME")?.join(".cache")))?;
    Some(folder.join("kiln/accelerator.json"))
}

/// Names this start of the computer (Linux).
fn boot_id() -> Option<String> {
    Some(fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?.trim().to_owned())
}

/// Starts a machine whose boot sector switches it off again; gives why that does not work.
async fn test(program: &Path, name: &str, limit: Duration, owner: Owner<'_>) -> Option<String> {
    let disk = match boot_sector(owner.folder) {
        Ok(disk) => disk,
        Err(error) => return Some(format!("cannot be tried: {error}")),
    };
    let processor = if name == EMULATION { "max" } else { "host" };
    let mut command = tokio::process::Command::new(program);
    command
        .args([
            "-accel",
            name,
            "-cpu",
            processor,
            "-machine",
            "pc",
            "-m",
            "16",
            "-nodefaults",
            "-no-user-config",
        ])
        .args(["-display", "none", "-device", "isa-debug-exit,iobase=0x501,iosize=1", "-drive"])
        .arg(format!("file={},format=raw,if=ide", comma(disk.path())))
        .env(MARK, owner.id)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return Some(format!("cannot be tried: {error}")),
    };
    match tokio::time::timeout(limit, child.wait_with_output()).await {
        Err(_) => Some(format!("a test machine hangs under {name}")),
        Ok(Err(error)) => Some(format!("cannot be tried: {error}")),
        Ok(Ok(output)) if output.status.code() == Some(ALIVE) => None,
        Ok(Ok(output)) => {
            let said = String::from_utf8_lossy(&output.stderr);
            let said = said.lines().find(|line| !line.trim().is_empty()).unwrap_or("no reason given").trim();
            Some(format!("a test machine fails under {name}: {said}"))
        }
    }
}

/// The test machine's boot sector, for address 0x7c00. It enters protected mode, takes an interrupt, and switches itself off: where
/// a host's KVM cannot do what boot loaders do, the machine stands still at one of these.
#[rustfmt::skip]
const BOOT_SECTOR: [u8; 104] = [
    // cli; xor ax, ax; mov ds, ax; mov ss, ax; mov sp, 0x7c00
    0xfa, 0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xd0, 0xbc, 0x00, 0x7c,
    // lgdt [0x7c3c]; lidt [0x7c42]
    0x0f, 0x01, 0x16, 0x3c, 0x7c, 0x0f, 0x01, 0x1e, 0x42, 0x7c,
    // mov eax, cr0; or al, 1; mov cr0, eax; jmp 8:0x7c21
    0x0f, 0x20, 0xc0, 0x0c, 0x01, 0x0f, 0x22, 0xc0, 0xea, 0x21, 0x7c, 0x08, 0x00,
    // In 32 bits: mov ax, 16; mov ds, ax; mov ss, ax; mov esp, 0x7c00
    0x66, 0xb8, 0x10, 0x00, 0x8e, 0xd8, 0x8e, 0xd0, 0xbc, 0x00, 0x7c, 0x00, 0x00,
    // int 0; mov dx, 0x501; mov al, 0x10; out dx, al; hlt; jmp $-1
    0xcd, 0x00, 0x66, 0xba, 0x01, 0x05, 0xb0, 0x10, 0xee, 0xf4, 0xeb, 0xfd,
    // The interrupt: iret
    0xcf, 0x90,
    // The tables' sizes and places
    0x17, 0x00, 0x50, 0x7c, 0x00, 0x00, 0x07, 0x00, 0x48, 0x7c, 0x00, 0x00,
    // The interrupt table: a gate to 8:0x7c3a
    0x3a, 0x7c, 0x08, 0x00, 0x00, 0x8e, 0x00, 0x00,
    // Segments: none, all memory as code, all memory as data
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0x00, 0x00, 0x00, 0x9a, 0xcf, 0x00, 0xff, 0xff, 0x00, 0x00, 0x00, 0x92, 0xcf, 0x00,
];

/// A disk whose boot sector says that it has run: `mov dx, 0x501; mov al, 0x10; out dx, al`, then stays where it is.
fn boot_sector(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let mut sector = [0_u8; 512];
    sector[..BOOT_SECTOR.len()].copy_from_slice(&BOOT_SECTOR);
    sector[510..].copy_from_slice(&[0x55, 0xaa]);
    let file = tempfile::NamedTempFile::with_prefix_in("test-machine-", folder)?;
    fs::write(file.path(), sector)?;
    // IDE disks have at least a cylinder.
    file.as_file().set_len(1 << 20)?;
    Ok(file)
}

/// A path as a value of QEMU's option lists, where a comma is written twice.
pub(super) fn comma(path: &Path) -> String {
    path.display().to_string().replace(',', ",,")
}

#[cfg(test)]
mod tests {
    use super::{Choice, Owner, Tested, choose, comma, known, test};
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;
    use std::time::Duration;

    const QEMU: &str = "qemu-system-x86_64";

    fn owner(folder: &Path) -> Owner<'_> {
        Owner { id: "TEST", folder }
    }

    #[tokio::test]
    async fn emulation_passes_the_test() {
        let folder = tempfile::tempdir().unwrap();
        let owner = owner(folder.path());
        assert_eq!(test(Path::new(QEMU), "tcg", Duration::from_secs(60), owner).await, None);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn what_fails_or_hangs_does_not_pass() {
        let folder = tempfile::tempdir().unwrap();
        let owner = owner(folder.path());
        let failed = test(Path::new(QEMU), "whpx", Duration::from_secs(60), owner).await.unwrap();
        assert!(failed.starts_with("a test machine fails under whpx: "), "{failed}");
        let hangs = folder.path().join("hangs");
        std::fs::write(&hangs, "#!/bin/sh\nexec sleep 600\n").unwrap();
        std::fs::set_permissions(&hangs, std::fs::Permissions::from_mode(0o755)).unwrap();
        let problem = test(&hangs, "kvm", Duration::from_millis(50), owner).await;
        assert_eq!(problem.as_deref(), Some("a test machine hangs under kvm"));
        let nowhere = Path::new("/nowhere/qemu");
        let problem = test(nowhere, "kvm", Duration::from_secs(60), owner).await.unwrap();
        assert!(problem.starts_with("cannot be tried: "), "{problem}");
    }

    #[tokio::test]
    async fn what_is_asked_for_is_taken() {
        let chosen = choose(Path::new("/nowhere"), Some("xen"), owner(Path::new("/nowhere"))).await;
        assert_eq!(chosen, Choice { name: "xen".into(), why_slow: None });
    }

    #[test]
    fn a_result_holds_for_one_start_one_program_one_accelerator() {
        let folder = tempfile::tempdir().unwrap();
        let cache = folder.path().join("accelerator.json");
        assert_eq!(known(&cache, "b", Path::new("/q"), "kvm"), None);
        let tested = Tested { boot: "b".into(), program: "/q".into(), name: "kvm".into(), problem: None };
        std::fs::write(&cache, serde_json::to_vec(&tested).unwrap()).unwrap();
        assert_eq!(known(&cache, "b", Path::new("/q"), "kvm"), Some(tested));
        assert_eq!(known(&cache, "c", Path::new("/q"), "kvm"), None);
        assert_eq!(known(&cache, "b", Path::new("/r"), "kvm"), None);
        assert_eq!(known(&cache, "b", Path::new("/q"), "hvf"), None);
    }

    #[test]
    fn commas_are_doubled() {
        assert_eq!(comma(Path::new("/a,b")), "/a,,b");
    }
}
