//! Two texts as a unified diff, the form that `patch` reads.

use similar::TextDiff;

use crate::safe;

/// The differences of a file's text, with three lines around each; empty where there are none.
pub fn unified(path: &str, before: &str, after: &str) -> String {
    let (old, new) = (format!("old/{path}"), format!("new/{path}"));
    let diff = TextDiff::from_lines(before, after).unified_diff().header(&old, &new).to_string();
    // A tab may be the very difference.
    diff.split('\t').map(safe::lines).collect::<Vec<_>>().join("\t")
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn both_names_and_the_lines_around_are_shown() {
        let before = "project \"x\" {}\n\nlocals {\n  a   = 1\n}\n";
        let after = "project \"x\" {}\n\nlocals {\n  a = 1\n}\n";
        expect![[r#"
            --- old/main.hcl
            +++ new/main.hcl
            @@ -1,5 +1,5 @@
             project "x" {}
             
             locals {
            -  a   = 1
            +  a = 1
             }
        "#]]
        .assert_eq(&unified("main.hcl", before, after));
        assert_eq!(unified("main.hcl", after, after), "");
    }
}
