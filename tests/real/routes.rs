//! What `validate` lets through of ingresses with a gateway, the definition of HTTPRoute takes: its
//! schema and its rules judge dozens of random routes by strict dry runs.

use plimsoll_tests::world::World;

const FIRST: &str = r#"project "routes" {}

app "web" {
  container "web" {
    image = "web:1"
    dynamic "port" {
      for_each = range(17)
      labels   = ["p${port.value}"]
      content { container_port = 8000 + port.value }
    }
  }
}
service "web" { app = app.web }
"#;

/// Numbers that look random and are the same each time (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % most as u64).unwrap()
    }

    fn pick<'a>(&mut self, among: &[&'a str]) -> &'a str {
        among[self.below(among.len())]
    }
}

/// One of the sound ones, and now and then one that should be refused.
fn mostly<'a>(dice: &mut Dice, sound: &[&'a str], odd: &[&'a str]) -> &'a str {
    if dice.below(12) == 0 { dice.pick(odd) } else { dice.pick(sound) }
}

fn ingress(dice: &mut Dice, number: usize) -> String {
    let long = format!("{}.io", ["a"; 127].join("."));
    let longest = format!("/{}", "p".repeat(1010));
    let too_long = format!("/{}", "p".repeat(1024));
    let gateway =
        mostly(dice, &["public", "default/public", "a/b.c"], &["a.b/c", "A/b", "a/b/c", "/b", "", "a/"]);
    let mut text = format!("ingress \"r{number}\" {{\n  gateway = \"{gateway}\"\n");
    for rule in 0..=dice.below(3) {
        text.push_str("  rule {\n");
        let host = mostly(
            dice,
            &["a.io", "*.a.io", "xn--bcher-kva.io", "a", "1.a"],
            &["a-.io", "*", "a_b.io", "1.2.3.4", "*.*.io", &long, "A.io"],
        );
        // Hosts and paths of two ingresses are never the same.
        if dice.below(4) > 0 {
            text.push_str(&format!(
                "    host = \"{}\"\n",
                host.replacen('a', &format!("a{number}x{rule}"), 1)
            ));
        }
        let kind = mostly(dice, &["Prefix", "Exact"], &["ImplementationSpecific"]);
        for path in 0..=dice.below(2) {
            let label = mostly(
                dice,
                &["/", "/a", "/a/", "/a%20b", "/~a!$&'()*+,;=:@", "/%C3%A4", "/...", &longest],
                &[
                    "/a#b", "/a?b", "/a b", "/%2f", "/%zz", "/a//b", "/./a", "/..", "/ä", "a", "/a\\\\b",
                    "/[a]", "/a|b", "/a^", "/<a>", "/`a`", "/a%2", &too_long,
                ],
            );
            text.push_str(&format!(
                "    path \"/{number}-{rule}-{path}{label}\" {{\n      backend = service.web.ports.p{}\n      type    = \"{kind}\"\n    }}\n",
                dice.below(17),
            ));
        }
        if dice.below(6) == 0 {
            let (most, ports) = ([1, 16, 17, 64, 65, 125, 129][dice.below(7)], [1, 2, 14, 17][dice.below(4)]);
            text.push_str(&format!(
                "    dynamic \"path\" {{\n      for_each = range({most})\n      iterator = it\n      labels   = [\"/{number}/{rule}/${{it.value}}\"]\n      content {{ backend = service.web.ports[\"p${{it.value % {ports}}}\"] }}\n    }}\n"
            ));
        }
        text.push_str("  }\n");
    }
    text.push_str("}\n");
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn routes_that_pass_here_pass_there() {
    let world = World::real("routes").await;
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let (mut sound, mut refused) = (Vec::new(), 0);
    for number in 0..100 {
        let text = ingress(&mut dice, number);
        world.configure(&format!("{FIRST}{text}"));
        match world.run(&["validate"]).code {
            Some(0) => sound.push(text),
            _ => refused += 1,
        }
    }
    assert!(sound.len() >= 24 && refused >= 24, "{} sound, {refused} refused", sound.len());
    // The plan is a strict dry run of each; the gateways that are not there are warnings.
    world.configure(&format!("{FIRST}{}", sound.concat()));
    world.apply_exactly().await;
    world.run(&["destroy", "-auto-approve"]).expect_code(0);
}
