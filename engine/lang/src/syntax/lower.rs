//! From the parser's tree to ours.
//!
//! Numbers and template texts are read from the source again, since the parser's are lossy.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use hcl_edit::expr::{BinaryOperator, Expression, ForExpr, ObjectKey, TraversalOperator, UnaryOperator};
use hcl_edit::structure::{self, BlockLabel, Structure};
use hcl_edit::template::{Directive, Element, Template};
use plimsoll_model::{Diagnostic, Report, SourceId, Span};

use super::ast::{
    Attr, Binary, Block, Body, Call, Expr, For, Item, Key, Kind, Label, Name, Part, Step, StepKind,
    Traversal, Unary,
};
use super::heredoc::{Flat, flush, heredoc_lines, strip, unescape};

/// Lowers trees that were parsed from `text`, which starts at byte `base` of its file.
pub struct Lowering<'a> {
    text: &'a str,
    base: usize,
    source: SourceId,
    names: HashMap<&'a str, Name>,
    report: &'a mut Report,
}

/// One tag of a template.
enum Tag<'t> {
    Interpolation(&'t Expression, Span),
    If(&'t Expression),
    Else,
    EndIf,
    For(Option<Name>, Name, &'t Expression),
    EndFor,
}

impl<'a> Lowering<'a> {
    /// A lowering of `text`.
    pub fn new(text: &'a str, base: usize, source: SourceId, report: &'a mut Report) -> Self {
        Lowering { text, base, source, names: HashMap::new(), report }
    }

    fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.source, self.base + range.start, self.base + range.end)
    }

    fn span_of(&self, node: &impl hcl_edit::Span, around: Span) -> Span {
        node.span().map_or(around, |r| self.span(r))
    }

    fn snippet(&self, span: Span) -> &'a str {
        let (start, end) = (span.start as usize, span.end as usize);
        self.text.get(start.saturating_sub(self.base)..end.saturating_sub(self.base)).unwrap_or("")
    }

    fn name(&mut self, text: &str, span: Span) -> Name {
        // The key of the cache borrows from the source, where the very text stands.
        let shown = self.snippet(span);
        if shown != text {
            return Arc::from(text);
        }
        self.names.entry(shown).or_insert_with(|| Arc::from(shown)).clone()
    }

    /// Lowers a body.
    pub fn body(&mut self, body: &structure::Body, around: Span) -> Body {
        // Most bodies are small, and what a list grows by would be most of it.
        let attrs = body.iter().filter(|item| matches!(item, Structure::Attribute(_))).count();
        let mut out =
            Body { attrs: Vec::with_capacity(attrs), blocks: Vec::with_capacity(body.len() - attrs) };
        for item in body {
            match item {
                Structure::Attribute(a) => {
                    let span = self.span_of(a, around);
                    let name_span = self.span_of(&a.key, span);
                    let name = self.name(a.key.as_str(), name_span);
                    let expr = self.expr(&a.value, span);
                    let span = name_span.to(expr.span);
                    out.attrs.push(Attr { name, name_span, span, expr });
                }
                Structure::Block(b) => out.blocks.push(self.block(b, around)),
            }
        }
        out
    }

    fn block(&mut self, b: &structure::Block, around: Span) -> Block {
        let span = self.span_of(b, around);
        let ty_span = self.span_of(&b.ident, span);
        let ty = self.name(b.ident.as_str(), ty_span);
        let mut header_span = ty_span;
        let mut labels = Vec::with_capacity(b.labels.len());
        for l in &b.labels {
            let label_span = self.span_of(l, span);
            header_span = header_span.to(label_span);
            let text = match l {
                BlockLabel::Ident(i) => self.name(i.as_str(), label_span),
                BlockLabel::String(s) => Arc::from(s.as_str()),
            };
            labels.push(Label { text, span: label_span });
        }
        let brace = self.brace_after(header_span.end as usize);
        let body_span = Span::new(self.source, brace, span.end as usize);
        Block { ty, header_span, labels, body_span, body: self.body(&b.body, body_span) }
    }

    /// The byte of the `{` that follows a header: only blanks and comments stand between.
    fn brace_after(&self, from: usize) -> usize {
        let mut at = from.saturating_sub(self.base);
        while let Some(rest) = self.text.get(at..) {
            if rest.starts_with("/*") {
                at += rest.find("*/").map_or(rest.len(), |e| e + 2);
            } else if rest.starts_with([' ', '\t']) {
                at += 1;
            } else {
                break;
            }
        }
        self.base + at
    }

    /// Lowers an expression; `around` is the span where the parser kept none.
    pub fn expr(&mut self, e: &Expression, around: Span) -> Expr {
        let span = self.span_of(e, around);
        let kind = match e {
            Expression::Null(_) => Kind::Null,
            Expression::Bool(b) => Kind::Bool(**b),
            Expression::Number(_) => self.number(span),
            Expression::String(s) => self.quoted(s.as_str(), span),
            Expression::Array(a) => Kind::Tuple(a.iter().map(|e| self.expr(e, span)).collect()),
            Expression::Object(o) => Kind::Object(
                o.iter()
                    .map(|(k, v)| Item { key: self.key(k, span), value: self.expr(v.expr(), span) })
                    .collect(),
            ),
            Expression::StringTemplate(t) => self.template(t, span, false, false),
            Expression::HeredocTemplate(h) => {
                let dedent = self.snippet(span).starts_with("<<-");
                self.template(&h.template, span, true, dedent)
            }
            Expression::Parenthesis(p) => Kind::Paren(Box::new(self.expr(p.inner(), span))),
            Expression::Variable(v) => Kind::Variable(self.name(v.as_str(), span)),
            Expression::Conditional(c) => Kind::Conditional(Box::new([
                self.expr(&c.cond_expr, span),
                self.expr(&c.true_expr, span),
                self.expr(&c.false_expr, span),
            ])),
            Expression::FuncCall(c) => {
                let name_span = self.span_of(&c.name.name, span);
                let mut name = String::new();
                for n in &c.name.namespace {
                    name.push_str(n.as_str());
                    name.push_str("::");
                }
                name.push_str(c.name.name.as_str());
                Kind::Call(Box::new(Call {
                    name: self.name(&name, name_span),
                    name_span,
                    args: c.args.iter().map(|a| self.expr(a, span)).collect(),
                    expand: c.args.expand_final(),
                }))
            }
            Expression::Traversal(t) => {
                let root = self.expr(&t.expr, span);
                let steps = t
                    .operators
                    .iter()
                    .map(|op| {
                        let at = self.span_of(op, span);
                        let kind = match op.value() {
                            TraversalOperator::GetAttr(i) => {
                                let name_span = self.span_of(i, at);
                                StepKind::Attr(self.name(i.as_str(), name_span))
                            }
                            TraversalOperator::Index(e) => StepKind::Index(self.expr(e, at)),
                            TraversalOperator::LegacyIndex(i) => StepKind::LegacyIndex(**i),
                            TraversalOperator::AttrSplat(_) => StepKind::AttrSplat,
                            TraversalOperator::FullSplat(_) => StepKind::FullSplat,
                        };
                        Step { kind, span: at }
                    })
                    .collect();
                Kind::Traversal(Box::new(Traversal { root, steps }))
            }
            Expression::UnaryOp(u) => {
                let op = match u.operator.value() {
                    UnaryOperator::Neg => Unary::Neg,
                    UnaryOperator::Not => Unary::Not,
                };
                Kind::Unary(op, Box::new(self.expr(&u.expr, span)))
            }
            Expression::BinaryOp(b) => Kind::Binary(
                binary(*b.operator.value()),
                Box::new([self.expr(&b.lhs_expr, span), self.expr(&b.rhs_expr, span)]),
            ),
            Expression::ForExpr(f) => self.for_expr(f, span),
        };
        Expr { kind, span }
    }

    fn for_expr(&mut self, f: &ForExpr, span: Span) -> Kind {
        let key_var = f.intro.key_var.as_ref().map(|k| self.name(k.as_str(), self.span_of(k, span)));
        let value_span = self.span_of(&f.intro.value_var, span);
        Kind::For(Box::new(For {
            key_var,
            value_var: self.name(f.intro.value_var.as_str(), value_span),
            collection: self.expr(&f.intro.collection_expr, span),
            key: f.key_expr.as_ref().map(|k| self.expr(k, span)),
            value: self.expr(&f.value_expr, span),
            cond: f.cond.as_ref().map(|c| self.expr(&c.expr, span)),
            group: f.grouping,
        }))
    }

    fn key(&mut self, key: &ObjectKey, around: Span) -> Key {
        match key {
            ObjectKey::Ident(i) => {
                let span = self.span_of(i, around);
                Key::Name(self.name(i.as_str(), span), span)
            }
            ObjectKey::Expression(e) => {
                let expr = self.expr(e, around);
                if let Kind::Traversal(_) = &expr.kind {
                    self.report.push(
                        Diagnostic::error("ambiguous-key", "ambiguous object key")
                            .detail("A key that reads something needs parentheses; a name with dots needs quotes.")
                            .at(expr.span, "this may mean either")
                            .help(format!("type ({0}) for its value, or \"{0}\" for the text", self.snippet(expr.span))),
                    );
                    return Key::Expr(Expr { kind: Kind::Invalid, span: expr.span });
                }
                Key::Expr(expr)
            }
        }
    }

    fn number(&mut self, span: Span) -> Kind {
        let text = self.snippet(span);
        let digits =
            text.rsplit(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '+' | '-'))).next();
        let digits = digits.unwrap_or("").trim_start_matches('-');
        match digits.parse::<plimsoll_model::Number>() {
            Ok(n) if text.starts_with('-') => Kind::Number(n.neg()),
            Ok(n) => Kind::Number(n),
            Err(_) => {
                self.report.push(
                    Diagnostic::error("bad-number", "invalid number")
                        .detail(format!("Its exponent is beyond {}.", plimsoll_model::number::MAX_EXPONENT))
                        .at(span, ""),
                );
                Kind::Invalid
            }
        }
    }

    fn quoted(&mut self, text: &str, span: Span) -> Kind {
        let raw = self.snippet(span);
        if self.is_multi_line(raw, span) {
            return Kind::Invalid;
        }
        Kind::String(Arc::from(text))
    }

    fn is_multi_line(&mut self, raw: &str, span: Span) -> bool {
        let bad = raw.contains('\n');
        if bad {
            self.report.push(
                Diagnostic::error("multi-line-string", "a quoted string may not span lines")
                    .detail("Either its closing quote is missing, or it wants to be a heredoc.")
                    .at(Span { end: span.start + 1, ..span }, "starts here")
                    .help(
                        "close it on the same line, or type <<-EOT, the lines, and EOT on a line of its own",
                    ),
            );
        }
        bad
    }

    /// Lowers a template that stands alone.
    pub fn text(&mut self, t: &Template, span: Span) -> Expr {
        Expr { kind: self.template(t, span, true, false), span }
    }

    fn template(&mut self, t: &Template, span: Span, heredoc: bool, dedent: bool) -> Kind {
        let mut flat = Vec::new();
        if !self.flatten(t, span, heredoc, &mut flat) {
            return Kind::Invalid;
        }
        strip(&mut flat);
        if dedent {
            flush(&mut flat);
        }
        let mut tokens = flat.into_iter();
        let (mut parts, _) = self.parts(&mut tokens, span);
        match parts.len() {
            0 => Kind::String(Arc::from("")),
            1 => match parts.remove(0) {
                Part::Literal(text) => Kind::String(text),
                Part::Interpolation(e) => Kind::Wrapped(Box::new(e)),
                other => Kind::Template(vec![other]),
            },
            _ => Kind::Template(parts),
        }
    }

    fn flatten<'t>(
        &mut self,
        t: &'t Template,
        around: Span,
        heredoc: bool,
        out: &mut Vec<Flat<Tag<'t>>>,
    ) -> bool {
        let mut ok = true;
        for element in t {
            match element {
                Element::Literal(text) => {
                    let span = self.span_of(text, around);
                    let raw = self.snippet(span);
                    if heredoc {
                        heredoc_lines(raw, out);
                        continue;
                    }
                    if self.is_multi_line(raw, span) {
                        return false;
                    }
                    match unescape(raw) {
                        Ok(text) => out.push(Flat::Text(text)),
                        Err(at) => {
                            let start = span.start as usize + at;
                            let bad = Span::new(self.source, start, (start + 2).min(span.end as usize));
                            self.report.push(
                                Diagnostic::error("bad-escape", "unknown escape sequence")
                                    .detail("HCL knows \\n, \\r, \\t, \\\", \\\\, \\uNNNN and \\UNNNNNNNN.")
                                    .at(bad, ""),
                            );
                            ok = false;
                        }
                    }
                }
                Element::Interpolation(i) => {
                    let span = self.span_of(i, around);
                    out.push(tag(Tag::Interpolation(&i.expr, span), i.strip));
                }
                Element::Directive(d) => ok &= self.directive(d, around, heredoc, out),
            }
        }
        ok
    }

    fn directive<'t>(
        &mut self,
        d: &'t Directive,
        around: Span,
        heredoc: bool,
        out: &mut Vec<Flat<Tag<'t>>>,
    ) -> bool {
        match d {
            Directive::If(d) => {
                out.push(tag(Tag::If(&d.if_expr.cond_expr), d.if_expr.strip));
                let mut ok = self.flatten(&d.if_expr.template, around, heredoc, out);
                if let Some(e) = &d.else_expr {
                    out.push(tag(Tag::Else, e.strip));
                    ok &= self.flatten(&e.template, around, heredoc, out);
                }
                out.push(tag(Tag::EndIf, d.endif_expr.strip));
                ok
            }
            Directive::For(d) => {
                let f = &d.for_expr;
                let key = f.key_var.as_ref().map(|k| Arc::from(k.as_str()));
                out.push(tag(Tag::For(key, Arc::from(f.value_var.as_str()), &f.collection_expr), f.strip));
                let ok = self.flatten(&f.template, around, heredoc, out);
                out.push(tag(Tag::EndFor, d.endfor_expr.strip));
                ok
            }
        }
    }

    /// Parts up to the tag that ends them; whether that tag was an `else`.
    fn parts<'t>(
        &mut self,
        tokens: &mut impl Iterator<Item = Flat<Tag<'t>>>,
        around: Span,
    ) -> (Vec<Part>, bool) {
        let mut out: Vec<Part> = Vec::new();
        let mut pending = String::new();
        while let Some(token) = tokens.next() {
            if let Flat::Text(text) = &token {
                pending.push_str(text);
                continue;
            }
            if !pending.is_empty() {
                out.push(Part::Literal(Arc::from(std::mem::take(&mut pending))));
            }
            match token {
                Flat::Text(_) => {}
                Flat::Tag { tag: Tag::Interpolation(e, span), .. } => {
                    let expr = self.expr(e, span);
                    out.push(Part::Interpolation(expr));
                }
                Flat::Tag { tag: Tag::If(cond), .. } => {
                    let cond = self.expr(cond, around);
                    let (then, more) = self.parts(tokens, around);
                    let otherwise = if more { self.parts(tokens, around).0 } else { Vec::new() };
                    out.push(Part::If { cond, then, otherwise });
                }
                Flat::Tag { tag: Tag::For(key_var, value_var, collection), .. } => {
                    let collection = self.expr(collection, around);
                    let body = self.parts(tokens, around).0;
                    out.push(Part::For { key_var, value_var, collection, body });
                }
                Flat::Tag { tag: Tag::Else, .. } => return (out, true),
                Flat::Tag { tag: Tag::EndIf | Tag::EndFor, .. } => return (out, false),
            }
        }
        if !pending.is_empty() {
            out.push(Part::Literal(Arc::from(pending)));
        }
        (out, false)
    }
}

fn tag<'t>(tag: Tag<'t>, strip: hcl_edit::template::Strip) -> Flat<Tag<'t>> {
    Flat::Tag { tag, strip_before: strip.strip_start(), strip_after: strip.strip_end() }
}

fn binary(op: BinaryOperator) -> Binary {
    match op {
        BinaryOperator::Eq => Binary::Eq,
        BinaryOperator::NotEq => Binary::NotEq,
        BinaryOperator::LessEq => Binary::LessEq,
        BinaryOperator::GreaterEq => Binary::GreaterEq,
        BinaryOperator::Less => Binary::Less,
        BinaryOperator::Greater => Binary::Greater,
        BinaryOperator::Plus => Binary::Add,
        BinaryOperator::Minus => Binary::Sub,
        BinaryOperator::Mul => Binary::Mul,
        BinaryOperator::Div => Binary::Div,
        BinaryOperator::Mod => Binary::Rem,
        BinaryOperator::And => Binary::And,
        BinaryOperator::Or => Binary::Or,
    }
}
