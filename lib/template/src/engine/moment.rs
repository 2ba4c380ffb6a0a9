//! The one time that a whole run goes by.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// A moment in UTC. `validate` takes it once and builds it into every record's id, so that `{{timestamp}}` and the
/// like give the same in all builds and all tools of one run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Moment {
    at: Timestamp,
    /// Whether ids are the same in each run.
    fixed: bool,
}

impl Moment {
    /// Now, in whole milliseconds.
    pub fn now() -> Self {
        Self::milliseconds(Timestamp::now().as_millisecond())
    }

    /// So many milliseconds after 1970; a moment out of range is 1970's begin.
    pub fn milliseconds(milliseconds: i64) -> Self {
        let at = Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::UNIX_EPOCH);
        Self { at, fixed: false }
    }

    /// So many seconds after 1970, for what is to be the same in each run: `{{uuid}}` and the like give nothing random.
    pub fn fixed(seconds: i64) -> Self {
        Self { fixed: true, ..Self::milliseconds(seconds.saturating_mul(1000)) }
    }

    /// Eighty random bits; zeros where the moment is fixed.
    pub(crate) fn random(self) -> u128 {
        if self.fixed { 0 } else { ulid::Ulid::generate().random() }
    }

    /// The moment in a ULID: that of the run which the record came from.
    pub fn of_id(id: &str) -> Option<Self> {
        let milliseconds = ulid::Ulid::from_string(id).ok()?.timestamp_ms();
        i64::try_from(milliseconds).ok().map(Self::milliseconds)
    }

    /// Milliseconds since 1970.
    pub fn as_milliseconds(self) -> i64 {
        self.at.as_millisecond()
    }

    /// Seconds since 1970.
    pub fn as_seconds(self) -> i64 {
        self.at.as_second()
    }

    /// Date and time of day in UTC.
    pub fn utc(self) -> DateTime {
        Offset::UTC.to_datetime(self.at)
    }
}
