//! The one place that writes to standard output and standard error.
//!
//! A reader who closes the pipe ends the output, never the work: what is under way goes on, and
//! nothing more is written. Any other failure to write is remembered and turns the exit code
//! into an error.

use std::io::{self, IsTerminal, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value as Json;

use crate::arguments::Colour;

/// Where output goes, and how.
#[derive(Debug)]
pub struct Terminal {
    colour_out: bool,
    colour_err: bool,
    interactive: bool,
    closed: AtomicBool,
    broken: AtomicBool,
    printed: AtomicBool,
    findings: Mutex<Vec<Json>>,
}

impl Terminal {
    /// A terminal that follows `--color`, `--no-color`, `NO_COLOR` and what the streams are. What
    /// was typed for this run counts more than the environment variable.
    pub fn new(colour: Colour, no_color: bool) -> Terminal {
        let muted = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty())
            || std::env::var_os("TERM").is_some_and(|t| t == "dumb");
        let wanted = |stream_is_terminal: bool| match colour {
            _ if no_color => false,
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => stream_is_terminal && !muted,
        };
        Terminal {
            colour_out: wanted(io::stdout().is_terminal()),
            colour_err: wanted(io::stderr().is_terminal()),
            interactive: io::stdin().is_terminal() && io::stdout().is_terminal(),
            closed: AtomicBool::new(false),
            broken: AtomicBool::new(false),
            printed: AtomicBool::new(false),
            findings: Mutex::default(),
        }
    }

    /// Whether standard output is coloured.
    pub fn colour(&self) -> bool {
        self.colour_out
    }

    /// Whether standard error is coloured.
    pub fn colour_err(&self) -> bool {
        self.colour_err
    }

    /// Whether somebody can answer a question here.
    pub fn interactive(&self) -> bool {
        self.interactive
    }

    /// Whether progress can be drawn in place.
    pub fn draws(&self) -> bool {
        io::stderr().is_terminal() && self.interactive
    }

    /// Writes text to standard output, with a line end where it has none.
    pub fn out(&self, text: &str) {
        self.printed.store(true, Ordering::Relaxed);
        if !self.closed.load(Ordering::Relaxed) {
            self.settle(write_text(&mut io::stdout().lock(), text));
        }
    }

    /// Writes text to standard error, with a line end where it has none.
    pub fn err(&self, text: &str) {
        // Nobody can be told that standard error is gone.
        let _ = write_text(&mut io::stderr().lock(), text);
    }

    /// Writes text to standard output as it is.
    pub fn prompt(&self, text: &str) {
        self.printed.store(true, Ordering::Relaxed);
        let mut out = io::stdout().lock();
        self.settle(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
    }

    /// Asks a question on standard output; the answer without its line end, or none at the end of input.
    pub fn ask(&self, question: &str) -> Option<String> {
        self.prompt(question);
        let mut answer = String::new();
        match io::stdin().read_line(&mut answer) {
            Ok(n) if n > 0 => Some(answer.trim_end_matches(['\n', '\r']).to_string()),
            _ => None,
        }
    }

    /// Whether output was lost for another reason than a reader who left.
    pub fn lost_output(&self) -> bool {
        self.broken.load(Ordering::Relaxed)
    }

    /// Whether anything was written to standard output.
    pub fn printed(&self) -> bool {
        self.printed.load(Ordering::Relaxed)
    }

    /// Keeps findings that were told on standard error, for a document that says why a command failed.
    pub fn keep(&self, findings: impl IntoIterator<Item = Json>) {
        if let Ok(mut kept) = self.findings.lock() {
            kept.extend(findings);
        }
    }

    /// The findings that were kept, in the order in which they were told.
    pub fn kept(&self) -> Vec<Json> {
        self.findings.lock().map(|mut kept| std::mem::take(&mut *kept)).unwrap_or_default()
    }

    /// The code of the first error that was kept, else of the first finding.
    pub fn first_code(&self) -> Option<String> {
        let kept = self.findings.lock().ok()?;
        let first = kept.iter().find(|finding| finding["severity"] == "error").or(kept.first())?;
        first["code"].as_str().map(str::to_string)
    }

    fn settle(&self, result: io::Result<()>) {
        if let Err(error) = result {
            self.closed.store(true, Ordering::Relaxed);
            if error.kind() != io::ErrorKind::BrokenPipe {
                self.broken.store(true, Ordering::Relaxed);
                self.err(&format!("error: cannot write to standard output: {error}"));
            }
        }
    }
}

fn write_text(stream: &mut impl Write, text: &str) -> io::Result<()> {
    stream.write_all(text.as_bytes())?;
    if !text.is_empty() && !text.ends_with('\n') {
        stream.write_all(b"\n")?;
    }
    stream.flush()
}
