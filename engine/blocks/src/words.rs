//! Which word of the vocabulary sets a field of the API: found in the declarations, by the field's path.
//!
//! A word that sets several fields, or one under another name without saying so in its declaration,
//! is not found; nothing is guessed.

use crate::declare::BlockSchema;

/// Fields of the API that no word stands for, because everything in them has its own.
const AROUND: &[&str] = &["spec", "template", "metadata", "jobTemplate"];

/// A word that sets a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The nested blocks around it, from the outside.
    pub blocks: Vec<&'static str>,
    /// The attribute.
    pub name: &'static str,
}

/// Where a walk along a path has come to.
#[derive(Debug, Clone)]
pub struct Place {
    block: &'static BlockSchema,
    blocks: Vec<&'static str>,
}

/// What a step along a path leads to.
#[derive(Debug, Clone)]
pub enum Step {
    /// A word sets this field.
    Word(Word),
    /// Fields below may have words.
    Below(Place),
    /// No word for this field, or for any below it.
    Nothing,
}

impl Place {
    /// At the root of a block's main object.
    pub fn root(block: &'static BlockSchema) -> Place {
        Place { block, blocks: Vec::new() }
    }

    /// One field further.
    pub fn step(&self, field: &str) -> Step {
        if let Some(nested) = self.block.all_blocks().find(|b| b.key == field) {
            let mut blocks = self.blocks.clone();
            blocks.push(nested.name);
            return Step::Below(Place { block: nested.block, blocks });
        }
        if let Some(attr) = self.block.all_attrs().find(|a| a.key == field) {
            return Step::Word(Word { blocks: self.blocks.clone(), name: attr.name });
        }
        if self.blocks.is_empty() && AROUND.contains(&field) {
            return Step::Below(self.clone());
        }
        Step::Nothing
    }
}

impl Word {
    /// How it is written, with its value where that can be shown.
    pub fn written(&self, value: Option<&str>) -> String {
        let attr = format!("{} = {}", self.name, value.unwrap_or("…"));
        match self.blocks.as_slice() {
            [] => attr,
            blocks => format!("{attr}, in `{}`", blocks.join(".")),
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::schema;

    fn word(block: &str, path: &str) -> String {
        let schema = schema().iter().find(|s| s.name == block).unwrap();
        let mut place = Place::root(schema);
        for field in path.split('.') {
            match place.step(field) {
                Step::Word(word) => return word.written(None),
                Step::Below(below) => place = below,
                Step::Nothing => return "no word".into(),
            }
        }
        "no word of its own".into()
    }

    #[test]
    fn words_are_found_by_the_path_of_the_field() {
        let paths = [
            ("app", "spec.replicas"),
            ("app", "spec.template.spec.priorityClassName"),
            ("app", "spec.template.spec.tolerations.key"),
            ("app", "spec.template.spec.containers.livenessProbe.periodSeconds"),
            ("app", "spec.template.spec.securityContext.fsGroup"),
            ("app", "spec.template.spec.hostUsers"),
            ("app", "spec.template.spec"),
            ("service", "spec.loadBalancerClass"),
            ("config", "immutable"),
        ];
        let found: Vec<_> = paths.iter().map(|(b, p)| format!("{b} {p}: {}\n", word(b, p))).collect();
        expect![[r#"
            app spec.replicas: replicas = …
            app spec.template.spec.priorityClassName: priority_class = …
            app spec.template.spec.tolerations.key: key = …, in `toleration`
            app spec.template.spec.containers.livenessProbe.periodSeconds: period_seconds = …, in `container.liveness_probe`
            app spec.template.spec.securityContext.fsGroup: fs_group = …, in `security_context`
            app spec.template.spec.hostUsers: host_users = …
            app spec.template.spec: no word of its own
            service spec.loadBalancerClass: load_balancer_class = …
            config immutable: immutable = …
        "#]]
        .assert_eq(&found.concat());
    }
}
