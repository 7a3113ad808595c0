//! One attribute while it is decoded: where it stands, what it may be, where findings go.

use plimsoll_model::{Diagnostic, Report, Span, Value};

use super::nearest::nearest;
use super::schema::{AttrSchema, TypeSchema};

/// What decoding a value needs to know besides the value.
#[derive(Debug)]
pub struct Context<'a> {
    /// Where findings go.
    pub report: &'a mut Report,
    /// The attribute's declaration.
    pub schema: &'static AttrSchema,
    /// The block that holds it, as messages name it.
    pub block: &'a str,
    /// The attribute, where the value itself does not know its place.
    pub span: Span,
    /// Which element of it: `.COLOR`, `[2]`.
    pub element: String,
}

impl Context<'_> {
    /// Where a value stands.
    pub fn place(&self, value: &Value) -> Span {
        value.origin.span().unwrap_or(self.span)
    }

    /// The attribute or its element, as messages name it: `env.COLOR`.
    pub fn name(&self) -> String {
        format!("{}{}", self.schema.name, self.element)
    }

    /// Reports that a value has the wrong shape.
    pub fn wrong_type(&mut self, value: &Value, wanted: &TypeSchema) {
        let found = self.mismatch(value, wanted.to_string());
        self.report.push(match wanted {
            TypeSchema::Reference(_, example) => {
                found.help(format!("name the block by a reference: {} = {example}", self.schema.name))
            }
            TypeSchema::Other(_, example) => found.help(format!("such as {example}")),
            _ => found,
        });
    }

    fn mismatch(&self, value: &Value, wanted: String) -> Diagnostic {
        Diagnostic::error("wrong-type", "wrong type")
            .detail(format!(
                "`{}` of {} takes {wanted}, but this is {}.",
                self.name(),
                self.block,
                value.describe()
            ))
            .at(self.place(value), "")
    }

    /// Reports that a value is known only after apply where that is too late.
    pub fn must_be_known(&mut self, value: &Value, what: &str) {
        self.report.push(
            Diagnostic::error("unknown-not-allowed", "value is known only after apply")
                .detail(format!(
                    "`{}` of {} decides what is created, so it must be known while planning; `{what}` is known only after apply.",
                    self.name(),
                    self.block
                ))
                .at(self.place(value), ""),
        );
    }

    /// The allowed text that a value names; reports anything else.
    pub fn keyword(&mut self, value: &Value, ty: &'static TypeSchema) -> Option<&'static str> {
        let TypeSchema::Keyword(allowed) = ty else { return None };
        let Some(text) = value.as_str() else {
            self.wrong_type(value, ty);
            return None;
        };
        if let Some((found, _)) = allowed.iter().find(|(name, _)| *name == text) {
            return Some(found);
        }
        let shown = if value.sensitive { "This value".into() } else { format!("\"{text}\"") };
        let found = Diagnostic::error("not-allowed", "value is not allowed")
            .detail(format!("{shown} is not what `{}` of {} takes: {ty}.", self.name(), self.block))
            .at(self.place(value), "");
        self.report.push(match nearest(text, allowed.iter().map(|(name, _)| *name)) {
            Some(near) => found.help(format!("{} = \"{near}\"", self.schema.name)),
            None => found,
        });
        None
    }

    /// Checks text against the attribute's grammar; reports where it does not hold.
    pub fn syntax(&mut self, text: &str, value: &Value) -> bool {
        let Some(syntax) = self.schema.syntax else { return true };
        if (syntax.holds)(text) {
            return true;
        }
        let shown = if value.sensitive { "This value".into() } else { format!("\"{text}\"") };
        self.report.push(
            Diagnostic::error("bad-syntax", "value is malformed")
                .detail(format!(
                    "{shown} is not {}, which `{}` of {} takes: {}.",
                    syntax.name,
                    self.name(),
                    self.block,
                    syntax.rule
                ))
                .at(self.place(value), ""),
        );
        false
    }

    /// Checks a key of a map; reports where its grammar does not hold.
    pub fn key(&mut self, key: &str, value: &Value) -> bool {
        let Some(syntax) = self.schema.keys else { return true };
        if (syntax.holds)(key) {
            return true;
        }
        self.report.push(
            Diagnostic::error("bad-key", "key is malformed")
                .detail(format!(
                    "\"{key}\" is not {}, which the keys of `{}` of {} must be: {}.",
                    syntax.name, self.schema.name, self.block, syntax.rule
                ))
                .at(self.place(value), ""),
        );
        false
    }

    /// Checks a number against the attribute's range and another one; reports where it lies outside.
    pub fn in_range(&mut self, number: i64, value: &Value, own: (i64, i64)) -> bool {
        let (low, high) = self.schema.range.unwrap_or((None, None));
        let (low, high) = (low.unwrap_or(own.0), high.unwrap_or(own.1));
        if (low..=high).contains(&number) {
            return true;
        }
        let limits = match (low, high) {
            (low, i64::MAX | 2_147_483_647) => format!("at least {low}"),
            (i64::MIN | -2_147_483_648, high) => format!("at most {high}"),
            (low, high) => format!("between {low} and {high}"),
        };
        let shown = if value.sensitive { "This value".into() } else { number.to_string() };
        self.report.push(
            Diagnostic::error("out-of-range", "number is out of range")
                .detail(format!(
                    "{shown} is not {limits}, which `{}` of {} must be.",
                    self.name(),
                    self.block
                ))
                .at(self.place(value), ""),
        );
        false
    }
}
