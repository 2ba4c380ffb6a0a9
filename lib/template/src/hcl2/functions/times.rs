//! Functions of time. Now is the run's one moment, so that all builds and tools of a run agree.

use super::{Arguments, Fault, Gives};
use crate::Duration;
use crate::engine::{format_layout, format_strftime};
use crate::hcl2::number::Number;
use crate::hcl2::value::Value;
use jiff::civil::DateTime;
use jiff::fmt::temporal::Pieces;
use jiff::tz::Offset;
use std::collections::BTreeMap;

/// A time of day somewhere.
struct Stamp {
    local: DateTime,
    offset: Offset,
}

impl Stamp {
    /// Reads RFC 3339.
    fn read(given: &Arguments<'_>, at: usize) -> Result<Self, Fault> {
        let text = given.text(at)?;
        let wrong = || {
            let fault =
                Fault::at(at, format!("'{text}' is no time of the form 2006-01-02T15:04:05Z (RFC 3339)"));
            fault.hint("timestamp() gives the present time in this form")
        };
        let is_strict = text.len() >= 20 && text.as_bytes().get(10) == Some(&b'T') && !text.contains('[');
        let pieces = Pieces::parse(&*text).ok().filter(|_| is_strict).ok_or_else(wrong)?;
        let local = pieces.date().to_datetime(pieces.time().ok_or_else(wrong)?);
        let offset = match pieces.offset() {
            Some(jiff::fmt::temporal::PiecesOffset::Numeric(offset)) => offset.offset(),
            Some(_) => Offset::UTC,
            None => return Err(wrong()),
        };
        Ok(Self { local, offset })
    }

    fn zone(&self, colon: bool) -> String {
        let seconds = self.offset.seconds();
        let sign = if seconds < 0 { '-' } else { '+' };
        let minutes = seconds.abs() / 60;
        let between = if colon { ":" } else { "" };
        format!("{sign}{:02}{between}{:02}", minutes / 60, minutes % 60)
    }

    fn rfc3339(&self) -> String {
        let zone = if self.offset == Offset::UTC { "Z".to_owned() } else { self.zone(true) };
        format!("{}{zone}", self.local.strftime("%Y-%m-%dT%H:%M:%S"))
    }
}

pub(super) fn timestamp(given: &Arguments<'_>) -> Gives {
    let stamp = Stamp { local: given.names.moment.utc(), offset: Offset::UTC };
    Ok(Value::text(stamp.rfc3339()))
}

pub(super) fn timeadd(given: &Arguments<'_>) -> Gives {
    let stamp = Stamp::read(given, 0)?;
    let text = given.text(1)?;
    let duration = Duration::parse(&text).map_err(|why| Fault::at(1, why))?;
    let duration = jiff::SignedDuration::from_nanos(duration.as_nanoseconds());
    let local = stamp.local.checked_add(duration);
    let local = local.map_err(|_| Fault::whole("this leads out of all calendars"))?;
    Ok(Value::text(Stamp { local, ..stamp }.rfc3339()))
}

pub(super) fn legacy_isotime(given: &Arguments<'_>) -> Gives {
    let layout = if given.len() == 0 { "2006-01-02T15:04:05Z07:00".into() } else { given.text(0)? };
    Ok(Value::text(format_layout(given.names.moment, &layout)))
}

pub(super) fn legacy_strftime(given: &Arguments<'_>) -> Gives {
    Ok(Value::text(format_strftime(given.names.moment, &given.text(0)?)))
}

pub(super) fn rfc3339_parse(given: &Arguments<'_>) -> Gives {
    Stamp::read(given, 0).map(|stamp| pieces(&stamp))
}

pub(super) fn unix_timestamp_parse(given: &Arguments<'_>) -> Gives {
    let seconds = i64::try_from(given.whole(0)?).unwrap_or(i64::MAX);
    let moment =
        jiff::Timestamp::from_second(seconds).map_err(|_| Fault::at(0, "this is out of all calendars"))?;
    Ok(pieces(&Stamp { local: Offset::UTC.to_datetime(moment), offset: Offset::UTC }))
}

