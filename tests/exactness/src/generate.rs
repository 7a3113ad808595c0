//! Random sequences: the same seed gives the same one.
//!
//! A sequence looks at one kind, which its seed decides, and meets it with every sort of edit in a
//! random order; so many sequences fill every cell of the table.

use plimsoll_model::DesiredObject;
use plimsoll_random::Random;

use crate::config::{About, Config};
use crate::edit::{Edit, SORTS, Sort, candidates, one_of};
use crate::fields;
use crate::outside::{Act, OURS, What};
use crate::place::Target;
use crate::run::{Ending, Run, compiled};
use crate::script::{Failure, Script};
use crate::snapshot::Snapshot;
use crate::table::{Table, rows, senseless};
use crate::templates;

/// How many edits are tried before a sort is given up for a step.
const TRIES: usize = 8;

/// What a sequence came to.
#[derive(Debug)]
pub struct Played {
    /// Its seed.
    pub seed: u64,
    /// What was counted.
    pub table: Table,
    /// What failed.
    pub failure: Option<Failure>,
}

/// The kind that a sequence looks at.
pub fn focus(seed: u64) -> &'static str {
    let all: Vec<_> = rows().collect();
    all[(seed % all.len() as u64) as usize]
}

/// Plays a sequence of at most so many steps.
pub async fn play(target: &Target, seed: u64, steps: usize) -> Result<Played, String> {
    let kind = focus(seed);
    let mut random = Random::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5bd1);
    let mut run =
        Run::new(target, seed, |unique, namespace| start(&mut random, kind, unique, namespace)).await?;
    let mut script = Script { seed, start: run.config.clone(), edits: Vec::new() };
    let mut begun = run.begin().await;
    if let Ok(Ending::Refused(_)) = begun {
        // The server does not take it: the plain one, then.
        run.config.plain();
        script.start = run.config.clone();
        begun = run.begin().await;
    }
    let failure = match begun {
        Ok(Ending::Refused(why)) => Some(format!("the first plan is refused: {why}")),
        Ok(_) => Sequence { run: &mut run, random, kind, script: &mut script }.edits(steps).await.err(),
        Err(what) => Some(what),
    };
    let failure = failure.map(|what| Failure { what, script });
    run.end().await?;
    Ok(Played { seed, table: run.table, failure })
}

struct Sequence<'s> {
    run: &'s mut Run,
    random: Random,
    kind: &'static str,
    script: &'s mut Script,
}

