//! Schedules of CronJobs: the grammar that the API server takes, and which minutes a schedule names.
//!
//! Rules: `github.com/robfig/cron/v3`, `ParseStandard`. Time zones are not here.

use std::fmt;

/// A schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cron {
    /// The minutes, hours, days of the month, months and days of the week that it names.
    Fields(Fields),
    /// Every so many seconds.
    Every(u64),
}

/// The five fields of a schedule, a bit for each value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields {
    bits: [u64; 5],
    /// Whether day of month and day of week are any day: then the other one alone decides.
    any_day: [bool; 2],
}

/// What is wrong with a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadCron {
    /// The field, such as `hour`; none where it is about the whole.
    pub field: Option<&'static str>,
    /// Why, as a clause.
    pub why: String,
}

impl fmt::Display for BadCron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field {
            Some(field) => write!(f, "{field}: {}", self.why),
            None => f.write_str(&self.why),
        }
    }
}

struct Range {
    name: &'static str,
    low: u32,
    high: u32,
    names: &'static [&'static str],
}

const MONTHS: &[&str] = &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

static RANGES: [Range; 5] = [
    Range { name: "minute", low: 0, high: 59, names: &[] },
    Range { name: "hour", low: 0, high: 23, names: &[] },
    Range { name: "day of month", low: 1, high: 31, names: &[] },
    Range { name: "month", low: 1, high: 12, names: MONTHS },
    Range { name: "day of week", low: 0, high: 6, names: DAYS },
];

const WORDS: &[(&str, &str)] = &[
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

impl Cron {
    /// Reads a schedule.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn parse(text: &str) -> Result<Cron, BadCron> {
        let whole = |why: String| BadCron { field: None, why };
        if text.starts_with("TZ=") || text.starts_with("CRON_TZ=") {
            return Err(whole(
                "a time zone does not stand in the schedule, but in a field of its own".into(),
            ));
        }
        if let Some(period) = text.strip_prefix("@every ") {
            return match seconds(period) {
                Some(seconds) => Ok(Cron::Every(seconds.max(1))),
                None => Err(whole(format!("\"{period}\" is no duration such as 1h30m"))),
            };
        }
        if text.starts_with('@') {
            let known = WORDS.iter().find(|(word, _)| *word == text);
            let Some((_, fields)) = known else {
                let words: Vec<_> = WORDS.iter().map(|(word, _)| *word).collect();
                return Err(whole(format!("\"{text}\" is none of {} and @every", words.join(", "))));
            };
            return Cron::parse(fields);
        }
        let parts: Vec<&str> = text.split_whitespace().collect();
        if parts.len() != RANGES.len() {
            return Err(whole(format!(
                "it has {} field{}, not the five for minute, hour, day of month, month and day of week",
                parts.len(),
                if parts.len() == 1 { "" } else { "s" }
            )));
        }
        let mut bits = [0u64; 5];
        let mut any = [false; 5];
        for (i, (part, range)) in parts.iter().zip(&RANGES).enumerate() {
            let at = |why| BadCron { field: Some(range.name), why };
            for item in part.split(',') {
                let (found, star) = range.bits(item).map_err(at)?;
                bits[i] |= found;
                any[i] |= star;
            }
        }
        Ok(Cron::Fields(Fields { bits, any_day: [any[2], any[4]] }))
    }
}

impl Fields {
    /// Whether a minute is named: minute, hour, day of the month, month, day of the week (Sunday is 0).
    pub fn holds(&self, minute: u32, hour: u32, day: u32, month: u32, weekday: u32) -> bool {
        let has = |field: usize, value: u32| {
            self.bits.get(field).is_some_and(|bits| value < 64 && bits >> value & 1 == 1)
        };
        let (date, week) = (has(2, day), has(4, weekday));
        let any = self.any_day.contains(&true);
        let days = if any { date && week } else { date || week };
        has(0, minute) && has(1, hour) && has(3, month) && days
    }
}

impl Range {
    fn value(&self, text: &str) -> Result<u32, String> {
        let lower = text.to_lowercase();
        if let Some(i) = self.names.iter().position(|n| *n == lower) {
            return Ok(self.low + u32::try_from(i).unwrap_or_default());
        }
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        match text.parse::<u32>() {
            Ok(n) if digits => Ok(n),
            _ if self.names.is_empty() => Err(format!("\"{text}\" is no number")),
            _ => Err(format!("\"{text}\" is no number and no name such as {}", self.names[0])),
        }
    }

