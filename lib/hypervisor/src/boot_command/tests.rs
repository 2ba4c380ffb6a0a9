//! What is sent to the keyboard, and when.

use super::{Look, Pace, run};
use crate::driver::Screen;
use crate::keyboard::{Key, KeyEvent, Keyboard};
use record::report::Reporter;
use record::{Build, Failure, FailureKind, Record};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Notes what is sent: `a` for a key that goes down, `-a` for one that goes up.
struct Paper {
    calls: Vec<String>,
    batch: usize,
}

impl Keyboard for Paper {
    fn send<'a>(
        &'a mut self,
        events: &'a [KeyEvent],
    ) -> Pin<Box<dyn Future<Output = Result<(), Failure>> + Send + 'a>> {
        let words = events.iter().map(|event| {
            let up = if event.down { "" } else { "-" };
            match event.key {
                Key::Character(character) => format!("{up}{character}"),
                Key::Named(name) => format!("{up}{name}"),
            }
        });
        self.calls.push(words.collect::<Vec<_>>().join(" "));
        Box::pin(async { Ok(()) })
    }

    fn batch(&self) -> usize {
        self.batch
    }

    fn interval(&self) -> Duration {
        Duration::ZERO
    }
}

/// Runs `work` with a build whose state folder is its own.
async fn with_build<T>(work: impl AsyncFnOnce(&Build, CancellationToken) -> T) -> T {
    let id = ulid::Ulid::generate();
    let line = format!(r#"{{"kiln":1,"id":"{id}","build":"web","type":"null","status":"planned"}}"#);
    let stop = CancellationToken::new();
    let build =
        Build::open(&Record::parse(&line).unwrap(), &Reporter::new("test", None), stop.clone()).unwrap();
    let result = work(&build, stop).await;
    build.folder().remove().unwrap();
    result
}

async fn typed(text: &str, batch: usize) -> Vec<String> {
    with_build(async |build, _| {
        let mut paper = Paper { calls: Vec::new(), batch };
        let look: &Look<'_> = &|| Box::pin(async { Ok(Screen::default()) });
        run(text, Pace::default(), &mut paper, look, build).await.unwrap();
        paper.calls
    })
    .await
}

#[tokio::test]
async fn sends_key_by_key_with_shift_around_what_needs_it() {
    assert_eq!(
        typed("aB<enter><leftCtrlOn>c<leftCtrlOff>?", 1).await,
        [
            "a -a",
            "leftshift B -B -leftshift",
            "enter -enter",
            "leftctrl",
            "c -c",
            "-leftctrl",
            "leftshift ? -? -leftshift"
        ]
    );
}

#[tokio::test]
async fn sends_many_at_once_where_each_call_costs() {
    assert_eq!(typed("abc<wait1ms>de", 4).await, ["a -a b -b", "c -c", "d -d e -e"]);
}

#[tokio::test]
async fn a_key_that_was_never_released_is_let_go() {
    assert_eq!(typed("<leftAltOn>x", 1).await, ["leftalt", "x -x", "-leftalt"]);
}

#[tokio::test]
async fn goes_on_when_the_text_is_there() {
    with_build(async |build, _| {
        let looks = AtomicUsize::new(0);
        let look: &Look<'_> = &|| {
            let row = if looks.fetch_add(1, Ordering::SeqCst) < 3 { "boot" } else { "boot: " };
            Box::pin(async move { Ok(Screen { png: None, text: Some(vec![row.to_owned()]) }) })
        };
        let mut paper = Paper { calls: Vec::new(), batch: 1 };
        run("<waitScreen \"boot:\" 60s>x", Pace::default(), &mut paper, look, build).await.unwrap();
        assert_eq!(paper.calls, ["x -x"]);
        assert_eq!(looks.load(Ordering::SeqCst), 4);
        let failure =
            run("<waitScreen \"login:\" 30ms>x", Pace::default(), &mut paper, look, build).await.unwrap_err();
        assert_eq!(failure.message, "waited 0 s for \"login:\" on the screen; last seen: \"boot:\"");
        assert_eq!(paper.calls.len(), 1, "nothing is typed after a time-out");
    })
    .await;
}

#[tokio::test]
async fn stops_when_it_is_asked_to() {
    with_build(async |build, stop| {
        stop.cancel();
        let look: &Look<'_> = &|| Box::pin(async { Ok(Screen::default()) });
        let mut paper = Paper { calls: Vec::new(), batch: 1 };
        let failure = run("<wait1h>", Pace::default(), &mut paper, look, build).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Interrupted);
        let failure = run("<waitScreen>", Pace::default(), &mut paper, look, build).await.unwrap_err();
        assert_eq!(
            failure.message,
            "boot_command: <waitScreen> does not say in quotation marks what to wait for"
        );
    })
    .await;
}
