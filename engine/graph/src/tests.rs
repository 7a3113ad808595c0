//! Graphs in text, what becomes of them in text; and large ones.

use std::fmt::Write;

use expect_test::{Expect, expect};
use plimsoll_model::{Address, Edge, EdgeKind};

use crate::text::{address, parse};
use crate::{Cycle, Graph};

fn check(text: &str, expect: Expect) {
    let (nodes, edges) = parse(text);
    let out = match Graph::build(nodes, edges) {
        Ok(graph) => tell(&graph),
        Err(cycles) => cycles.iter().map(|c| tell_cycle(c, text)).collect(),
    };
    expect.assert_eq(&out);
}

/// Every address in order, under it what it needs; then what was dropped.
fn tell(graph: &Graph) -> String {
    let mut out = String::new();
    for address in graph.order() {
        writeln!(out, "{address}").unwrap();
        for (to, kind) in graph.dependencies(&address) {
            writeln!(out, "  needs {to} ({kind:?})").unwrap();
        }
        for (from, kind) in graph.dependents(&address) {
            writeln!(out, "  is needed by {from} ({kind:?})").unwrap();
        }
    }
    for e in graph.dropped() {
        writeln!(out, "dropped {} -> {}", e.from, e.to).unwrap();
    }
    out
}

fn tell_cycle(cycle: &Cycle, text: &str) -> String {
    let d = cycle.diagnostic();
    let mut out = format!("{}: {}\n  {}\n", d.code, d.summary, d.detail);
    for note in d.at.iter().chain(&d.related) {
        let place = &text[note.span.start as usize..note.span.end as usize];
        writeln!(out, "  at `{}`: {}", place.trim(), note.message).unwrap();
    }
    writeln!(out, "  help: {}", d.help.unwrap_or_default()).unwrap();
    out
}

