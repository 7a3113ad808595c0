//! Modules: what they take, what they give, how often; and every way in which a call is wrong.

use expect_test::{Expect, expect};

use crate::testing::{Run, run_with, show_config, show_report};
use crate::{Inputs, NoFacts};

mod places;

/// Files written as one text: `-- path` starts each one.
fn files(text: &str) -> Vec<(&str, &str)> {
    text.split("-- ").skip(1).filter_map(|part| part.split_once('\n')).collect()
}

fn evaluated(text: &str) -> Run {
    run_with(&files(text), None, &Inputs::default(), &NoFacts)
}

fn check(text: &str, expect: Expect) {
    let r = evaluated(text);
    let found = show_report(&r.report, &r.loaded.sources);
    expect.assert_eq(&if found.is_empty() { show_config(&r) } else { found });
}

const TENANT: &str = r#"
-- modules/tenant/main.hcl
variable "image" { type = string }
variable "replicas" {
  type    = number
  default = 1
}
locals { host = service.web.host }
app "web" {
  replicas = var.replicas
  image    = var.image
  path     = path.module
  container "c" {
    port "http" { container_port = 80 }
  }
}
service "web" { app = app.web }
output "url" { value = service.web.ports.http.url }
output "host" { value = local.host }
output "app" { value = app.web }
"#;

