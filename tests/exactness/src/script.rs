//! A sequence that was played: what it began with, and its edits. It can be told, and played again.

use std::fmt;

use crate::config::Config;
use crate::edit::Edit;
use crate::place::Target;
use crate::run::Run;

/// What was played.
#[derive(Debug, Clone)]
pub struct Script {
    /// The seed of the cluster.
    pub seed: u64,
    /// The first configuration.
    pub start: Config,
    /// The edits; after each of them stood a step.
    pub edits: Vec<Edit>,
}

/// A sequence that failed.
#[derive(Debug, Clone)]
pub struct Failure {
    /// What was wrong.
    pub what: String,
    /// What was played up to there.
    pub script: Script,
}

impl Script {
    /// Plays it again; what was wrong.
    pub async fn play(&self, target: &Target) -> Result<Option<String>, String> {
        let start = self.start.clone();
        let mut run = Run::new(target, self.seed, |unique, namespace| Config {
            unique: unique.into(),
            namespace: namespace.into(),
            ..start
        })
        .await?;
        let mut wrong = run.begin().await.err();
        for edit in &self.edits {
            if wrong.is_some() {
                break;
            }
            wrong = run.step(edit).await.err();
        }
        run.end().await?;
        Ok(wrong)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = self.script.edits.last().map_or("the first apply".to_string(), ToString::to_string);
        write!(f, "step {}, {last}:\n{}", self.script.edits.len(), self.what)
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.start.hcl())?;
        let mut config = self.start.clone();
        for (i, edit) in self.edits.iter().enumerate() {
            let before = config.hcl();
            edit.edit(&mut config);
            writeln!(f, "step {}: {edit}", i + 1)?;
            for line in changed(&before, &config.hcl()) {
                writeln!(f, "    {line}")?;
            }
        }
        Ok(())
    }
}

/// The lines that went and came, without those that both texts share at their ends.
fn changed(before: &str, after: &str) -> Vec<String> {
    let (a, b): (Vec<_>, Vec<_>) = (before.lines().collect(), after.lines().collect());
    let same = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[same..], &b[same..]);
    let tail = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let went = a[..a.len() - tail].iter().map(|l| format!("- {l}"));
    went.chain(b[..b.len() - tail].iter().map(|l| format!("+ {l}"))).collect()
}
