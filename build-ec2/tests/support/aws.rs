//! A server that writes each call down and plays its answer: an account with one image, in which one machine is started.

use super::call::Call;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

/// An HTTP status and a body.
pub(crate) type Answer = (u16, String);

type Answers = dyn Fn(&Call) -> Option<Answer> + Send + Sync;

/// The server; it ends with the test.
pub(crate) struct Aws {
    endpoint: String,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Aws {
    /// Listens on a free port. `answers` goes before what is usual.
    pub(crate) fn start(answers: impl Fn(&Call) -> Option<Answer> + Send + Sync + 'static) -> Self {
        Self::listen("http", None, Arc::new(answers))
    }

    /// The same behind TLS, with a certificate that nobody else has signed; its files are made in this folder.
    pub(crate) fn start_tls(folder: &Path) -> Self {
        Self::listen("https", Some(Arc::new(self_signed(folder))), Arc::new(|_: &Call| None))
    }

    fn listen(scheme: &str, tls: Option<Arc<ServerConfig>>, answers: Arc<Answers>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("{scheme}://{}", listener.local_addr().unwrap());
        let calls: Arc<Mutex<Vec<Call>>> = Arc::default();
        let noted = calls.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (noted, answers, tls) = (noted.clone(), answers.clone(), tls.clone());
                std::thread::spawn(move || match tls {
                    None => serve(stream, &noted, &*answers),
                    Some(tls) => {
                        let connection = ServerConnection::new(tls).unwrap();
                        serve(StreamOwned::new(connection, stream), &noted, &*answers)
                    }
                });
            }
        });
        Self { endpoint, calls }
    }

    pub(crate) fn endpoint(&self) -> String {
        self.endpoint.clone()
    }

    /// The calls since the last time.
    pub(crate) fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }
}

impl Call {
    /// The answers of IAM and STS look different from EC2's.
    fn has_result(&self) -> bool {
        matches!(self.get("Version"), Some("2010-05-08" | "2011-06-15"))
    }

    /// The answer when the call goes well.
    pub(crate) fn answer(&self, body: &str) -> Answer {
        let action = self.action();
        let body = if self.has_result() {
            format!("<{action}Result>{body}</{action}Result>")
        } else {
            body.to_owned()
        };
        (200, format!("<{action}Response>{body}</{action}Response>"))
    }

    /// The answer when the call is refused.
    pub(crate) fn refuse(&self, code: &str, message: &str) -> Answer {
        let error = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
        let whole = match self.has_result() {
            true => format!("<ErrorResponse>{error}</ErrorResponse>"),
            false => format!("<Response><Errors>{error}</Errors></Response>"),
        };
        (400, whole)
    }
}

fn self_signed(folder: &Path) -> ServerConfig {
    let (key, certificate) = (folder.join("tls.key"), folder.join("tls.pem"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"])
        .args(["-subj", "/CN=elsewhere", "-keyout"])
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .stderr(Stdio::null())
        .status();
    assert!(made.unwrap().success());
    let certificate = CertificateDer::from_pem_file(certificate).unwrap();
    let key = PrivateKeyDer::from_pem_file(key).unwrap();
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    config.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap()
}

/// Answers the calls of one connection.
fn serve(stream: impl Read + Write, calls: &Mutex<Vec<Call>>, answers: &Answers) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    while let Some(call) = Call::read(&mut stream)? {
        let earlier: Vec<Call> = {
            let mut calls = calls.lock().unwrap();
            calls.push(call.clone());
            calls.clone()
        };
        let (status, text) = answers(&call).unwrap_or_else(|| usual(&call, &earlier));
        let length = text.len();
        write!(
            stream.get_mut(),
            "HTTP/1.1 {status} X\r\nContent-Type: text/xml\r\nContent-Length: {length}\r\n\r\n{text}"
        )?;
        stream.get_mut().flush()?;
    }
    Ok(())
}

/// The answer when all goes well.
fn usual(call: &Call, earlier: &[Call]) -> Answer {
    let happened = |action: &str| earlier.iter().any(|call| call.action() == action);
    let body = match call.action() {
        "DescribeImages" => call.get("ImageId.1").map(image).unwrap_or_default(),
        "DescribeInstances" => {
            let state = match () {
                () if happened("TerminateInstances") => "terminated",
                () if happened("StopInstances") => "stopped",
                () => "running",
            };
            let wanted = call.get("InstanceId.1").is_some();
            if wanted {
                format!("<reservationSet><item>{}</item></reservationSet>", instance(state))
            } else {
                String::new()
            }
        }
        "RunInstances" => instance("pending"),
        "CreateFleet" => String::from(
            "<fleetInstanceSet><item><instanceIds><item>i-1</item></instanceIds></item></fleetInstanceSet>",
        ),
        "CreateImage" => String::from("<imageId>ami-2</imageId>"),
        "CopyImage" => format!("<imageId>ami-{}</imageId>", call.region),
        "GetInstanceProfile" => format!("<InstanceProfile>{}</InstanceProfile>", profile()),
        _ => String::new(),
    };
    call.answer(&body)
}

fn image(id: &str) -> String {
    format!(
        "<imagesSet><item><imageId>{id}</imageId><name>base</name><imageState>available</imageState>\
         <rootDeviceType>ebs</rootDeviceType><virtualizationType>hvm</virtualizationType>\
         <blockDeviceMapping><item><ebs><snapshotId>snap-{id}</snapshotId></ebs></item></blockDeviceMapping>\
         <tagSet><item><key>release</key><value>13</value></item></tagSet></item></imagesSet>"
    )
}

fn instance(state: &str) -> String {
    format!(
        "<instancesSet><item><instanceId>i-1</instanceId><instanceState><name>{state}</name></instanceState></item></instancesSet>"
    )
}

fn profile() -> String {
    let common = "<Path>/</Path><Arn>arn:aws:iam::1:x</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate>";
    format!(
        "<InstanceProfileName>p</InstanceProfileName><InstanceProfileId>A</InstanceProfileId>{common}\
         <Roles><member><RoleName>r</RoleName><RoleId>B</RoleId>{common}</member></Roles>"
    )
}
