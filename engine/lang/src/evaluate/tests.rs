//! Blocks, instances, references, cycles, marks: whole configurations.

use expect_test::{Expect, expect};

use crate::testing::evaluated;

fn check(text: &str, expect: Expect) {
    expect.assert_eq(&evaluated(text));
}

#[test]
fn blocks_may_use_each_others_services() {
    check(
        r#"
app "web" {
  replicas = 1 + 2
  env      = { API = service.api.ports.http.url, HOST = "x-${service.api.host}" }
  container "c" {
    port "http" { container_port = 3000 }
  }
}
app "api" {
  env = { WEB = service.web.host, POD = field("metadata.name"), IP = service.web.cluster_ip }
  container "c" {
    port "http" { container_port = 8080 }
  }
  depends_on = [app.web]
}
service "web" { app = app.web }
service "api" { app = app.api }
output "port" { value = "${service.api.ports.http}/${env.name}/${path.module}" }
"#,
        expect![[r#"
                app.api
                  env = {IP: <service.web.cluster_ip>, POD: &field, WEB: "web.default.svc"}
                  container "c"
                    port "http"
                      container_port = 8080
                  -> service.web (unknown) at main.hcl:11
                  => app.web
                app.web
                  replicas = 3
                  env = {API: "http://api.default.svc:8080", HOST: "x-api.default.svc"}
                  container "c"
                    port "http"
                      container_port = 3000
                  -> service.api at main.hcl:5
                service.api
                  app = &app app.api
                  -> app.api at main.hcl:18
                service.web
                  app = &app app.web
                  -> app.web at main.hcl:17
                output port = "8080/default/."
            "#]],
    );
}

#[test]
fn instances_come_from_count_for_each_and_enabled() {
    check(
        r#"
locals { regions = { eu = 2, us = 3 } }
app "web" {
  for_each = local.regions
  replicas = each.value
  name     = "web-${each.key}"
}
app "worker" {
  count   = 2
  enabled = count.index == 1
  index   = count.index
}
app "set" { for_each = toset(["b", "a"]) }
autoscale "web" {
  enabled = env.name == "prod"
}
service "eu" {
  app  = app.web["eu"]
  name = app.web["eu"].name
  all  = [for k, a in app.web : "${k}=${a.name}"]
  last = app.worker[*].name
  safe = try(autoscale.web, "none")
  me   = self
}
job "x" { depends_on = [app.web, app.worker[1], app.set["a"]] }
"#,
        expect![[r#"
                app.set["a"]
                app.set["b"]
                app.web["eu"]
                  replicas = 2
                  name = "web-eu"
                app.web["us"]
                  replicas = 3
                  name = "web-us"
                app.worker[1]
                  index = 1
                job.x
                  => app.web["eu"]
                  => app.web["us"]
                  => app.worker[1]
                  => app.set["a"]
                service.eu
                  app = &app app.web["eu"]
                  name = "web-eu"
                  all = ["eu=web-eu", "us=web-us"]
                  last = ["worker"]
                  safe = "none"
                  me = &service service.eu
                  -> app.web["eu"] at main.hcl:19
                  -> app.web["us"] at main.hcl:21
                  -> app.worker[1] at main.hcl:22
            "#]],
    );
}

#[test]
fn instances_must_be_known_and_plain() {
    check(
        r#"
locals {
  secret = sensitive("x")
  ip     = service.s.cluster_ip
}
service "s" { app = app.one }
app "one" { count = 1.5 }
app "two" { for_each = ["a", "b"] }
app "three" { count = length(local.ip) }
app "four" { for_each = { (local.secret) = 1 } }
app "five" {
  count    = 1
  for_each = {}
}
app "six" { enabled = local.ip == "10.0.0.1" }
app "seven" { for_each = toset([1]) }
app "eight" { count = -1 }
app "nine" { enabled = "maybe" }
output "o" { value = [app.one[0], app.six, app.two["a"]] }
"#,
        expect![[r#"
            Error[bad-instances] invalid count argument: The given value is not a whole number from 0 to 100000.
              main.hcl:8:21 `1.5` 
            Error[bad-instances] invalid for_each argument: for_each must be a map, or set of strings, and this is a list.
              main.hcl:9:24 `["a", "b"]` 
              help: toset([ … ]) makes a set of a list
            Error[bad-instances] invalid count argument: The count value depends on service.s.cluster_ip, which only the cluster knows after apply.
              main.hcl:10:23 `length(local.ip)` 
              help: use a value that is known while planning
            Error[bad-instances] invalid for_each argument: Sensitive values cannot be used in for_each: they would show in addresses.
              main.hcl:11:25 `{ (local.secret) = 1 }` 
              help: nonsensitive(…) says that this value may be shown
            Error[count-and-for-each] invalid combination of "count" and "for_each": A block has one of them.
              main.hcl:14:3 `for_each` here
              main.hcl:13:3 `count` and here
            Error[bad-instances] invalid enabled argument: The enabled value depends on service.s.cluster_ip, which only the cluster knows after apply.
              main.hcl:16:23 `local.ip == "10.0.0.1"` 
              help: use a value that is known while planning
            Error[bad-instances] invalid for_each argument: for_each supports maps and sets of strings, but this set holds a number.
              main.hcl:17:26 `toset([1])` 
              help: toset([ … ]) makes a set of a list
            Error[bad-instances] invalid count argument: The given value is not a whole number from 0 to 100000.
              main.hcl:18:23 `-1` 
            Error[bad-condition] incorrect condition type: The condition expression must be of type bool.
              main.hcl:19:24 `"maybe"` 
        "#]],
    );
}

#[test]
fn references_name_what_is_near() {
    check(
        r#"
variable "replicas" { default = 1 }
locals { tag = "x" }
app "nginx" { echo = 1 }
app "copies" { count = 2 }
autoscale "off" { enabled = false }
service "a" { app = app.nginxx }
service "b" { app = ap.nginx }
service "c" { replicas = var.replica }
service "d" { tag = local.tagg }
service "e" { name = app.nginx.nmae }
service "f" { name = nginx }
service "g" { name = app }
service "h" { name = env.nam }
service "i" { name = autoscale.off }
service "j" { name = app.copies[2] }
service "k" { name = app.copies["x"] }
service "l" { name = each.key }
service "m" { name = uppr("x") }
service "n" { name = { a = 1 }.b }
aap "x" {}
"#,
        expect![[r#"
            Error[unknown-block] reference to undeclared block: There is no app "nginxx".
              main.hcl:8:21 `app.nginxx` 
              help: did you mean app.nginx?
            Error[unknown-reference] reference to undeclared name: There is nothing named ap.
              main.hcl:9:21 `ap` 
              help: did you mean app?
            Error[unknown-reference] reference to undeclared name: There is no variable named "replica".
              main.hcl:10:26 `var.replica` 
              help: did you mean var.replicas?
            Error[unknown-reference] reference to undeclared name: There is no local value named "tagg".
              main.hcl:11:21 `local.tagg` 
              help: did you mean local.tag?
            Error[unsupported-attribute] unsupported attribute: app.nginx has no attribute named "nmae" that can be read.
              main.hcl:12:31 `.nmae` 
              help: did you mean name?
            Error[unknown-reference] reference to undeclared name: There is nothing named nginx.
              main.hcl:13:22 `nginx` 
              help: type "nginx" for the text, or var.nginx for a variable
            Error[bare-root] incomplete reference: Blocks are read by name: app.name.
              main.hcl:14:22 `app` 
            Error[unknown-reference] reference to undeclared name: There is no attribute of env named "nam".
              main.hcl:15:22 `env.nam` 
              help: did you mean env.name?
            Error[disabled-block] reference to a block that is not enabled: autoscale.off is not enabled in environment default.
              main.hcl:16:22 `autoscale.off` read here
              main.hcl:7:19 `enabled = false` disabled here
              help: try(autoscale.off, null) where it may be missing
            Error[invalid-index] invalid index: app.copies has no instance [2].
              main.hcl:17:32 `[2]` 
              help: it has [0], [1]
            Error[invalid-index] invalid index: app.copies has no instance ["x"].
              main.hcl:18:32 `["x"]` 
              help: it has [0], [1]
            Error[unknown-reference] reference to undeclared name: `each` exists only in a block that has for_each.
              main.hcl:19:22 `each` 
            Error[unknown-function] call to unknown function: There is no function named "uppr".
              main.hcl:20:22 `uppr` 
              help: did you mean upper?
            Error[unsupported-attribute] unsupported attribute: This object does not have an attribute named "b".
              main.hcl:21:31 `.b` 
              help: it has "a"
            Error[unknown-block] unknown block: There is no block "aap".
              main.hcl:22:1 `aap "x"` 
              help: did you mean app?
        "#]],
    );
}

#[test]
fn a_cycle_is_named_in_full() {
    check(
        r#"
locals {
  a = local.b + 1
  b = [for x in [1] : local.c]
  c = app.x.echo
  d = local.d
}
app "x" {
  echo = local.a
}
app "y" { count = length(app.y) }
"#,
        expect![[r#"
                Error[reference-cycle] values depend on each other in a circle: local.d → local.d.
                  main.hcl:7:7 `local.d` local.d reads local.d here
                  help: give one of them a value that does not come from the others
                Error[reference-cycle] values depend on each other in a circle: local.a → local.b → local.c → app.x.echo → app.x (echo) → local.a.
                  main.hcl:10:10 `local.a` app.x (echo) reads local.a here
                  main.hcl:4:7 `local.b` local.a reads local.b here
                  main.hcl:5:23 `local.c` local.b reads local.c here
                  main.hcl:6:12 `.echo` local.c reads app.x.echo here
                  help: give one of them a value that does not come from the others
                Error[reference-cycle] values depend on each other in a circle: app.y → app.y.
                  main.hcl:12:26 `app.y` app.y reads app.y here
                  help: give one of them a value that does not come from the others
            "#]],
    );
}

#[test]
fn one_cause_gives_one_finding() {
    check(
        r#"
locals {
  bad  = 1 / 0
  more = local.bad + 1
  list = [local.more]
}
app "x" {
  replicas = local.more
  text     = "${local.list[0]}"
  ok       = try(local.list, 1)
}
output "o" { value = local.bad ? 1 : 2 }
"#,
        expect![[r#"
                Error[division-by-zero] division by zero: Divisor is zero.
                  main.hcl:4:14 `0` 
                  main.hcl:4:10 `1 / 0` computed here
            "#]],
    );
}

#[test]
fn dynamic_blocks_repeat() {
    check(
        r#"
locals { ports = { http = 80, admin = 9000 } }
app "x" {
  container "c" {
    dynamic "port" {
      for_each = local.ports
      labels   = [port.key]
      content {
        container_port = port.value
        self           = self
      }
    }
    port "last" { container_port = 1 }
  }
  dynamic "path" {
    for_each = ["/a", "/b"]
    iterator = it
    content {
      n      = it.key
      path   = it.value
      module = path.module
      dynamic "inner" {
        for_each = [1, 2]
        content { x = "${it.value}${inner.value}" }
      }
    }
  }
}
service "s" { app = app.x }
output "ports" { value = { for k, p in service.s.ports : k => p.url } }
"#,
        expect![[r#"
                app.x
                  container "c"
                    port "admin"
                      container_port = 9000
                      self = &app app.x
                    port "http"
                      container_port = 80
                      self = &app app.x
                    port "last"
                      container_port = 1
                  path
                    n = 0
                    path = "/a"
                    module = "."
                    inner
                      x = "/a1"
                    inner
                      x = "/a2"
                  path
                    n = 1
                    path = "/b"
                    module = "."
                    inner
                      x = "/b1"
                    inner
                      x = "/b2"
                service.s
                  app = &app app.x
                  -> app.x at main.hcl:30
                output ports = {admin: "http://s.default.svc:9000", http: "http://s.default.svc:80", last: "http://s.default.svc:1"}
            "#]],
    );
}

#[test]
fn dynamic_blocks_say_what_they_lack() {
    check(
        r#"
service "s" { app = app.x }
app "x" {
  dynamic "a" { for_each = [] }
  dynamic "b" {
    for_each = 1
    content {}
  }
  dynamic "c" {
    for_each = service.s.cluster_ip
    content {}
  }
  dynamic "d" {
    for_each = [1]
    labels   = [null]
    extra    = 1
    content {}
    other {}
  }
  dynamic {
    for_each = []
    content {}
  }
}
"#,
        expect![[r#"
                Error[bad-dynamic] invalid dynamic block: A dynamic block needs for_each and content.
                  main.hcl:5:3 `dynamic "a"` 
                  help: dynamic "type" { for_each = …, then content { … } } on lines of their own
                Error[bad-dynamic] invalid dynamic block: Cannot use a number in for_each: a collection is required.
                  main.hcl:7:16 `1` 
                Error[bad-dynamic] invalid dynamic block: for_each depends on service.s.cluster_ip, which only the cluster knows after apply.
                  main.hcl:11:16 `service.s.cluster_ip` 
                  help: use a value that is known while planning
                Error[bad-dynamic] invalid dynamic block: labels is a list of strings that are known while planning.
                  main.hcl:16:16 `[null]` 
                Error[bad-dynamic] invalid dynamic block: extra does not belong here; it may belong into `content`.
                  main.hcl:17:5 `extra` 
                Error[bad-dynamic] invalid dynamic block: `other` belongs into `content`.
                  main.hcl:19:5 `other` 
                Error[bad-dynamic] invalid dynamic block: A dynamic block has one label, the type of the blocks it makes.
                  main.hcl:21:3 `dynamic` 
                  help: dynamic "type" { for_each = …, then content { … } } on lines of their own
            "#]],
    );
}

#[test]
fn what_is_unknown_stays_unknown_and_is_noted() {
    check(
        r#"
app "x" {
  ip   = service.s.cluster_ip
  url  = "http://${service.s.cluster_ip}:${service.s.host}"
  up   = upper(service.s.cluster_ip)
  cond = service.s.cluster_ip == "" ? 1 : 2
  list = [for x in [service.s.cluster_ip] : x]
  null = service.s.cluster_ip == null
  and  = false && service.s.cluster_ip == "x"
  or   = service.s.cluster_ip == "x" || true
  len  = length([service.s.cluster_ip])
  json = jsonencode({ a = service.s.cluster_ip })
  num  = service.s.cluster_ip + 1
}
service "s" { app = app.x }
"#,
        expect![[r#"
                app.x
                  ip = <service.s.cluster_ip>
                  url = <service.s.cluster_ip>
                  up = <service.s.cluster_ip>
                  cond = <service.s.cluster_ip>
                  list = [<service.s.cluster_ip>]
                  null = <service.s.cluster_ip>
                  and = false
                  or = true
                  len = 1
                  json = <service.s.cluster_ip>
                  num = <service.s.cluster_ip>
                  -> service.s (unknown) at main.hcl:4
                service.s
                  app = &app app.x
                  -> app.x at main.hcl:16
            "#]],
    );
}

#[test]
fn secrets_stay_marked() {
    check(
        r#"
variable "pass" {
  default   = "p"
  sensitive = true
}
locals { both = { secret = var.pass, plain = "x" } }
app "x" {
  direct = var.pass
  text   = "user:${var.pass}"
  plain  = local.both.plain
  object = local.both
  upper  = upper(local.both.secret)
  length = length(local.both)
  json   = jsonencode(local.both)
  cond   = var.pass == "p" ? "yes" : "no"
  shown  = nonsensitive(var.pass)
  merged = merge(local.both, { more = 1 })
}
output "kept" {
  value     = var.pass
  sensitive = true
}
"#,
        expect![[r#"
                app.x
                  direct = ~"p"
                  text = ~"user:p"
                  plain = "x"
                  object = {plain: "x", secret: ~"p"}
                  upper = ~"P"
                  length = 2
                  json = ~"{\"plain\":\"x\",\"secret\":\"p\"}"
                  cond = ~"yes"
                  shown = "p"
                  merged = {more: 1, plain: "x", secret: ~"p"}
                output kept = ~"p"
            "#]],
    );
}

#[test]
fn messages_show_no_secret() {
    check(
        r#"
variable "pass" {
  default   = "hunter2"
  sensitive = true
}
app "x" {
  a = tonumber(var.pass)
  b = { a = 1 }[var.pass]
  c = { for i in [1, 2] : var.pass => i }
  d = regex("x", var.pass)
  e = base64decode(var.pass)
  f = var.pass + 1
  g = file(var.pass)
  h = format("%d", var.pass)
}
"#,
        expect![[r#"
            Error[bad-argument] invalid function argument: Invalid value for "v" parameter: an argument is not suitable, and it is sensitive, so no more can be said.
              main.hcl:8:16 `var.pass` tonumber()
            Error[invalid-index] invalid index: The given key does not identify an element in this collection value.
              main.hcl:9:17 `var.pass` 
            Error[duplicate-key] duplicate object key: Two different items produced the key "(sensitive)" in this 'for' expression. If duplicates are expected, use the ellipsis (...) after the value expression to enable grouping by key.
              main.hcl:10:27 `var.pass` 
              main.hcl:10:18 `[1, 2]` the items come from here
            Error[function-failed] error in function call: Call to function "regex" failed: an argument is not suitable, and it is sensitive, so no more can be said.
              main.hcl:11:7 `regex("x", var.pass)` 
            Error[function-failed] error in function call: Call to function "base64decode" failed: an argument is not suitable, and it is sensitive, so no more can be said.
              main.hcl:12:7 `base64decode(var.pass)` 
            Error[invalid-operand] invalid operand: Unsuitable value for left operand: a number is required.
              main.hcl:13:7 `var.pass` 
            Error[bad-argument] invalid function argument: Invalid value for "path" parameter: an argument is not suitable, and it is sensitive, so no more can be said.
              main.hcl:14:12 `var.pass` file()
            Error[function-failed] error in function call: Call to function "format" failed: an argument is not suitable, and it is sensitive, so no more can be said.
              main.hcl:15:7 `format("%d", var.pass)` 
        "#]],
    );
}

#[test]
fn names_that_are_ignored_are_taken_as_they_are_written() {
    check(
        r#"
variable "replicas" { default = 1 }
app "web" {
  replicas = var.replicas
  lifecycle {
    ignore_changes = [replicas, container["web"].image, container.web.args[0], var.x.y, (labels["a.b/c"])]
  }
}
app "all" {
  lifecycle { ignore_changes = all }
}
app "none" {
  lifecycle { ignore_changes = [] }
}
"#,
        expect![[r#"
            app.all
              lifecycle
                ignore_changes = "all"
            app.none
              lifecycle
                ignore_changes = []
            app.web
              replicas = 1
              lifecycle
                ignore_changes = [["replicas"], ["container", "web", "image"], ["container", "web", "args", "0"], ["var", "x", "y"], ["labels", "a.b/c"]]
        "#]],
    );
    check(
        r#"
app "wrong" {
  lifecycle {
    ignore_changes = ["replicas", all, upper("x"), a[each.key], b[*].c]
  }
}
app "text" {
  lifecycle { ignore_changes = "all" }
}
"#,
        expect![[r#"
            Error[bad-ignore-changes] invalid ignore_changes: A name is written without quotes.
              main.hcl:5:23 `"replicas"` 
              help: ignore_changes = [replicas]
            Error[bad-ignore-changes] invalid ignore_changes: `all` stands for the whole list, not in it.
              main.hcl:5:35 `all` 
              help: ignore_changes = all
            Error[bad-ignore-changes] invalid ignore_changes: Each element names an attribute: it is not computed.
              main.hcl:5:40 `upper("x")` 
              help: ignore_changes = [replicas, container.web.image, labels["team"]]
            Error[bad-ignore-changes] invalid ignore_changes: Each element names an attribute: it is not computed.
              main.hcl:5:52 `a[each.key]` 
              help: ignore_changes = [replicas, container.web.image, labels["team"]]
            Error[bad-ignore-changes] invalid ignore_changes: Each element names an attribute: it is not computed.
              main.hcl:5:65 `b[*].c` 
              help: ignore_changes = [replicas, container.web.image, labels["team"]]
            Error[bad-ignore-changes] invalid ignore_changes: ignore_changes is a list of names, or `all`.
              main.hcl:9:32 `"all"` 
              help: ignore_changes = all
        "#]],
    );
}
