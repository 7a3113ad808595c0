//! Broken files: what is said, where, and what stands all the same.

use expect_test::{Expect, expect};

use crate::testing::{run_with, show_config, show_report};
use crate::{Inputs, NoFacts};

fn check(text: &str, expect: Expect) {
    let text = format!("project \"t\" {{}}\n{text}");
    let r = run_with(&[("main.hcl", &text)], None, &Inputs::default(), &NoFacts);
    expect.assert_eq(&format!("{}{}", show_report(&r.report, &r.loaded.sources), show_config(&r)));
}

#[test]
fn broken_blocks_are_left_out_and_the_rest_stands() {
    check(
        r#"
app "a" {
  x = 1 +
}
app "b" { x = 2 }
service "s" { app = app.a }
app "c" {
  y = [1, 2
}
app "d" {
  z = "never closed
}
app "e" {
  text = <<EOT
  no end
}
app "f" {
  x = 1
"#,
        expect![[r#"
            Error[syntax] invalid syntax: An expression ends with its line, unless a bracket is open.
              main.hcl:4:9 `+` an expression is expected after this
              help: put the whole expression in parentheses: ( … )
            Error[syntax] invalid syntax: `}` does not close `[`.
              main.hcl:10:1 `}` this one
              main.hcl:9:7 `[` opened here
            Error[open-string] string is not closed: A quoted string ends on the line on which it starts.
              main.hcl:12:7 `"` starts here
              help: type the closing ", or \" for a quote inside the text
            Error[open-heredoc] heredoc is not closed: No line holds only its end marker EOT.
              main.hcl:15:10 `<<EOT` starts here
              help: type EOT on a line of its own
            Error[open-bracket] bracket is not closed: No `}` closes it.
              main.hcl:18:9 `{` opened here
              help: type the closing }
            app.b
              x = 2
            service.s
              app = POISON
        "#]],
    );
}

#[test]
fn blocks_on_one_line_get_the_lines_to_type() {
    check(
        "volume \"l\" { empty_dir {} }\n",
        expect![[r#"
        Error[one-line-block] a block on one line holds at most one attribute: HCL allows `name { attribute = value }` on one line, and nothing more.
          main.hcl:2:1 `volume "l" { empty_dir {} }` it holds a block
          help: type
            volume "l" {
              empty_dir {}
            }
    "#]],
    );
    check(
        "app \"x\" {\n  container \"c\" {\n    post_start { exec { command = [\"a\"] } }\n  }\n}\n",
        expect![[r#"
            Error[one-line-block] a block on one line holds at most one attribute: HCL allows `name { attribute = value }` on one line, and nothing more.
              main.hcl:4:5 `post_start { exec { command = ["a"] } }` it holds a block
              help: type
                    post_start {
                      exec {
                        command = ["a"]
                      }
                    }
        "#]],
    );
    check(
        "service \"x\" {\n  port \"p\" { a = 1, b = 2 }\n}\n",
        expect![[r#"
        Error[one-line-block] a block on one line holds at most one attribute: HCL allows `name { attribute = value }` on one line, and nothing more.
          main.hcl:3:3 `port "p" { a = 1, b = 2 }` it holds several attributes
          help: type
              port "p" {
                a = 1
                b = 2
              }
    "#]],
    );
}

#[test]
fn what_people_type_is_explained() {
    for (text, expect) in [
        (
            "app \"x\" {\n  rule \"${var.host}\" {\n  }\n}\n",
            expect![[r#"
            Error[label-expression] a label cannot hold an expression: Labels are fixed text; computed values are attributes.
              main.hcl:3:8 `"${var.host}"` this label
              help: use an attribute of the block, or dynamic "…" with labels = [ … ]
        "#]],
        ),
        (
            "app \"x\" {\n  a = true ?\n    1 : 2\n}\n",
            expect![[r#"
            Error[syntax] invalid syntax: An expression ends with its line, unless a bracket is open.
              main.hcl:3:12 `?` an expression is expected after this
              help: put the whole expression in parentheses: ( … )
        "#]],
        ),
        (
            "app \"x\" {\n  a =\n}\n",
            expect![[r#"
            Error[syntax] invalid syntax: The line ends where a value is expected.
              main.hcl:3:5 `=` an expression is expected after this
              help: type the value on the same line
        "#]],
        ),
        (
            "app \"x\" {\n  a = 1\n  b = 2\n  a = 3\n}\n",
            expect![[r#"
            Error[duplicate-attribute] attribute given twice: a can have one value.
              main.hcl:5:3 `a` again here
              main.hcl:3:3 `a` first here
        "#]],
        ),
        (
            "app \"x\" {\n  a = { k = 1, k = 2 }\n}\n",
            expect![[r#"
            Error[duplicate-key] object key given twice: k can have one value.
              main.hcl:3:16 `k` again here
              main.hcl:3:9 `k` first here
        "#]],
        ),
        (
            "app \"x\" {\n  a = { k = 1, \"k\" = 2 }\n}\n",
            expect![[r#"
            Error[duplicate-key] object key given twice: k can have one value.
              main.hcl:3:16 `"k"` again here
              main.hcl:3:9 `k` first here
            app.x
              a = POISON
        "#]],
        ),
        (
            "app \"x\" {\n  a = { b.c = 1 }\n}\n",
            expect![[r#"
            Error[ambiguous-key] ambiguous object key: A key that reads something needs parentheses; a name with dots needs quotes.
              main.hcl:3:9 `b.c` this may mean either
              help: type (b.c) for its value, or "b.c" for the text
            app.x
              a = POISON
        "#]],
        ),
        (
            "app \"x\" {\n  a = [1, 2)\n}\n",
            expect![[r#"
                Error[syntax] invalid syntax: `)` does not close `[`.
                  main.hcl:3:12 `)` this one
                  main.hcl:3:7 `[` opened here
            "#]],
        ),
        (
            "app \"x\" {\n  a: 1\n}\n",
            expect![[r#"
                Error[syntax] invalid syntax: A colon means nothing here.
                  main.hcl:3:4 `:` 
                  help: attributes are set with an equals sign: name = value
            "#]],
        ),
        (
            "app \"x\"\n{\n}\n",
            expect![[r#"
                Error[syntax] invalid syntax: The line ends where `{` is expected.
                  main.hcl:2:8 `` 
                  help: the `{` of a block stands on the line of its name
            "#]],
        ),
        (
            "app \"x\" {\n  a = \"one\n  two\"\n}\n",
            expect![[r#"
            Error[multi-line-string] a quoted string may not span lines: Either its closing quote is missing, or it wants to be a heredoc.
              main.hcl:3:7 `"` starts here
              help: close it on the same line, or type <<-EOT, the lines, and EOT on a line of its own
            app.x
              a = POISON
        "#]],
        ),
        (
            "app \"x\" {\n  a = \"\\q\"\n}\n",
            expect![[r#"
                Error[bad-escape] unknown escape sequence: HCL knows \n, \r, \t, \", \\, \uNNNN and \UNNNNNNNN.
                  main.hcl:3:8 `\q` 
                  help: type \\ for a backslash
            "#]],
        ),
        (
            "app \"x\" {\n  a = 'x'\n}\n",
            expect![[r#"
                Error[syntax] invalid syntax: A single quote means nothing here.
                  main.hcl:3:7 `'` 
                  help: strings stand in double quotes: "…"
            "#]],
        ),
        (
            "app \"x\" {\n  a = 1 2\n}\n",
            expect![[r#"
            Error[syntax] invalid syntax: Found `2`; expected the end of the line.
              main.hcl:3:9 `2` 
        "#]],
        ),
        (
            "app \"x\" {\n  a = f(1\n}\n",
            expect![[r#"
                Error[syntax] invalid syntax: `}` does not close `(`.
                  main.hcl:4:1 `}` this one
                  main.hcl:3:8 `(` opened here
            "#]],
        ),
        (
            "}\napp \"x\" { a = 1 }\n",
            expect![[r#"
                Error[syntax] invalid syntax: It closes nothing that is open.
                  main.hcl:2:1 `}` 
                  help: remove it, or look for a `{` that is missing above
                app.x
                  a = 1
            "#]],
        ),
        (
            "x = 1\n",
            expect![[r#"
            Error[stray-attribute] attribute outside of a block: A file holds blocks only.
              main.hcl:2:1 `x` 
              help: name a value for later use with locals { x = … }
        "#]],
        ),
        (
            "module \"m\" {}\nmoved {}\n",
            expect![[r#"
                Error[missing-source] module has no source: A call of a module names its folder.
                  main.hcl:2:1 `module "m"` 
                  help: source = "./modules/web"
                Error[bad-moved] invalid moved block: It needs from, an address.
                  main.hcl:3:1 `moved` 
                  help: from = app.web
                Error[bad-moved] invalid moved block: It needs to, an address.
                  main.hcl:3:1 `moved` 
                  help: to = app.web
            "#]],
        ),
        (
            "app \"x\" \"y\" { a = 1 }\napp { a = 1 }\napp \"a.b\" {}\nfoo {}\n",
            expect![[r#"
                Error[stray-label] block takes one label: `app` blocks have a name and no more labels.
                  main.hcl:2:9 `"y"` this label is too much
                Error[missing-label] block needs a name: `app` blocks are named by their label.
                  main.hcl:3:1 `app` 
                  help: app "name" { … }
                Error[bad-name] name cannot be referred to: A name starts with a letter and holds letters, digits, `_` and `-`.
                  main.hcl:4:5 `"a.b"` this name
                Error[unknown-block] unknown block: There is no block "foo".
                  main.hcl:5:1 `foo` 
                  help: there are app, autoscale, check, environment, import, ingress, job, locals, module, moved, output, policy, project, removed, secret, service, variable, volume
            "#]],
        ),
        (
            "app \"x\" {}\napp \"x\" {}\noutput \"o\" { value = 1 }\noutput \"o\" { value = 2 }\nlocals { a = 1 }\nlocals { a = 2 }\n",
            expect![[r#"
                Error[duplicate-declaration] declared twice: There can be one app "x".
                  main.hcl:3:1 `app "x"` again here
                  main.hcl:2:1 `app "x"` first here
                Error[duplicate-declaration] declared twice: There can be one output "o".
                  main.hcl:5:1 `output "o"` again here
                  main.hcl:4:1 `output "o"` first here
                Error[duplicate-declaration] declared twice: There can be one local value "a".
                  main.hcl:7:10 `a` again here
                  main.hcl:6:10 `a` first here
                app.x
                output o = 1
            "#]],
        ),
    ] {
        check(text, expect);
    }
}

#[test]
fn depth_has_a_limit_and_the_stack_none_to_fear() {
    let deep = |n: usize| format!("app \"x\" {{\n  a = {}1{}\n}}\n", "[".repeat(n), "]".repeat(n));
    check(
        &deep(65),
        expect![[r#"
        Error[nesting-too-deep] nested too deeply: Expressions, templates and blocks may nest 64 levels.
          main.hcl:3:71 `[` the 65th level
          help: name an inner part in locals { … } and refer to it
    "#]],
    );
    let r = run_with(&[("main.hcl", &deep(100_000))], None, &Inputs::default(), &NoFacts);
    assert!(r.report.has_errors());
    let chain = (0..20_000).map(|i| format!("  a{i} = local.a{}\n", i + 1)).collect::<String>();
    let text = format!("project \"p\" {{}}\nlocals {{\n{chain}  a20000 = 1\n}}\n");
    let r = run_with(&[("main.hcl", &text)], None, &Inputs::default(), &NoFacts);
    assert!(!r.report.items().is_empty() && r.report.items().iter().all(|d| d.code == "nesting-too-deep"));
    let short = format!(
        "locals {{\n{}  a2000 = 1\n}}\n",
        chain.lines().take(2000).collect::<Vec<_>>().join("\n") + "\n"
    );
    let r = run_with(
        &[("main.hcl", &format!("project \"p\" {{}}\n{short}"))],
        None,
        &Inputs::default(),
        &NoFacts,
    );
    assert_eq!(show_report(&r.report, &r.loaded.sources), "");
}

#[test]
fn a_byte_order_mark_moves_nothing() {
    let text = "\u{feff}project \"t\" {}\napp \"x\" { a = nope }\n";
    let r = run_with(&[("main.hcl", text)], None, &Inputs::default(), &NoFacts);
    expect![[r#"
        Error[unknown-reference] reference to undeclared name: There is nothing named nope.
          main.hcl:2:15 `nope` 
          help: type "nope" for the text, or var.nope for a variable
    "#]]
    .assert_eq(&show_report(&r.report, &r.loaded.sources));
}
