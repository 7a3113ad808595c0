//! Syncs are shared by what is in flight together, and records can be awaited in any runtime.

use std::future::Future;
use std::io;
use std::path::Path;
use std::pin::pin;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use super::script::{self, holder, intent, new_state};
use crate::faults::Memory;
use crate::files::{Files, LockFile, NewFile};
use crate::{Journal, Lock, Outcome, Verb};

/// A disk whose syncs of the journal wait until the test lets each one go.
#[derive(Debug)]
struct Gated {
    disk: Memory,
    gate: Arc<Mutex<Receiver<()>>>,
}

#[derive(Debug)]
struct GatedFile(Box<dyn NewFile>, Arc<Mutex<Receiver<()>>>);

impl NewFile for GatedFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.append(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.1.lock().unwrap().recv().map_err(io::Error::other)?;
        self.0.sync()
    }
}

impl Files for Gated {
    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        self.disk.read(path)
    }
    fn create(&self, path: &Path) -> io::Result<Box<dyn NewFile>> {
        let file = self.disk.create(path)?;
        let gated = path.ends_with("journal");
        Ok(if gated { Box::new(GatedFile(file, self.gate.clone())) } else { file })
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.disk.rename(from, to)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.disk.remove(path)
    }
    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        self.disk.sync_folder(path)
    }
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        self.disk.create_folder(path)
    }
    fn try_lock(&self, path: &Path) -> io::Result<Option<Box<dyn LockFile>>> {
        self.disk.try_lock(path)
    }
}

fn gated() -> (Memory, Sender<()>, Lock, Journal) {
    let (open, gate) = channel();
    let disk = Memory::new();
    let files = Gated { disk: disk.clone(), gate: Arc::new(Mutex::new(gate)) };
    let lock = script::store(Arc::new(files), script::FOLDER).lock(&holder(), Duration::ZERO).unwrap();
    open.send(()).unwrap(); // the journal's first line
    let journal = lock.begin(&mut new_state()).unwrap();
    (disk, open, lock, journal)
}

#[test]
fn a_hundred_intents_in_flight_share_one_sync() {
    let (disk, open, lock, journal) = gated();
    let before = disk.effort();
    let first = journal.intent(intent(Verb::Create, "first"));
    while disk.effort().0 == before.0 {
        std::thread::yield_now(); // until the thread is in the sync of the first
    }
    let others: Vec<_> = (0..100).map(|i| journal.intent(intent(Verb::Create, &format!("n{i}")))).collect();
    open.send(()).unwrap();
    first.wait().unwrap();
    open.send(()).unwrap();
    for (i, other) in others.into_iter().enumerate() {
        assert_eq!(other.wait().unwrap().index, i as u64 + 1);
    }
    assert_eq!(disk.effort().1 - before.1, 2);
    let state = lock.checkpoint(journal, |_| {}).unwrap();
    assert_eq!(state.unresolved.len(), 101);
}

struct Unpark(std::thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}

#[test]
fn records_can_be_awaited() {
    let (_, open, lock, journal) = gated();
    let opener = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(20));
        open.send(()).unwrap();
        open.send(()).unwrap();
    });
    let id = block_on(async {
        let id = journal.intent(intent(Verb::Create, "web")).await?;
        journal.outcome(id, Outcome::Failed).await?;
        Ok::<_, crate::StateError>(id)
    });
    assert_eq!(id.unwrap().index, 0);
    opener.join().unwrap();
    lock.checkpoint(journal, |_| {}).unwrap();
}

#[test]
fn an_intent_is_not_ready_before_its_sync() {
    let (_, open, _lock, journal) = gated();
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut written = pin!(journal.intent(intent(Verb::Create, "web")));
    std::thread::sleep(Duration::from_millis(30));
    assert!(written.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    open.send(()).unwrap();
    block_on(written).unwrap();
}
