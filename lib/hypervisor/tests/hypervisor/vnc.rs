//! The VNC client against QEMU's server: SeaBIOS notes the keys that it gets.

use hypervisor::keyboard::{Key, KeyEvent, Keyboard};
use hypervisor::rfb::Client;
use record::Failure;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A PC without a disk, which stops in its BIOS.
struct Pc {
    process: Child,
    folder: tempfile::TempDir,
    qmp: BufReader<UnixStream>,
}

impl Pc {
    fn start(vnc: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (vnc_socket, qmp_socket) = (folder.path().join("vnc"), folder.path().join("qmp"));
        let process = Command::new("qemu-system-x86_64")
            .args(["-accel", "tcg", "-nodefaults", "-vga", "std", "-display", "none", "-m", "16"])
            .args(["-vnc", &format!("unix:{}{vnc}", vnc_socket.display())])
            .args(["-qmp", &format!("unix:{},server=on,wait=off", qmp_socket.display())])
            .stdin(Stdio::null())
            .spawn()
            .expect("qemu-system-x86_64 is missing: make setup");
        let stream = connect(&qmp_socket);
        let mut pc = Self { process, folder, qmp: BufReader::new(stream) };
        pc.qmp.read_line(&mut String::new()).unwrap();
        pc.execute(&json!({"execute": "qmp_capabilities"}));
        pc
    }

    fn vnc(&self) -> PathBuf {
        self.folder.path().join("vnc")
    }

    fn execute(&mut self, command: &Value) -> Value {
        self.qmp.get_mut().write_all(format!("{command}\n").as_bytes()).unwrap();
        loop {
            let mut line = String::new();
            assert!(self.qmp.read_line(&mut line).unwrap() > 0, "QEMU has ended");
            let answer: Value = serde_json::from_str(&line).unwrap();
            if let Some(given) = answer.get("return") {
                return given.clone();
            }
            assert!(answer.get("error").is_none(), "{answer}");
        }
    }

    /// Words of the guest's memory.
    fn memory(&mut self, from: u32, count: usize) -> Vec<u16> {
        let line = format!("xp /{count}hx {from:#x}");
        let given =
            self.execute(&json!({"execute": "human-monitor-command", "arguments": {"command-line": line}}));
        let words = given
            .as_str()
            .unwrap()
            .lines()
            .flat_map(|line| line.split_once(':').unwrap().1.split_whitespace());
        words.map(|word| u16::from_str_radix(word.trim_start_matches("0x"), 16).unwrap()).collect()
    }

    /// Waits until the BIOS' ring of keys holds these, each scan code and character.
    fn reads(&mut self, typed: &[u16]) {
        let begun = std::time::Instant::now();
        loop {
            let ring = self.memory(0x41e, 16);
            if ring.windows(typed.len()).any(|window| window == typed) {
                return;
            }
            assert!(begun.elapsed().as_secs() < 60, "the BIOS has read {ring:x?}");
            std::thread::yield_now();
        }
    }

    /// Waits until QEMU has seen that all clients are gone: it lets go of every key then, up to three seconds late.
    fn is_left_alone(&mut self) {
        while self.execute(&json!({"execute": "query-vnc"}))["clients"] != json!([]) {
            std::thread::yield_now();
        }
    }

    /// Waits until the BIOS has found nothing to start.
    fn settle(&mut self) {
        loop {
            let screen = self.memory(0xb8000, 2000);
            let text: String = screen.iter().map(|word| char::from((word & 0xff) as u8)).collect();
            if text.contains("No bootable device") {
                return;
            }
        }
    }
}

impl Drop for Pc {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn connect(socket: &Path) -> UnixStream {
    loop {
        if let Ok(stream) = UnixStream::connect(socket) {
            return stream;
        }
        std::thread::yield_now();
    }
}

async fn client(pc: &Pc, password: Option<&str>) -> Result<Client<tokio::net::UnixStream>, Failure> {
    Client::over(tokio::net::UnixStream::connect(pc.vnc()).await.unwrap(), password).await
}

#[tokio::test]
async fn types_and_looks_with_a_password() {
    let mut pc = Pc::start(",password=on");
    let password = json!({"protocol": "vnc", "password": "kiln-vnc"});
    pc.execute(&json!({"execute": "set_password", "arguments": password}));
    pc.settle();
    let failure = client(&pc, Some("another")).await.unwrap_err();
    assert!(failure.message.starts_with("the server refuses: "), "{}", failure.message);
    let failure = client(&pc, None).await.unwrap_err();
    assert_eq!(failure.message, "the server wants a password, and none is known");
    pc.is_left_alone();

    let mut client = client(&pc, Some("kiln-vnc")).await.unwrap();
    let press = |key| [true, false].map(|down| KeyEvent { key, down });
    let shift = |down| KeyEvent { key: Key::Named("leftshift"), down };
    let mut events = vec![shift(true)];
    events.extend(press(Key::Character('B')));
    events.extend(press(Key::Character('?')));
    events.push(shift(false));
    // Few at a time: the keyboard's own memory holds sixteen codes, and a key that finds it full is lost.
    client.send(&press(Key::Character('a'))).await.unwrap();
    pc.reads(&[0x1e61]);
    client.send(&events).await.unwrap();
    pc.reads(&[0x1e61, 0x3042, 0x353f]);
    client.send(&press(Key::Named("enter"))).await.unwrap();
    pc.reads(&[0x1e61, 0x3042, 0x353f, 0x1c0d]);

    let picture = client.picture().await.unwrap();
    let mut reader = png::Decoder::new(std::io::Cursor::new(picture)).read_info().unwrap();
    assert_eq!((reader.info().width, reader.info().height), (720, 400));
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    assert!(pixels.iter().any(|pixel| *pixel > 100), "text is bright");
}

#[tokio::test]
async fn needs_no_password_where_there_is_none() {
    let pc = Pc::start("");
    client(&pc, None).await.unwrap();
    client(&pc, Some("not asked for")).await.unwrap();
}