#[test]
fn each_instance_has_its_blocks_inputs_and_outputs() {
    check(
        &format!(
            r#"
-- main.hcl
project "t" {{}}
locals {{ tenants = {{ eu = 2, us = 3 }} }}
module "tenant" {{
  for_each = local.tenants
  source   = "./modules/tenant"
  image    = "web:${{each.key}}"
  replicas = each.value
}}
app "proxy" {{
  eu  = module.tenant["eu"].url
  all = values(module.tenant)[*].host
  map = {{ for k, m in module.tenant : k => m.app.name }}
}}
output "one" {{ value = module.tenant["us"] }}
{TENANT}"#
        ),
        expect![[r#"
            app.proxy
              eu = "http://web.default.svc:80"
              all = ["web.default.svc", "web.default.svc"]
              map = {eu: "web", us: "web"}
              -> module.tenant["eu"].app.web at main.hcl:11
              -> module.tenant["eu"].service.web at main.hcl:10
              -> module.tenant["us"].app.web at main.hcl:11
              -> module.tenant["us"].service.web at main.hcl:11
            module.tenant["eu"].app.web
              replicas = 2
              image = "web:eu"
              path = "modules/tenant"
              container "c"
                port "http"
                  container_port = 80
            module.tenant["eu"].service.web
              app = &app module.tenant["eu"].app.web
              -> module.tenant["eu"].app.web at modules/tenant/main.hcl:15
            module.tenant["us"].app.web
              replicas = 3
              image = "web:us"
              path = "modules/tenant"
              container "c"
                port "http"
                  container_port = 80
            module.tenant["us"].service.web
              app = &app module.tenant["us"].app.web
              -> module.tenant["us"].app.web at modules/tenant/main.hcl:15
            output one = {app: &app module.tenant["us"].app.web, host: "web.default.svc", url: "http://web.default.svc:80"}
        "#]],
    );
}

#[test]
fn modules_nest_and_wait() {
    check(
        &format!(
            r#"
-- main.hcl
project "t" {{}}
app "db" {{}}
module "shop" {{
  source     = "./modules/shop"
  backend    = app.db
  depends_on = [app.db]
}}
job "after" {{ depends_on = [module.shop] }}
output "urls" {{ value = module.shop.urls }}
-- modules/shop/main.hcl
variable "backend" {{}}
module "tenant" {{
  source = "../tenant"
  count  = 2
  image  = "x:${{count.index}}"
}}
app "cache" {{ db = var.backend.name }}
output "urls" {{ value = module.tenant[*].url }}
{TENANT}"#
        ),
        expect![[r#"
            app.db
            job.after
              => module.shop.module.tenant[0].app.web
              => module.shop.module.tenant[0].service.web
              => module.shop.module.tenant[1].app.web
              => module.shop.module.tenant[1].service.web
              => module.shop.app.cache
            module.shop.app.cache
              db = "db"
              -> app.db at modules/shop/main.hcl:7
              => app.db
            module.shop.module.tenant[0].app.web
              replicas = 1
              image = "x:0"
              path = "modules/tenant"
              container "c"
                port "http"
                  container_port = 80
              => app.db
            module.shop.module.tenant[0].service.web
              app = &app module.shop.module.tenant[0].app.web
              -> module.shop.module.tenant[0].app.web at modules/tenant/main.hcl:15
              => app.db
            module.shop.module.tenant[1].app.web
              replicas = 1
              image = "x:1"
              path = "modules/tenant"
              container "c"
                port "http"
                  container_port = 80
              => app.db
            module.shop.module.tenant[1].service.web
              app = &app module.shop.module.tenant[1].app.web
              -> module.shop.module.tenant[1].app.web at modules/tenant/main.hcl:15
              => app.db
            output urls = ["http://web.default.svc:80", "http://web.default.svc:80"]
        "#]],
    );
}

#[test]
fn a_module_that_is_not_enabled_is_not_there() {
    check(
        &format!(
            r#"
-- main.hcl
project "t" {{}}
module "tenant" {{
  source  = "./modules/tenant"
  enabled = env.name == "prod"
  image   = "x"
}}
output "maybe" {{ value = try(module.tenant.url, "none") }}
output "url" {{ value = module.tenant.url }}
{TENANT}"#
        ),
        expect![[r#"
            Error[disabled-block] reference to a block that is not enabled: module.tenant is not enabled in environment default.
              main.hcl:8:24 `module.tenant` read here
              main.hcl:4:3 `enabled = env.name == "prod"` disabled here
              help: try(module.tenant, null) where it may be missing
        "#]],
    );
}

#[test]
fn values_that_do_not_fit_name_both_ends() {
    check(
        r#"
-- main.hcl
project "t" {}
variable "n" { default = "many" }
module "a" {
  source = "./m"
  count_ = 1
  n      = var.n
  l      = null
  o      = { a = 1, c = 2 }
  old    = 1
}
module "b" {
  source  = "./m"
  version = "1.0"
  n       = 5
  l       = []
  o       = { a = 1 }
  nested { x = 1 }
}
output "x" { value = [module.a.nothing, module.a.gone, module.c.x] }
-- m/main.hcl
variable "n" {
  type = number
  validation {
    condition     = var.n < 5
    error_message = "n is below 5, not ${var.n}."
  }
}
variable "l" {
  type     = list(string)
  nullable = false
}
variable "o" { type = object({ a = number, b = optional(string) }) }
variable "old" {
  default    = 0
  deprecated = "Use n."
}
variable "source" { default = 1 }
app "bad" { x = app.none.name }
output "gone" {
  value      = 1
  deprecated = "Nobody needs it."
}
"#,
        expect![[r#"
            Error[unknown-variable] value for undeclared variable: The module in m declares no variable "count_".
              main.hcl:5:3 `count_` 
              help: it has "n", "l", "o", "old", "source"
            Error[bad-value] invalid value for variable: The value is not suitable for var.n: a number is required.
              main.hcl:6:12 `var.n` 
              m/main.hcl:1:1 `variable "n"` declared here
            Error[bad-value] invalid value for variable: The variable "l" cannot be null: it has nullable = false.
              main.hcl:7:12 `null` 
              m/main.hcl:8:1 `variable "l"` declared here
            Error[unknown-key] unknown key in the value of a variable: The value is not suitable for var.o: there is no attribute "c".
              main.hcl:8:25 `2` 
              m/main.hcl:12:1 `variable "o"` declared here
              help: remove it, or add it to the type of variable "o"
            Error[unknown-attribute] unknown attribute: A version belongs to a registry, and modules come from folders and from git.
              main.hcl:13:3 `version` 
              help: source = "git::https://…?ref=v1.2.0"
            Error[validation-failed] invalid value for variable: n is below 5, not 5.
              main.hcl:14:13 `5` this value
              m/main.hcl:4:21 `var.n < 5` does not pass this condition
              m/main.hcl:1:1 `variable "n"` declared here
              main.hcl:11:1 `module "b"` module.b is called here
            Error[stray-block] block does not belong here: A call of a module holds attributes only.
              main.hcl:17:3 `nested` 
            Error[unsupported-attribute] unsupported attribute: module.a has no output named "nothing".
              main.hcl:19:31 `.nothing` 
              main.hcl:3:1 `module "a"` the module in m is called here
              help: it has "gone"
            Error[unknown-block] reference to undeclared block: There is no module "c".
              main.hcl:19:56 `module.c` 
              help: declare it: module "c" { … }
            Error[bad-name] name cannot be referred to: A call of the module could not set "source": the word has a meaning there.
              m/main.hcl:17:1 `variable "source"` rename this variable
              main.hcl:3:1 `module "a"` module.a is called here
            Error[unknown-block] reference to undeclared block: There is no app "none".
              m/main.hcl:18:17 `app.none` 
              main.hcl:3:1 `module "a"` module.a is called here
              help: declare it: app "none" { … }
            Error[unknown-block] reference to undeclared block: There is no app "none".
              m/main.hcl:18:17 `app.none` 
              main.hcl:11:1 `module "b"` module.b is called here
              help: declare it: app "none" { … }
            Warning[deprecated] use of something deprecated: The variable "old": Use n.
              main.hcl:9:3 `old` set here
              m/main.hcl:13:1 `variable "old"` declared here
            Warning[deprecated] use of something deprecated: The output "gone" of the module in m: Nobody needs it.
              main.hcl:19:41 `module.a.gone` read here
              m/main.hcl:19:1 `output "gone"` declared here
        "#]],
    );
}

#[test]
fn sources_that_lead_nowhere_are_named() {
    check(
        r#"
-- main.hcl
project "t" {}
module "none" {}
module "registry" { source = "hashicorp/web" }
module "missing" { source = "./nowhere" }
module "out" { source = "../x" }
module "absolute" { source = "/etc" }
module "computed" { source = "./${env.name}" }
module "url" { source = "https://example.com/x.git" }
module "unlocked" { source = "git::https://example.com/x.git?ref=v1" }
module "self" { source = "./" }
module "ring" { source = "./a" }
module "project" { source = "./p" }
module {
  source = "./a"
}
output "silent" { value = [module.missing.x, module.ring.y] }
-- a/main.hcl
module "b" { source = "../b" }
-- b/main.hcl
module "a" { source = "../a" }
-- p/main.hcl
project "p" {}
environment "e" {
  sandbox {}
}
-- empty/readme.md
"#,
        expect![[r#"
            Error[missing-source] module has no source: A call of a module names its folder.
              main.hcl:2:1 `module "none"` 
              help: source = "./modules/web"
            Error[bad-source] invalid module source: "hashicorp/web" could be a registry's, and there is no registry; a folder starts with `./`.
              main.hcl:3:30 `"hashicorp/web"` 
              help: source = "./hashicorp/web"
            Error[missing-module] cannot read a module: "./nowhere" means the folder nowhere: there is no such folder.
              main.hcl:4:29 `"./nowhere"` named here
              help: create nowhere, or correct the path
            Error[module-outside] module lies outside of the configuration: "../x" leads out of the configuration's folder: a plan would depend on what nobody reviews with it.
              main.hcl:5:25 `"../x"` 
              help: move the module below it, keep both in one git repository, or name it by git::…?ref=…
            Error[bad-source] invalid module source: An absolute path is another one on each machine.
              main.hcl:6:30 `"/etc"` 
              help: source = "./modules/web"
            Error[bad-source] invalid module source: A source is written out, between quotes: which files belong to a configuration cannot depend on anything.
              main.hcl:7:30 `"./${env.name}"` 
              help: source = "./modules/web"
            Error[bad-source] invalid module source: "https://example.com/x.git" is no folder, and a repository starts with `git::`.
              main.hcl:8:25 `"https://example.com/x.git"` 
              help: source = "git::https://example.com/modules.git//web?ref=v1.2.0"
            Error[module-not-locked] module is not in the lock file: plimsoll.lock.hcl has no entry for git::https://example.com/x.git?ref=v1, so its content is not known.
              main.hcl:9:30 `"git::https://example.com/x.git?ref=v1"` named here
              help: plimsoll get
            Error[module-cycle] modules call each other in a circle: . → ..
              main.hcl:10:26 `"./"` ./ leads back
            Error[missing-label] block needs a name: `module` blocks are named by their label.
              main.hcl:13:1 `module` 
              help: module "name" { … }
            Error[unsupported-attribute] unsupported attribute: module.ring has no output named "y".
              main.hcl:16:57 `.y` 
              main.hcl:11:1 `module "ring"` the module in a is called here
              help: declare it in a: output "y" { value = … }
            Error[module-cycle] modules call each other in a circle: a → b → a.
              b/main.hcl:1:23 `"../a"` ../a leads back
              a/main.hcl:1:23 `"../b"` on the way
            Error[root-only] block does not belong into a module: `project` says where a whole configuration goes.
              p/main.hcl:1:1 `project "p"` 
              main.hcl:12:29 `"./p"` this folder is called as a module here
              help: keep it in the configuration's folder, and move what is shared to a folder of its own
            Error[root-only] block does not belong into a module: `environment` says where a whole configuration goes.
              p/main.hcl:2:1 `environment "e"` 
              main.hcl:12:29 `"./p"` this folder is called as a module here
              help: keep it in the configuration's folder, and move what is shared to a folder of its own
        "#]],
    );
}

#[test]
fn circles_through_modules_are_named() {
    check(
        r#"
-- main.hcl
project "t" {}
module "a" {
  source = "./m"
  in     = module.b.out
}
module "b" {
  source = "./m"
  in     = module.a.out
}
-- m/main.hcl
variable "in" {}
output "out" { value = var.in }
"#,
        expect![[r#"
            Error[reference-cycle] values depend on each other in a circle: module.a.var.in → module.b.out → module.b.var.in → module.a.out → module.a.var.in.
              m/main.hcl:2:24 `var.in` module.a.out reads module.a.var.in here
              main.hcl:4:12 `module.b.out` module.a.var.in reads module.b.out here
              m/main.hcl:2:24 `var.in` module.b.out reads module.b.var.in here
              main.hcl:8:12 `module.a.out` module.b.var.in reads module.a.out here
              main.hcl:2:1 `module "a"` module.a is called here
              help: give one of them a value that does not come from the others
        "#]],
    );
}

#[test]
fn sensitive_values_stay_so_through_a_module() {
    let r = evaluated(
        r#"
-- main.hcl
project "t" {}
module "m" {
  source = "./m"
  pass   = "p"
}
output "pass" { value = module.m.pass }
output "length" {
  value     = length(module.m.marked)
  sensitive = true
}
-- m/main.hcl
variable "pass" { sensitive = true }
output "pass" { value = var.pass }
output "marked" {
  value     = "abc"
  sensitive = true
}
"#,
    );
    expect![[r#"
        Error[sensitive-output] output refers to sensitive values: To show or keep it anyway, say so.
          main.hcl:6:25 `module.m.pass` this is sensitive
          help: type sensitive = true in the output; it is then never shown
    "#]]
    .assert_eq(&show_report(&r.report, &r.loaded.sources));
    expect![[r#"
        output pass = ~"p"
        output length = ~3
    "#]]
    .assert_eq(&show_config(&r));
}

#[test]
fn conditions_are_checked_where_they_are_known() {
    check(
        r#"
-- main.hcl
project "t" {}
app "web" {
  replicas = 3
  lifecycle {
    prevent_destroy = true
    precondition {
      condition     = env.name == "prod"
      error_message = "Not in ${env.name}."
    }
    postcondition {
      condition     = self.name == "api"
      error_message = "It is named ${self.name}."
    }
    postcondition {
      condition     = service.web.cluster_ip != ""
      error_message = "Not known yet."
    }
    postcondition { condition = true }
  }
}
service "web" { app = app.web }
output "x" {
  value = 1
  precondition {
    condition     = 1 > 2
    error_message = "One is not above two."
  }
}
"#,
        expect![[r#"
            Error[condition-failed] a condition does not hold: Not in default.
              main.hcl:7:23 `env.name == "prod"` this is false
              main.hcl:2:1 `app "web"` stated for this
            Error[condition-failed] a condition does not hold: It is named web.
              main.hcl:11:23 `self.name == "api"` this is false
              main.hcl:2:1 `app "web"` stated for this
            Error[bad-validation] incomplete validation: `postcondition` has a condition and an error_message.
              main.hcl:18:5 `postcondition` 
            Error[condition-failed] a condition does not hold: One is not above two.
              main.hcl:25:21 `1 > 2` this is false
              main.hcl:22:1 `output "x"` stated for this
        "#]],
    );
}

#[test]
fn repeating_is_bounded() {
    let r = evaluated(
        r#"
-- main.hcl
project "t" {}
module "a" {
  source = "./a"
  count  = 300
}
-- a/main.hcl
app "web" {
  dynamic "container" {
    for_each = range(1000)
    labels   = [container.value]
    content {}
  }
}
"#,
    );
    expect![[r#"
        Error[too-many-instances] too many blocks: count, for_each and dynamic make more than 250000 blocks together; what follows is left out.
          a/main.hcl:2:3 `dynamic "container"` while repeating this
          main.hcl:2:1 `module "a"` module.a is called here
    "#]].assert_eq(&show_report(&r.report, &r.loaded.sources));
}
