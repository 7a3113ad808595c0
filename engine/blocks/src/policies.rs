//! Policies: conditions in CEL that every object of a configuration has to meet.
//!
//! The condition is one expression of the Common Expression Language over `object`, as in Kubernetes'
//! ValidatingAdmissionPolicy, so that one text serves both. What is known only after an apply is not there yet:
//! a policy that would need it says nothing.

use std::collections::HashMap;
use std::sync::Arc;

use cel::objects::{Key, Map};
use cel::{Context, ExecutionError, Program, Value};
use plimsoll_model::{Config, DesiredObject, Diagnostic, Policy, Report, Severity};
use serde_json::Value as Json;

use crate::declare::nearest;

mod cost;

use cost::{Cost, Steps};

/// Checks every object against every policy.
pub fn check(config: &Config, objects: &[DesiredObject], report: &mut Report) {
    let mut steps = Steps::all();
    for policy in &config.policies {
        check_kinds(policy, report);
        let Some(condition) = Condition::compiled(policy, report) else { continue };
        let about = |o: &&DesiredObject| {
            policy.kinds.is_empty() || policy.kinds.iter().any(|(kind, _)| *kind == o.id.gvk.kind)
        };
        for object in objects.iter().filter(about) {
            // What is wrong with the policy itself is told once.
            if !condition.judge(object, &mut steps, report) {
                break;
            }
        }
    }
}

/// A kind that no version of Kubernetes has and no object of the configuration is a mistype.
fn check_kinds(policy: &Policy, report: &mut Report) {
    for (kind, span) in &policy.kinds {
        let known = || plimsoll_schema::kinds().map(|k| k.gvk.kind.as_str());
        if known().any(|k| k == kind) {
            continue;
        }
        if kind.contains(['/', '.']) || !kind.starts_with(|c: char| c.is_ascii_uppercase()) {
            report.push(
                bad(&format!("{kind:?} is no kind: those of the API begin with a capital."))
                    .at(*span, "")
                    .help("kinds = [\"Deployment\", \"StatefulSet\"]"),
            );
            continue;
        }
        // A type of somebody's own may have any name.
        if let Some(near) = nearest(kind, known()) {
            report.push(
                bad(&format!("There is no kind {kind:?}."))
                    .at(*span, "")
                    .help(format!("did you mean {near:?}?")),
            );
        }
    }
}

fn bad(why: &str) -> Diagnostic {
    Diagnostic::error("bad-policy", "invalid policy block").detail(why)
}

/// A condition that can be asked.
struct Condition<'p> {
    policy: &'p Policy,
    program: Program,
    cost: Cost,
    context: Context<'static, 'static>,
}

