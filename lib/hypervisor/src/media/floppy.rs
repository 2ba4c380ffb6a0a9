//! The floppy disk with the user's files: 1440 KiB, FAT12.

use super::date::Date;
use super::tree::{Entry, Folder};
use fatfs::{Dir, FatType, FileSystem, FormatVolumeOptions, FsOptions, TimeProvider};
use record::{Failure, file};
use std::io::{Cursor, Write};
use std::path::Path;
use template::options::builder::machine::Floppy;

/// Bytes of a disk.
const SIZE: usize = 1440 * 1024;
/// Bytes that files can have together, each counted up to whole sectors: the boot sector, two tables of 9 sectors and
/// 14 sectors of names are taken.
const ROOM: u64 = (2880 - 33) * 512;

/// Writes the floppy disk to a file. `options` has its contents rendered.
///
/// # Errors
/// When a file of the user's cannot be read, there is too much for one disk, or the file cannot be written.
pub fn write_floppy(options: &Floppy, path: &Path) -> Result<(), Failure> {
    let mut root = Folder::default();
    root.add_flat("floppy_files", &options.floppy_files)?;
    root.add_paths("floppy_dirs", &options.floppy_dirs)?;
    for (name, text) in &options.floppy_content {
        root.add_text("floppy_content", name, text)?;
    }
    if root.size() > ROOM {
        return Err(too_much(root.size()));
    }
    let image = image(&root, &options.floppy_label, path)?;
    file::write(path, &image, 0o600, true)
}

fn image(root: &Folder, label: &str, path: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Failure::new("floppy disk: two files have the same name but for its case")
                .hint("rename one of them")
        }
        // fatfs writes nothing where there is no room, or says so with a text only.
        std::io::ErrorKind::WriteZero => too_much(root.size()),
        _ if error.to_string().contains("No space left") => too_much(root.size()),
        _ => file::io(path, "cannot write the floppy disk", &error),
    };
    let mut disk = Cursor::new(vec![0; SIZE]);
    let mut name = [b' '; 11];
    for (at, byte) in label.bytes().take(11).enumerate() {
        name[at] = byte.to_ascii_uppercase();
    }
    // The geometry of a 3.5" HD disk: what fatfs takes by itself is a hard disk's.
    let format = FormatVolumeOptions::new()
        .bytes_per_sector(512)
        .bytes_per_cluster(512)
        .fat_type(FatType::Fat12)
        .max_root_dir_entries(224)
        .media(0xf0)
        .sectors_per_track(18)
        .heads(2)
        .drive_num(0)
        .volume_id(0x4b69_6c6e)
        .volume_label(name);
    fatfs::format_volume(&mut disk, format).map_err(failed)?;
    {
        let system = FileSystem::new(&mut disk, FsOptions::new().time_provider(&FIXED)).map_err(failed)?;
        fill(&system.root_dir(), root, path, &failed)?;
        system.unmount().map_err(failed)?;
    }
    Ok(disk.into_inner())
}

fn fill(
    folder: &Dir<'_, &mut Cursor<Vec<u8>>>,
    from: &Folder,
    path: &Path,
    failed: &dyn Fn(std::io::Error) -> Failure,
) -> Result<(), Failure> {
    for (name, entry) in &from.entries {
        match entry {
            Entry::Folder(inner) => {
                fill(&folder.create_dir(name).map_err(failed)?, inner, path, failed)?;
            }
            Entry::File(content) => {
                // fatfs opens a file that is there already, and compares names without their case.
                if folder.open_file(name).is_ok() {
                    return Err(failed(std::io::ErrorKind::AlreadyExists.into()));
                }
                let mut bytes = Vec::new();
                content.write(&mut bytes, path)?;
                let mut file = folder.create_file(name).map_err(failed)?;
                file.write_all(&bytes).and_then(|()| file.flush()).map_err(failed)?;
            }
        }
    }
    Ok(())
}

fn too_much(size: u64) -> Failure {
    Failure::new(format!("{size} bytes of files are too much for a floppy disk")).hint(
        "it takes 1423 KiB of files, each counted up to whole half KiB, and 224 names at its root: put them onto a CD with cd_files",
    )
}

/// The time that files get.
#[derive(Debug)]
struct Fixed;

static FIXED: Fixed = Fixed;

impl TimeProvider for Fixed {
    fn get_current_date(&self) -> fatfs::Date {
        let Date { year, month, day, .. } = Date::of_media();
        fatfs::Date { year, month: u16::from(month), day: u16::from(day) }
    }

    fn get_current_date_time(&self) -> fatfs::DateTime {
        let Date { hour, minute, second, .. } = Date::of_media();
        let time =
            fatfs::Time { hour: u16::from(hour), min: u16::from(minute), sec: u16::from(second), millis: 0 };
        fatfs::DateTime { date: self.get_current_date(), time }
    }
}
