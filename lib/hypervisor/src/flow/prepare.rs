//! What the machine needs before it exists: the image, the key, the HTTP server, floppy disk and CD.

use super::key::{self, Key};
use super::platform::{Media, Network};
use super::{Platform, Settings, Site};
use crate::{http, iso, media};
use record::{Build, Failure};
use std::collections::BTreeMap;
use std::path::PathBuf;
use template::Late;
use template::steps::machine as steps;

/// What was prepared.
#[derive(Debug, Clone)]
pub(super) struct Prepared {
    /// The media.
    pub(super) media: Media,
    /// The key.
    pub(super) key: Key,
    /// How guests and this host see each other.
    pub(super) network: Network,
    /// The HTTP server's port, where there is one.
    pub(super) http_port: Option<u16>,
}

impl Prepared {
    /// `IP:PORT` of the HTTP server as the guest sees it: `PACKER_HTTP_ADDR`. Packer gives port 0 where there is none.
    pub(super) fn http_address(&self) -> String {
        std::net::SocketAddr::new(self.network.host, self.http_port.unwrap_or_default()).to_string()
    }
}

/// Fetches the image.
///
/// # Errors
/// When it cannot be had.
pub(super) async fn image(settings: &Settings, build: &Build) -> Result<Option<PathBuf>, Failure> {
    match &settings.image {
        Some(request) => Ok(Some(iso::fetch(request, build).await?)),
        None => Ok(None),
    }
}

/// Prepares all, in the order in which one needs the other; sets what late templates see.
///
/// # Errors
/// What could not be made.
pub(super) async fn all<P: Platform>(
    platform: &P,
    site: &Site,
    image: Option<PathBuf>,
    late: &mut Late,
    build: &Build,
) -> Result<Prepared, Failure> {
    let settings = platform.settings();
    late.set("Name", settings.name.as_str());
    let key = key::prepare(settings, build)?;
    late.set("SSHPublicKey", key.public.as_str());
    let network = platform.network(build).await?;
    late.set("HTTPIP", network.host.to_string());
    // Its number may stand in what it serves, so the port is taken before.
    let port = if settings.base.http.is_wanted() {
        Some(http::reserve(&settings.base.http, network.bind)?)
    } else {
        None
    };
    let http_port = port.as_ref().map(|port| port.address().port());
    late.set("HTTPPort", http_port.unwrap_or_default().to_string());
    if let Some(port) = port {
        let step = build.step(steps::SERVE_FILES);
        let mut options = settings.base.http.clone();
        options.http_content = rendered(&options.http_content, late)?;
        port.serve(&options, build)?;
        step.done();
    }
    let media = media(settings, site, late).await?;
    Ok(Prepared { media: Media { image, ..media }, key, network, http_port })
}

/// Makes the floppy disk and the CD in the work folder.
async fn media(settings: &Settings, site: &Site, late: &Late) -> Result<Media, Failure> {
    let (mut floppy, mut cd) = (settings.base.floppy.clone(), settings.base.cd.clone());
    floppy.floppy_content = rendered(&floppy.floppy_content, late)?;
    cd.cd_content = rendered(&cd.cd_content, late)?;
    let (floppy_file, cd_file) = (site.file("floppy.img"), site.file("cd.iso"));
    let made = tokio::task::spawn_blocking(move || {
        let mut made = Media::default();
        if floppy.is_wanted() {
            media::write_floppy(&floppy, &floppy_file)?;
            made.floppy = Some(floppy_file);
        }
        if cd.is_wanted() {
            media::write_cd(&cd, &cd_file)?;
            made.cd = Some(cd_file);
        }
        Ok(made)
    });
    made.await.map_err(|error| Failure::from_error("the media were not made", &error))?
}

/// The contents of files, rendered.
fn rendered(files: &BTreeMap<String, String>, late: &Late) -> Result<BTreeMap<String, String>, Failure> {
    files.iter().map(|(path, text)| Ok((path.clone(), late.render(text)?))).collect()
}
