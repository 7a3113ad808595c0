//! Making a failure small: fewer steps, fewer blocks, fewer attributes, as long as it still fails.

use crate::place::Target;
use crate::script::{Failure, Script};

/// The most sequences that are played for one failure.
const MOST: usize = 150;

/// The smallest failure that was found.
pub async fn shrink(target: &Target, failure: Failure) -> Result<Failure, String> {
    let mut search = Search { target, best: failure, played: 0 };
    loop {
        let before = search.played;
        let found =
            search.fewer_edits().await? | search.fewer_blocks().await? | search.fewer_attributes().await?;
        if !found || search.played == before || search.played >= MOST {
            return Ok(search.best);
        }
    }
}

struct Search<'t> {
    target: &'t Target,
    best: Failure,
    played: usize,
}

impl Search<'_> {
    /// Whether a smaller one fails too: then it is the best.
    async fn fails(&mut self, script: Script) -> Result<bool, String> {
        if self.played >= MOST {
            return Ok(false);
        }
        self.played += 1;
        let Some(what) = script.play(self.target).await? else { return Ok(false) };
        self.best = Failure { what, script };
        Ok(true)
    }

    async fn fewer_edits(&mut self) -> Result<bool, String> {
        let (mut found, mut size) = (false, self.best.script.edits.len() / 2);
        while size > 0 {
            let mut end = self.best.script.edits.len();
            while end > 0 {
                let from = end.saturating_sub(size);
                let mut script = self.best.script.clone();
                if end <= script.edits.len() {
                    script.edits.drain(from..end);
                    found |= self.fails(script).await?;
                }
                end = from;
            }
            size /= 2;
        }
        Ok(found)
    }

    async fn fewer_blocks(&mut self) -> Result<bool, String> {
        let mut found = false;
        for index in (0..self.best.script.start.blocks.len()).rev() {
            let mut script = self.best.script.clone();
            let start = &mut script.start;
            if start.blocks.get(index).is_some_and(|b| b.present) && !start.is_needed(index) {
                start.blocks[index].present = false;
                found |= self.fails(script).await?;
            }
        }
        Ok(found)
    }

    async fn fewer_attributes(&mut self) -> Result<bool, String> {
        let mut found = false;
        for index in 0..self.best.script.start.blocks.len() {
            let block = &self.best.script.start.blocks[index];
            if !block.present {
                continue;
            }
            let changed: Vec<_> =
                block.rows().into_iter().filter(|(_, r)| r.now != 0).map(|(place, _)| place).collect();
            // All of them at once first: most blocks have nothing to do with it.
            let halves = if changed.len() > 1 { vec![changed.clone()] } else { Vec::new() };
            for places in halves.into_iter().chain(changed.iter().map(|p| vec![p.clone()])) {
                let mut script = self.best.script.clone();
                for place in &places {
                    if let Some(row) = script.start.blocks[index].row(place) {
                        row.now = 0;
                    }
                }
                if self.fails(script).await? {
                    found = true;
                    if places.len() > 1 {
                        break;
                    }
                }
            }
        }
        Ok(found)
    }
}
