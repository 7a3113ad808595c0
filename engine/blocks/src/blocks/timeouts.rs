//! `timeouts`: how long an apply waits for the objects of a block, and the grammar of durations.

use std::time::Duration;

use plimsoll_model::{Timeout, Timeouts as Limits};

use crate::declare::{Block, Syntax, Val};

/// The longest wait: a week.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);

/// A duration.
pub const DURATION: Syntax = Syntax {
    name: "a duration",
    rule: "whole numbers, each with `h`, `m`, `s` or `ms`, such as `5m`: more than nothing, at most `168h`",
    holds: |text| parse(text).is_some(),
};

/// How long an apply waits for the objects of a block; ten minutes where nothing is said.
#[derive(Debug, Clone, Block)]
#[block(name = "timeouts")]
pub struct Timeouts {
    /// How long a new object may take until it is ready: `5m`, `1h30m`.
    #[attr(manual, known, syntax = DURATION)]
    pub create: Option<Val<String>>,
    /// How long a changed object may take until it is ready again.
    #[attr(manual, known, syntax = DURATION)]
    pub update: Option<Val<String>>,
    /// How long an object may take to go, while its block is still part of the configuration.
    #[attr(manual, known, syntax = DURATION)]
    pub delete: Option<Val<String>>,
}

impl Timeouts {
    /// The times, each with its place.
    pub fn limits(&self) -> Limits {
        let limit = |value: &Option<Val<String>>| {
            let value = value.as_ref()?;
            Some(Timeout { limit: parse(value.text()?)?, span: value.span })
        };
        Limits { create: limit(&self.create), update: limit(&self.update), delete: limit(&self.delete) }
    }
}

fn parse(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut all = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest.get(..digits)?.parse().ok()?;
        rest = rest.get(digits..)?;
        let unit = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let milliseconds = match rest.get(..unit)? {
            "h" => 3_600_000,
            "m" => 60_000,
            "s" => 1000,
            "ms" => 1,
            _ => return None,
        };
        all = all.checked_add(Duration::from_millis(number.checked_mul(milliseconds)?))?;
        rest = rest.get(unit..)?;
    }
    (!all.is_zero() && all <= LONGEST).then_some(all)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{app, check, compile};

    #[test]
    fn durations_are_numbers_with_units() {
        let seconds = |text| parse(text).map(|d| d.as_secs_f64());
        assert_eq!(
            [seconds("5m"), seconds("1h30m"), seconds("250ms")],
            [Some(300.0), Some(5400.0), Some(0.25)]
        );
        for bad in
            ["", "5", "m", "5 m", "0s", "-1s", "1.5h", "5d", "169h", "99999999999999999999h", "5mm", "5µs"]
        {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }

    #[test]
    fn every_object_of_a_block_has_its_times() {
        let compiled = compile(&app("", "timeouts {\ncreate = \"90s\"\n}\nkind = \"StatefulSet\""));
        assert_eq!(compiled.desired.objects.len(), 2);
        for object in &compiled.desired.objects {
            let times = object.timeouts;
            assert_eq!(times.create.map(|t| t.limit), Some(Duration::from_secs(90)), "{}", object.address);
            assert_eq!((times.update, times.delete), (None, None));
        }
    }

    #[test]
    fn what_is_no_duration_is_told() {
        check(
            &app("", "timeouts {\ncreate = 300\nupdate = \"5 minutes\"\ndelete = \"0s\"\n}"),
            expect![[r#"
                error[bad-syntax]: value is malformed
                  "300" is not a duration, which `create` of timeouts takes: whole numbers, each with `h`, `m`, `s` or `ms`, such as `5m`: more than nothing, at most `168h`.
                  t.hcl:3: 300
                error[bad-syntax]: value is malformed
                  "5 minutes" is not a duration, which `update` of timeouts takes: whole numbers, each with `h`, `m`, `s` or `ms`, such as `5m`: more than nothing, at most `168h`.
                  t.hcl:4: "5 minutes"
                error[bad-syntax]: value is malformed
                  "0s" is not a duration, which `delete` of timeouts takes: whole numbers, each with `h`, `m`, `s` or `ms`, such as `5m`: more than nothing, at most `168h`.
                  t.hcl:5: "0s"
            "#]],
        );
    }
}
