//! The date that stands on media.

/// A moment, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Date {
    pub(super) year: u16,
    pub(super) month: u8,
    pub(super) day: u8,
    pub(super) hour: u8,
    pub(super) minute: u8,
    pub(super) second: u8,
}

/// 2020-01-01: neither before what FAT knows nor in the future.
const USUAL: i64 = 1_577_836_800;

impl Date {
    /// The date of all that stands on media: `SOURCE_DATE_EPOCH`, else one that is always the same.
    pub(super) fn of_media() -> Self {
        let given = std::env::var(record::env::SOURCE_DATE_EPOCH).ok().and_then(|text| text.parse().ok());
        Self::of(given.unwrap_or(USUAL))
    }

    /// A number of seconds since 1970, kept within what FAT and ISO 9660 can write.
    fn of(seconds: i64) -> Self {
        const DAY: i64 = 86_400;
        // 1980-01-01 to 2107-12-31.
        let seconds = seconds.clamp(315_532_800, 4_354_819_199);
        let (days, rest) = (seconds / DAY, seconds % DAY);
        // Days to a date: Hinnant, "chrono-compatible low-level date algorithms", `civil_from_days`, for dates after 1970.
        let shifted = days + 719_468;
        let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let small = |value: i64| u8::try_from(value).unwrap_or_default();
        Self {
            year: u16::try_from(year_of_era + era * 400 + i64::from(month <= 2)).unwrap_or_default(),
            month: small(month),
            day: small(day_of_year - (153 * month_from_march + 2) / 5 + 1),
            hour: small(rest / 3600),
            minute: small(rest / 60 % 60),
            second: small(rest % 60),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Date, USUAL};

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, expected) in [
            (USUAL, (2020, 1, 1, 0, 0, 0)),
            (951_827_696, (2000, 2, 29, 12, 34, 56)),
            (1_767_225_599, (2025, 12, 31, 23, 59, 59)),
            (0, (1980, 1, 1, 0, 0, 0)),
        ] {
            let Date { year, month, day, hour, minute, second } = Date::of(seconds);
            assert_eq!((year, month, day, hour, minute, second), expected);
        }
    }
}
