//! Takes a port, starts the server, stops it.

use super::{ERRORS, NOTE, REQUESTS, SETTINGS, SUBCOMMAND, Settings};
use record::state::StateFolder;
use record::{Build, Failure, file, process};
use serde::{Deserialize, Serialize};
use std::fs;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use template::options::builder::machine::Http;

/// A port that is taken and listens already, so that no other process gets it and no request is refused.
#[derive(Debug)]
pub struct Port {
    listener: TcpListener,
    address: SocketAddr,
}

/// A server that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// Its process id.
    pub pid: u32,
    /// Where it listens.
    pub address: SocketAddr,
}

/// Takes the first free port of the range that the options give, at `http_bind_address`, else at `guest_side`: the address of
/// this host that guests of the driver reach, and no more (127.0.0.1 for QEMU's and VirtualBox' NAT).
///
/// # Errors
/// When the address is not this host's, or no port of the range is free.
pub fn reserve(options: &Http, guest_side: IpAddr) -> Result<Port, Failure> {
    let given = options.http_bind_address.parse::<IpAddr>().ok();
    let address = given.unwrap_or(match options.http_network_protocol.as_str() {
        "tcp6" if guest_side.is_ipv4() => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        _ => guest_side,
    });
    let (first, last) = (options.http_port_min, options.http_port_max);
    for port in first..=last {
        match TcpListener::bind((address, port)) {
            Ok(listener) => {
                let address = listener.local_addr().map_err(|error| cannot_listen(address, port, &error))?;
                return Ok(Port { listener, address });
            }
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {}
            Err(error) => return Err(cannot_listen(address, port, &error)),
        }
    }
    Err(Failure::new(format!("no port of {address} from {first} to {last} is free for the HTTP server"))
        .hint("set http_port_min and http_port_max to another range"))
}

fn cannot_listen(address: IpAddr, port: u16, error: &std::io::Error) -> Failure {
    let reason = record::failure::reason(error);
    Failure::new(format!("the HTTP server cannot listen on {}: {reason}", SocketAddr::new(address, port)))
        .hint("set http_bind_address to an address of this host, and http_port_min to 1024 or more")
}

impl Port {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Starts the server on the port. `options` has its contents rendered.
    ///
    /// # Errors
    /// When the folder to serve is not there, the state folder cannot be written, or the program cannot be started.
    pub fn serve(self, options: &Http, build: &Build) -> Result<Server, Failure> {
        let program = std::env::current_exe()
            .map_err(|error| Failure::new(format!("cannot find this program's file: {error}")))?;
        self.serve_by(&program, options, build)
    }

    /// The same with another program that has the subcommand.
    ///
    /// # Errors
    /// As [`Port::serve`].
    pub fn serve_by(self, program: &Path, options: &Http, build: &Build) -> Result<Server, Failure> {
        let folder = build.folder();
        let settings = Settings {
            directory: directory(options)?,
            content: options.http_content.clone(),
            requests: folder.file(REQUESTS),
        };
        let text = serde_json::to_vec(&settings)
            .map_err(|error| Failure::from_error("cannot write the HTTP server's settings", &error))?;
        let path = folder.write(SETTINGS, &text)?;
        let errors = folder.file(ERRORS);
        let stderr = fs::OpenOptions::new().create(true).append(true).mode(0o600).open(&errors);
        let child = Command::new(program)
            .arg(SUBCOMMAND)
            .arg(&path)
            .env(process::MARK, build.id())
            .stdin(OwnedFd::from(self.listener))
            .stdout(Stdio::null())
            .stderr(stderr.map_err(|error| file::io(&errors, "cannot write", &error))?)
            .spawn()
            .map_err(|error| Failure::new(format!("cannot start {}: {error}", program.display())))?;
        let server = Server { pid: child.id(), address: self.address };
        // Takes note of its end, so that it does not stay listed while this process lives.
        std::thread::spawn(move || drop({ child }.wait()));
        let note = serde_json::to_vec(&server).unwrap_or_default();
        folder.write(NOTE, &note)?;
        Ok(server)
    }
}

/// The folder to serve, absolute.
fn directory(options: &Http) -> Result<Option<std::path::PathBuf>, Failure> {
    if options.http_directory.is_empty() {
        return Ok(None);
    }
    let path = Path::new(&options.http_directory);
    let folder =
        path.canonicalize().map_err(|error| file::io(path, "http_directory: cannot read", &error))?;
    if !folder.is_dir() {
        return Err(Failure::new(format!("http_directory: {} is not a folder", path.display())));
    }
    Ok(Some(folder))
}

/// Stops the server of a build, if there is one, and waits until it is gone. Safe to call again.
///
/// # Errors
/// When it does not go.
pub fn stop(folder: &StateFolder) -> Result<(), Failure> {
    // Without its settings the server ends by itself, also where a killed tool could not note its process.
    let _ = fs::remove_file(folder.file(SETTINGS));
    let Some(server) = noted(folder) else { return Ok(()) };
    process::kill(server.pid, folder.id())?;
    let _ = fs::remove_file(folder.file(NOTE));
    Ok(())
}

fn noted(folder: &StateFolder) -> Option<Server> {
    serde_json::from_slice(&fs::read(folder.file(NOTE)).ok()?).ok()
}
