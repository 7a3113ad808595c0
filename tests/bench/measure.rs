//! Time and memory of a process, from outside.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// What one run took.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// From start to end, in seconds.
    pub seconds: f64,
    /// On all processors together, the kernel's part included, in seconds; counted in hundredths.
    pub cpu: f64,
    /// The largest resident size, in megabytes (2^20 bytes).
    pub peak_mb: f64,
}

/// The release build of the program, in `folder`.
pub fn program(folder: &Path, arguments: &[&str]) -> Command {
    static PATH: OnceLock<String> = OnceLock::new();
    let path = PATH.get_or_init(|| {
        std::env::var("PLIMSOLL_BENCH_PROGRAM")
            .expect("PLIMSOLL_BENCH_PROGRAM names the program; use tests/bench/run")
    });
    let mut command = Command::new(path);
    command.args(arguments).current_dir(folder).env("NO_COLOR", "1").env_remove("KUBECONFIG");
    command
}

/// Runs a command to its end and measures it; panics with its output where it ends otherwise
/// than with `code`.
pub fn timed(mut command: Command, code: i32) -> Sample {
    let (out, err) = (tempfile::NamedTempFile::new().unwrap(), tempfile::NamedTempFile::new().unwrap());
    command.stdin(Stdio::null()).stdout(out.reopen().unwrap()).stderr(err.reopen().unwrap());
    let (start, before) = (Instant::now(), children());
    let mut child = command.spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    // The high-water mark only grows, so that sampling it every few milliseconds misses nothing
    // but what the last of them adds.
    let sampler = std::thread::spawn(move || {
        let mut peak = 0.0_f64;
        while let Ok(text) = std::fs::read_to_string(&status) {
            let Some(line) = text.lines().find(|l| l.starts_with("VmHWM:")) else { break };
            let kb: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
            peak = peak.max(kb / 1024.0);
            std::thread::sleep(Duration::from_millis(5));
        }
        peak
    });
    let ended = child.wait().unwrap();
    let seconds = start.elapsed().as_secs_f64();
    let cpu = children() - before;
    let peak_mb = sampler.join().unwrap();
    assert_eq!(
        ended.code(),
        Some(code),
        "{command:?}\n{}{}",
        std::fs::read_to_string(out.path()).unwrap(),
        std::fs::read_to_string(err.path()).unwrap()
    );
    Sample { seconds, cpu, peak_mb }
}

/// Instructions that a run of the program in `folder` takes outside of the kernel, counted by `valgrind`: noise of
/// the machine does not reach them. None where that is not on PATH; panics where the run ends otherwise than with
/// `code`.
pub fn instructions(folder: &Path, arguments: &[&str], code: i32) -> Option<i64> {
    let counted = program(folder, arguments);
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]);
    valgrind.arg(counted.get_program()).args(arguments).current_dir(folder).stdin(Stdio::null());
    let out = valgrind.env("NO_COLOR", "1").env_remove("KUBECONFIG").output().ok()?;
    let said = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(code), "{valgrind:?}\n{said}");
    let (_, count) =
        said.lines().filter(|line| line.starts_with("==")).find_map(|l| l.split_once("refs:"))?;
    count.trim().replace(',', "").parse().ok()
}

/// Processor time of all children that ended, in seconds.
fn children() -> f64 {
    /// Ticks in a second, as Linux counts them for everybody.
    const TICKS: f64 = 100.0;
    let text = std::fs::read_to_string("/proc/self/stat").unwrap();
    // Past the name, which may hold anything: state, then numbers.
    let fields: Vec<&str> = text.rsplit(')').next().unwrap().split_whitespace().collect();
    fields[13..15].iter().map(|f| f.parse::<f64>().unwrap()).sum::<f64>() / TICKS
}

/// The median.
pub fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The sample with the median time, the median of the processor times, and the largest peak of all.
pub fn median(mut samples: Vec<Sample>) -> Sample {
    samples.sort_by(|a, b| a.cpu.total_cmp(&b.cpu));
    let cpu = samples[samples.len() / 2].cpu;
    samples.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
    let peak_mb = samples.iter().map(|s| s.peak_mb).fold(0.0, f64::max);
    Sample { seconds: samples[samples.len() / 2].seconds, cpu, peak_mb }
}
