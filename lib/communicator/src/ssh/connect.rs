//! From an address to a session that is logged in: one try, and the tries until it works.

use super::auth;
use super::banner::{Unreachable, first_line, unreachable};
use super::live::{Fault, Live, Patience};
use super::settings::Settings;
use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use record::{Build, Failure};
use socket2::{SockRef, TcpKeepalive};
use ssh2::{HashType, MethodType, Session};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

/// Why one try did not lead to a session.
#[derive(Debug)]
pub(super) enum Miss {
    /// It may work later: how far it came, and what to look at.
    NotYet { seen: String, hint: &'static str },
    /// The server refused the login; that may change while a machine starts.
    Refused { seen: String, hint: String },
    /// It won't work later either.
    Never(Failure),
}

const HINT_ADDRESS: &str = "is the name right, and does this machine's DNS know it?";
const HINT_PORT: &str =
    "is sshd enabled in the machine, and do firewalls and security groups let this machine in?";
const HINT_SILENT: &str = "something accepts the connection without being a working SSH server: a port forward of a \
                           machine that still boots, or sshd without entropy, host keys or free memory";

/// Tries until a session is logged in, `ssh_timeout` is over or too many logins were refused.
pub(super) fn connect(settings: &Settings, build: &Build) -> Result<Live, Failure> {
    let begun = Instant::now();
    let what = format!("SSH on {}:{}", settings.host, settings.port);
    let mut refusals = 0;
    loop {
        let miss = match attempt(settings, build) {
            Ok(live) => return Ok(live),
            Err(miss) => miss,
        };
        if build.is_cancelled() {
            return Err(Failure::interrupted());
        }
        let (seen, hint, pause) = match miss {
            Miss::Never(failure) => return Err(failure),
            Miss::NotYet { seen, hint } => (seen, hint.to_owned(), pause(begun.elapsed())),
            Miss::Refused { seen, hint } => {
                refusals += 1;
                if settings.attempts.is_some_and(|most| refusals >= most) {
                    let times = if refusals == 1 { "once" } else { "times" };
                    let count = if refusals == 1 { String::new() } else { format!("{refusals} ") };
                    return Err(Failure::new(format!("{seen}; tried {count}{times}")).hint(hint));
                }
                (seen, hint, pause_after_refusal(refusals))
            }
        };
        build.waiting(&what, &seen, begun.elapsed());
        if begun.elapsed() + pause > settings.timeout {
            let limit =
                template::Duration::seconds(i64::try_from(settings.timeout.as_secs()).unwrap_or(i64::MAX));
            return Err(Failure::new(format!("waited {limit} for {what}; last seen: {seen}")).hint(hint));
        }
        Patience::of(build).sleep(pause).map_err(Fault::into_failure)?;
    }
}

/// Soon at first, then at a tenth of the time waited so far, so that it ends little later than the machine is ready.
fn pause(waited: Duration) -> Duration {
    (waited / 10).clamp(Duration::from_millis(120), Duration::from_secs(3)).mul_f64(jitter())
}

/// A machine that is still installing keys takes some time: Packer's ten attempts take a minute, as do these.
fn pause_after_refusal(refusals: u32) -> Duration {
    Duration::from_millis(500 << refusals.min(5).saturating_sub(1))
        .min(Duration::from_secs(7))
        .mul_f64(jitter())
}

/// A factor from 0.8 to 1, so that many builds do not knock in step.
fn jitter() -> f64 {
    let nanoseconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    1.0 - 0.2 * f64::from(nanoseconds.subsec_micros() % 1000) / 1000.0
}

/// One try.
fn attempt(settings: &Settings, build: &Build) -> Result<Live, Miss> {
    let socket = dial(settings)?;
    let mut session = configure(settings)?;
    let stream = socket.try_clone().map_err(|error| never(error.to_string()))?;
    session.set_tcp_stream(stream);
    session.set_blocking(false);
    let mut live = Live::new(session, socket, settings.silence);
    let patience = Patience::of(build).at_most(Duration::from_secs(60).min(settings.timeout));
    let shaken = live.drive(&patience, Session::handshake);
    shaken.map_err(|fault| handshake_miss(&live, settings, fault))?;
    check_host_key(&live, settings)?;
    auth::log_in(&mut live, settings, &patience)?;
    live.keep_alive(settings.keep_alive);
    if settings.forward_agent {
        live.forward_agent();
    }
    Ok(live)
}

fn dial(settings: &Settings) -> Result<TcpStream, Miss> {
    let (host, port) = (settings.host.as_str(), settings.port);
    let addresses = (host, port)
        .to_socket_addrs()
        .map_err(|error| not_yet(format!("the name {host} has no address ({error})"), HINT_ADDRESS))?;
    let mut last = not_yet(format!("the name {host} has no address"), HINT_ADDRESS);
    for address in addresses {
        match TcpStream::connect_timeout(&address, Duration::from_secs(3)) {
            Ok(socket) => {
                prepare(&socket);
                return Ok(socket);
            }
            Err(error) => {
                let seen = unreachable(host, port, &error);
                let hint = if matches!(seen, Unreachable::Address(_)) { HINT_ADDRESS } else { HINT_PORT };
                last = not_yet(seen.to_string(), hint);
            }
        }
    }
    Err(last)
}

/// A machine that vanished without a word is noticed after two minutes. What the system refuses here is no reason to stop.
fn prepare(socket: &TcpStream) {
    let _ = socket.set_nodelay(true);
    let socket = SockRef::from(socket);
    let every = Duration::from_secs(15);
    let _ =
        socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(every).with_interval(every).with_retries(8));
    let _ = socket.set_tcp_user_timeout(Some(Duration::from_secs(120)));
}

