//! From the text to its steps.

use super::{Key, SCREEN_LIMIT, Step};
use crate::Duration;
use crate::engine::Problem;
use crate::source::Code;

/// Reads a boot command. Gives its steps, and what is wrong, or may be wrong, with it; offsets count bytes of the text.
/// Nothing is to be typed where a problem is more than a warning.
pub fn parse(text: &str) -> (Vec<Step>, Vec<Problem>) {
    let mut steps = Vec::new();
    let mut problems = Vec::new();
    let mut at = 0;
    while let Some(character) = text[at..].chars().next() {
        let rest = &text[at..];
        let found = if character == '<' { expression(rest) } else { Found::Literal };
        match found {
            Found::Step(step, length) => {
                steps.push(step);
                at += length;
            }
            Found::Wrong { length, message, hint } => {
                problems.push(Problem {
                    code: Code::BootCommand,
                    offset: at,
                    length,
                    message,
                    hint: Some(hint),
                    warning: false,
                });
                at += length;
            }
            Found::Literal => {
                if character == '<'
                    && let Some(problem) = super::check::suspicious(rest)
                {
                    problems.push(Problem { offset: at, ..problem });
                }
                steps.push(Step::Press(Key::typing(character)));
                at += character.len_utf8();
            }
        }
    }
    (steps, problems)
}

/// What stands at a `<`.
enum Found {
    /// An expression of so many bytes.
    Step(Step, usize),
    /// What can only be a mistake.
    Wrong { length: usize, message: String, hint: String },
    /// The character itself.
    Literal,
}

/// The form of the expression that is Kiln's own.
const SCREEN_FORM: &str =
    "write <waitScreen \"text\">, or <waitScreen \"text\" 60s>; \\\" is a quotation mark in the text";

fn expression(rest: &str) -> Found {
    if let Some(argument) = rest.strip_prefix("<waitScreen") {
        return wait_screen(argument, rest);
    }
    // The character of `<xOn>` may be `>` itself.
    if let Some(found) = toggled(rest) {
        return found;
    }
    let Some(end) = rest.find('>') else { return Found::Literal };
    let (word, length) = (&rest[1..end], end + 1);
    if let Some(time) = word.strip_prefix("wait") {
        return wait(time, &rest[..length]);
    }
    Key::named(word).map_or(Found::Literal, |key| Found::Step(Step::Press(key), length))
}

/// `<leftCtrlOn>`, `<xOff>`.
fn toggled(rest: &str) -> Option<Found> {
    let character = rest[1..].chars().next()?;
    let after = &rest[1 + character.len_utf8()..];
    let one = [("on>", true), ("off>", false)].into_iter().find_map(|(word, down)| {
        let is_it = after.get(..word.len()).is_some_and(|given| given.eq_ignore_ascii_case(word));
        is_it.then(|| (Key::typing(character), down, 1 + character.len_utf8() + word.len()))
    });
    let named = || {
        let end = rest.find('>')?;
        let word = rest[1..end].to_ascii_lowercase();
        let (name, down) = match (word.strip_suffix("on"), word.strip_suffix("off")) {
            (Some(name), _) => (name, true),
            (None, Some(name)) => (name, false),
            (None, None) => return None,
        };
        Some((Key::named(name)?, down, end + 1))
    };
    let (key, down, length) = one.or_else(named)?;
    Some(Found::Step(if down { Step::Hold(key) } else { Step::Release(key) }, length))
}

/// `<wait>`, `<wait5>`, `<wait1m30s>`: nothing, whole seconds, or a duration as Go writes it.
fn wait(time: &str, whole: &str) -> Found {
    if time.is_empty() {
        return Found::Step(Step::Wait(std::time::Duration::from_secs(1)), whole.len());
    }
    let Some(duration) = pause(time) else { return Found::Literal };
    if duration > Duration::default() {
        return Found::Step(Step::Wait(duration.to_std()), whole.len());
    }
    Found::Wrong {
        length: whole.len(),
        message: format!("{whole} waits for no time"),
        hint: "give a time above zero, such as <wait5s>".to_owned(),
    }
}

/// The time in `<wait5>` or `<wait1m30s>`, if it is one.
pub(super) fn pause(time: &str) -> Option<Duration> {
    let is_number = !time.is_empty()
        && time.bytes().all(|byte| byte.is_ascii_digit())
        && (time == "0" || !time.starts_with('0'));
    if is_number { Duration::parse(&format!("{time}s")) } else { Duration::parse(time) }.ok()
}

/// `<waitScreen "text" 60s>`. `argument` is what follows the word.
fn wait_screen(argument: &str, rest: &str) -> Found {
    let wrong = |length: usize, reason: &str| Found::Wrong {
        length,
        message: format!("{} {reason}", &rest[..length]),
        hint: SCREEN_FORM.to_owned(),
    };
    let to_end = rest.find('>').map_or(rest.len(), |end| end + 1);
    let Some(quoted) = argument.trim_start().strip_prefix('"') else {
        return wrong(to_end, "does not say in quotation marks what to wait for");
    };
    let Some((text, after)) = unquote(quoted) else {
        return wrong(to_end, "has no second quotation mark");
    };
    let Some((time, _)) = after.split_once('>') else {
        return wrong(rest.len(), "has no '>'");
    };
    let length = rest.len() - after.len() + time.len() + 1;
    if text.trim().is_empty() {
        return wrong(length, "waits for nothing");
    }
    let limit = match time.trim() {
        "" => Ok(SCREEN_LIMIT),
        time if time.bytes().all(|byte| byte.is_ascii_digit()) => {
            Duration::parse(&format!("{time}s")).map(Duration::to_std)
        }
        time => Duration::parse(time).map(Duration::to_std),
    };
    match limit {
        Ok(limit) if !limit.is_zero() => Found::Step(Step::WaitScreen(text, limit), length),
        Ok(_) => wrong(length, "waits for no time"),
        Err(reason) => wrong(length, &format!("does not say how long: {reason}")),
    }
}

