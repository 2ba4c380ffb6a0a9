//! Times in Go's layouts (package `time`, "Layouts") and in strftime's; always UTC.

use super::Moment;
use jiff::civil::DateTime;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

type Write = fn(&DateTime) -> String;

/// Go's layout elements; one that begins with another stands before it.
const ELEMENTS: [(&str, Write); 34] = [
    ("January", |time| month(time).to_owned()),
    ("Jan", |time| month(time)[..3].to_owned()),
    ("Monday", |time| day(time).to_owned()),
    ("Mon", |time| day(time)[..3].to_owned()),
    ("MST", |_| "UTC".to_owned()),
    ("2006", |time| format!("{:04}", time.year())),
    ("_2006", |time| format!("_{:04}", time.year())),
    ("__2", |time| format!("{:3}", time.day_of_year())),
    ("_2", |time| format!("{:2}", time.day())),
    ("002", |time| format!("{:03}", time.day_of_year())),
    ("01", |time| format!("{:02}", time.month())),
    ("02", |time| format!("{:02}", time.day())),
    ("03", |time| format!("{:02}", hour12(time))),
    ("04", |time| format!("{:02}", time.minute())),
    ("05", |time| format!("{:02}", time.second())),
    ("06", |time| format!("{:02}", time.year() % 100)),
    ("15", |time| format!("{:02}", time.hour())),
    ("1", |time| time.month().to_string()),
    ("2", |time| time.day().to_string()),
    ("3", |time| hour12(time).to_string()),
    ("4", |time| time.minute().to_string()),
    ("5", |time| time.second().to_string()),
    ("PM", |time| half(time).to_owned()),
    ("pm", |time| half(time).to_lowercase()),
    ("-07:00:00", |_| "+00:00:00".to_owned()),
    ("-070000", |_| "+000000".to_owned()),
    ("-07:00", |_| "+00:00".to_owned()),
    ("-0700", |_| "+0000".to_owned()),
    ("-07", |_| "+00".to_owned()),
    ("Z07:00:00", |_| "Z".to_owned()),
    ("Z070000", |_| "Z".to_owned()),
    ("Z07:00", |_| "Z".to_owned()),
    ("Z0700", |_| "Z".to_owned()),
    ("Z07", |_| "Z".to_owned()),
];

/// strftime's directives that Packer 1.6.6 knows; any other stays as it is written.
const DIRECTIVES: [(char, &str); 15] = [
    ('B', "January"),
    ('b', "Jan"),
    ('m', "01"),
    ('A', "Monday"),
    ('a', "Mon"),
    ('d', "02"),
    ('H', "15"),
    ('I', "03"),
    ('M', "04"),
    ('S', "05"),
    ('Y', "2006"),
    ('y', "06"),
    ('p', "PM"),
    ('Z', "MST"),
    ('z', "-0700"),
];

/// Writes a moment in a Go layout.
pub fn format_layout(moment: Moment, layout: &str) -> String {
    let time = moment.utc();
    let mut written = String::new();
    let mut rest = layout;
    while let Some(first) = rest.chars().next() {
        let taken = if let Some((length, text)) = fraction(&time, rest) {
            written.push_str(&text);
            length
        } else if let Some((element, write)) = ELEMENTS.iter().find(|(element, _)| begins_with(rest, element))
        {
            written.push_str(&write(&time));
            element.len()
        } else {
            written.push(first);
            first.len_utf8()
        };
        rest = &rest[taken..];
    }
    written
}

/// Writes a moment as strftime does.
pub fn format_strftime(moment: Moment, format: &str) -> String {
    let mut written = String::new();
    let mut letters = format.chars();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            written.push(letter);
            continue;
        }
        match letters.next() {
            Some('%') | None => written.push('%'),
            // Packer's own: milliseconds with their point.
            Some('L') => written.push_str(&format_layout(moment, ".000")),
            Some(directive) => match DIRECTIVES.iter().find(|(known, _)| *known == directive) {
                Some((_, layout)) => written.push_str(&format_layout(moment, layout)),
                None => written.extend(['%', directive]),
            },
        }
    }
    written
}