impl<'p> Condition<'p> {
    fn compiled(policy: &'p Policy, report: &mut Report) -> Option<Condition<'p>> {
        let (text, span) = &policy.condition;
        if let Some(why) = cost::refusal(text) {
            report.push(bad(&why).at(*span, "").help("make several policies of it"));
            return None;
        }
        let program = match Program::compile(text) {
            Ok(program) => program,
            Err(errors) => {
                let first = errors.errors.first();
                let why =
                    first.map_or("", |e| e.msg.as_str()).split(" expecting ").next().unwrap_or_default();
                report.push(bad(&format!("The condition is no expression of CEL: {why}.")).at(*span, ""));
                return None;
            }
        };
        let mut context = Context::default();
        if let Err(why) = cost::add_matches(&mut context) {
            report.push(bad(&format!("The condition cannot be asked: {why}.")).at(*span, ""));
            return None;
        }
        Some(Condition { policy, cost: Cost::of(text, program.expression()), program, context })
    }

    /// Asks one object; false where the policy itself is wrong.
    fn judge(&self, object: &DesiredObject, steps: &mut Steps, report: &mut Report) -> bool {
        let policy = self.policy;
        let wrong = |why: &str| bad(why).at(policy.condition.1, "").related(object.span, "asked of this");
        let json = object.root.to_json();
        if let Err(why) = steps.take(&self.cost, &json) {
            let found = wrong(&why);
            report.push(found.help("fewer loops inside of each other, or `kinds` of smaller objects"));
            return false;
        }
        let mut context = self.context.new_inner_scope();
        context.add_variable_from_value("object", value(&json));
        let (found, why) = match self.program.execute(&context) {
            Ok(Value::Bool(true)) => return true,
            Err(ExecutionError::UndeclaredReference(name)) => {
                report.push(
                    wrong(&format!("The condition reads {name:?}; it knows `object`.")).help("object.spec"),
                );
                return false;
            }
            // What is not known yet may make it true.
            _ if object.root.contains_unknown() => return true,
            Ok(Value::Bool(false)) => {
                let summary = "an object violates a policy";
                let found = match policy.severity {
                    Severity::Error => Diagnostic::error("policy-violated", summary),
                    Severity::Warning => Diagnostic::warning("policy-violated", summary),
                };
                (found, policy.message.clone())
            }
            Ok(_) => {
                report.push(wrong("The condition is neither true nor false."));
                return false;
            }
            Err(error) => (
                Diagnostic::error("policy-undecided", "a policy cannot be decided")
                    .help("has(object.spec.x) asks whether a field is there"),
                format!("{}.", short(&error, &policy.condition.0)),
            ),
        };
        let detail = format!("{} ({}), policy {}: {why}", object.address, object.id, policy.name);
        report.push(found.detail(detail).at(object.span, "this object").related(policy.span, "this policy"));
        true
    }
}

/// An error of the evaluator without the values that it quotes: they may be secret.
fn short(error: &ExecutionError, condition: &str) -> String {
    match error {
        // A key that the condition does not spell out was computed, perhaps from a secret.
        ExecutionError::NoSuchKey(key) if condition.contains(key.as_str()) => {
            format!("there is no field {key:?}")
        }
        ExecutionError::NoSuchKey(_) => "there is no such field".to_string(),
        ExecutionError::IndexOutOfBounds(_) => "a list has no such item".to_string(),
        _ => "a function or an operator does not take what it gets".to_string(),
    }
}

fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(b) => Value::Bool(*b),
        Json::Number(n) => match (n.as_i64(), n.as_f64()) {
            (Some(i), _) => Value::Int(i),
            (None, Some(f)) => Value::Float(f),
            _ => Value::Null,
        },
        Json::String(s) => Value::String(Arc::new(s.clone())),
        Json::Array(items) => Value::List(Arc::new(items.iter().map(value).collect())),
        Json::Object(map) => {
            let map: HashMap<Key, Value> =
                map.iter().map(|(k, v)| (Key::from(k.clone()), value(v))).collect();
            Value::Map(Map { map: Arc::new(map) })
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::testing::{compile, findings};

    fn check(condition: &str, expect: Expect) {
        let text = format!(
            r#"
policy "p" {{
  kinds         = ["Deployment"]
  condition     = {condition:?}
  error_message = "Not so."
}}
app "web" {{
  replicas = 2
  container "web" {{ image = "web:1" }}
}}
"#
        );
        let compiled = compile(&text);
        expect.assert_eq(&findings(&compiled.report, &compiled.sources));
    }

    #[test]
    fn what_would_take_too_long_or_go_too_deep_is_refused() {
        let deep = format!("{}true{}", "(".repeat(2000), ")".repeat(2000));
        let spaced = "[1].all (a, [1].all (b, [1].all (c, [1].all (d, true))))";
        let long = format!("{}true", "!".repeat(4000));
        for condition in [deep.as_str(), spaced, long.as_str()] {
            let text = format!(
                "policy \"p\" {{\n  condition = {condition:?}\n  error_message = \"m\"\n}}\napp \"web\" {{\n  container \"web\" {{ image = \"web:1\" }}\n}}\n"
            );
            let compiled = compile(&text);
            let codes: Vec<&str> = compiled.report.items().iter().map(|d| d.code.as_ref()).collect();
            assert_eq!(codes, ["bad-policy"], "{condition:.40}");
        }
        check(
            "{'a': true}[object.spec.template.spec.containers[0].image]",
            expect![[r#"
            error[policy-undecided]: a policy cannot be decided
              app.web (Deployment shop/web), policy p: there is no such field.
              t.hcl:7: app "web"   this object
              t.hcl:2: policy "p"   this policy
              help: has(object.spec.x) asks whether a field is there
        "#]],
        );
    }

    /// Loops inside of loops are bounded by what they go through, before they are asked.
    #[test]
    fn loops_over_long_lists_end() {
        let keys: String = (0..2000).map(|i| format!("    k{i} = \"v\"\n")).collect();
        let of = |condition: &str| {
            let text = format!(
                "policy \"p\" {{\n  condition = {condition:?}\n  error_message = \"m\"\n}}\nconfig \"c\" {{\n  data = {{\n{keys}  }}\n}}\n"
            );
            let compiled = compile(&text);
            let codes: Vec<_> = compiled.report.items().iter().map(|d| d.code.to_string()).collect();
            codes.join(" ")
        };
        assert_eq!(of("object.data.all(a, object.data[a] == 'v')"), "");
        // One loop after another is as long as both, not as one times the other.
        assert_eq!(of("object.data.map(a, a).filter(a, a != 'v').all(a, a != 'w')"), "");
        let inside = "object.data.all(a, object.data.all(b, object.data.all(c, true)))";
        assert_eq!(of(inside), "bad-policy");
        let written = format!("[{}1]", "1,".repeat(600));
        assert_eq!(of(&format!("{written}.all(a, {written}.all(b, {written}.all(c, true)))")), "bad-policy");
    }

    /// A few characters can be a regular expression of many megabytes.
    #[test]
    fn regular_expressions_are_bounded() {
        check("object.metadata.name.matches('^[a-z]+$')", expect![""]);
        for (pattern, why) in [("\\w{900}", "large"), ("(", "broken")] {
            let condition = format!("object.metadata.name.matches(r'{pattern}')");
            let text = format!(
                "policy \"p\" {{\n  condition = {condition:?}\n  error_message = \"m\"\n}}\napp \"web\" {{\n  container \"web\" {{ image = \"web:1\" }}\n}}\n"
            );
            let compiled = compile(&text);
            let codes: Vec<&str> = compiled.report.items().iter().map(|d| d.code.as_ref()).collect();
            assert_eq!(codes, ["policy-undecided"], "{why}");
        }
    }

    #[test]
    fn conditions_are_asked_of_every_object() {
        check("object.spec.replicas >= 2", expect![""]);
        check("object.spec.template.spec.containers.all(c, c.image.contains(':'))", expect![""]);
        check(
            "object.spec.replicas > 2",
            expect![[r#"
                error[policy-violated]: an object violates a policy
                  app.web (Deployment shop/web), policy p: Not so.
                  t.hcl:7: app "web"   this object
                  t.hcl:2: policy "p"   this policy
            "#]],
        );
        check(
            "object.spec.paused",
            expect![[r#"
                error[policy-undecided]: a policy cannot be decided
                  app.web (Deployment shop/web), policy p: there is no field "paused".
                  t.hcl:7: app "web"   this object
                  t.hcl:2: policy "p"   this policy
                  help: has(object.spec.x) asks whether a field is there
            "#]],
        );
        check(
            "object.spec.replicas >=",
            expect![[r#"
                error[bad-policy]: invalid policy block
                  The condition is no expression of CEL: Syntax error: mismatched input '<EOF>'.
                  t.hcl:4: "object.spec.replicas >="
            "#]],
        );
        check(
            "request.user == 'x'",
            expect![[r#"
                error[bad-policy]: invalid policy block
                  The condition reads "request"; it knows `object`.
                  t.hcl:4: "request.user == 'x'"
                  t.hcl:7: app "web"   asked of this
                  help: object.spec
            "#]],
        );
        check(
            "object.spec.replicas",
            expect![[r#"
            error[bad-policy]: invalid policy block
              The condition is neither true nor false.
              t.hcl:4: "object.spec.replicas"
              t.hcl:7: app "web"   asked of this
        "#]],
        );
    }
}
