//! What `validate` says of boot commands.

use super::{NAMES, parse};
use crate::engine::Problem;
use crate::options::Check;
use crate::source::Code;
use crate::suggest::nearest;

/// Checks the texts of an option, which are typed one after the other as if they were one. What is inside of template
/// actions is left alone.
pub fn check(option: &str, texts: &[String], check: &mut Check) {
    let whole = texts.concat();
    let (_, problems) = parse(&whole);
    for problem in problems {
        let covered = whole.get(problem.offset..problem.offset + problem.length).unwrap_or_default();
        if covered.contains("{{") {
            continue;
        }
        let mut begin = 0;
        let index = texts.iter().position(|text| {
            begin += text.len();
            problem.offset < begin
        });
        let path = format!("{option}[{}]", index.unwrap_or_default());
        let finding = if problem.warning {
            check.warning(path, problem.message)
        } else {
            check.error(path, problem.message)
        };
        finding.code(problem.code).hint = problem.hint;
    }
}

/// Names that people give to keys, and Packer's.
const ALIASES: [(&str, &str); 19] = [
    ("alt", "leftAlt"),
    ("backspace", "bs"),
    ("cmd", "leftCommand"),
    ("control", "leftCtrl"),
    ("ctrl", "leftCtrl"),
    ("delete", "del"),
    ("escape", "esc"),
    ("ins", "insert"),
    ("meta", "leftSuper"),
    ("option", "leftOption"),
    ("pagedn", "pageDown"),
    ("pgdn", "pageDown"),
    ("pgdown", "pageDown"),
    ("pgup", "pageUp"),
    ("shift", "leftShift"),
    ("space", "spacebar"),
    ("super", "leftSuper"),
    ("win", "leftSuper"),
    ("windows", "leftSuper"),
];

/// Whether what begins with this `<` looks as if it was meant as an expression. The problem's offset is 0.
pub(super) fn suspicious(rest: &str) -> Option<Problem> {
    let end = rest.find('>')?;
    let word = &rest[1..end];
    if word.is_empty() || word.len() > 20 || word.contains(['<', ' ', '{']) {
        return None;
    }
    let lower = word.to_ascii_lowercase();
    let meant = if let Some(time) = lower.strip_prefix("wait") {
        let time = time.trim_start_matches('0');
        parse::pause(time).map(|_| format!("<wait{time}>"))?
    } else {
        let (name, ending) = match (lower.strip_suffix("on"), lower.strip_suffix("off")) {
            (Some(name), _) if alias(name).is_some() => (name, "On"),
            (None, Some(name)) if alias(name).is_some() => (name, "Off"),
            _ => (lower.as_str(), ""),
        };
        let meant = alias(name).or_else(|| nearest(name, NAMES.iter().copied()))?;
        format!("<{meant}{ending}>")
    };
    Some(Problem {
        code: Code::BootCommand,
        offset: 0,
        length: end + 1,
        message: format!("<{word}> is no key: it is typed as it stands"),
        hint: Some(format!("did you mean '{meant}'?")),
        warning: true,
    })
}

fn alias(name: &str) -> Option<&'static str> {
    ALIASES.iter().find(|(alias, _)| *alias == name).map(|(_, key)| *key)
}

#[cfg(test)]
mod tests {
    use crate::options::Check;

    #[test]
    fn warns_of_what_was_probably_meant() {
        let texts = [
            "<enetr><wait>",
            "x<ctrlOn>c<ctrlOff>",
            "<unattend> {{user `x`}}<wait{{user `y`}}>",
            "<Wait5>",
            "<waitScreen>",
        ];
        let texts: Vec<String> = texts.map(str::to_owned).to_vec();
        let mut check = Check::default();
        super::check("boot_command", &texts, &mut check);
        let found: Vec<_> = check
            .findings
            .iter()
            .map(|finding| {
                (finding.path.as_str(), finding.warning, finding.hint.as_deref().unwrap_or_default())
            })
            .collect();
        assert_eq!(
            found,
            [
                ("boot_command[0]", true, "did you mean '<enter>'?"),
                ("boot_command[1]", true, "did you mean '<leftCtrlOn>'?"),
                ("boot_command[1]", true, "did you mean '<leftCtrlOff>'?"),
                ("boot_command[3]", true, "did you mean '<wait5>'?"),
                (
                    "boot_command[4]",
                    false,
                    "write <waitScreen \"text\">, or <waitScreen \"text\" 60s>; \\\" is a quotation mark in the text"
                ),
            ]
        );
    }
}
