//! Asks the oracle, or reads what it answered when it was last asked.

#![expect(
    clippy::disallowed_methods,
    reason = "a test harness: it runs the oracle and reads what was recorded"
)]

use std::{
    env, fs,
    io::{BufRead, BufReader, BufWriter, Read, Write},
    path::PathBuf,
    process::{Command, Stdio},
};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};

use super::Random;
use crate::Json;

/// A question, and what we answer to it.
pub(super) struct Case {
    pub(super) request: Json,
}

/// How many cases stay recorded.
const RECORDED: usize = 150;
/// Cases are sent in batches of this size.
const BATCH: usize = 500;

fn number(name: &str, default: u64) -> u64 {
    env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}

/// Makes cases with `make` and holds that `check` finds nothing: it gets the request and the oracle's
/// answer, and says what differs.
pub(super) fn agree(
    name: &str,
    make: impl Fn(&mut Random) -> Case,
    check: impl Fn(&Json, &Json) -> Result<(), String>,
) {
    let recorded = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/recorded/{name}.jsonl.gz"));
    let mut wrong = Vec::new();
    let mut count = 0;
    match env::var("PLIMSOLL_ORACLE") {
        Err(_) => {
            let mut text = String::new();
            GzDecoder::new(fs::File::open(&recorded).unwrap()).read_to_string(&mut text).unwrap();
            for line in text.lines() {
                let pair: (Json, Json) = serde_json::from_str(line).unwrap();
                judge(&pair.0, &pair.1, &check, &mut wrong);
                count += 1;
            }
            assert!(count > 0);
        }
        Ok(binary) => {
            let (cases, seed) = (number("PLIMSOLL_CASES", 500), number("PLIMSOLL_SEED", 1));
            let mut oracle = Oracle::start(&binary);
            let mut kept = Vec::new();
            while count < usize::try_from(cases).unwrap() && wrong.len() < 20 {
                let requests: Vec<Json> = (0..BATCH as u64)
                    .map(|i| make(&mut Random::new(seed.wrapping_mul(1_000_003) + count as u64 + i)).request)
                    .collect();
                let answers = oracle.ask(&requests);
                for (request, answer) in requests.iter().zip(&answers) {
                    judge(request, answer, &check, &mut wrong);
                    if kept.len() < RECORDED {
                        kept.push(serde_json::to_string(&(request, answer)).unwrap());
                    }
                }
                count += requests.len();
            }
            if env::var("PLIMSOLL_RECORD").is_ok() && wrong.is_empty() {
                let mut out = GzEncoder::new(fs::File::create(&recorded).unwrap(), Compression::best());
                kept.iter().for_each(|line| writeln!(out, "{line}").unwrap());
                out.finish().unwrap();
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{name}: {} of {count} differ:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(30)].join("\n")
    );
}

fn judge(
    request: &Json,
    answer: &Json,
    check: impl Fn(&Json, &Json) -> Result<(), String>,
    wrong: &mut Vec<String>,
) {
    if let Err(difference) = check(request, answer) {
        wrong.push(format!("{difference}\nrequest: {request}\nanswer: {answer}\n"));
    }
}

pub(super) struct Oracle {
    child: std::process::Child,
    output: BufReader<std::process::ChildStdout>,
}

impl Oracle {
    pub(super) fn start(binary: &str) -> Oracle {
        let mut child = Command::new(binary).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Oracle { child, output }
    }

    pub(super) fn ask(&mut self, requests: &[Json]) -> Vec<Json> {
        let input = self.child.stdin.as_mut().unwrap();
        let output = &mut self.output;
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut input = BufWriter::new(input);
                requests.iter().for_each(|request| writeln!(input, "{request}").unwrap());
                input.flush().unwrap();
            });
            let mut line = String::new();
            let answers = requests.iter().map(|_| {
                line.clear();
                output.read_line(&mut line).unwrap();
                serde_json::from_str(&line).unwrap()
            });
            answers.collect()
        })
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