/// Go takes `Jan` and `Mon` as elements only where no lower-case letter follows: `Monkey` is no day.
fn begins_with(rest: &str, element: &str) -> bool {
    rest.strip_prefix(element).is_some_and(|after| {
        !matches!(element, "Jan" | "Mon") || !after.starts_with(|next: char| next.is_ascii_lowercase())
    })
}

/// `.000`, `,999` and the like: so many digits of the second's fraction; `9` leaves trailing zeros out.
fn fraction(time: &DateTime, rest: &str) -> Option<(usize, String)> {
    let point = rest.chars().next().filter(|first| matches!(first, '.' | ','))?;
    let digit = rest[1..].chars().next().filter(|digit| matches!(digit, '0' | '9'))?;
    let after = rest[1..].trim_start_matches(digit);
    let digits = rest.len() - 1 - after.len();
    if after.starts_with(|next: char| next.is_ascii_digit()) {
        return None;
    }
    let nanoseconds = format!("{:09}", time.subsec_nanosecond());
    let mut text: String = nanoseconds.chars().chain(std::iter::repeat('0')).take(digits).collect();
    if digit == '9' {
        text.truncate(text.trim_end_matches('0').len());
    }
    let point = if text.is_empty() { String::new() } else { point.to_string() };
    Some((1 + digits, point + &text))
}

fn month(time: &DateTime) -> &'static str {
    let index = usize::try_from(time.month() - 1).unwrap_or_default();
    MONTHS.get(index).copied().unwrap_or_default()
}

fn day(time: &DateTime) -> &'static str {
    let index = usize::try_from(time.weekday().to_monday_zero_offset()).unwrap_or_default();
    DAYS.get(index).copied().unwrap_or_default()
}

fn hour12(time: &DateTime) -> i8 {
    match time.hour() % 12 {
        0 => 12,
        hour => hour,
    }
}

fn half(time: &DateTime) -> &'static str {
    if time.hour() < 12 { "AM" } else { "PM" }
}

#[cfg(test)]
mod tests {
    use super::{Moment, format_layout, format_strftime};

    /// 2026-11-02 15:04:05.120 UTC, a Monday.
    const MOMENT: i64 = 1_793_631_845_120;

    #[test]
    fn writes_go_layouts() {
        let moment = Moment::milliseconds(MOMENT);
        for (layout, text) in [
            ("2006-01-02T15:04:05Z07:00", "2026-11-02T15:04:05Z"),
            ("Mon Jan _2 15:04:05 MST 2006", "Mon Nov  2 15:04:05 UTC 2026"),
            ("Monday, 02-Jan-06 15:04:05 MST", "Monday, 02-Nov-26 15:04:05 UTC"),
            ("Mon, 2 January 2006 3:4:5 PM -0700", "Mon, 2 November 2026 3:4:5 PM +0000"),
            ("060102150405", "261102150405"),
            ("20060102-1504", "20261102-1504"),
            ("15:04:05.000000", "15:04:05.120000"),
            ("15:04:05.999", "15:04:05.12"),
            ("15:04:05,00", "15:04:05,12"),
            ("002 __2 03pm", "306 306 03pm"),
            ("Monkey Janitor", "Monkey Janitor"),
            ("no time é", "no time é"),
        ] {
            assert_eq!(format_layout(moment, layout), text, "{layout}");
        }
    }

    #[test]
    fn writes_strftime() {
        let moment = Moment::milliseconds(MOMENT);
        let text = format_strftime(moment, "%Y-%m-%d %H:%M:%S%L %p %a %A %b %B %y %I %Z %z %j %f %% %");
        assert_eq!(text, "2026-11-02 15:04:05.120 PM Mon Monday Nov November 26 03 UTC +0000 %j %f % %");
    }
}
