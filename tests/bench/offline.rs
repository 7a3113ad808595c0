//! What needs no cluster: `validate` at several sizes, what one diagnostic costs in a large file, and
//! `terraform validate` beside it where that is on PATH.

use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::measure::{Sample, instructions, median, program, timed};
use crate::{RUNS, Row, project};

/// Blocks of the large configuration.
const LARGE: usize = 10_000;
/// Bytes of the one large file.
const FILE: usize = 5_000_000;
/// Mistakes in it, for a figure that noise does not drown.
const MISTAKES: usize = 100;
/// What a configuration of [`LARGE`] blocks may take with five environments.
const SECONDS: f64 = 1.0;
const MEGABYTES: f64 = 250.0;
/// What one diagnostic may cost, in seconds.
const DIAGNOSTIC: f64 = 0.005;
/// Instructions that any machine of these years does in a second.
const SLOW: f64 = 1e9;

/// Measures all of it.
pub fn measure(rows: &mut Vec<Row>) {
    let small = validate(&project(1_000, 1, ""));
    let large = validate(&project(LARGE, 1, ""));
    let growth = large.seconds / small.seconds / 10.0;
    rows.push(row("validate, 1,000 blocks", small, "-".into(), true));
    rows.push(Row {
        raw: terraform(LARGE),
        ..row(
            "validate, 10,000 blocks (raw: terraform)",
            large,
            format!("at most 1 s, growth over linear at most 1.3 x (is {growth:.2})"),
            large.seconds <= SECONDS && growth <= 1.3,
        )
    });
    let several = validate(&project(LARGE, 1, &environments(5)));
    rows.push(row(
        "validate, 10,000 blocks, 5 environments",
        several,
        "at most 1 s, 250 MB".into(),
        several.seconds <= SECONDS && several.peak_mb <= MEGABYTES,
    ));
    one_file(rows);
}

fn row(what: &str, sample: Sample, bound: String, holds: bool) -> Row {
    Row { what: what.into(), sample, raw: None, bound, holds }
}

/// Environments that each give the variable another value: every app differs between them.
fn environments(count: usize) -> String {
    let one =
        |i| format!("environment \"e{i}\" {{\n  context = \"k-{i}\"\n  values = {{ tag = \"{i}\" }}\n}}\n");
    (0..count).map(one).collect()
}

/// One large file; then the same with one mistake and with many, in turn.
fn one_file(rows: &mut Vec<Row>) {
    let blocks = FILE * LARGE / project(LARGE, 1, "").len() + 2;
    let text = project(blocks, 1, "");
    assert!(text.len() >= FILE, "{}", text.len());
    let (right, one, many) = (folder(&text), folder(&mistaken(&text, 1)), folder(&mistaken(&text, MISTAKES)));
    let run = |folder: &TempDir, code| timed(program(folder.path(), &["validate"]), code);
    let mut samples = [Vec::new(), Vec::new(), Vec::new()];
    for i in 0..=2 * RUNS {
        let found = [run(&right, 0), run(&one, 1), run(&many, 1)];
        if i > 0 {
            samples.iter_mut().zip(found).for_each(|(all, sample)| all.push(sample));
        }
    }
    let more = |with: &[Sample]| {
        let mut pairs: Vec<f64> = with.iter().zip(&samples[0]).map(|(w, s)| w.seconds - s.seconds).collect();
        pairs.sort_by(f64::total_cmp);
        pairs[pairs.len() / 2]
    };
    let (single, each) = (more(&samples[1]), more(&samples[2]) / MISTAKES as f64);
    let count = |folder: &TempDir, code| instructions(folder.path(), &["validate"], code);
    let counted = count(&right, 0).zip(count(&one, 1)).map(|(without, with)| with - without);
    let [without, ..] = samples;
    let whole = median(without);
    rows.push(row("validate, one file of 5 MB", whole, "at most 1 s".into(), whole.seconds <= SECONDS));
    let mut diagnostic = |what: &str, seconds: f64, bound: String| {
        let sample = Sample { seconds, cpu: 0.0, peak_mb: 0.0 };
        rows.push(row(what, sample, bound, seconds <= DIAGNOSTIC));
    };
    // The times of two whole runs differ by more than a single diagnostic costs; their instructions do not.
    match counted {
        Some(more) => diagnostic(
            "one diagnostic in it, at 10^9 instructions/s",
            more as f64 / SLOW,
            format!("at most 5 ms ({more} instructions; by time {:.1} ms)", single * 1e3),
        ),
        None => diagnostic("one diagnostic in it, with minus without", single, "at most 5 ms".into()),
    }
    diagnostic("one of 100 diagnostics in it, with minus without", each, "at most 5 ms".into());
}

/// The text with a number of replicas that no app can have, in the last `count` apps.
fn mistaken(text: &str, count: usize) -> String {
    let mut out = text.to_string();
    for (at, found) in text.rmatch_indices("replicas = 1").take(count) {
        out.replace_range(at..at + found.len(), "replicas = -1");
    }
    out
}

fn folder(text: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("main.hcl"), text).unwrap();
    folder
}

fn validate(text: &str) -> Sample {
    let folder = folder(text);
    median((0..=RUNS).map(|_| timed(program(folder.path(), &["validate"]), 0)).skip(1).collect())
}

/// Seconds of `terraform validate` on as many blocks of its built-in provider; none where it is not there.
fn terraform(blocks: usize) -> Option<f64> {
    let folder = tempfile::tempdir().unwrap();
    let block = |i| format!("resource \"terraform_data\" \"a{i}\" {{\n  input = \"a${{{i} + 1}}\"\n}}\n");
    let text: String = (0..blocks).map(block).collect();
    std::fs::write(folder.path().join("main.tf"), text).unwrap();
    let init = terraform_in(folder.path(), "init").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !init.is_ok_and(|status| status.success()) {
        println!("terraform is not on PATH, or does not start: it is not measured");
        return None;
    }
    Some(median((0..3).map(|_| timed(terraform_in(folder.path(), "validate"), 0)).collect()).seconds)
}

fn terraform_in(folder: &Path, command: &str) -> Command {
    let mut terraform = Command::new("terraform");
    terraform.arg(command).current_dir(folder).env("CHECKPOINT_DISABLE", "1");
    terraform
}
