//! `console`: expressions in, values out.

use std::io::BufRead;

use plimsoll_blocks::PlimsollVocabulary;
use plimsoll_lang::NoFacts;
use plimsoll_model::{Report, Severity};
use serde_json::{Value as Json, json};

use crate::arguments::ConsoleArguments;
use crate::configuration::{Configuration, tell};
use crate::exit::Exit;
use crate::terminal::Terminal;

/// Runs the command: reads one expression a line until the end of input.
pub fn run(terminal: &Terminal, arguments: ConsoleArguments) -> Exit {
    let mut configuration = Configuration::read(None, &arguments.target);
    // An empty folder is no reason not to calculate: only a configuration that is there must be right.
    let empty = configuration.loaded.sources.ids().next().is_none();
    if !empty && configuration.tell(terminal).is_err() {
        return Exit::Error;
    }
    let mut failed = false;
    loop {
        if terminal.interactive() && !arguments.json {
            terminal.prompt("> ");
        }
        let mut line = String::new();
        match std::io::stdin().lock().read_line(&mut line) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) => {
                terminal.err(&format!("error: cannot read an expression: {error}"));
                return Exit::Error;
            }
        }
        let text = line.trim();
        if text.is_empty() && !arguments.json {
            continue;
        }
        if text == "exit" && !arguments.json {
            break;
        }
        let mut report = Report::new();
        let answer = plimsoll_lang::evaluate_expression(
            &mut configuration.loaded,
            text,
            arguments.target.env.as_deref(),
            &configuration.inputs,
            &PlimsollVocabulary,
            &NoFacts,
            &mut report,
        );
        if arguments.json {
            terminal.out(&document(answer.as_ref(), &report).to_string());
            continue;
        }
        tell(terminal, &report, &configuration.loaded.sources);
        match answer {
            Some(answer) if answer.sensitive => terminal.out("(sensitive value)"),
            Some(answer) => terminal.out(&answer.json.unwrap_or_else(|| "(known after apply)".into())),
            None => failed = true,
        }
    }
    // In a terminal somebody saw the errors and went on; a script needs to know.
    if failed && !terminal.interactive() { Exit::Error } else { Exit::Success }
}

fn document(answer: Option<&plimsoll_lang::Answer>, report: &Report) -> Json {
    match answer {
        Some(answer) => json!({
            // A sensitive value is never printed; `nonsensitive` is the way to see one.
            "value": answer.json.as_deref().filter(|_| !answer.sensitive).and_then(|j| serde_json::from_str::<Json>(j).ok()),
            "type": answer.ty,
            "sensitive": answer.sensitive,
        }),
        None => {
            let error = report.sorted().into_iter().find(|d| d.severity == Severity::Error);
            json!({"error": {
                "summary": error.map_or("the expression cannot be evaluated", |d| d.summary.as_str()),
                "detail": error.map_or("", |d| d.detail.as_str()),
            }})
        }
    }
}
