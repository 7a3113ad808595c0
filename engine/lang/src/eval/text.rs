//! `templatefile` and `templatestring`: texts that are evaluated as templates.
//!
//! A template sees the variables that it is given, and nothing else of the configuration. Its text
//! is no source of the configuration: what is wrong in it is said of the call, with line and columns.

use std::sync::Arc;

use plimsoll_model::{Report, SourceId, Span, Value};

use super::Evaluator;
use super::scope::Scope;
use crate::functions::{Fault, Source, read_text};
use crate::syntax::ast::{Expr, Kind, Name};
use crate::syntax::free::free_names;
use crate::syntax::parse::parse_template;
use crate::value::constraint::Constraint;
use crate::value::convert::convert;
use crate::value::marks::map_children;

/// Stands in the spans of a template until its value leaves it.
const TEMPLATE: SourceId = SourceId(u32::MAX);

/// A template that is evaluated, for messages.
struct Shown<'t> {
    name: &'t str,
    text: &'t str,
}

impl Shown<'_> {
    /// `greeting.tftpl:1,10-14`: line and columns.
    fn place(&self, start: usize, end: usize) -> String {
        let position = |byte: usize| {
            let before = self.text.get(..byte).unwrap_or(self.text);
            let line = before.rfind('\n').map_or(0, |n| n + 1);
            (before.matches('\n').count() + 1, before.get(line..).map_or(0, |l| l.chars().count()) + 1)
        };
        let ((line, column), (last, until)) = (position(start), position(end));
        if line == last {
            format!("{}:{line},{column}-{until}", self.name)
        } else {
            format!("{}:{line},{column}-{last},{until}", self.name)
        }
    }

    fn span(&self, span: Span) -> String {
        self.place(span.start as usize, span.end as usize)
    }
}

impl Evaluator<'_> {
    /// What a template function gives. `given` are its arguments as they are written.
    pub(crate) fn text_call(
        &self,
        from: Source,
        name: &str,
        given: &[Expr],
        args: &[Value],
    ) -> Result<Value, Fault> {
        if self.in_template.get() {
            return Err(Fault::call(format!(
                "cannot recursively call {name} from inside another template function"
            )));
        }
        let [first, vars] = args else { return Err(Fault::call("two arguments are required")) };
        if from == Source::Text {
            by_reference(given.first())?;
        }
        let first = first.as_str().unwrap_or("");
        let text = match from {
            Source::File => read_text(self.loaded, first)?,
            Source::Text => first.to_string(),
        };
        let shown = Shown {
            name: if from == Source::File { first } else { "<templatestring argument>" },
            text: &text,
        };
        let template = parsed(&shown, from)?;
        let bindings = variables(vars)?;
        if let Some((name, span)) =
            free_names(&template).iter().find(|(n, _)| !bindings.iter().any(|(b, _)| b == n))
        {
            return Err(Fault::argument(
                1,
                format!("vars map does not contain key {:?}, referenced at {}", &**name, shown.span(*span)),
            ));
        }
        let scope = Scope::fixed("a template reads its variables only");
        self.in_template.set(true);
        let (value, found) = self.capture(|| self.eval(&template, &scope.with(&bindings)));
        self.in_template.set(false);
        if let Some(d) = found.items().first() {
            let place = d.at.as_ref().filter(|n| n.span.source == TEMPLATE).map(|n| shown.span(n.span));
            return Err(Fault::call(format!(
                "{}: {}; {}",
                place.as_deref().unwrap_or(shown.name),
                capitalized(&d.summary),
                d.detail.trim_end_matches('.')
            )));
        }
        let value = match from {
            Source::File => value,
            Source::Text => convert(&value, &Constraint::String)
                .map_err(|_| Fault::call("invalid template result: a string is required"))?,
        };
        Ok(outside(&value))
    }
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

/// Refuses what is no reference: a template that stands in the call needs no function.
fn by_reference(given: Option<&Expr>) -> Result<(), Fault> {
    let literal = "templatestring is only for rendering templates retrieved dynamically from elsewhere";
    let why = match given.map(|e| &e.kind) {
        Some(Kind::Variable(_)) => return Ok(()),
        Some(Kind::Traversal(t)) if matches!(t.root.kind, Kind::Variable(_)) => return Ok(()),
        Some(Kind::String(_)) => format!(
            "{literal}, and so does not support providing a literal template; consider using a template string \
             expression instead"
        ),
        Some(Kind::Template(_) | Kind::Wrapped(_)) => {
            format!("{literal}; to render an inline template, consider using a plain template string expression")
        }
        _ => "must be a direct reference to a single string from elsewhere, containing valid Terraform template syntax"
            .into(),
    };
    Err(Fault::argument(0, format!("invalid template expression: {why}")))
}

fn parsed(shown: &Shown, from: Source) -> Result<Expr, Fault> {
    let wrong = |place: String, why: &str| match from {
        Source::File => Fault::call(format!("{place}: Invalid expression; {why}")),
        Source::Text => Fault::argument(0, format!("invalid template: {place}: {why}")),
    };
    let mut found = Report::new();
    let template = parse_template(shown.text, TEMPLATE, &mut found)
        .map_err(|(at, why)| wrong(shown.place(at, at), &why))?;
    match found.items().first() {
        None => Ok(template),
        Some(d) => {
            let place = d.at.as_ref().map_or_else(|| shown.name.to_string(), |n| shown.span(n.span));
            Err(wrong(place, d.detail.trim_end_matches('.')))
        }
    }
}

/// The variables of a template.
fn variables(vars: &Value) -> Result<Vec<(Name, Value)>, Fault> {
    let Some(entries) = vars.as_entries() else {
        return Err(Fault::argument(1, "invalid vars value: must be a map"));
    };
    for name in entries.keys() {
        let mut chars = name.chars();
        let starts = chars.next().is_some_and(char::is_alphabetic);
        if !starts || !chars.all(|c| c.is_alphanumeric() || c == '_' || c == '-') {
            return Err(Fault::argument(
                1,
                format!(
                    "invalid template variable name {name:?}: must start with a letter, followed by zero or more \
                     letters, digits, and underscores"
                ),
            ));
        }
    }
    Ok(entries.iter().map(|(k, v)| (Arc::from(k.as_str()), v.clone())).collect())
}

/// The value without spans of the template: nobody could look them up.
fn outside(v: &Value) -> Value {
    let mut v = map_children(v, &outside);
    if v.origin.span().is_some_and(|s| s.source == TEMPLATE) {
        v.origin = plimsoll_model::Origin::new(None, v.origin.variables().to_vec());
    }
    v
}
