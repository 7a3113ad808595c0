//! Points in time as RFC 3339 writes them, read with Terraform's complaints, and Go's durations.

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Time};

/// A point in time, with the offset that it was written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timestamp {
    /// Date and time where the offset holds.
    pub local: DateTime,
    /// Seconds east of UTC.
    pub offset: i32,
}

impl Timestamp {
    /// Reads `2018-01-02T23:12:01+02:00`.
    ///
    /// # Errors
    /// What is wrong, as the end of a sentence.
    pub fn read(text: &str) -> Result<Timestamp, String> {
        read(text).map_err(|why| format!("not a valid RFC3339 timestamp: {why}"))
    }

    /// The same point in UTC; none where the calendar ends.
    pub fn utc(self) -> Option<DateTime> {
        self.local.checked_sub(SignedDuration::from_secs(i64::from(self.offset))).ok()
    }

    /// The point a while later, with the same offset; none where the calendar ends.
    pub fn add(self, by: SignedDuration) -> Option<Timestamp> {
        Some(Timestamp { local: self.local.checked_add(by).ok()?, ..self })
    }

    /// Whole seconds, as RFC 3339.
    pub fn text(self) -> String {
        let t = self.local;
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}",
            t.year(),
            t.month(),
            t.day(),
            t.hour(),
            t.minute(),
            t.second(),
            if self.offset == 0 { "Z".to_string() } else { self.zone(":") }
        )
    }

    /// `+02:00`, with what stands between hours and minutes.
    pub fn zone(self, between: &str) -> String {
        let sign = if self.offset < 0 { '-' } else { '+' };
        let minutes = self.offset.abs() / 60;
        format!("{sign}{:02}{between}{:02}", minutes / 60, minutes % 60)
    }
}

/// The parts of a timestamp, as they stand one after the other.
fn read(text: &str) -> Result<Timestamp, String> {
    let mut rest = Rest { text, at: 0 };
    let year = rest.digits(4, "year")?;
    rest.separator("-")?;
    let month = rest.digits(2, "month")?;
    if !(1..=12).contains(&month) {
        rest.back(2);
        return Err(rest.cannot("month"));
    }
    rest.separator("-")?;
    let day = rest.digits(2, "day of month")?;
    if rest.take(1) != Some("T") {
        return Err("missing required time introducer 'T'".into());
    }
    let hour = rest.digits(2, "hour")?;
    if hour > 23 {
        return Err("hour must be between 0 and 23 inclusive".into());
    }
    rest.separator(":")?;
    let minute = rest.digits(2, "minute")?;
    if minute > 59 {
        return Err("minute must be between 0 and 59 inclusive".into());
    }
    rest.separator(":")?;
    let second = rest.digits(2, "second")?;
    if second > 59 {
        return Err("second must be between 0 and 59 inclusive".into());
    }
    let nanosecond = rest.fraction();
    let offset = rest.offset()?;
    let small = |n: u32| i8::try_from(n).unwrap_or(0);
    let date = i16::try_from(year).ok().and_then(|y| Date::new(y, small(month), small(day)).ok());
    let date = date.ok_or("day out of range")?;
    let nanosecond = i32::try_from(nanosecond).unwrap_or(0);
    let time =
        Time::new(small(hour), small(minute), small(second), nanosecond).map_err(|_| "time out of range")?;
    Ok(Timestamp { local: DateTime::from_parts(date, time), offset })
}

