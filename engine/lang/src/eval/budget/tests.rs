//! Configurations that ask for more than there is end soon, with a finding that has a place.

use std::fmt::Write;
use std::time::{Duration, Instant};

use crate::testing::{run_with, show_report};
use crate::{Inputs, NoFacts};

/// The first finding of `locals` of which the last one is given out.
fn refused(locals: &str) -> String {
    let text = format!("project \"p\" {{}}\nlocals {{\n{locals}\n}}\noutput \"o\" {{ value = local.z }}\n");
    let started = Instant::now();
    let r = run_with(&[("main.hcl", &text)], None, &Inputs::default(), &NoFacts);
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
    let d = r.report.items().first().unwrap_or_else(|| panic!("nothing found: {locals}"));
    assert!(d.at.is_some(), "{d:?}");
    show_report(&r.report, &r.loaded.sources).lines().next().unwrap_or("").to_string()
}

#[test]
fn values_that_hold_each_other_twice_are_too_large() {
    let mut locals = String::from("a0 = [\"x\", \"x\"]\n");
    for i in 1..40 {
        let _ = writeln!(locals, "a{i} = [local.a{0}, local.a{0}]", i - 1);
    }
    assert!(refused(&format!("{locals}z = local.a39")).contains("too-large]"));
    let mut objects = String::from("a0 = { k = \"x\" }\n");
    for i in 1..40 {
        let _ = writeln!(objects, "a{i} = {{ k = local.a{0}, l = local.a{0} }}", i - 1);
    }
    assert!(refused(&format!("{objects}z = jsonencode(local.a39)")).contains("too-large]"));
    let mut lists = String::from("a0 = range(1000)\n");
    for i in 1..40 {
        let _ = writeln!(lists, "a{i} = concat(local.a{0}, local.a{0})", i - 1);
    }
    let found = refused(&format!("{lists}z = local.a39"));
    assert!(found.starts_with("Error[function-failed]") || found.contains("too-large]"), "{found}");
}

#[test]
fn texts_of_texts_are_too_large() {
    let mut locals = String::from("a0 = \"0123456789abcdef\"\n");
    for i in 1..60 {
        let _ = writeln!(locals, "a{i} = \"${{local.a{0}}}${{local.a{0}}}\"", i - 1);
    }
    assert!(refused(&format!("{locals}z = local.a59")).starts_with("Error[text-too-large]"));
    let long = "a = join(\"\", [for i in range(1000) : format(\"%1000s\", \"x\")])\n";
    for (z, code) in [
        ("join(local.a, range(1000))", "function-failed"),
        ("replace(local.a, \" \", local.a)", "function-failed"),
        ("replace(local.a, \"/ /\", local.a)", "function-failed"),
        ("jsonencode([for i in range(1000) : local.a])", "function-failed"),
        ("yamlencode([for i in range(1000) : local.a])", "function-failed"),
        ("format(\"%1000000000s\", \"x\")", "function-failed"),
        ("formatlist(\"%s%s\", range(1000), local.a)", "function-failed"),
        ("indent(10000, replace(local.a, \" \", \"\\n\"))", "function-failed"),
        ("\"%{ for i in range(1000) }${local.a}%{ endfor }\"", "text-too-large"),
    ] {
        let found = refused(&format!("{long}z = {z}"));
        assert!(found.starts_with(&format!("Error[{code}]")) || found.contains("too-large]"), "{z}: {found}");
    }
}

#[test]
fn loops_in_loops_are_too_many_steps() {
    let four =
        "for a in range(1000) : [for b in range(1000) : [for c in range(1000) : [for d in range(1000) : d]]]";
    assert!(refused(&format!("z = [{four}]")).contains("too-large]"));
    for (z, code) in [
        ("range(1e9)", "function-failed"),
        ("setproduct(range(1000), range(1000), range(1000))", "function-failed"),
        ("regex(\"(((a{1000}){1000}){1000}){1000}\", \"a\")", "bad-argument"),
    ] {
        let found = refused(&format!("z = {z}"));
        assert!(found.starts_with(&format!("Error[{code}]")), "{z}: {found}");
    }
}

#[test]
fn chains_of_values_are_nested_too_deeply() {
    let mut locals = String::from("a0 = []\n");
    for i in 1..5_000 {
        let _ = writeln!(locals, "a{i} = [local.a{}]", i - 1);
    }
    let found = refused(&format!("{locals}z = local.a4999"));
    assert!(found.contains("nested"), "{found}");
}

#[test]
fn empty_loops_end_too() {
    let z = "\"%{ for a in range(1000) }%{ for b in range(1000) }%{ for c in range(1000) }%{ endfor }%{ endfor }%{ endfor }\"";
    assert!(refused(&format!("z = {z}")).starts_with("Error[evaluation-too-large]"));
}
