//! The AWS stand-in: one server for the test binary, one account for each test.

use crate::http;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// Delays that keep a test quick; the defaults are AWS-like.
const QUICK: &str =
    r#"{"run_delay":0.2,"boot_delay":0.1,"stop_delay":0.2,"image_delay":0.3,"consistency_delay":0.1}"#;

/// The server. It ends when this process does, since its standard input closes then.
#[derive(Debug)]
struct Server {
    address: String,
    _child: Child,
}

static SERVER: OnceLock<Server> = OnceLock::new();
static ACCOUNTS: AtomicU64 = AtomicU64::new(1);

/// One test's own AWS account.
#[derive(Debug)]
pub struct Account {
    number: String,
}

impl Server {
    #[expect(
        clippy::expect_used,
        reason = "without the testbed no test can run; the message says what to do"
    )]
    fn start() -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("aws/run.sh");
        let mut child = Command::new(script)
            .arg("--until-stdin-closes")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("tests/aws/run.sh starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("stdout is piped");
        BufReader::new(stdout).read_line(&mut line).expect("the stand-in writes a line");
        let address = line.trim().strip_prefix("ready http://").map(str::to_owned);
        let address = address.expect("the AWS stand-in starts; `make setup` makes its testbed");
        Self { address, _child: child }
    }
}

impl Default for Account {
    fn default() -> Self {
        Self::new()
    }
}

impl Account {
    /// A new account with nothing in it, in which everything is quick.
    pub fn new() -> Self {
        let number = format!("{:012}", ACCOUNTS.fetch_add(1, Ordering::SeqCst));
        let account = Self { number };
        account.post("faults", QUICK);
        account
    }

    /// The URL that `AWS_ENDPOINT_URL` takes.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address())
    }

    /// The access key whose account this is.
    pub fn access_key(&self) -> String {
        format!("AKIAKILN{}", self.number)
    }

    /// Sets delays and faults for this account, by the names in `standin/knobs.py`.
    pub fn set(&self, knobs: &Value) {
        self.post("faults", &knobs.to_string());
    }

    /// The delays as they are when nobody sets any.
    pub fn set_default_delays(&self) {
        self.set(&json!({
            "run_delay": 1.0, "boot_delay": 0.5, "stop_delay": 1.0, "image_delay": 2.0, "consistency_delay": 0.3
        }));
    }

    /// Everything that exists in the account now.
    pub fn state(&self) -> Value {
        self.get("state")
    }

    /// Every call that was made, in order.
    pub fn calls(&self) -> Vec<Value> {
        self.get("calls").as_array().cloned().unwrap_or_default()
    }

    /// The content of a file in an image, if it is there.
    pub fn read_image(&self, image: &str, path: &str) -> Option<String> {
        let target = format!("/_sim/images/{image}{path}?account={}", self.number);
        match http::request(self.address(), "GET", &target, "") {
            Ok((200, body)) => Some(String::from_utf8_lossy(&body).into_owned()),
            _ => None,
        }
    }

    /// What exists of the things that a build must not leave: kinds that are not empty, images aside.
    /// An instance that is shutting down counts as gone.
    pub fn leftovers(&self) -> Vec<String> {
        let state = self.state();
        let mut left = Vec::new();
        for kind in [
            "instances",
            "key_pairs",
            "security_groups",
            "volumes",
            "launch_templates",
            "sessions",
            "spot_requests",
            "fleets",
            "roles",
            "instance_profiles",
        ] {
            let things = state[kind].as_object().cloned().unwrap_or_default();
            left.extend(
                things
                    .iter()
                    .filter(|(_, thing)| thing["state"] != "shutting-down")
                    .map(|(id, thing)| format!("{kind}: {id} {thing}")),
            );
        }
        left
    }

    /// The account's own images by name.
    pub fn images(&self) -> Vec<String> {
        let state = self.state();
        let images = state["images"].as_object().cloned().unwrap_or_default();
        images.values().filter_map(|image| image["name"].as_str().map(str::to_owned)).collect()
    }

    fn address(&self) -> &'static str {
        &SERVER.get_or_init(Server::start).address
    }

    fn get(&self, page: &str) -> Value {
        let target = format!("/_sim/{page}?account={}", self.number);
        let (_, body) = http::request(self.address(), "GET", &target, "").expect("the stand-in answers");
        serde_json::from_slice(&body).expect("the stand-in answers in JSON")
    }

    fn post(&self, page: &str, body: &str) {
        let target = format!("/_sim/{page}?account={}", self.number);
        let (status, answer) =
            http::request(self.address(), "POST", &target, body).expect("the stand-in answers");
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
    }
}