fn configure(settings: &Settings) -> Result<Session, Miss> {
    let session = Session::new().map_err(|error| never(error.message().to_owned()))?;
    for (kinds, names, option) in [
        (&[MethodType::CryptCs, MethodType::CryptSc][..], &settings.ciphers, "ssh_ciphers"),
        (&[MethodType::Kex][..], &settings.key_exchanges, "ssh_key_exchange_algorithms"),
    ] {
        if names.is_empty() {
            continue;
        }
        for kind in kinds {
            let known = session.supported_algs(*kind).unwrap_or_default();
            let wanted: Vec<&str> =
                names.iter().map(String::as_str).filter(|name| known.contains(name)).collect();
            if wanted.is_empty() {
                return Err(Miss::Never(
                    Failure::new(format!("{option}: none of these is supported: {}", names.join(", ")))
                        .hint(format!("supported are: {}", known.join(", "))),
                ));
            }
            session
                .method_pref(*kind, &wanted.join(","))
                .map_err(|error| never(error.message().to_owned()))?;
        }
    }
    Ok(session)
}

fn handshake_miss(live: &Live, settings: &Settings, fault: Fault) -> Miss {
    let port = settings.port;
    let why = match fault {
        Fault::Lost(why) => why,
        Fault::Failed(failure) => failure.message,
    };
    match live.session.banner() {
        None => {
            not_yet(format!("port {port} is open, but no SSH server has answered yet ({why})"), HINT_SILENT)
        }
        Some(banner) if !banner.starts_with("SSH-") => {
            not_yet(Unreachable::Foreign(port, first_line(banner.as_bytes())).to_string(), HINT_SILENT)
        }
        Some(banner) => {
            let agreed = ["exchange", "kex", "method"].iter().any(|word| why.to_lowercase().contains(word));
            let seen = format!("the server {banner} answers, but the key exchange failed: {why}");
            if agreed && !(settings.ciphers.is_empty() && settings.key_exchanges.is_empty()) {
                let hint = "the server accepts none of 'ssh_ciphers' or 'ssh_key_exchange_algorithms'; leave them out to offer all";
                return Miss::Never(Failure::new(seen).hint(hint));
            }
            not_yet(seen, "the server may be starting or stopping, or shares no algorithm with this client")
        }
    }
}

/// The host key's fingerprint as OpenSSH writes it.
pub(super) fn fingerprint(live: &Live) -> Option<String> {
    live.session
        .host_key_hash(HashType::Sha256)
        .map(|hash| format!("SHA256:{}", BASE64_STANDARD_NO_PAD.encode(hash)))
}

fn check_host_key(live: &Live, settings: &Settings) -> Result<(), Miss> {
    let Some(expected) = &settings.host_key else { return Ok(()) };
    let found = fingerprint(live).unwrap_or_else(|| "none".to_owned());
    if found == *expected {
        return Ok(());
    }
    Err(Miss::Never(
        Failure::new(format!(
            "the host key of {}:{} is {found}; it must be {expected}",
            settings.host, settings.port
        ))
        .hint(
            "another machine answers at this address, or the machine made new host keys. If that was meant, take \
             the old one out of the record: jq -c 'del(.machine.host_key)'",
        ),
    ))
}

fn not_yet(seen: String, hint: &'static str) -> Miss {
    Miss::NotYet { seen, hint }
}

fn never(message: String) -> Miss {
    Miss::Never(Failure::new(message))
}
