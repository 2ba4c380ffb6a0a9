//! What runs now, and what of it is worth a line.
//!
//! A step that is over within a second is nobody's news; a longer one is said when it has lasted that long, or when
//! output appears that belongs to it. Where nothing else is said for a while, a note tells what is awaited.

use super::Origin;
use crate::event::Event;
use std::time::{Duration, Instant};

/// What a line is, which decides how it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    Plain,
    Step,
    Output,
    Warning,
    Error,
}

/// A line to be said of a build, or of the tool where `build` is nothing.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) build: Option<String>,
    pub(super) look: Look,
    pub(super) text: String,
}

/// From when on a step is worth a line.
const WORTH_SAYING: Duration = Duration::from_secs(1);
/// From when on the end of a step is worth a line.
const LONG: Duration = Duration::from_secs(10);
/// First note about something that takes long; the next ones follow after 20 s, 40 s, then each minute.
const FIRST_NOTE: Duration = Duration::from_secs(10);

/// All builds in this tool's hands.
#[derive(Debug, Default)]
pub(super) struct Activities(Vec<Activity>);

#[derive(Debug)]
struct Activity {
    id: String,
    name: String,
    steps: Vec<Step>,
    last_said: Instant,
}

#[derive(Debug)]
struct Step {
    name: String,
    begun: Instant,
    said: bool,
    next_note: Duration,
    /// What was last seen of it.
    state: String,
}

impl Activities {
    /// Takes note of an event; gives the lines that it is worth.
    pub(super) fn apply(&mut self, origin: Option<Origin<'_>>, event: &Event, now: Instant) -> Vec<Said> {
        let mut said = Vec::new();
        if let Some(origin) = origin {
            let position = self.0.iter().position(|activity| activity.id == origin.id).unwrap_or_else(|| {
                self.0.push(Activity::new(origin, now));
                self.0.len() - 1
            });
            self.0[position].apply(event, now, &mut said);
            if matches!(event, Event::BuildEnd { .. }) {
                self.0.remove(position);
            }
        }
        let (look, text) = match event {
            Event::Output { text, .. } => (Look::Output, text.clone()),
            Event::Say { text } => (Look::Plain, text.clone()),
            Event::Warning { text } => (Look::Warning, text.clone()),
            Event::Error { text, hint: None } => (Look::Error, text.clone()),
            Event::Error { text, hint: Some(hint) } => (Look::Error, format!("{text}\nhint: {hint}")),
            _ => return said,
        };
        said.push(Said { build: origin.map(|origin| origin.build.to_owned()), look, text });
        said
    }

    /// The lines that the time alone makes due. Notes are left out where a status line tells the same.
    pub(super) fn due(&mut self, now: Instant, notes: bool) -> Vec<Said> {
        let mut said = Vec::new();
        for activity in &mut self.0 {
            activity.due(now, notes, &mut said);
        }
        said
    }

    /// What runs, each build in a few words, the longest-running step first; empty when nothing has run for long enough.
    pub(super) fn status(&self, now: Instant) -> Vec<String> {
        let mut running: Vec<(Instant, String)> = self
            .0
            .iter()
            .filter_map(|activity| {
                let step = activity.steps.last()?;
                Some((step.begun, format!("{}: {}", activity.name, step.describe(now))))
            })
            .collect();
        running.sort();
        running.into_iter().map(|(_, text)| text).collect()
    }
}

impl Activity {
    fn new(origin: Origin<'_>, now: Instant) -> Self {
        Self { id: origin.id.to_owned(), name: origin.build.to_owned(), steps: Vec::new(), last_said: now }
    }