impl Sequence<'_> {
    async fn edits(&mut self, steps: usize) -> Result<(), String> {
        let mut waiting: Vec<Sort> = Vec::new();
        // Some sorts may be impossible for a while: the turns are bounded, not only the steps.
        for _ in 0..steps * 3 {
            if self.run.table.steps >= steps {
                break;
            }
            if waiting.is_empty() {
                waiting = SORTS.into_iter().filter(|s| senseless(self.kind, *s).is_none()).collect();
            }
            let sort = waiting.swap_remove(self.random.below(waiting.len()));
            self.turn(sort).await?;
        }
        Ok(())
    }

    /// One edit of a sort that can be done.
    async fn turn(&mut self, sort: Sort) -> Result<(), String> {
        for _ in 0..TRIES {
            let Some(edit) = self.choose(sort).await? else { return Ok(()) };
            self.script.edits.push(edit.clone());
            match self.run.step(&edit).await? {
                Ending::Judged => return Ok(()),
                Ending::Impossible => drop(self.script.edits.pop()),
                Ending::Refused(reason) => {
                    let reason: String = reason.chars().take(160).collect();
                    *self.run.table.refused.entry(reason).or_default() += 1;
                }
            }
        }
        Ok(())
    }

    async fn choose(&mut self, sort: Sort) -> Result<Option<Edit>, String> {
        if sort.is_outside() {
            return self.choose_act(sort).await;
        }
        let fresh = 2 + self.script.edits.len();
        let all = candidates(&self.run.config, self.kind, sort, fresh, |block| self.name(block));
        Ok(one_of(&mut self.random, &all).cloned())
    }

    /// The name of a block's main object, or where it only has parts, the one that theirs begin with.
    fn name(&self, block: usize) -> Option<String> {
        let block = self.run.config.blocks.get(block)?;
        let desired = self.run.applied()?.desired.as_ref()?;
        let address = block.address();
        let main = desired.objects.iter().find(|o| o.address.to_string() == address);
        let is_part = |o: &&DesiredObject| {
            o.address.block_address().to_string() == address && block.makes.contains(&o.id.gvk.kind.as_str())
        };
        let part = || desired.objects.iter().filter(is_part).min_by_key(|o| o.id.name.len());
        Some(main.or_else(part)?.id.name.clone())
    }

    async fn choose_act(&mut self, sort: Sort) -> Result<Option<Edit>, String> {
        let now = Snapshot::take(&self.run.place).await?;
        let ours = |o: &serde_json::Value| !fields::held(o, |e| fields::is_of(e, OURS)).is_empty();
        let objects: Vec<_> = now.0.iter().filter(|(_, o)| o["kind"] == self.kind && ours(o)).collect();
        let Some((object, _)) = one_of(&mut self.random, &objects) else { return Ok(None) };
        let edits = [What::Annotate, What::Change, What::Change, What::Remove];
        let what = match sort {
            Sort::Other => What::Apply,
            Sort::Autoscaler => What::Scale,
            Sort::Delete => What::Delete,
            Sort::Conflict => What::Seize,
            _ => edits[self.random.below(edits.len())],
        };
        let chance = self.random.below(1 << 20) as u64;
        let act = Act { object: (*object).clone(), what, chance };
        if self.random.below(4) == 0 {
            let all = candidates(&self.run.config, self.kind, Sort::Change, 0, |_| None);
            if let Some(edit) = one_of(&mut self.random, &all) {
                return Ok(Some(Edit::Late(Box::new(edit.clone()), act)));
            }
        }
        Ok(Some(Edit::Outside(act)))
    }
}

/// A configuration that has objects of a kind, and some others.
fn start(random: &mut Random, kind: &'static str, unique: &str, namespace: &str) -> Config {
    let app = match kind {
        "Deployment" | "StatefulSet" | "DaemonSet" => kind,
        // What is scaled has a number of pods.
        "HorizontalPodAutoscaler" => ["Deployment", "StatefulSet"][random.below(2)],
        _ => ["Deployment", "Deployment", "StatefulSet", "DaemonSet"][random.below(4)],
    };
    let mut config = templates::config(app, unique, namespace);
    for block in &mut config.blocks {
        block.present = block.makes.contains(&kind) || random.below(5) == 0;
        for place in block.rows().into_iter().map(|(place, _)| place).collect::<Vec<_>>() {
            if let Some(row) = block.row(&place) {
                let makes = row.kind == crate::edit::row_kind(kind) && row.choices.len() > 1;
                let wanted = makes && (row.about == About::Order || crate::edit::makes_by_row(kind));
                if wanted && row.text().is_empty() {
                    row.now = 1;
                }
            }
        }
    }
    config.close();
    // What does not compile goes, the last block first: it may need what this app has not.
    while compiled(&config).complete().is_none() {
        let Some(last) = config.blocks.iter().rposition(|b| b.present && !b.makes.contains(&kind)) else {
            break;
        };
        config.blocks[last].present = false;
    }
    vary(random, &mut config);
    config
}

/// Other choices in some of the places, as far as they go together.
fn vary(random: &mut Random, config: &mut Config) {
    for index in 0..config.blocks.len() {
        if !config.blocks[index].present {
            continue;
        }
        let places: Vec<_> = config.blocks[index].rows().into_iter().map(|(place, _)| place).collect();
        let before = config.clone();
        for place in places {
            if random.below(5) > 0 {
                continue;
            }
            if let Some(row) = config.blocks[index].row(&place) {
                let good = row.choices.len().div_ceil(2);
                row.now = random.below(good.max(2).min(row.choices.len()));
            }
        }
        config.close();
        if compiled(config).complete().is_none() {
            *config = before;
        }
    }
}
