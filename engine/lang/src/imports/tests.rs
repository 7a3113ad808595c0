//! What is taken over is declared, once, and by a name that is known.

use expect_test::{Expect, expect};

use crate::testing::evaluated;

fn check(text: &str, expect: Expect) {
    expect.assert_eq(&evaluated(text));
}

#[test]
fn what_is_taken_over_is_declared_once() {
    check(
        r#"
import { to = app.gone }
import {
  to = app.web
  id = "web"
}
import { to = app.web }
import { to = app.many }
import { to = app.off }
import { id = "x" }
import {
  to = app.many["eu"]
  id = 7
}
import "x" { to = app.web }
import { to = module.m }
app "web" {}
app "many" { for_each = toset(["eu", "us"]) }
app "off" { enabled = false }
"#,
        expect![[r#"
            Error[bad-import] invalid import block: There is no such block to take its objects over.
              main.hcl:3:15 `app.gone` not declared
            Error[bad-import] invalid import block: app.web is imported twice.
              main.hcl:8:15 `app.web` again here
              main.hcl:4:1 `import` first here
            Error[bad-import] invalid import block: app.many has several instances; one of them is imported.
              main.hcl:9:15 `app.many` 
              help: one of app.many["eu"], app.many["us"]
            Error[bad-import] invalid import block: It needs to, an address.
              main.hcl:11:1 `import` 
              help: to = app.web
            Error[bad-import] invalid import block: id is the name of the object, known while planning.
              main.hcl:14:8 `7` 
              help: id = "web"
            Error[stray-label] block takes no label: `import` blocks have no name.
              main.hcl:16:8 `"x"` this label
            Error[bad-import] invalid import block: app.web is imported twice.
              main.hcl:16:19 `app.web` again here
              main.hcl:4:1 `import` first here
            Error[bad-import] invalid import block: What is taken over are the objects of a block, and a module is none.
              main.hcl:17:15 `module.m` 
              help: to = module.NAME.app.web
        "#]],
    );
}
