//! The progress of an apply: bars that move on a terminal, plain lines elsewhere.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use plimsoll_driver::{Because, Event, Subject};
use plimsoll_plan::Action;
use plimsoll_report::{Style, safe};

use crate::terminal::Terminal;

/// Shows events as they come.
pub struct Progress<'a> {
    terminal: &'a Terminal,
    style: Style,
    bars: Option<MultiProgress>,
    running: Mutex<BTreeMap<usize, ProgressBar>>,
}

impl<'a> Progress<'a> {
    /// Progress on this terminal.
    pub fn new(terminal: &'a Terminal) -> Progress<'a> {
        Progress {
            terminal,
            style: Style { colour: terminal.colour() },
            bars: terminal.draws().then(MultiProgress::new),
            running: Mutex::default(),
        }
    }

    /// Shows one event.
    pub fn show(&self, event: Event) {
        match event {
            Event::Started(subject) => {
                let text = format!("{}: {}...", name(&subject), doing(subject.action));
                match &self.bars {
                    Some(bars) => self.start(bars, &subject, text),
                    None => self.line(&text),
                }
            }
            Event::Written(subject) => self.state(&subject, "written, waiting until it is ready", false),
            Event::Waiting { subject, reason } => {
                self.begin_to_wait(&subject);
                self.state(&subject, &format!("still waiting: {reason}"), true)
            }
            Event::Done { subject, seconds } => {
                let text = format!("{}: {} after {seconds:.1} s", name(&subject), done(subject.action));
                self.end(&subject, &self.style.green(&text));
            }
            Event::Ready { subject, seconds } => {
                let text = format!("{}: ready after {seconds:.1} s", name(&subject));
                self.end(&subject, &self.style.green(&text));
            }
            Event::Failed { subject, diagnostic } => {
                let text = format!("{}: failed: {}", name(&subject), safe::line(&diagnostic.summary));
                self.end(&subject, &self.style.red(&text));
            }
            Event::Skipped { subject, because } => {
                let text = format!("{}: not begun, {}", name(&subject), why(&because));
                self.end(&subject, &self.style.yellow(&text));
            }
            Event::Message(text) => self.line(&safe::line(&text)),
            Event::Draining { under_way } => self.line(&self.style.yellow(&format!(
                "Stopping: nothing new begins, {under_way} under way. Press Ctrl-C again to leave at once."
            ))),
        }
    }

    fn start(&self, bars: &MultiProgress, subject: &Subject, text: String) {
        let bar = bars.add(ProgressBar::new_spinner());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} [{elapsed}]") {
            bar.set_style(style);
        }
        bar.set_message(text);
        bar.enable_steady_tick(Duration::from_millis(120));
        if let Ok(mut running) = self.running.lock() {
            running.insert(subject.index, bar);
        }
    }

    /// Nothing was sent for what an earlier apply left unready: it has no bar yet.
    fn begin_to_wait(&self, subject: &Subject) {
        let begun = self.running.lock().is_ok_and(|running| running.contains_key(&subject.index));
        if let Some(bars) = self.bars.as_ref().filter(|_| !begun) {
            self.start(bars, subject, name(subject));
        }
    }

    fn state(&self, subject: &Subject, text: &str, tell_without_bars: bool) {
        let text = format!("{}: {}", name(subject), safe::line(text));
        if self.bars.is_none() {
            if tell_without_bars {
                self.line(&text);
            }
        } else if let Ok(running) = self.running.lock()
            && let Some(bar) = running.get(&subject.index)
        {
            bar.set_message(text);
        }
    }

    fn end(&self, subject: &Subject, text: &str) {
        if let Ok(mut running) = self.running.lock()
            && let Some(bar) = running.remove(&subject.index)
        {
            bar.finish_and_clear();
        }
        self.line(text);
    }

    fn line(&self, text: &str) {
        match &self.bars {
            Some(bars) => bars.suspend(|| self.terminal.out(text)),
            None => self.terminal.out(text),
        }
    }
}

fn name(subject: &Subject) -> String {
    safe::line(&subject.address.to_string())
}

fn doing(action: Action) -> &'static str {
    match action {
        Action::Create => "creating",
        Action::Update => "changing",
        Action::Replace => "replacing",
        Action::Delete => "destroying",
        Action::Forget => "forgetting",
        Action::Release => "letting go of",
        Action::None => "recording",
    }
}

fn done(action: Action) -> &'static str {
    match action {
        Action::Create => "created",
        Action::Update => "changed",
        Action::Replace => "replaced",
        Action::Delete => "destroyed",
        Action::Forget => "forgotten",
        Action::Release => "let go of",
        Action::None => "recorded",
    }
}

/// Why something was not begun, as the end of a sentence.
pub fn why(because: &Because) -> String {
    match because {
        Because::Needs(address) => format!("it needs {}", safe::line(&address.to_string())),
        Because::Stopped => "the run was told to stop".into(),
        Because::Journal => "the journal cannot be written".into(),
    }
}
