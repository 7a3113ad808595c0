//! An effect in one line, such as `3 pods replaced one at a time, no gap: image, web.hcl:14`.

use std::fmt;

use super::{Effect, Pods};

/// How many causes are named when there are more.
const NAMED: usize = 2;

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.pods)?;
        match self.more {
            0 => {}
            more if more > 0 => write!(f, "; {more} more {}", if more == 1 { "starts" } else { "start" })?,
            less => write!(f, "; {} fewer at the end", -less)?,
        }
        if let Some(seconds) = self.gives_up_after {
            write!(f, ", given up after {seconds} s without progress")?;
        }
        let causes = self.causes();
        if causes.is_empty() { Ok(()) } else { write!(f, ": {causes}") }
    }
}

impl Effect {
    /// The causes and the place of the first, such as `image, env and 2 more, web.hcl:14`; empty where
    /// nothing had to cause it.
    fn causes(&self) -> String {
        let (named, left) = match self.because.len() {
            // One more is said as fast as counted.
            all if all <= NAMED + 1 => (self.because.as_slice(), 0),
            all => (self.because.get(..NAMED).unwrap_or_default(), all - NAMED),
        };
        let mut out = named.join(", ");
        if left > 0 {
            out.push_str(&format!(" and {left} more"));
        }
        if let Some(at) = self.at.as_ref().filter(|_| !out.is_empty()) {
            out.push_str(&format!(", {at}"));
        }
        out
    }
}

impl fmt::Display for Pods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Pods::Stay => f.write_str("no restart"),
            Pods::Start { count: Some(0), .. } => f.write_str("no pod starts"),
            Pods::Start { count: None, .. } => f.write_str("a pod starts on each node that takes one"),
            Pods::Start { count: Some(n), in_turn } => {
                let turn = if *in_turn { ", one after the other" } else { "" };
                write!(f, "{} {}{turn}", pods(Some(*n)), if *n == 1 { "starts" } else { "start" })
            }
            Pods::Stop { count: Some(0) } => f.write_str("no pod runs"),
            Pods::Stop { count } => {
                write!(f, "{} {}", pods(*count), if *count == Some(1) { "stops" } else { "stop" })
            }
            Pods::Rolling { count: Some(0), kept, .. } => {
                write!(f, "no restart, the partition keeps {}", pods(Some(*kept)))
            }
            Pods::Rolling { count, kept, at_once, ready, no_gap } => {
                rolling(f, *count, *kept, *at_once)?;
                match ready {
                    _ if *no_gap => f.write_str(", no gap"),
                    0 => f.write_str(", down until ready"),
                    // Nobody counted the nodes.
                    _ if count.is_none() => Ok(()),
                    ready => {
                        write!(f, ", at least {ready} {} ready", if *ready == 1 { "stays" } else { "stay" })
                    }
                }
            }
            Pods::Recreate { replaced, stop, start } => {
                let word = if *replaced { "replaced" } else { "Recreate" };
                write!(f, "{word}: {}, then ", Pods::Stop { count: *stop })?;
                match start {
                    Some(0) => f.write_str("none starts; ")?,
                    Some(n) => write!(f, "{n} start{}; ", if *n == 1 { "s" } else { "" })?,
                    None => f.write_str("new ones start; ")?,
                }
                f.write_str("down until ready")
            }
            Pods::OnDelete { count } => {
                let whose = match count {
                    Some(n) if *n > 1 => format!("each of {n} pods"),
                    _ => "a pod".to_string(),
                };
                write!(f, "no restart: {whose} changes when somebody deletes it (OnDelete)")
            }
            Pods::Paused => f.write_str("no restart while it is paused or suspended"),
            Pods::Held => f.write_str("no pod starts while it is paused or suspended"),
            Pods::Runs => f.write_str("runs"),
            Pods::RunsAgain => f.write_str("runs again"),
            Pods::Ends => f.write_str("ends, if it still runs"),
            Pods::BySchedule(schedule) => write!(f, "runs by its schedule, {schedule}"),
            Pods::NextRun => f.write_str("no restart, the next run takes it"),
            Pods::NoMoreRuns => f.write_str("no more runs"),
        }
    }
}

fn rolling(f: &mut fmt::Formatter<'_>, count: Option<i64>, kept: i64, at_once: i64) -> fmt::Result {
    match count {
        Some(n) if kept > 0 => write!(f, "{n} of {} replaced", pods(Some(n + kept)))?,
        count => write!(f, "{} replaced", pods(count))?,
    }
    match (count, at_once) {
        (Some(1), _) => {}
        (_, 1) => f.write_str(" one at a time")?,
        (Some(n), at_once) if at_once >= n => f.write_str(" all at once")?,
        (_, at_once) => write!(f, " up to {at_once} at a time")?,
    }
    if kept > 0 { write!(f, ", the partition keeps {kept}") } else { Ok(()) }
}

fn pods(count: Option<i64>) -> String {
    match count {
        None => "pods".to_string(),
        Some(1) => "1 pod".to_string(),
        Some(n) => format!("{n} pods"),
    }
}