/// What Packer's functions say of a time.
fn pieces(stamp: &Stamp) -> Value {
    let number = |value: i64| Value::Number(Number::Whole(value.into()));
    let local = stamp.local;
    let unix = stamp.offset.to_timestamp(local).map_or(0, jiff::Timestamp::as_second);
    let week = local.date().iso_week_date();
    let entries = [
        ("day", number(local.day().into())),
        ("day_of_year", number(local.day_of_year().into())),
        ("hour", number(local.hour().into())),
        ("iso_week", number(week.week().into())),
        ("iso_year", number(week.year().into())),
        ("minute", number(local.minute().into())),
        ("month", number(local.month().into())),
        ("month_name", Value::text(local.strftime("%B").to_string())),
        ("second", number(local.second().into())),
        ("unix", number(unix)),
        ("weekday", number(local.weekday().to_sunday_zero_offset().into())),
        ("weekday_name", Value::text(local.strftime("%A").to_string())),
        ("year", number(local.year().into())),
    ];
    Value::map(entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<BTreeMap<_, _>>())
}

/// `formatdate(format, time)`: runs of a letter are pieces, text in single quotes is itself.
pub(super) fn formatdate(given: &Arguments<'_>) -> Gives {
    let format = given.text(0)?;
    let stamp = Stamp::read(given, 1)?;
    let mut text = String::new();
    let mut rest = &*format;
    while let Some(letter) = rest.chars().next() {
        let run = match letter {
            '\'' => quoted(rest, &mut text)?,
            letter if letter.is_ascii_alphabetic() => {
                let run = rest.len() - rest.trim_start_matches(letter).len();
                text.push_str(&piece(&stamp, &rest[..run])?);
                run
            }
            letter => {
                text.push(letter);
                letter.len_utf8()
            }
        };
        rest = &rest[run..];
    }
    Ok(Value::text(text))
}

/// Takes a text in single quotes; two of them are one in it.
fn quoted(rest: &str, text: &mut String) -> Result<usize, Fault> {
    let mut at = 1;
    while let Some(letter) = rest[at..].chars().next() {
        at += letter.len_utf8();
        if letter != '\'' {
            text.push(letter);
        } else if rest[at..].starts_with('\'') {
            text.push('\'');
            at += 1;
        } else {
            return Ok(at);
        }
    }
    Err(Fault::at(0, "a quoted text in the format does not end"))
}

fn piece(stamp: &Stamp, run: &str) -> Result<String, Fault> {
    let local = stamp.local;
    let how = match run {
        "YY" => "%y",
        "YYYY" => "%Y",
        "M" => "%-m",
        "MM" => "%m",
        "MMM" => "%b",
        "MMMM" => "%B",
        "D" => "%-d",
        "DD" => "%d",
        "EEE" => "%a",
        "EEEE" => "%A",
        "h" => "%-H",
        "hh" => "%H",
        "H" => "%-I",
        "HH" => "%I",
        "AA" => "%p",
        "aa" => "%P",
        "m" => "%-M",
        "mm" => "%M",
        "s" => "%-S",
        "ss" => "%S",
        "Z" if stamp.offset == Offset::UTC => return Ok("Z".to_owned()),
        "ZZZ" if stamp.offset == Offset::UTC => return Ok("UTC".to_owned()),
        "Z" | "ZZZZZ" => return Ok(stamp.zone(true)),
        "ZZZ" | "ZZZZ" => return Ok(stamp.zone(false)),
        _ => {
            let fault = Fault::at(0, format!("'{run}' is no piece of a date"));
            return Err(fault.hint("pieces: YYYY MM DD hh mm ss, M MMM MMMM D EEE EEEE h H HH AA aa m s Z ZZZZ ZZZZZ; text stands in single quotes"));
        }
    };
    Ok(local.strftime(how).to_string())
}