    /// The bits of one item of a list, and whether it is a star.
    fn bits(&self, item: &str) -> Result<(u64, bool), String> {
        let mut by_step = item.split('/');
        let range = by_step.next().unwrap_or_default();
        let step = by_step.next();
        if by_step.next().is_some() {
            return Err(format!("\"{item}\" has two steps"));
        }
        let mut ends = range.split('-');
        let (first, last) = (ends.next().unwrap_or_default(), ends.next());
        if ends.next().is_some() {
            return Err(format!("\"{item}\" has two ranges"));
        }
        let star = matches!(first, "*" | "?");
        let (low, high) = match last {
            _ if star => (self.low, self.high),
            Some(last) => (self.value(first)?, self.value(last)?),
            None => {
                let one = self.value(first)?;
                (one, if step.is_some() { self.high } else { one })
            }
        };
        let step = match step {
            Some(step) => match step.parse::<u32>() {
                Ok(n) if step.bytes().all(|b| b.is_ascii_digit()) => n,
                _ => return Err(format!("the step \"{step}\" is no number")),
            },
            None => 1,
        };
        if low < self.low || high > self.high {
            return Err(format!("\"{item}\" is not within {} to {}", self.low, self.high));
        }
        if low > high {
            return Err(format!("\"{item}\" ends before it starts"));
        }
        if step == 0 {
            return Err(format!("\"{item}\" has no step"));
        }
        let mut bits = 0;
        let mut value = low;
        while value <= high {
            bits |= 1u64 << value;
            value = value.saturating_add(step);
        }
        // A star with a step of its own counts as a choice.
        Ok((bits, star && step == 1))
    }
}

/// A duration as Go writes it, in whole seconds.
fn seconds(text: &str) -> Option<u64> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut total = 0f64;
    let mut any = false;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let unit = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        let factor = match &rest[..unit] {
            "ns" => 1e-9,
            "us" | "µs" | "μs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        total += number * factor;
        rest = &rest[unit..];
        any = true;
    }
    // The API holds nanoseconds in 64 bits.
    if !any || total >= 9_223_372_036.0 {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is within bounds")]
    let whole = total as u64;
    Some(if negative { 0 } else { whole })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn fields(text: &str) -> Fields {
        match Cron::parse(text).unwrap() {
            Cron::Fields(fields) => fields,
            Cron::Every(_) => panic!("a period"),
        }
    }

    #[test]
    fn schedules_name_minutes() {
        let quarter = fields("*/15 8-17 * * MON-fri");
        assert!(quarter.holds(45, 17, 3, 3, 5) && !quarter.holds(45, 17, 3, 3, 6));
        assert!(!quarter.holds(44, 17, 3, 3, 5) && !quarter.holds(0, 18, 3, 3, 5));
        // Either day is enough where both are given.
        let either = fields("0 0 1 * 0");
        assert!(either.holds(0, 0, 1, 5, 3) && either.holds(0, 0, 9, 5, 0) && !either.holds(0, 0, 9, 5, 3));
        assert!(fields("@monthly").holds(0, 0, 1, 7, 4) && !fields("@monthly").holds(0, 0, 2, 7, 4));
        assert!(fields("5/20 * ? jan *").holds(45, 0, 1, 1, 0));
    }

    #[test]
    fn periods_are_seconds() {
        assert_eq!(Cron::parse("@every 1h30m"), Ok(Cron::Every(5400)));
        assert_eq!(Cron::parse("@every 10ms"), Ok(Cron::Every(1)));
        assert_eq!(Cron::parse("@every -5s"), Ok(Cron::Every(1)));
    }

    #[test]
    fn what_is_wrong_names_the_field() {
        let texts = [
            "* * * *",
            "",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * * 13 *",
            "* * * * 7",
            "* * * * day",
            "a * * * *",
            "5-1 * * * *",
            "*/0 * * * *",
            "1-2-3 * * * *",
            "1/2/3 * * * *",
            "+1 * * * *",
            "*/x * * * *",
            ", * * * *",
            "@noon",
            "@every",
            "@every soon",
            "TZ=UTC 0 0 * * *",
            "@every 9999999h",
        ];
        let found: Vec<_> = texts.iter().map(|t| format!("{t}: {}\n", Cron::parse(t).unwrap_err())).collect();
        expect![[r#"
            * * * *: it has 4 fields, not the five for minute, hour, day of month, month and day of week
            : it has 0 fields, not the five for minute, hour, day of month, month and day of week
            60 * * * *: minute: "60" is not within 0 to 59
            * 24 * * *: hour: "24" is not within 0 to 23
            * * 0 * *: day of month: "0" is not within 1 to 31
            * * * 13 *: month: "13" is not within 1 to 12
            * * * * 7: day of week: "7" is not within 0 to 6
            * * * * day: day of week: "day" is no number and no name such as sun
            a * * * *: minute: "a" is no number
            5-1 * * * *: minute: "5-1" ends before it starts
            */0 * * * *: minute: "*/0" has no step
            1-2-3 * * * *: minute: "1-2-3" has two ranges
            1/2/3 * * * *: minute: "1/2/3" has two steps
            +1 * * * *: minute: "+1" is no number
            */x * * * *: minute: the step "x" is no number
            , * * * *: minute: "" is no number
            @noon: "@noon" is none of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly and @every
            @every: "@every" is none of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly and @every
            @every soon: "soon" is no duration such as 1h30m
            TZ=UTC 0 0 * * *: a time zone does not stand in the schedule, but in a field of its own
            @every 9999999h: "9999999h" is no duration such as 1h30m
        "#]].assert_eq(&found.concat());
    }
}