/// Reads up to the closing quotation mark; gives the text and what follows the mark.
fn unquote(quoted: &str) -> Option<(String, &str)> {
    let mut text = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((text, &quoted[at + 1..])),
            '\\' => text.push(characters.next()?.1),
            other => text.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::boot_command::{Key, NAMES, SCREEN_LIMIT, Step};
    use proptest::prelude::*;
    use std::time::Duration;

    fn steps(text: &str) -> Vec<Step> {
        let (steps, problems) = parse(text);
        assert!(problems.iter().all(|problem| problem.warning), "{text}: {problems:?}");
        steps
    }

    fn press(character: char) -> Step {
        Step::Press(Key::Character(character))
    }

    fn seconds(seconds: u64) -> Step {
        Step::Wait(Duration::from_secs(seconds))
    }

    #[test]
    fn reads_every_sort_of_expression() {
        for (text, expected) in [
            ("a<enter>", vec![press('a'), Step::Press(Key::Named("enter"))]),
            ("<PageUp><f12>", vec![Step::Press(Key::Named("pageup")), Step::Press(Key::Named("f12"))]),
            ("<wait><wait5><wait1m30s>", vec![seconds(1), seconds(5), seconds(90)]),
            ("<wait1.5s>", vec![Step::Wait(Duration::from_millis(1500))]),
            (
                "<leftCtrlOn>c<leftCtrlOff>",
                vec![Step::Hold(Key::Named("leftctrl")), press('c'), Step::Release(Key::Named("leftctrl"))],
            ),
            ("<aOn><AOFF>", vec![Step::Hold(Key::Character('a')), Step::Release(Key::Character('A'))]),
            ("<>On><<off>", vec![Step::Hold(Key::Character('>')), Step::Release(Key::Character('<'))]),
            ("<waitScreen \"login:\">", vec![Step::WaitScreen("login:".into(), SCREEN_LIMIT)]),
            (
                "<waitScreen \"a \\\"b\\\" > c\" 1m30s>x",
                vec![Step::WaitScreen("a \"b\" > c".into(), Duration::from_secs(90)), press('x')],
            ),
            ("<waitScreen \"x\" 60>", vec![Step::WaitScreen("x".into(), Duration::from_secs(60))]),
            ("\n\t", vec![Step::Press(Key::Named("enter")), Step::Press(Key::Named("tab"))]),
        ] {
            assert_eq!(steps(text), expected, "{text}");
        }
        for name in NAMES {
            assert_eq!(steps(&format!("<{name}>")), [Step::Press(Key::Named(name))]);
            assert_eq!(steps(&format!("<{name}On>")), [Step::Hold(Key::Named(name))]);
            assert_eq!(steps(&format!("<{name}Off>")), [Step::Release(Key::Named(name))]);
        }
    }

    #[test]
    fn what_is_no_expression_is_typed() {
        for text in
            ["a<b", "<>", "<foo>", "<wait05>", "<waiting>", "<Wait>", "<wait 5>", "1 < 2 > 1", "<ab", "<"]
        {
            let typed: Vec<Step> = text.chars().map(press).collect();
            assert_eq!(steps(text), typed, "{text}");
        }
    }

    #[test]
    fn says_what_is_wrong() {
        for (text, message) in [
            ("x<wait0>", "<wait0> waits for no time"),
            ("<wait-5s>", "<wait-5s> waits for no time"),
            ("<waitScreen>", "<waitScreen> does not say in quotation marks what to wait for"),
            ("<waitScreen login:>", "<waitScreen login:> does not say in quotation marks what to wait for"),
            ("<waitScreen \"login:>", "<waitScreen \"login:> has no second quotation mark"),
            ("<waitScreen \"login:\" 5s", "<waitScreen \"login:\" 5s has no '>'"),
            ("<waitScreen \" \">", "<waitScreen \" \"> waits for nothing"),
            ("<waitScreen \"a\" 0s>", "<waitScreen \"a\" 0s> waits for no time"),
            (
                "<waitScreen \"a\" soon>",
                "<waitScreen \"a\" soon> does not say how long: invalid duration \"soon\"",
            ),
        ] {
            let (_, problems) = parse(text);
            let messages: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
            assert_eq!(messages, [message]);
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "[<>a-zA-Z0-9 \"\\\\öOnf.]{0,40}|.{0,40}") {
            let _ = parse(&text);
        }

        #[test]
        fn what_has_no_bracket_is_typed_as_it_stands(text in "[^<\\n\\r\\t]{0,60}") {
            let (steps, problems) = parse(&text);
            prop_assert!(problems.is_empty());
            prop_assert_eq!(steps, text.chars().map(press).collect::<Vec<_>>());
        }
    }
}
