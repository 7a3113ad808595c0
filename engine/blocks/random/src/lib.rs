//! For tests: random configurations with random mistakes, the same ones for the same seed.
//!
//! Tables of texts and nothing else: neither the language nor the vocabulary is known here, so that
//! the crates of both can be tested with it.

pub mod apps;
pub mod kinds;
pub mod limits;
pub mod pods;
pub mod volumes;

/// What may stand in each place of a configuration: a row for each place; a row lists what may stand
/// there, good things first, an empty text for nothing.
pub type Table<'a> = &'a [&'a [&'static str]];

/// Decides what stands in a configuration: a small generator of numbers, of which the same seed gives
/// the same configurations, or a walk through all choices, each of them alone.
pub struct Random {
    state: u64,
    alone: Option<Alone>,
}

/// The choice that a configuration has besides the first ones, counted over all of its places.
struct Alone {
    wanted: usize,
    seen: usize,
}

impl Alone {
    fn choice<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        let place = self.seen;
        self.seen += choices.len() - 1;
        let here = (place..self.seen).contains(&self.wanted);
        choices[if here { 1 + self.wanted - place } else { 0 }]
    }
}

impl Random {
    /// Numbers of a seed.
    pub fn new(seed: u64) -> Random {
        Random { state: seed, alone: None }
    }

    /// Always the same number, and one choice of all places that is not the first.
    pub fn alone(number: u64, wanted: usize) -> Random {
        Random { state: number, alone: Some(Alone { wanted, seen: 0 }) }
    }

    /// Whether there is such a choice, after a configuration was made.
    pub fn chose(&self) -> bool {
        self.alone.as_ref().is_none_or(|alone| alone.wanted < alone.seen)
    }

    /// A number below another one.
    pub fn below(&mut self, n: usize) -> usize {
        if self.alone.is_some() {
            return self.state as usize % n;
        }
        self.state =
            self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.state >> 33) as usize) % n
    }

    /// One of the choices, the first ones more often.
    pub fn pick<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        let good = self.below(3) > 0;
        choices[if good { self.below(choices.len().div_ceil(2)) } else { self.below(choices.len()) }]
    }
}

/// A line for each place, the first choice unless one in so many is another.
pub fn lines(random: &mut Random, one_in: usize, places: Table<'_>) -> String {
    let line = |choices: &&[&'static str]| {
        if let Some(alone) = &mut random.alone {
            return alone.choice(choices);
        }
        if random.below(one_in) == 0 { random.pick(choices) } else { choices[0] }
    };
    places.iter().map(line).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}
