//! Writing appliances.

use super::{Appliance, Files};
use crate::Error;
use crate::convert::{Layout, Written, WrittenFile, convert, convert_into};
use crate::manifest::{Algorithm, Manifest, digest};
use crate::ova;
use crate::ovf::{self, Envelope};
use std::fs::{File, Permissions};
use std::io::Read;
use std::ops::ControlFlow;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Gets bytes of the disks that are done, and all; breaking stops the work.
type Progress<'a> = &'a mut dyn FnMut(u64, u64) -> ControlFlow<()>;

impl Appliance {
    /// Writes the appliance as one file. It appears under its name when it is complete; a file that is there is not
    /// replaced.
    ///
    /// # Errors
    /// When a disk cannot be read, the file cannot be written, the platform of the style does not know a device, or
    /// `progress` breaks.
    pub fn write_ova(&self, path: &Path, progress: Progress<'_>) -> Result<WrittenFile, Error> {
        self.check()?;
        let base = base(path)?;
        refuse_existing(path)?;
        let cannot = |error: std::io::Error| unwritable(path, &error);
        let temporary = tempfile::Builder::new()
            .prefix(".appliance-")
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(folder(path))
            .map_err(cannot)?;
        let file = temporary.as_file();
        let mut archive = ova::Writer::new(file, ova::modification_time());

        // Descriptor and manifest come first, but say what is known last: room is kept for the longest that they can be.
        let longest = self.descriptor(&self.largest())?.len();
        let names = (format!("{base}.ovf"), format!("{base}.mf"));
        let descriptor_slot = archive.reserve(&names.0, longest as u64);
        let manifest_slot = self.manifest.map(|algorithm| {
            let digests = vec!["0".repeat(algorithm.digits()); self.envelope.disks.len() + 1];
            archive.reserve(&names.1, self.manifest(algorithm, &names.0, digests).to_string().len() as u64)
        });

        let mut envelope = self.envelope.clone();
        let mut digests = vec![String::new()];
        for index in 0..self.sources.len() {
            let disk = &self.envelope.disks[index];
            let slot = archive.begin(&disk.file);
            let mut each = self.share(index, progress);
            let source = &self.sources[index];
            let written =
                convert_into(source, file, slot.start(), &disk.file, &self.options(disk), &mut each)?;
            let of_disk = main_file(&written)?;
            archive.end(&slot, of_disk.size).map_err(cannot)?;
            digests.push(match self.manifest {
                None => String::new(),
                Some(Algorithm::Sha256) => of_disk.sha256.clone(),
                Some(algorithm) => {
                    digest(algorithm, Part { file, position: slot.start() }.take(of_disk.size))
                        .map_err(cannot)?
                }
            });
            note(&mut envelope, index, &written)?;
        }

        let mut descriptor = self.descriptor(&envelope)?;
        if descriptor.len() > longest {
            return Err(Error::new(format!(
                "{}: the descriptor became longer than was foreseen",
                path.display()
            )));
        }
        // Line ends after the last element are allowed everywhere (XML 1.0, section 2.8: Misc).
        descriptor.extend(std::iter::repeat_n('\n', longest - descriptor.len()));
        archive.fill(&descriptor_slot, descriptor.as_bytes()).map_err(cannot)?;
        if let (Some(algorithm), Some(slot)) = (self.manifest, manifest_slot) {
            digests[0] = digest(algorithm, descriptor.as_bytes()).map_err(cannot)?;
            let manifest = self.manifest(algorithm, &names.0, digests).to_string();
            archive.fill(&slot, manifest.as_bytes()).map_err(cannot)?;
        }
        let size = archive.finish().map_err(cannot)?;
        let sha256 = digest(Algorithm::Sha256, Part { file, position: 0 }).map_err(cannot)?;
        temporary.persist_noclobber(path).map_err(|error| cannot(error.error))?;
        Ok(WrittenFile { path: path.to_owned(), size, sha256 })
    }

