//! For tests: random configurations with random mistakes, the same ones for the same seed.
//!
//! Tables of texts and nothing else: neither the language nor the vocabulary is known here, so that
//! the crates of both can be tested with it.

pub mod apps;
pub mod kinds;
pub mod pods;
pub mod volumes;

/// What may stand in each place of a configuration: a row for each place; a row lists what may stand
/// there, good things first, an empty text for nothing.
pub type Table<'a> = &'a [&'a [&'static str]];

/// A small generator of numbers; the same seed gives the same configurations.
pub struct Random(pub u64);

impl Random {
    /// A number below another one.
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % n
    }

    /// One of the choices, the first ones more often.
    pub fn pick<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        let good = self.below(3) > 0;
        choices[if good { self.below(choices.len().div_ceil(2)) } else { self.below(choices.len()) }]
    }
}

/// A line for each place, the first choice unless one in so many is another.
pub fn lines(random: &mut Random, one_in: usize, places: Table<'_>) -> String {
    let line =
        |choices: &&[&'static str]| if random.below(one_in) == 0 { random.pick(choices) } else { choices[0] };
    places.iter().map(line).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}