struct Rest<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Rest<'t> {
    fn left(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn take(&mut self, n: usize) -> Option<&'t str> {
        let found = self.text.get(self.at..self.at + n)?;
        self.at += n;
        Some(found)
    }

    fn back(&mut self, n: usize) {
        self.at = self.at.saturating_sub(n);
    }

    fn cannot(&self, what: &str) -> String {
        match self.left() {
            "" => format!("end of string before {what}"),
            left => format!("cannot use {left:?} as {what}"),
        }
    }

    fn digits(&mut self, n: usize, what: &str) -> Result<u32, String> {
        let digits = self.left().get(..n).filter(|d| d.bytes().all(|b| b.is_ascii_digit()));
        match digits.and_then(|d| d.parse().ok()) {
            Some(value) => {
                self.at += n;
                Ok(value)
            }
            None => Err(self.cannot(what)),
        }
    }

    fn separator(&mut self, wanted: &str) -> Result<(), String> {
        match self.left() {
            "" => Err(format!("end of string where {wanted:?} is expected")),
            left if left.starts_with(wanted) => {
                self.at += 1;
                Ok(())
            }
            left => Err(format!("found {left:?} where {wanted:?} is expected")),
        }
    }

    /// Nanoseconds after a point.
    fn fraction(&mut self) -> u32 {
        let Some(digits) = self.left().strip_prefix('.') else { return 0 };
        let count = digits.bytes().take_while(u8::is_ascii_digit).count();
        if count == 0 {
            return 0;
        }
        self.at += 1 + count;
        let nine = format!("{:0<9}", digits.get(..count.min(9)).unwrap_or(""));
        nine.parse().unwrap_or(0)
    }

    fn offset(&mut self) -> Result<i32, String> {
        let left = self.left();
        if left == "Z" {
            return Ok(0);
        }
        let number = |range: std::ops::Range<usize>| {
            let digits = left.get(range).filter(|d| d.bytes().all(|b| b.is_ascii_digit()));
            digits.and_then(|d| d.parse::<i32>().ok())
        };
        let sign = match left.as_bytes().first() {
            Some(b'+') => 1,
            Some(b'-') => -1,
            Some(b'Z') => return Err("extra characters after the UTC offset".into()),
            Some(_) if !left.starts_with(|c: char| c.is_ascii_digit()) => {
                let c = left.chars().next().map_or(String::new(), String::from);
                return Err(format!("cannot use {c:?} as timestamp segment"));
            }
            _ => return Err("end of string before UTC offset".into()),
        };
        match (number(1..3), left.get(3..4), number(4..6)) {
            (Some(h), Some(":"), Some(m)) if left.len() == 6 && h < 24 && m < 60 => {
                Ok(sign * (h * 60 + m) * 60)
            }
            _ => Err("end of string before UTC offset".into()),
        }
    }
}

/// Reads a duration as Go writes it: `1h30m`, `-1.5s`.
///
/// # Errors
/// What is wrong, as the end of a sentence.
pub fn read_duration(given: &str) -> Result<SignedDuration, String> {
    let invalid = || format!("time: invalid duration {given:?}");
    let (negative, mut rest) = match given.strip_prefix(['-', '+']) {
        Some(rest) => (given.starts_with('-'), rest),
        None => (false, given),
    };
    if rest == "0" {
        return Ok(SignedDuration::ZERO);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let whole = rest.bytes().take_while(u8::is_ascii_digit).count();
        let after = rest.get(whole..).unwrap_or("");
        let fraction = match after.strip_prefix('.') {
            Some(digits) => 1 + digits.bytes().take_while(u8::is_ascii_digit).count(),
            None => 0,
        };
        if whole == 0 && fraction < 2 {
            return Err(invalid());
        }
        let digits = rest.get(..whole).unwrap_or("");
        let places = after.get(1..fraction).unwrap_or("");
        rest = after.get(fraction..).unwrap_or("");
        let end = rest.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(rest.len());
        let (unit, next) = rest.split_at(end);
        if unit.is_empty() {
            return Err(format!("time: missing unit in duration {given:?}"));
        }
        let nanoseconds: i128 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return Err(format!("time: unknown unit {unit:?} in duration {given:?}")),
        };
        let whole: i128 = if digits.is_empty() { 0 } else { digits.parse().map_err(|_| invalid())? };
        let mut scale = nanoseconds;
        let mut part = 0;
        for d in places.bytes().take(18) {
            scale *= 10;
            part = part * 10 + i128::from(d - b'0') * nanoseconds;
        }
        let part = if nanoseconds == 0 { 0 } else { part * nanoseconds / scale };
        total = whole
            .checked_mul(nanoseconds)
            .and_then(|n| n.checked_add(part))
            .and_then(|n| n.checked_add(total))
            .ok_or_else(invalid)?;
        if total > i128::from(i64::MAX) + i128::from(negative) {
            return Err(invalid());
        }
        rest = next;
    }
    let total = if negative { -total } else { total };
    Ok(SignedDuration::from_nanos(i64::try_from(total).map_err(|_| invalid())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_gos() {
        let seconds = |text| read_duration(text).map(|d| d.as_nanos());
        assert_eq!(seconds("1h30m"), Ok(5_400_000_000_000));
        assert_eq!(seconds("-1.5s"), Ok(-1_500_000_000));
        assert_eq!(seconds(".25ms"), Ok(250_000));
        assert_eq!(seconds("1us1ns"), Ok(1_001));
        for bad in ["", "-", "1", "h", ".s", "1x", "1h1", "99999999999h", "١s"] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_timestamp_comes_back_as_it_was_written() {
        for text in ["2018-01-02T23:12:01+02:00", "2024-02-29T23:59:59Z", "0000-01-01T00:00:00-07:30"] {
            assert_eq!(Timestamp::read(text).map(Timestamp::text), Ok(text.to_string()));
        }
    }
}