    /// Writes the appliance as a descriptor at `path`, with disks and manifest beside it. The files appear when all are
    /// complete, the descriptor last; files that are there are not replaced. Gives the descriptor, the disks, the manifest.
    ///
    /// # Errors
    /// As [`Appliance::write_ova`].
    pub fn write_ovf(&self, path: &Path, progress: Progress<'_>) -> Result<Files, Error> {
        self.check()?;
        let base = base(path)?;
        let folder = folder(path);
        let name = format!("{base}.ovf");
        let mut targets: Vec<PathBuf> =
            self.envelope.disks.iter().map(|disk| folder.join(&disk.file)).collect();
        targets.extend(self.manifest.map(|_| folder.join(format!("{base}.mf"))));
        for target in targets.iter().map(PathBuf::as_path).chain([path]) {
            refuse_existing(target)?;
        }
        let temporary = tempfile::Builder::new()
            .prefix(".appliance-")
            .tempdir_in(folder)
            .map_err(|error| unwritable(path, &error))?;

        let mut envelope = self.envelope.clone();
        let mut files = Vec::new();
        let mut digests = vec![String::new()];
        for index in 0..self.sources.len() {
            let disk = &self.envelope.disks[index];
            let target = temporary.path().join(&disk.file);
            let mut each = self.share(index, progress);
            let written = convert(
                &self.sources[index],
                &target,
                Layout::StreamOptimized,
                &self.options(disk),
                &mut each,
            )?;
            let of_disk = main_file(&written)?.clone();
            digests.push(match self.manifest {
                None => String::new(),
                Some(Algorithm::Sha256) => of_disk.sha256.clone(),
                Some(algorithm) => File::open(&target)
                    .and_then(|file| digest(algorithm, file))
                    .map_err(|error| Error::new(format!("cannot read {}: {error}", target.display())))?,
            });
            note(&mut envelope, index, &written)?;
            files.push(of_disk);
        }
        let descriptor = self.descriptor(&envelope)?;
        if let Some(algorithm) = self.manifest {
            digests[0] =
                digest(algorithm, descriptor.as_bytes()).map_err(|error| unwritable(path, &error))?;
            let text = self.manifest(algorithm, &name, digests).to_string();
            files.push(write_text(&temporary.path().join(format!("{base}.mf")), &text)?);
        }
        files.insert(0, write_text(&temporary.path().join(&name), &descriptor)?);
        // The descriptor last.
        for file in files.iter_mut().rev() {
            let target = folder.join(file.path.file_name().unwrap_or_default());
            std::fs::rename(&file.path, &target).map_err(|error| unwritable(&target, &error))?;
            file.path = target;
        }
        Ok(files)
    }

    fn check(&self) -> Result<(), Error> {
        let (disks, sources) = (self.envelope.disks.len(), self.sources.len());
        if disks != sources {
            return Err(Error::new(format!(
                "an appliance of {disks} disks was given the content of {sources}"
            )));
        }
        // Devices that the platform doesn't know are better said before the disks are compressed.
        self.descriptor(&self.envelope).map(drop)
    }

    fn descriptor(&self, envelope: &Envelope) -> Result<String, Error> {
        ovf::write(envelope, self.style)
    }

    fn manifest(&self, algorithm: Algorithm, descriptor: &str, digests: Vec<String>) -> Manifest {
        let mut manifest = Manifest::new();
        let names = [descriptor].into_iter().chain(self.envelope.disks.iter().map(|disk| disk.file.as_str()));
        for (name, digest) in names.zip(digests) {
            manifest.add(name, algorithm, digest);
        }
        manifest
    }

    /// The envelope with numbers that have at least as many digits as the real ones will have.
    fn largest(&self) -> Envelope {
        let mut envelope = self.envelope.clone();
        for disk in &mut envelope.disks {
            // Compressed grains are never larger than a sector or two more than plain ones.
            let most = disk.capacity.saturating_add(disk.capacity / 32).saturating_add(1 << 24);
            disk.size = Some(most);
            disk.populated = Some(most);
            disk.capacity = most;
        }
        envelope
    }

    /// The progress of one disk as a part of all.
    fn share<'a>(
        &self,
        index: usize,
        progress: Progress<'a>,
    ) -> impl FnMut(u64, u64) -> ControlFlow<()> + 'a {
        let all = self.capacity();
        let before: u64 = self.sources[..index].iter().map(crate::disk::Disk::capacity).sum();
        move |done, _| progress((before + done).min(all), all)
    }
}

/// Fills in what is known of a disk when it is written.
fn note(envelope: &mut Envelope, index: usize, written: &Written) -> Result<(), Error> {
    let disk = &mut envelope.disks[index];
    disk.size = Some(main_file(written)?.size);
    disk.capacity = written.capacity;
    disk.populated = Some(written.populated);
    if disk.uuid.is_none() {
        // Two disks may have the same content, as empty ones do.
        disk.uuid = Some(written.content.uuid(&disk.file));
    }
    Ok(())
}

fn main_file(written: &Written) -> Result<&WrittenFile, Error> {
    written.files.first().ok_or_else(|| Error::new("no file came of a disk"))
}

fn write_text(path: &Path, text: &str) -> Result<WrittenFile, Error> {
    std::fs::write(path, text).map_err(|error| unwritable(path, &error))?;
    let sha256 = digest(Algorithm::Sha256, text.as_bytes()).map_err(|error| unwritable(path, &error))?;
    Ok(WrittenFile { path: path.to_owned(), size: text.len() as u64, sha256 })
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The name without its ending, which begins the names of the other files.
fn base(path: &Path) -> Result<&str, Error> {
    path.file_stem().and_then(|stem| stem.to_str()).filter(|stem| !stem.is_empty()).ok_or_else(|| {
        Error::new(format!(
            "{} cannot be the name of an appliance: it is not UTF-8, or empty",
            path.display()
        ))
    })
}

fn refuse_existing(path: &Path) -> Result<(), Error> {
    if path.symlink_metadata().is_ok() {
        return Err(Error::new(format!("{} exists already", path.display()))
            .hint("remove it, or write the appliance elsewhere"));
    }
    Ok(())
}

fn unwritable(path: &Path, error: &std::io::Error) -> Error {
    Error::new(format!("cannot write {}: {error}", path.display()))
}

/// What stands in a file from a position on, read without moving the file's own.
struct Part<'a> {
    file: &'a File,
    position: u64,
}

impl Read for Part<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.file.read_at(buffer, self.position)?;
        self.position += length as u64;
        Ok(length)
    }
}
