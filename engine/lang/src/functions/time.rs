//! Dates and times. None of these functions reads a clock.

use plimsoll_model::Value;

use super::timestamp::{Timestamp, read_duration};
use super::{Fault, Function, Want, param, text};
use crate::load::Loaded;

/// Functions of dates and times.
pub const FUNCTIONS: &[Function] = &[
    Function::new(
        "formatdate",
        "A timestamp in another form.",
        &[param("format", Want::String), param("time", Want::String)],
        formatdate,
    )
    .gives(Want::String)
    .example(&[
        ("formatdate(\"DD MMM YYYY hh:mm ZZZ\", \"2018-01-02T23:12:01Z\")", "\"02 Jan 2018 23:12 UTC\""),
        ("formatdate(\"EEEE, h 'o''clock'\", \"2018-01-02T23:12:01Z\")", "\"Tuesday, 23 o'clock\""),
    ])
    .note(
        "Letters stand for parts: `YYYY` `YY` year, `MMMM` `MMM` `MM` `M` month, `DD` `D` day, `EEEE` `EEE` weekday, \
         `hh` `h` hour of 24, `HH` `H` hour of 12, `AA` `aa` half of the day, `mm` `m` minute, `ss` `s` second, \
         `ZZZZZ` `ZZZZ` `ZZZ` `Z` offset. Text stands between single quotes.",
    ),
    Function::new(
        "timeadd",
        "A timestamp a while later.",
        &[param("timestamp", Want::String), param("duration", Want::String)],
        timeadd,
    )
    .gives(Want::String)
    .example(&[("timeadd(\"2017-11-22T00:00:00Z\", \"1h30m\")", "\"2017-11-22T01:30:00Z\"")])
    .note("Units are `h`, `m`, `s`, `ms`, `us` and `ns`; a negative duration goes back."),
    Function::new(
        "timecmp",
        "-1, 0 or 1 where the first timestamp is before, at or after the second.",
        &[param("timestamp_a", Want::String), param("timestamp_b", Want::String)],
        timecmp,
    )
    .gives(Want::Number)
    .example(&[("timecmp(\"2017-11-22T01:00:00Z\", \"2017-11-22T00:00:00-01:00\")", "0")]),
];

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

const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

fn formatdate(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let time = Timestamp::read(text(args, 1)).map_err(|e| Fault::argument(1, e))?;
    let mut out = String::new();
    let mut rest = text(args, 0);
    while let Some(first) = rest.chars().next() {
        if first == '\'' {
            rest = literal(rest, &mut out)?;
            continue;
        }
        let end = rest.find(|c| c != first).unwrap_or(rest.len());
        let (run, next) = rest.split_at(end);
        if first.is_ascii_alphabetic() {
            out.push_str(&part(run, time).map_err(|e| Fault::argument(0, e))?);
        } else {
            out.push_str(run);
        }
        rest = next;
    }
    Ok(Value::string(out))
}

/// Text between single quotes, in which two stand for one.
fn literal<'t>(given: &'t str, out: &mut String) -> Result<&'t str, Fault> {
    let mut chars = given.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c != '\'' {
            out.push(c);
        } else if chars.next_if(|(_, c)| *c == '\'').is_some() {
            out.push('\'');
        } else {
            return Ok(given.get(at + 1..).unwrap_or(""));
        }
    }
    Err(Fault::argument(0, "unterminated literal '"))
}

fn part(run: &str, time: Timestamp) -> Result<String, String> {
    let t = time.local;
    let bad = |why: &str| Err(format!("invalid date format verb {run:?}{why}"));
    let padded = |n: i8| if run.len() == 2 { format!("{n:02}") } else { n.to_string() };
    let month = usize::try_from(t.month()).ok().and_then(|m| MONTHS.get(m.wrapping_sub(1))).unwrap_or(&"");
    let weekday = t.date().weekday().to_monday_zero_offset();
    let weekday = usize::try_from(weekday).ok().and_then(|d| WEEKDAYS.get(d)).unwrap_or(&"");
    let hour = match t.hour() % 12 {
        0 => 12,
        h => h,
    };
    let zone = |utc: &str, between: &str| if time.offset == 0 { utc.to_string() } else { time.zone(between) };
    let half = if t.hour() < 12 { "AM" } else { "PM" };
    Ok(match (run.as_bytes().first(), run.len()) {
        (Some(b'Y'), 2) => format!("{:02}", t.year() % 100),
        (Some(b'Y'), 4) => format!("{:04}", t.year()),
        (Some(b'Y'), _) => return bad(": year must either be \"YY\" or \"YYYY\""),
        (Some(b'M'), 1 | 2) => padded(t.month()),
        (Some(b'M'), 3) => month.get(..3).unwrap_or(month).to_string(),
        (Some(b'M'), 4) => (*month).to_string(),
        (Some(b'M'), _) => return bad(": month must be \"M\", \"MM\", \"MMM\", or \"MMMM\""),
        (Some(b'D'), 1 | 2) => padded(t.day()),
        (Some(b'D'), _) => return bad(": day of month must either be \"D\" or \"DD\""),
        (Some(b'E'), 3) => weekday.get(..3).unwrap_or(weekday).to_string(),
        (Some(b'E'), 4) => (*weekday).to_string(),
        (Some(b'E'), _) => return bad(": day of week must either be \"EEE\" or \"EEEE\""),
        (Some(b'h'), 1 | 2) => padded(t.hour()),
        (Some(b'h'), _) => return bad(": 24-hour must either be \"h\" or \"hh\""),
        (Some(b'H'), 1 | 2) => padded(hour),
        (Some(b'H'), _) => return bad(": 12-hour must either be \"H\" or \"HH\""),
        (Some(b'A'), 2) => half.to_string(),
        (Some(b'A'), _) => return bad(": must be \"AA\""),
        (Some(b'a'), 2) => half.to_lowercase(),
        (Some(b'a'), _) => return bad(": must be \"aa\""),
        (Some(b'm'), 1 | 2) => padded(t.minute()),
        (Some(b'm'), _) => return bad(": minute must either be \"m\" or \"mm\""),
        (Some(b's'), 1 | 2) => padded(t.second()),
        (Some(b's'), _) => return bad(": second must either be \"s\" or \"ss\""),
        (Some(b'Z'), 1) => zone("Z", ":"),
        (Some(b'Z'), 3) => zone("UTC", ""),
        (Some(b'Z'), 4) => time.zone(""),
        (Some(b'Z'), 5) => time.zone(":"),
        (Some(b'Z'), _) => return bad(": timezone must be Z, ZZZZ, or ZZZZZ"),
        _ => return bad(""),
    })
}

fn timeadd(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let time = Timestamp::read(text(args, 0)).map_err(Fault::call)?;
    let by = read_duration(text(args, 1)).map_err(Fault::call)?;
    match time.add(by) {
        Some(later) if (0..=9999).contains(&later.local.year()) => Ok(Value::string(later.text())),
        _ => Err(Fault::call("the result is beyond the years 0 to 9999")),
    }
}

fn timecmp(_: &Loaded, args: &[Value]) -> Result<Value, Fault> {
    let read = |i: usize| {
        let time = Timestamp::read(text(args, i)).map_err(|e| Fault::argument(i, e))?;
        time.utc().ok_or_else(|| Fault::argument(i, "it is beyond the calendar"))
    };
    Ok(Value::number(read(0)?.cmp(&read(1)?) as i64))
}