    fn apply(&mut self, event: &Event, now: Instant, said: &mut Vec<Said>) {
        match event {
            Event::StepBegin { step } => self.steps.push(Step::new(step, now)),
            Event::StepEnd { step, seconds, failed } => {
                let Some(position) = self.steps.iter().rposition(|running| running.name == *step) else {
                    return;
                };
                let ended = self.steps.remove(position);
                let took = Duration::from_secs_f64(seconds.max(0.0));
                if *failed {
                    // What went wrong is said by the error that follows.
                } else if took >= LONG {
                    self.say(format!("{step}: done after {}", duration(took)), Look::Step, now, said);
                } else if !ended.said && took >= WORTH_SAYING {
                    self.say(step.clone(), Look::Step, now, said);
                }
            }
            Event::StepProgress { done, total, unit, .. } => self.see(progress(*done, *total, unit)),
            Event::Wait { what, seen, .. } => self.see(format!("waiting for {what}: {seen}")),
            Event::Output { .. } => {
                self.say_steps(now, Duration::ZERO, said);
                self.last_said = now;
            }
            Event::Say { text } => {
                // A step that announces itself needs no line of its own later.
                self.steps.iter_mut().filter(|step| step.name == *text).for_each(|step| step.said = true);
                self.last_said = now;
            }
            Event::Warning { .. } | Event::Error { .. } => self.last_said = now,
            Event::BuildEnd { status, seconds } => {
                let took = Duration::from_secs_f64(seconds.max(0.0));
                // The tool that has started this one says it, with the time of the whole.
                if took >= WORTH_SAYING && crate::terminal::parent_tool().is_none() {
                    self.say(format!("{status} after {}", duration(took)), Look::Step, now, said);
                }
            }
            Event::BuildBegin => {}
        }
    }

    fn due(&mut self, now: Instant, notes: bool, said: &mut Vec<Said>) {
        self.say_steps(now, WORTH_SAYING, said);
        let quiet = now.saturating_duration_since(self.last_said) >= FIRST_NOTE / 2;
        let Some(step) = self.steps.last_mut().filter(|_| notes) else { return };
        let lasted = now.saturating_duration_since(step.begun);
        if lasted < step.next_note {
            return;
        }
        step.next_note += step.next_note.min(Duration::from_secs(60));
        if quiet {
            let text = step.describe(now);
            self.say(text, Look::Step, now, said);
        }
    }

    /// Says the steps that have run for so long.
    fn say_steps(&mut self, now: Instant, age: Duration, said: &mut Vec<Said>) {
        let mut names = Vec::new();
        for step in &mut self.steps {
            if !step.said && now.saturating_duration_since(step.begun) >= age {
                step.said = true;
                names.push(step.name.clone());
            }
        }
        for name in names {
            self.say(name, Look::Step, now, said);
        }
    }

    fn say(&mut self, text: String, look: Look, now: Instant, said: &mut Vec<Said>) {
        self.last_said = now;
        said.push(Said { build: Some(self.name.clone()), look, text });
    }

    fn see(&mut self, state: String) {
        if let Some(step) = self.steps.last_mut() {
            step.state = state;
        }
    }
}

impl Step {
    fn new(name: &str, now: Instant) -> Self {
        Self { name: name.to_owned(), begun: now, said: false, next_note: FIRST_NOTE, state: String::new() }
    }

    fn describe(&self, now: Instant) -> String {
        let lasted = duration(now.saturating_duration_since(self.begun));
        match self.state.as_str() {
            "" => format!("{} ({lasted})", self.name),
            state if state.starts_with("waiting for ") => format!("{state} ({lasted})"),
            state => format!("{}: {state} ({lasted})", self.name),
        }
    }
}

/// A time as people read it: `12 s`, `5 min`, `3 min 5 s`, `2 h 10 min`.
pub fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

fn progress(done: u64, total: Option<u64>, unit: &str) -> String {
    let bytes = unit == "bytes";
    let amount = |count: u64| if bytes { size(count) } else { count.to_string() };
    let unit = if bytes { String::new() } else { format!(" {unit}") };
    match total {
        Some(total) if total > 0 => {
            let percent = u128::from(done.min(total)) * 100 / u128::from(total);
            format!("{} of {}{unit}, {percent} %", amount(done), amount(total))
        }
        _ => format!("{}{unit}", amount(done)),
    }
}

