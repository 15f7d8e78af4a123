//! A day, for ignores that end.

use std::fmt;

/// A day of the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// Reads `2027-03-31`; `None` for anything else, also for a day that does not exist.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || (year.len(), month.len(), day.len()) != (4, 2, 2) {
            return None;
        }
        let date = Self { year: year.parse().ok()?, month: month.parse().ok()?, day: day.parse().ok()? };
        (date.day >= 1 && date.day <= date.days_in_month()?).then_some(date)
    }

    /// The day this many days after 1970-01-01.
    pub fn from_days(days: u64) -> Self {
        let (mut date, mut left) = (Self { year: 1970, month: 1, day: 1 }, days);
        while let Some(length) = date.days_in_month()
            && left >= u64::from(length)
        {
            left -= u64::from(length);
            date.month += 1;
            if date.month > 12 {
                date = Self { year: date.year.saturating_add(1), month: 1, day: 1 };
            }
        }
        Self { day: 1 + u8::try_from(left).unwrap_or(0), ..date }
    }

    fn days_in_month(self) -> Option<u8> {
        let leap =
            self.year.is_multiple_of(4) && (!self.year.is_multiple_of(100) || self.year.is_multiple_of(400));
        match self.month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => Some(31),
            4 | 6 | 9 | 11 => Some(30),
            2 => Some(if leap { 29 } else { 28 }),
            _ => None,
        }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (days, text) in
            [(0, "1970-01-01"), (59, "1970-03-01"), (19_782, "2024-02-29"), (20_819, "2027-01-01")]
        {
            assert_eq!(Date::from_days(days).to_string(), text);
            assert_eq!(Date::parse(text), Some(Date::from_days(days)));
        }
        for text in ["2023-02-29", "2023-13-01", "2023-1-01", "tomorrow", "2023-01-01-01", "2023-01-00"] {
            assert_eq!(Date::parse(text), None, "{text}");
        }
    }
}
