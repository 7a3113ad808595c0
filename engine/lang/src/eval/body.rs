//! Bodies: attributes and nested blocks, `dynamic` unfolded.

use std::sync::Arc;

use plimsoll_model::{Attr, Attrs, Block, Body, Data, Diagnostic, Label, Span, Value};

use super::Evaluator;
use super::expr::at;
use super::for_expr::each_of;
use super::names::OF_NAMES;
use super::scope::Scope;
use crate::conditions::OF_LIFECYCLE;
use crate::syntax::ast;
use crate::value::constraint::Constraint;
use crate::value::convert::convert;

/// The type and labels of a block that is about to be evaluated.
pub struct Header<'h> {
    /// The type that a `dynamic` block makes; none for a plain block.
    pub dynamic: Option<&'h str>,
    /// Computed labels; none where the block's own hold.
    pub labels: Option<Vec<Label>>,
}

type Visit<'v> = dyn FnMut(&ast::Block, &Header, &ast::Body, &Scope) + 'v;

impl Evaluator<'_> {
    /// Evaluates the body of a block of type `ty`, without the attributes named in `skip`.
    pub(crate) fn body(&self, ty: &str, body: &ast::Body, span: Span, scope: &Scope, skip: &[&str]) -> Body {
        let mut attrs = Vec::with_capacity(body.attrs.len());
        for a in body.attrs.iter().filter(|a| !skip.contains(&&*a.name)) {
            let value = match (ty, &*a.name) == OF_NAMES {
                true => self.names(&a.expr),
                false => at(self.eval(&a.expr, scope), a.expr.span),
            };
            let chooses = matches!(a.expr.bare().kind, ast::Kind::Conditional(_));
            attrs.push((a.name.clone(), Attr { value, name_span: a.name_span, span: a.span, chooses }));
        }
        let attrs = Attrs::from(attrs);
        let mut blocks = Vec::with_capacity(body.blocks.len());
        self.unfold(
            body,
            scope,
            &mut |b, h, body, scope| blocks.push(self.nested_block(b, h, body, scope)),
            None,
        );
        Body { attrs, blocks, span }
    }

    /// Evaluates one nested block.
    pub(crate) fn nested_block(
        &self,
        b: &ast::Block,
        header: &Header,
        body: &ast::Body,
        scope: &Scope,
    ) -> Block {
        let labels = match &header.labels {
            Some(labels) => labels.clone(),
            None => b.labels.iter().map(|l| Label { text: l.text.to_string(), span: l.span }).collect(),
        };
        let ty = header.dynamic.map_or_else(|| b.ty.clone(), Arc::from);
        let evaluate = || self.body(&ty, body, b.body_span, scope, &[]);
        // A condition is checked with what is known: it asks nothing else to come first.
        let body = if OF_LIFECYCLE.contains(&&*ty) { self.recording(evaluate).0 } else { evaluate() };
        Block { ty, header_span: b.header_span, labels, body }
    }

    /// Visits nested blocks in order, each `dynamic` block as often as it repeats; only blocks of
    /// the type `only`, where that is given.
    pub(crate) fn unfold(&self, body: &ast::Body, scope: &Scope, visit: &mut Visit, only: Option<&str>) {
        for b in &body.blocks {
            if &*b.ty == "dynamic" {
                let ty = b.labels.first().map(|l| &*l.text);
                if only.is_none() || ty == only {
                    self.dynamic(b, scope, visit);
                }
            } else if only.is_none() || only == Some(&*b.ty) {
                visit(b, &Header { dynamic: None, labels: None }, &b.body, scope);
            }
        }
    }

    fn dynamic(&self, b: &ast::Block, scope: &Scope, visit: &mut Visit) {
        let bad = |span: Span, detail: String, help: &str| {
            let d = Diagnostic::error("bad-dynamic", "invalid dynamic block").detail(detail).at(span, "");
            self.report(if help.is_empty() { d } else { d.help(help) });
        };
        const SHAPE: &str = "dynamic \"type\" { for_each = …, then content { … } } on lines of their own";
        let [label] = b.labels.as_slice() else {
            return bad(
                b.header_span,
                "A dynamic block has one label, the type of the blocks it makes.".into(),
                SHAPE,
            );
        };
        for a in &b.body.attrs {
            if !["for_each", "iterator", "labels"].contains(&&*a.name) {
                bad(
                    a.name_span,
                    format!("{} does not belong here; it may belong into `content`.", a.name),
                    "",
                );
            }
        }
        let mut content = None;
        for inner in &b.body.blocks {
            match (&*inner.ty, content) {
                ("content", None) => content = Some(inner),
                ("content", Some(_)) => bad(inner.header_span, "There is one `content` block.".into(), ""),
                _ => bad(inner.header_span, format!("`{}` belongs into `content`.", inner.ty), ""),
            }
        }
        let (Some(for_each), Some(content)) = (b.body.attr("for_each"), content) else {
            return bad(b.header_span, "A dynamic block needs for_each and content.".into(), SHAPE);
        };
        let iterator = match b.body.attr("iterator").map(|a| &a.expr) {
            None => label.text.clone(),
            Some(e) => match &e.kind {
                ast::Kind::Variable(name) => name.clone(),
                _ => return bad(e.span, "An iterator is a bare name.".into(), ""),
            },
        };
        let collection = self.eval(&for_each.expr, scope);
        let span = for_each.expr.span;
        let pairs = match &collection.data {
            Data::Poison => return,
            Data::Unknown(_, what) => {
                let detail = format!("for_each depends on {what}, which only the cluster knows after apply.");
                return bad(span, detail, "use a value that is known while planning");
            }
            _ => match each_of(&collection) {
                Some(pairs) => pairs,
                None => {
                    let detail = format!(
                        "Cannot use {} in for_each: a collection is required.",
                        collection.describe()
                    );
                    return bad(span, detail, "");
                }
            },
        };
        for (key, value) in pairs {
            if !self.may_make(1, b.header_span) {
                return;
            }
            let each = Value::object([("key".to_string(), key), ("value".to_string(), value)].into());
            let each = each.sensitive_if(collection.sensitive);
            let bindings = [(iterator.clone(), each)];
            let inner = scope.with(&bindings);
            let labels = match b.body.attr("labels") {
                None => Vec::new(),
                Some(a) => match self.labels(&a.expr, &inner) {
                    Some(labels) => labels,
                    None => continue,
                },
            };
            let header = Header { dynamic: Some(&label.text), labels: Some(labels) };
            visit(&as_block(b, content), &header, &content.body, &inner);
        }
    }

    fn labels(&self, e: &ast::Expr, scope: &Scope) -> Option<Vec<Label>> {
        let v = self.eval(e, scope);
        if v.contains_poison() {
            return None;
        }
        let texts = convert(&v, &Constraint::List(Box::new(Constraint::String)));
        let texts = texts.ok().and_then(|l| {
            let all =
                l.as_items()?.iter().map(|t| t.as_str().map(str::to_string)).collect::<Option<Vec<_>>>()?;
            (!l.contains_unknown()).then_some(all)
        });
        match texts {
            Some(texts) => Some(texts.into_iter().map(|text| Label { text, span: e.span }).collect()),
            None => {
                self.report(
                    Diagnostic::error("bad-dynamic", "invalid dynamic block")
                        .detail("labels is a list of strings that are known while planning.")
                        .at(e.span, ""),
                );
                None
            }
        }
    }
}

/// A stand-in for the block that a `dynamic` makes: its header, and where its content stands.
fn as_block(b: &ast::Block, content: &ast::Block) -> ast::Block {
    ast::Block {
        ty: Arc::from("dynamic"),
        header_span: b.header_span,
        labels: Vec::new(),
        body_span: content.body_span,
        body: ast::Body::default(),
    }
}
