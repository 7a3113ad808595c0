//! `plan -order` and `show -order`: the steps, what each one waits for and why, and that an apply takes them so.

use expect_test::expect;
use plimsoll_tests::world::World;

const TIERS: &str = r#"project "shop" {}

environment "dev" {
  sandbox {}
  namespace = "shop"
}

namespace "shop" {}

config "site" {
  data = { color = "blue" }
}

job "migrate" {
  container "migrate" {
    image = "migrate:1"
    env   = { COLOR = config.site.keys.color }
  }
  timeouts {
    create = "90s"
  }
}

app "api" {
  depends_on = [job.migrate]
  container "api" {
    image = "api:1"
    port "http" { container_port = 80 }
  }
}

app "web" {
  container "web" {
    image    = "web:1"
    env_from = [config.site]
    env      = { API = service.api.ports.http.url }
  }
}

service "api" { app = app.api }
"#;

#[test]
fn the_order_is_printed_with_what_each_step_waits_for() {
    let world = World::sandbox();
    world.write("main.hcl", TIERS);
    let printed = world.run(&["plan", "-order", "-out", "p.plan"]).expect_code(0).stdout;
    expect![[r#"
        Environment dev of project shop, on the sandbox, the embedded cluster of this folder

        A step begins when what it waits for is done; of those that can begin, in this order:

          1. + namespace.shop (Namespace shop)
          2. + config.site (ConfigMap shop/site)
               after 1 namespace.shop is written: its namespace
          3. + service.api (Service shop/api-svc)
               after 1 namespace.shop is written: its namespace
          4. + app.web (Deployment shop/web)
               after 1 namespace.shop is written: its namespace
               after 2 config.site is written: reference, main.hcl:35
               after 3 service.api is written: reference, main.hcl:36
          5. + job.migrate (Job shop/migrate)
               after 1 namespace.shop is written: its namespace
               after 2 config.site is written: reference, main.hcl:17
          6. + app.api (Deployment shop/api)
               after 1 namespace.shop is written: its namespace
               after 3 service.api is written: reference, main.hcl:40
               after 5 job.migrate is ready: depends_on, main.hcl:25

        The apply ends when these are ready as well, each one in its time from when it is written:

          app.web  10 min
          job.migrate  1 min 30 s, main.hcl:20
          app.api  10 min

        Plan: 6 to add, 0 to change, 0 to destroy.

        Saved. To carry it out:
          plimsoll apply p.plan
    "#]]
    .assert_eq(&printed);
    // A saved plan tells the same.
    let shown = world.run(&["show", "-order", "p.plan"]).expect_code(0).stdout;
    assert!(printed.starts_with(shown.trim_end()), "{shown}");
    world.run(&["apply", "p.plan"]).expect_code(0);

    let nothing = world.run(&["plan", "-order"]).expect_code(0).stdout;
    expect![[r#"
        Environment dev of project shop, on the sandbox, the embedded cluster of this folder

        Of what stays as it is, 3 objects are waited for where they are not ready.

        No changes. The cluster matches the configuration.
    "#]]
    .assert_eq(&nothing);

    let gone = world.run(&["plan", "-order", "-destroy"]).expect_code(0).stdout;
    expect![[r#"
        Environment dev of project shop, on the sandbox, the embedded cluster of this folder: destroy everything

        A step begins when what it waits for is done; of those that can begin, in this order:

          1. - app.api (Deployment shop/api)
          2. - app.web (Deployment shop/web)
          3. - job.migrate (Job shop/migrate)
               after 1 app.api is gone: it needed this one when it was applied
          4. - service.api (Service shop/api-svc)
               after 1 app.api is gone: it needed this one when it was applied
               after 2 app.web is gone: it needed this one when it was applied
          5. - config.site (ConfigMap shop/site)
               after 2 app.web is gone: it needed this one when it was applied
               after 3 job.migrate is gone: it needed this one when it was applied
          6. - namespace.shop (Namespace shop)
               after 1 app.api is gone: it needed this one when it was applied
               after 2 app.web is gone: it needed this one when it was applied
               after 3 job.migrate is gone: it needed this one when it was applied
               after 4 service.api is gone: it needed this one when it was applied
               after 5 config.site is gone: it needed this one when it was applied

        Plan: 0 to add, 0 to change, 6 to destroy.
    "#]].assert_eq(&gone);
}

#[test]
fn an_apply_takes_the_steps_as_they_are_printed() {
    let world = World::sandbox();
    world.write("main.hcl", TIERS.replace("  depends_on = [job.migrate]\n", ""));
    for destroy in [false, true] {
        let flags: &[&str] = if destroy { &["plan", "-order", "-destroy"] } else { &["plan", "-order"] };
        let printed = world.run(flags).expect_code(0).stdout;
        let steps: Vec<&str> = printed
            .lines()
            .filter_map(|line| {
                let (number, rest) = line.trim_start().split_once(". ")?;
                number.parse::<usize>().ok()?;
                rest.split(' ').nth(1)
            })
            .collect();
        let command = if destroy { "destroy" } else { "apply" };
        let run = world.run(&[command, "-auto-approve", "-parallelism", "1"]).expect_code(0);
        let doing = if destroy { ": destroying..." } else { ": creating..." };
        let begun: Vec<&str> = run.stdout.lines().filter_map(|line| line.strip_suffix(doing)).collect();
        assert!(steps.len() > 5, "{printed}");
        assert_eq!(begun, steps, "{}", run.all());
    }
}

#[test]
fn the_order_needs_a_plan() {
    let world = World::sandbox();
    world.write("main.hcl", TIERS);
    assert!(world.run(&["show", "-order"]).expect_code(1).stderr.contains("<FILE>"));
    assert!(world.run(&["plan", "-order", "-json"]).expect_code(1).all().contains("cannot be used with"));
}
