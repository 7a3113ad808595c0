//! Renamed blocks keep their names; addresses that do not fit are named.

use expect_test::{Expect, expect};

use crate::testing::evaluated;

fn check(text: &str, expect: Expect) {
    expect.assert_eq(&evaluated(text));
}

#[test]
fn names_follow_from_the_address_before() {
    check(
        r#"
moved {
  from = app.first
  to   = app.second
}
moved {
  from = app.second
  to   = app.third
}
moved {
  from = app.one
  to   = app.many["eu"]
}
moved {
  from = job.old
  to   = job.new
}
removed { from = app.gone }
app "third" {}
app "many" { for_each = toset(["eu", "us"]) }
job "new" { count = 2 }
service "s" { name = app.third.name }
"#,
        expect![[r#"
            app.many["eu"]
              named as app.one
            app.many["us"]
            app.third
              named as app.first
            job.new[0]
              named as job.old[0]
            job.new[1]
              named as job.old[1]
            service.s
              name = "first"
              -> app.third at main.hcl:23
        "#]],
    );
}

#[test]
fn moves_that_do_not_fit_are_named() {
    check(
        r#"
moved {
  from = app.here
  to   = app.there
}
moved {
  from = app.a
  to   = service.s
}
moved {
  from = app.b
  to   = app.b
}
moved "x" {
  from = "app.b"
  too  = app.here
}
moved {
  from = app.c
  to   = app.here
}
moved {
  from = app.c
  to   = app.here
}
removed {
  from = app.here
  lifecycle { destroy = false }
}
removed {}
app "here" {}
service "s" {}
"#,
        expect![[r#"
            Error[bad-moved] invalid moved block: What moved away is still declared.
              main.hcl:4:10 `app.here` declared
              main.hcl:5:10 `app.there` moved to here
              help: rename the block, or remove this one
            Error[bad-moved] invalid moved block: There is no such block to move to.
              main.hcl:5:10 `app.there` not declared
              main.hcl:4:10 `app.here` moved from here
            Error[bad-moved] invalid moved block: An object keeps its kind: both addresses are of the same type of block.
              main.hcl:9:10 `service.s` to this
              main.hcl:8:10 `app.a` from this
            Error[bad-moved] invalid moved block: It moves nowhere.
              main.hcl:11:1 `moved` 
            Error[bad-moved] invalid moved block: It needs to, an address.
              main.hcl:15:1 `moved "x"` 
              help: to = app.web
            Error[stray-label] block takes no label: `moved` blocks have no name.
              main.hcl:15:7 `"x"` this label
            Error[bad-moved] invalid moved block: from is an address that is written out.
              main.hcl:16:10 `"app.b"` 
              help: from = app.web, or module.shop["eu"].app.web
            Error[unknown-attribute] unknown attribute: `moved` has no attribute "too".
              main.hcl:17:3 `too` 
              help: did you mean to?
            Error[bad-moved] invalid moved block: Two blocks move from one address.
              main.hcl:24:10 `app.c` the second one
              main.hcl:20:10 `app.c` the first one
            Error[bad-moved] invalid moved block: Two blocks move to one address.
              main.hcl:25:10 `app.here` the second one
              main.hcl:21:10 `app.here` the first one
            Error[bad-removed] invalid removed block: What is removed is still declared.
              main.hcl:28:10 `app.here` declared
              help: remove the block that declares it, or this one
            Error[bad-removed] invalid removed block: It needs from, an address.
              main.hcl:31:1 `removed` 
              help: from = app.web
        "#]],
    );
}

#[test]
fn checks_warn() {
    check(
        r#"
app "web" {}
check "name" {
  assert {
    condition     = app.web.name == "api"
    error_message = "It is ${app.web.name}."
  }
  assert {
    condition     = app.web.name == "web"
    error_message = "Never."
  }
}
check "shape" { asert = 1 }
"#,
        expect![[r#"
            Error[unknown-attribute] unknown attribute: `check` has no attribute "asert".
              main.hcl:14:17 `asert` 
            Warning[check-failed] a check does not hold: It is web.
              main.hcl:6:21 `app.web.name == "api"` this is false
              main.hcl:4:1 `check "name"` stated for this
        "#]],
    );
}