#[test]
fn what_is_needed_comes_first_and_then_the_smaller_address() {
    check(
        "web -> api
         api => ns
         web => ns
         aaa",
        expect![[r#"
            app.aaa
            app.ns
              is needed by app.api (Applied)
              is needed by app.web (Applied)
            app.api
              needs app.ns (Applied)
              is needed by app.web (Order)
            app.web
              needs app.api (Order)
              needs app.ns (Applied)
        "#]],
    );
}

#[test]
fn two_apps_that_use_each_other_are_ordinary() {
    check(
        "web -> api\n api -> web",
        expect![[r#"
        app.web
          is needed by app.api (Order)
        app.api
          needs app.web (Order)
        dropped app.web -> app.api
    "#]],
    );
}

#[test]
fn order_gives_way_to_hard_edges() {
    check(
        "a -> b\n b => c\n c >> a",
        expect![[r#"
        app.a
          is needed by app.c (Ready)
        app.c
          needs app.a (Ready)
          is needed by app.b (Applied)
        app.b
          needs app.c (Applied)
        dropped app.a -> app.b
    "#]],
    );
}

#[test]
fn the_first_wishes_win() {
    check(
        "c -> a\n b -> c\n a -> b\n a -> a",
        expect![[r#"
        app.c
          is needed by app.b (Order)
        app.b
          needs app.c (Order)
          is needed by app.a (Order)
        app.a
          needs app.b (Order)
        dropped app.a -> app.a
        dropped app.c -> app.a
    "#]],
    );
}

#[test]
fn of_two_edges_the_stronger_counts() {
    check(
        "a -> b\n a >> b\n a => b\n b -> a",
        expect![[r#"
        app.b
          is needed by app.a (Ready)
        app.a
          needs app.b (Ready)
        dropped app.b -> app.a
    "#]],
    );
}

#[test]
fn hard_cycles_are_named_in_full() {
    check(
        "web => api
         api >> db
         db => web
         db -> web
         x >> x
         p => q
         q => p
         q => r
         r => p",
        expect![[r#"
            dependency-cycle: blocks depend on each other in a cycle
              No order satisfies all of these: app.api waits until app.db is ready; app.db needs app.web to be applied before it; app.web needs app.api to be applied before it.
              at `api >> db`: app.api depends on app.db here
              at `db => web`: app.db depends on app.web here
              at `web => api`: app.web depends on app.api here
              help: remove app.db from `depends_on` of app.api
            dependency-cycle: blocks depend on each other in a cycle
              No order satisfies all of these: app.p needs app.q to be applied before it; app.q needs app.p to be applied before it.
              at `p => q`: app.p depends on app.q here
              at `q => p`: app.q depends on app.p here
              help: remove one of these references
            dependency-cycle: blocks depend on each other in a cycle
              No order satisfies all of these: app.x waits until app.x is ready.
              at `x >> x`: app.x depends on app.x here
              help: remove app.x from `depends_on` of app.x
        "#]],
    );
}

#[test]
fn a_cycle_without_places_is_named_too() {
    let edge = |from, to| Edge { from: address(from), to: address(to), kind: EdgeKind::Applied, span: None };
    let cycles =
        Graph::build(vec![address("a"), address("b")], vec![edge("a", "b"), edge("b", "a")]).unwrap_err();
    expect![[r#"
        dependency-cycle: blocks depend on each other in a cycle
          No order satisfies all of these: app.a needs app.b to be applied before it; app.b needs app.a to be applied before it.
          help: remove one of these references
    "#]].assert_eq(&tell_cycle(&cycles[0], ""));
}

#[test]
fn edges_to_strangers_are_left_out() {
    let (_, edges) = parse("a => b\n a => stranger\n stranger -> b");
    let graph = Graph::build(vec![address("b"), address("a"), address("a")], edges).unwrap();
    assert_eq!(graph.len(), 2);
    assert_eq!(graph.edges().len(), 1);
    assert!(graph.contains(&address("a")) && !graph.contains(&address("stranger")));
    assert!(graph.dependencies(&address("stranger")).is_empty());
    assert_eq!(graph.reverse_order(), [address("a"), address("b")]);
    assert!(Graph::build(Vec::new(), Vec::new()).unwrap().is_empty());
}

#[test]
fn dot_is_sorted_and_quoted() {
    let (mut nodes, edges) = parse("app.web -> service.api\n job.m >> app.db\n app.db => config.c");
    nodes.push("app.web[\"a\\\"b\"]".parse().unwrap());
    expect![[r#"
        digraph plimsoll {
          rankdir = "LR"
          node [shape = "box"]
          "app.db"
          "app.web"
          "app.web[\"a\\\"b\"]"
          "config.c"
          "job.m"
          "service.api"
          "app.db" -> "config.c"
          "app.web" -> "service.api" [style = "dashed"]
          "job.m" -> "app.db" [style = "bold", label = "ready"]
        }
    "#]]
    .assert_eq(&Graph::build(nodes, edges).unwrap().dot());
}

#[test]
fn the_same_graph_whatever_the_order_of_the_input() {
    let text = "a -> b\n b -> c\n c -> a\n c => d\n d -> b\n e >> a\n b -> e";
    let (mut nodes, mut edges) = parse(text);
    let graph = Graph::build(nodes.clone(), edges.clone()).unwrap();
    for turn in 0..edges.len() {
        nodes.reverse();
        edges.rotate_left(1);
        let other = Graph::build(nodes.clone(), edges.clone()).unwrap();
        assert_eq!((tell(&other), other.dot()), (tell(&graph), graph.dot()), "{turn}");
    }
}

fn numbered(n: usize) -> Vec<Address> {
    (0..n).map(|i| address(&format!("n{i:07}"))).collect()
}

fn edge(nodes: &[Address], from: usize, to: usize, kind: EdgeKind) -> Edge {
    Edge { from: nodes[from].clone(), to: nodes[to].clone(), kind, span: None }
}

#[test]
fn a_chain_of_a_million_addresses() {
    const N: usize = 1_000_000;
    let nodes = numbered(N);
    let kinds = [EdgeKind::Order, EdgeKind::Applied, EdgeKind::Ready];
    let mut edges: Vec<Edge> = (1..N).map(|i| edge(&nodes, i - 1, i, kinds[i % 3])).collect();
    // One wish back, which closes the whole chain.
    edges.push(edge(&nodes, N - 1, 0, EdgeKind::Order));
    let graph = Graph::build(nodes.clone(), edges).unwrap();
    assert!(graph.order().iter().eq(nodes.iter().rev()));
    assert_eq!(graph.dropped().len(), 1);
    drop(graph);
    // The same with hard edges is one cycle of a million edges.
    let round = (0..N).map(|i| edge(&nodes, i, (i + 1) % N, EdgeKind::Applied)).collect();
    let cycles = Graph::build(nodes, round).unwrap_err();
    assert_eq!(cycles.iter().map(|c| c.edges.len()).collect::<Vec<_>>(), [N]);
}

/// Ten thousand addresses, each of which needs three others that it cannot choose: one large group.
#[test]
fn ten_thousand_addresses_that_need_each_other() {
    const N: usize = 10_000;
    let nodes = numbered(N);
    let targets = |i: usize| [i * 7919 % N, i * 104_729 % N, (i * i + 1) % N];
    let edges: Vec<Edge> =
        (0..N).flat_map(|i| targets(i).map(|to| edge(&nodes, i, to, EdgeKind::Order))).collect();
    let graph = Graph::build(nodes, edges).unwrap();
    let place: std::collections::BTreeMap<Address, usize> =
        graph.order().into_iter().enumerate().map(|(i, a)| (a, i)).collect();
    assert_eq!(place.len(), N);
    assert!(graph.edges().iter().all(|e| place[&e.to] < place[&e.from]));
    assert!(graph.dropped().len() > 1000);
}

#[test]
fn the_picture_has_a_box_for_each_address_and_a_line_for_each_edge() {
    let (mut nodes, mut edges) = parse("web -> api\nweb => ns\napi >> ns\napi -> ns\nalone");
    nodes.push("app.x[\"<&\"]".parse().unwrap());
    let picture = Graph::build(nodes.clone(), edges.clone()).unwrap().svg();
    assert_eq!(picture.matches("<text ").count(), 5);
    assert_eq!(picture.matches("marker-end").count(), 3);
    assert_eq!(picture.matches("stroke-dasharray").count(), 1);
    assert_eq!(picture.matches("stroke-width").count(), 1);
    assert!(picture.contains("app.x[&quot;&lt;&amp;&quot;]"));
    let x = |name: &str| -> usize {
        let line = picture.lines().find(|l| l.contains(&format!(">{name}<"))).unwrap();
        line.split('"').nth(1).unwrap().parse().unwrap()
    };
    assert!(x("app.web") < x("app.api") && x("app.api") < x("app.ns"), "{picture}");
    assert_eq!(x("app.web"), x("app.alone"));
    nodes.reverse();
    edges.reverse();
    assert_eq!(Graph::build(nodes, edges).unwrap().svg(), picture, "the order of input does not matter");
    assert!(Graph::build(Vec::new(), Vec::new()).unwrap().svg().ends_with("</svg>\n"));
}