/// A number of bytes as people read it.
fn size(bytes: u64) -> String {
    let mut value = bytes as f64;
    for unit in ["bytes", "KiB", "MiB", "GiB"] {
        if value < 1024.0 {
            return if unit == "bytes" { format!("{bytes} bytes") } else { format!("{value:.1} {unit}") };
        }
        value /= 1024.0;
    }
    format!("{value:.1} TiB")
}

#[cfg(test)]
mod tests {
    use super::{Activities, Origin, Said, duration, progress};
    use crate::event::{Event, Stream};
    use std::time::{Duration, Instant};

    const ORIGIN: Option<Origin<'static>> = Some(Origin { build: "web", id: "1" });

    fn begin(step: &str) -> Event {
        Event::StepBegin { step: step.to_owned() }
    }

    fn end(step: &str, seconds: f64) -> Event {
        Event::StepEnd { step: step.to_owned(), seconds, failed: false }
    }

    fn texts(said: &[Said]) -> Vec<&str> {
        said.iter().map(|said| said.text.as_str()).collect()
    }

    #[test]
    fn only_steps_that_last_are_said() {
        let (mut all, start) = (Activities::default(), Instant::now());
        let at = |seconds: f64| start + Duration::from_secs_f64(seconds);
        assert!(all.apply(ORIGIN, &begin("quick"), start).is_empty());
        assert!(all.due(at(0.5), true).is_empty());
        assert!(all.apply(ORIGIN, &end("quick", 0.5), at(0.5)).is_empty());
        all.apply(ORIGIN, &begin("slow"), at(1.0));
        assert_eq!(texts(&all.due(at(2.0), true)), ["slow"]);
        assert!(all.due(at(3.0), true).is_empty());
        assert_eq!(texts(&all.apply(ORIGIN, &end("slow", 34.0), at(35.0))), ["slow: done after 34 s"]);
    }

    #[test]
    fn output_comes_under_its_step() {
        let (mut all, start) = (Activities::default(), Instant::now());
        all.apply(ORIGIN, &begin("shell"), start);
        let output = Event::Output { stream: Stream::Stdout, text: "hello".into() };
        assert_eq!(texts(&all.apply(ORIGIN, &output, start)), ["shell", "hello"]);
        assert_eq!(texts(&all.apply(ORIGIN, &output, start)), ["hello"]);
    }

    #[test]
    fn a_step_that_was_announced_is_not_said_again() {
        let (mut all, start) = (Activities::default(), Instant::now());
        all.apply(ORIGIN, &begin("hand over"), start);
        let say = Event::Say { text: "hand over".into() };
        assert_eq!(texts(&all.apply(ORIGIN, &say, start)), ["hand over"]);
        assert!(all.due(start + Duration::from_secs(2), true).is_empty());
        assert!(all.apply(ORIGIN, &end("hand over", 2.0), start).is_empty());
    }

    #[test]
    fn notes_become_rarer() {
        let (mut all, start) = (Activities::default(), Instant::now());
        all.apply(ORIGIN, &begin("launch"), start);
        let wait = Event::Wait { what: "i-1 to run".into(), seen: "pending".into(), seconds: 1.0 };
        all.apply(ORIGIN, &wait, start);
        let mut noted = Vec::new();
        for second in 0..300 {
            let due = all.due(start + Duration::from_secs(second), true);
            noted.extend(due.into_iter().map(|said| (second, said.text)));
        }
        let seconds: Vec<u64> = noted.iter().map(|(second, _)| *second).collect();
        assert_eq!(seconds, [1, 10, 20, 40, 80, 140, 200, 260]);
        assert_eq!(noted[3].1, "waiting for i-1 to run: pending (40 s)");
        assert_eq!(
            all.status(start + Duration::from_secs(65)),
            ["web: waiting for i-1 to run: pending (1 min 5 s)"]
        );
    }

    #[test]
    fn numbers_are_readable() {
        assert_eq!(progress(5 << 20, Some(10 << 20), "bytes"), "5.0 MiB of 10.0 MiB, 50 %");
        assert_eq!(progress(3, None, "files"), "3 files");
        assert_eq!(duration(Duration::from_secs(7805)), "2 h 10 min");
    }
}
