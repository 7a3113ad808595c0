//! `exactness`: the long run.
//!
//! ```text
//! cargo run -p plimsoll-exactness -- --seed 1 --total 10000 --least 20
//! tests/cluster/run -- cargo run -p plimsoll-exactness -- --real --total 1000
//! ```

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Instant;

use plimsoll_exactness::edit::SORTS;
use plimsoll_exactness::generate::Played;
use plimsoll_exactness::long::{Options, Summary, run};
use plimsoll_exactness::place::Target;
use plimsoll_exactness::shrink::shrink;
use plimsoll_exactness::table::{rows, senseless};

const USAGE: &str = "usage: exactness [--seed N] [--sequences N] [--steps N] [--total N] [--least N] [--jobs N] [--keep-going] [--no-shrink] [--real]";

/// What is run, and whether failures are made small.
fn options() -> Result<(Options, bool), String> {
    let mut small = true;
    let mut options = Options {
        seed: 1,
        sequences: None,
        steps: 16,
        total: 150,
        least: 0,
        jobs: 2,
        keep_going: false,
        target: Target::Sandbox,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut number = || -> Result<u64, String> {
            arguments.next().and_then(|n| n.parse().ok()).ok_or(format!("{argument} needs a number\n{USAGE}"))
        };
        match argument.as_str() {
            "--seed" => options.seed = number()?,
            "--sequences" => options.sequences = Some(number()?),
            "--steps" => options.steps = number()? as usize,
            "--total" => options.total = number()? as usize,
            "--least" => options.least = number()? as usize,
            "--jobs" => options.jobs = number()? as usize,
            "--keep-going" => options.keep_going = true,
            "--no-shrink" => small = false,
            "--real" => {
                let kubeconfig = std::env::var_os("PLIMSOLL_TEST_KUBECONFIG");
                let kubeconfig = kubeconfig.ok_or("--real runs under tests/cluster/run")?;
                options.target = Target::Real(kubeconfig.into());
            }
            _ => return Err(USAGE.into()),
        }
    }
    Ok((options, small))
}

fn main() -> ExitCode {
    let mut out = io::stdout();
    let ended = options().and_then(|(options, small)| {
        let begun = Instant::now();
        // At once: the run may go on for an hour.
        let told = |played: &Played| {
            if let Some(failure) = &played.failure {
                let _ = writeln!(io::stdout(), "==== seed {} failed at {failure}", played.seed);
            }
        };
        let summary = run(&options, &told)?;
        tell(&mut out, &options, small, &summary, begun.elapsed().as_secs()).map_err(|e| e.to_string())
    });
    match ended {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(what) => {
            let _ = writeln!(out, "{what}");
            ExitCode::from(64)
        }
    }
}

fn tell(
    out: &mut impl Write,
    options: &Options,
    small: bool,
    summary: &Summary,
    seconds: u64,
) -> io::Result<bool> {
    let real = if matches!(options.target, Target::Real(_)) { " --real" } else { "" };
    for played in &summary.failed {
        let Some(failure) = &played.failure else { continue };
        writeln!(
            out,
            "---- again: cargo run -p plimsoll-exactness --{real} --seed {} --sequences 1 --steps {}",
            played.seed, options.steps
        )?;
        if !small {
            continue;
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        match runtime.block_on(shrink(&options.target, failure.clone())) {
            Ok(found) => writeln!(out, "---- smallest:\n{}\n---- it fails at {found}", found.script)?,
            Err(e) => writeln!(out, "---- it could not be made smaller: {e}")?,
        }
    }
    let table = &summary.table;
    writeln!(out, "{table}")?;
    for (reason, count) in &table.refused {
        writeln!(out, "refused {count} times: {reason}")?;
    }
    let lacking = table.lacking(options.least);
    for (kind, sort) in &lacking {
        writeln!(out, "only {} times: {kind}, {}", table.of(kind, *sort), sort.name())?;
    }
    if options.least > 0 {
        for kind in rows() {
            let without = SORTS.into_iter().filter_map(|sort| Some((sort, senseless(kind, sort)?)));
            for (sort, why) in without {
                writeln!(out, "no {} of {kind}: {why}", sort.name())?;
            }
        }
    }
    writeln!(
        out,
        "{} steps, {} objects planned, {} sequences failed, {} dry runs over what was just applied, {seconds} s",
        table.steps,
        table.objects,
        summary.failed.len(),
        table.asked_again
    )?;
    Ok(summary.failed.is_empty() && lacking.is_empty())
}
