//! What `removed` blocks say: what stays, where it is written, and what is still declared.

use expect_test::{Expect, expect};

use crate::testing::{run_with, show_config, show_report};
use crate::{Inputs, NoFacts};

/// Files written as one text: `-- path` starts each one.
fn check(text: &str, expect: Expect) {
    let files: Vec<_> = text.split("-- ").skip(1).filter_map(|part| part.split_once('\n')).collect();
    let r = run_with(&files, None, &Inputs::default(), &NoFacts);
    let found = show_report(&r.report, &r.loaded.sources);
    expect.assert_eq(&if found.is_empty() { show_config(&r) } else { found });
}

#[test]
fn blocks_modules_and_instances_are_let_go_also_by_the_module_that_had_them() {
    check(
        r#"
-- main.hcl
project "p" {}
removed { from = app.gone }
removed {
  from = app.kept
  lifecycle { destroy = false }
}
removed {
  from = app.many["us"]
  lifecycle { destroy = false }
}
removed {
  from = module.old
  lifecycle { destroy = false }
}
app "many" { for_each = toset(["eu"]) }
module "shop" {
  source   = "./shop"
  for_each = toset(["a"])
}
-- shop/main.hcl
removed {
  from = config.site
  lifecycle { destroy = false }
}
"#,
        expect![[r#"
            app.many["eu"]
            released module.old
            released app.kept
            released app.many["us"]
            released module.shop.config.site
        "#]],
    );
}

#[test]
fn what_is_declared_is_not_removed() {
    check(
        r#"
-- main.hcl
project "p" {}
app "many" { for_each = toset(["eu", "us"]) }
removed { from = app.many }
removed {
  from = app.many["us"]
  lifecycle { destroy = false }
}
removed { from = app.many["eu"] }
removed {
  from = app.gone
  lifecycle { destroy = "no" }
}
"#,
        expect![[r#"
            Error[bad-removed] invalid removed block: What is removed is still declared.
              main.hcl:3:18 `app.many` declared
              help: remove the block that declares it, or this one
            Error[bad-removed] invalid removed block: What is removed is still declared.
              main.hcl:5:10 `app.many["us"]` declared
              help: remove the block that declares it, or this one
            Error[bad-removed] invalid removed block: What is removed is still declared.
              main.hcl:8:18 `app.many["eu"]` declared
              help: remove the block that declares it, or this one
            Error[bad-flag] true or false is required: destroy is written out: true or false.
              main.hcl:11:25 `"no"` 
        "#]],
    );
}
