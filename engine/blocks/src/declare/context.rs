//! One attribute while it is decoded: where it stands, what it may be, where findings go.

use plimsoll_model::{Diagnostic, Report, Span, Value};

use super::kept::{kept, lost};
use super::nearest::nearest;
use super::scalar::as_text;
use super::schema::{AttrSchema, Syntax, TypeSchema};
use super::source::Called;

/// What decoding a value needs to know besides the value.
#[derive(Debug)]
pub struct Context<'a> {
    /// Where findings go.
    pub report: &'a mut Report,
    /// The attribute's declaration.
    pub schema: &'static AttrSchema,
    /// The block that holds it, as messages name it.
    pub block: Called<'a>,
    /// The attribute, where the value itself does not know its place.
    pub span: Span,
    /// Whether its expression chooses between values.
    pub chooses: bool,
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
        let found = self.mismatch(value, wanted);
        self.report.push(match wanted {
            TypeSchema::Reference(..) => found.help(format!(
                "name the block by a reference: {} = {}",
                self.schema.name,
                self.schema.ty.example()
            )),
            TypeSchema::Other(_, example) => found.help(format!("such as {example}")),
            _ => found.help(self.written(&self.schema.ty.example())),
        });
    }

    /// How the attribute is written with another value. Where its expression chooses between values,
    /// one of which may be right, only what belongs there.
    fn written(&self, instead: &str) -> String {
        match self.chooses && self.element.is_empty() {
            true => format!("such as {instead}, in the branch that holds"),
            false => format!("{} = {instead}", self.schema.name),
        }
    }

    fn mismatch(&self, value: &Value, wanted: &TypeSchema) -> Diagnostic {
        let is = match (wanted, value.as_number()) {
            (TypeSchema::Whole, Some(_)) if !value.sensitive => "has a fraction or is too large".to_string(),
            _ => format!("is {}", value.describe()),
        };
        Diagnostic::error("wrong-type", "wrong type")
            .detail(format!("`{}` of {} takes {wanted}, but this {is}.", self.name(), self.block))
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
            None => found.help(self.written(&self.schema.ty.example())),
        });
        None
    }

    /// Checks text against the attribute's grammar; reports where it does not hold.
    pub fn syntax(&mut self, text: &str, value: &Value) -> bool {
        let Some(syntax) = self.schema.syntax else { return true };
        if (syntax.holds)(text) {
            return true;
        }
        self.report_malformed(value, syntax);
        kept()
    }

    /// Reports text that does not follow a grammar, and is dropped.
    pub fn malformed(&mut self, value: &Value, syntax: &Syntax) {
        self.report_malformed(value, syntax);
        lost();
    }

    fn report_malformed(&mut self, value: &Value, syntax: &Syntax) {
        let text = as_text(value).filter(|_| !value.sensitive);
        let shown = text.as_ref().map_or_else(|| "This value".into(), |t| format!("\"{t}\""));
        let found = Diagnostic::error("bad-syntax", "value is malformed")
            .detail(format!(
                "{shown} is not {}, which `{}` of {} takes: {}.",
                syntax.name,
                self.name(),
                self.block,
                syntax.rule
            ))
            .at(self.place(value), "");
        self.report.push(match text.and_then(|t| syntax.mend(&t)) {
            Some(mended) if self.element.is_empty() => found.help(self.written(&format!("\"{mended}\""))),
            Some(mended) => found.help(format!("\"{mended}\"")),
            None => found,
        });
    }

    /// Checks a key of a map; reports where its grammar does not hold.
    pub fn key(&mut self, key: &str, value: &Value) -> bool {
        let Some(syntax) = self.schema.keys else { return true };
        if (syntax.holds)(key) {
            return true;
        }
        let found = Diagnostic::error("bad-key", "key is malformed")
            .detail(format!(
                "\"{key}\" is not {}, which the keys of `{}` of {} must be: {}.",
                syntax.name, self.schema.name, self.block, syntax.rule
            ))
            .at(self.place(value), "");
        self.report.push(match syntax.mend(key) {
            Some(mended) => found.help(format!("\"{mended}\" = …")),
            None => found,
        });
        kept()
    }

    /// A number that was not refused, in the type that holds all such numbers.
    pub fn fitting<T: TryFrom<i64>>(&self, number: i64) -> Option<T> {
        let fitting = T::try_from(number).ok();
        if fitting.is_none() {
            lost();
        }
        fitting
    }

    /// Checks a number against the attribute's range and another one; reports where it lies outside.
    pub fn in_range(&mut self, number: i64, value: &Value, own: (i64, i64)) -> bool {
        let (low, high) = self.schema.range;
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
        let found = Diagnostic::error("out-of-range", "number is out of range")
            .detail(format!("{shown} is not {limits}, which `{}` of {} must be.", self.name(), self.block))
            .at(self.place(value), "");
        self.report.push(match self.element.is_empty() {
            true => found.help(self.written(&number.clamp(low, high).to_string())),
            false => found,
        });
        kept()
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::testing::{app, check};

    #[test]
    fn values_of_the_wrong_shape() {
        let text = app(
            "command = \"nginx\"\nstdin = \"maybe\"\nimage_pull_policy = \"always\"\nenv = { A = [1], B = null, \"C=\" = 1 }\nmount \"/d\" { volume = \"disk\" }",
            "replicas = \"two\"\nkind = \"Deploymint\"\ntermination_grace_period_seconds = -1\nnode_selector = { a = \"b c\" }",
        );
        check(
            &text,
            expect![[r#"
                error[wrong-type]: wrong type
                  `replicas` of app.web takes a whole number, but this is a string.
                  t.hcl:2: "two"
                  help: replicas = 1
                error[not-allowed]: value is not allowed
                  "Deploymint" is not what `kind` of app.web takes: one of "Deployment", "StatefulSet", "DaemonSet".
                  t.hcl:3: "Deploymint"
                  help: kind = "Deployment"
                error[out-of-range]: number is out of range
                  -1 is not at least 0, which `termination_grace_period_seconds` of app.web must be.
                  t.hcl:4: -1
                  help: termination_grace_period_seconds = 0
                error[bad-syntax]: value is malformed
                  "b c" is not a label value, which `node_selector.a` of app.web takes: at most 63 letters, digits, `-`, `_` and `.`, starting and ending with a letter or digit, or nothing.
                  t.hcl:5: "b c"
                  help: "b-c"
                error[wrong-type]: wrong type
                  `command` of container "web" takes a list of strings, but this is a string.
                  t.hcl:9: "nginx"
                  help: command = ["…"]
                error[wrong-type]: wrong type
                  `stdin` of container "web" takes a bool, but this is a string.
                  t.hcl:10: "maybe"
                  help: stdin = true
                error[not-allowed]: value is not allowed
                  "always" is not what `image_pull_policy` of container "web" takes: one of "Always", "IfNotPresent", "Never".
                  t.hcl:11: "always"
                  help: image_pull_policy = "Always"
                error[wrong-type]: wrong type
                  `env.A` of container "web" takes a string, a key of a config or secret, field(…) or resource(…), but this is a list.
                  t.hcl:12: [1]
                  help: such as secret.db.keys.password
                error[bad-key]: key is malformed
                  "C=" is not an environment variable's name, which the keys of `env` of container "web" must be: printable ASCII characters without `=`.
                  t.hcl:12: 1
                  help: "C" = …
                error[wrong-type]: wrong type
                  `volume` of mount "/d" takes a reference to a volume, but this is a string.
                  t.hcl:13: "disk"
                  help: name the block by a reference: volume = volume.data
            "#]],
        );
    }

    #[test]
    fn sensitive_values_are_not_quoted() {
        check(
            &app("image_pull_policy = var.password\nworking_dir = var.password", ""),
            expect![[r#"
                error[not-allowed]: value is not allowed
                  This value is not what `image_pull_policy` of container "web" takes: one of "Always", "IfNotPresent", "Never".
                  t.hcl:6: var.password
                  help: image_pull_policy = "Always"
            "#]],
        );
    }

    #[test]
    fn null_is_the_same_as_leaving_it_out() {
        check(
            "app \"a\" {\nreplicas = null\ncontainer \"c\" { image = null }\n}",
            expect![[r#"
            error[missing-attribute]: required attribute is missing
              Container "c" needs `image`. The image: `domain/namespace/image:tag`; without a tag it is the latest one.
              t.hcl:3: container "c"
              t.hcl:3: image = null   this is null, which is the same as leaving it out
              help: image = "…"
        "#]],
        );
    }

    #[test]
    fn what_decides_must_be_known() {
        let text = format!(
            "{}\nservice \"s\" {{\napp = app.web\nname = service.t.cluster_ip\n}}\nservice \"t\" {{ app = app.web }}",
            app("", "")
        );
        check(
            &text,
            expect![[r#"
            error[unknown-not-allowed]: value is known only after apply
              `name` of service.s decides what is created, so it must be known while planning; `service.t.cluster_ip` is known only after apply.
              t.hcl:12: service.t.cluster_ip
        "#]],
        );
    }

    #[test]
    fn failures_that_were_reported_stay_silent() {
        check(
            &app(
                "env = { A = service.none.host }\nargs = [service.none.host]",
                "replicas = service.none.host",
            ),
            expect![[r#"
                error[unknown-block]: reference to undeclared block
                  There is no service "none".
                  t.hcl:2: service.none
                  help: declare it: service "none" { … }
                error[unknown-block]: reference to undeclared block
                  There is no service "none".
                  t.hcl:6: service.none
                  help: declare it: service "none" { … }
                error[unknown-block]: reference to undeclared block
                  There is no service "none".
                  t.hcl:7: service.none
                  help: declare it: service "none" { … }
            "#]],
        );
    }

    #[test]
    fn the_help_about_a_branch_replaces_the_branch_alone() {
        check(
            &app(
                "",
                "replicas = env.name == \"test\" ? \"two\" : 3\nkind = true ? \"Deploymint\" : \"DaemonSet\"",
            ),
            expect![[r#"
                error[wrong-type]: wrong type
                  `replicas` of app.web takes a whole number, but this is a string.
                  t.hcl:2: env.name == "test" ? "two" : 3
                  help: such as 1, in the branch that holds
                error[not-allowed]: value is not allowed
                  "Deploymint" is not what `kind` of app.web takes: one of "Deployment", "StatefulSet", "DaemonSet".
                  t.hcl:3: true ? "Deploymint" : "DaemonSet"
                  help: kind = "Deployment"
            "#]],
        );
    }
}
