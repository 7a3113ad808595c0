//! The journal of one apply: intents before, outcomes after each write, made durable together.
//!
//! One thread writes. What arrives while it waits for the disk goes out with the next call, so
//! that operations in flight together share one sync.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread::JoinHandle;

use crate::crash::crash_point;
use crate::error::StateError;
use crate::files::NewFile;
use crate::operation::{IllegalTransition, Intent, OperationId, Outcome, Phase};
use crate::record::{Chain, Record};
use crate::state::State;

/// The journal of one apply. Clones write to the same journal.
#[derive(Clone)]
pub struct Journal(Arc<Handle>);

struct Handle {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    path: PathBuf,
    /// The serial that the apply leads to.
    serial: u64,
    queue: Mutex<Queue>,
    arrived: Condvar,
}

struct Queue {
    /// The state as it is if everything that was recorded is true.
    state: State,
    phases: BTreeMap<u64, Phase>,
    chain: Chain,
    lines: Vec<u8>,
    waiting: Vec<Arc<Slot>>,
    closed: bool,
    /// Why nothing can be written any more.
    failure: Option<String>,
}

impl Journal {
    /// Continues a journal whose first line is durable.
    pub(crate) fn start(
        path: &Path,
        file: Box<dyn NewFile>,
        chain: Chain,
        state: State,
    ) -> Result<Journal, StateError> {
        let shared = Arc::new(Shared {
            path: path.to_path_buf(),
            serial: state.serial + 1,
            queue: Mutex::new(Queue {
                state,
                phases: BTreeMap::new(),
                chain,
                lines: Vec::new(),
                waiting: Vec::new(),
                closed: false,
                failure: None,
            }),
            arrived: Condvar::new(),
        });
        let writer = shared.clone();
        let thread = std::thread::Builder::new()
            .name("journal".to_string())
            .spawn(move || writer.write_all(file))
            .map_err(|e| StateError::io("write", path, e))?;
        Ok(Journal(Arc::new(Handle { shared, thread: Mutex::new(Some(thread)) })))
    }

    /// The serial that the apply leads to.
    pub fn serial(&self) -> u64 {
        self.0.shared.serial
    }

    /// Writes down that an operation is about to be sent. The request may be sent when this is
    /// ready, and only then.
    ///
    /// # Errors
    /// It could not be written, or nothing can be any more: the request must not be sent.
    pub fn intent(&self, intent: Intent) -> Written<OperationId> {
        let shared = &self.0.shared;
        let mut queue = lock(&shared.queue);
        let index = queue.phases.len() as u64;
        let id = OperationId { serial: shared.serial, index };
        let record = Record::Intent { index, intent: Box::new(intent.clone()) };
        match shared.enqueue(&mut queue, &record, Some(id)) {
            Ok(slot) => {
                queue.phases.insert(index, Phase::Intended);
                queue.state.intend(id, intent);
                Written { slot: Ok(slot), value: id }
            }
            Err(e) => Written { slot: Err(e), value: id },
        }
    }

    /// Writes down how an operation ended. The state knows at once; waiting for it to be durable
    /// is right before anything is told to the user.
    ///
    /// # Errors
    /// The operation cannot end in this way, or it could not be written: the next run resolves it.
    pub fn outcome(&self, id: OperationId, outcome: Outcome) -> Written<()> {
        let shared = &self.0.shared;
        let mut queue = lock(&shared.queue);
        let next = match queue.phases.get(&id.index).copied() {
            Some(phase) if id.serial == shared.serial => phase.next(&outcome),
            _ => Err(IllegalTransition { from: None, to: outcome.phase() }),
        };
        let settled = next.and_then(|phase| queue.state.settle(id, &outcome).map(|()| phase));
        match settled {
            Ok(phase) => queue.phases.insert(id.index, phase),
            Err(e) => return Written { slot: Err(e.into()), value: () },
        };
        let record = Record::Outcome { index: id.index, outcome };
        Written { slot: shared.enqueue(&mut queue, &record, None), value: () }
    }

    /// The state as it is if everything that was recorded is true; its serial is still the one
    /// that the apply started from.
    pub fn state(&self) -> State {
        lock(&self.0.shared.queue).state.clone()
    }

    /// Why no operation may start any more, where that is so.
    pub fn failure(&self) -> Option<StateError> {
        let shared = &self.0.shared;
        lock(&shared.queue).failure.as_ref().map(|why| shared.closed(why))
    }

    /// Waits until everything is written, and ends the journal: nothing can be recorded any more.
    pub(crate) fn finish(self) -> Finished {
        self.0.close();
        let queue = lock(&self.0.shared.queue);
        Finished { state: queue.state.clone(), serial: self.0.shared.serial, operations: queue.phases.len() }
    }
}

/// What a journal leaves.
pub(crate) struct Finished {
    pub(crate) state: State,
    pub(crate) serial: u64,
    pub(crate) operations: usize,
}

impl Handle {
    fn close(&self) {
        lock(&self.shared.queue).closed = true;
        self.shared.arrived.notify_all();
        if let Some(thread) = lock(&self.thread).take() {
            // The thread does not panic; if it did, its waiters were told by their slots.
            let _ = thread.join();
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.close();
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shared = &self.0.shared;
        f.debug_struct("Journal").field("path", &shared.path).field("serial", &shared.serial).finish()
    }
}

impl Shared {
    fn closed(&self, why: &str) -> StateError {
        StateError::JournalClosed { path: self.path.clone(), why: why.to_string() }
    }

    /// Hands a record to the thread. `intent` is the operation that is taken back if its intent
    /// cannot be written.
    fn enqueue(
        &self,
        queue: &mut Queue,
        record: &Record,
        intent: Option<OperationId>,
    ) -> Result<Arc<Slot>, StateError> {
        if let Some(why) = &queue.failure {
            return Err(self.closed(why));
        }
        if queue.closed {
            return Err(self.closed("the apply has ended"));
        }
        let Queue { chain, lines, .. } = &mut *queue;
        chain.encode(record, lines).map_err(|e| StateError::io("encode", &self.path, e.into()))?;
        let slot = Arc::new(Slot { intent, progress: Mutex::default(), done: Condvar::new() });
        queue.waiting.push(slot.clone());
        self.arrived.notify_one();
        Ok(slot)
    }

    /// The thread: writes and syncs what has arrived, until the journal is closed.
    fn write_all(&self, mut file: Box<dyn NewFile>) {
        loop {
            let (lines, waiting) = {
                let mut queue = lock(&self.queue);
                while queue.waiting.is_empty() && !queue.closed {
                    queue = self.arrived.wait(queue).unwrap_or_else(PoisonError::into_inner);
                }
                if queue.waiting.is_empty() {
                    return;
                }
                (std::mem::take(&mut queue.lines), std::mem::take(&mut queue.waiting))
            };
            match write(&mut *file, &self.path, &lines) {
                Ok(()) => waiting.iter().for_each(|slot| slot.finish(Ok(()))),
                Err(error) => return self.fail(waiting, error),
            }
        }
    }

    /// The first failure is the last one: from now on nothing is recorded, and no operation starts.
    fn fail(&self, mut waiting: Vec<Arc<Slot>>, error: StateError) {
        let mut queue = lock(&self.queue);
        queue.failure = Some(match &error {
            StateError::Io { source, .. } => source.to_string(),
            other => other.to_string(),
        });
        waiting.append(&mut queue.waiting);
        for slot in &waiting {
            // Its request is never sent, so it is not open.
            if let Some(id) = slot.intent {
                queue.state.unresolved.remove(&id);
                queue.phases.insert(id.index, Phase::Failed);
            }
        }
        drop(queue);
        waiting.iter().for_each(|slot| slot.finish(Err(error.clone())));
    }
}

fn write(file: &mut dyn NewFile, path: &Path, lines: &[u8]) -> Result<(), StateError> {
    crash_point("journal-append-before");
    file.append(lines).map_err(|e| StateError::io("write", path, e))?;
    crash_point("journal-append-after");
    file.sync().map_err(|e| StateError::io("sync", path, e))?;
    crash_point("journal-sync-after");
    Ok(())
}

/// One record on its way to the disk.
struct Slot {
    intent: Option<OperationId>,
    progress: Mutex<Progress>,
    done: Condvar,
}

#[derive(Default)]
struct Progress {
    result: Option<Result<(), StateError>>,
    waker: Option<Waker>,
}

impl Slot {
    fn finish(&self, result: Result<(), StateError>) {
        let mut progress = lock(&self.progress);
        progress.result = Some(result);
        let waker = progress.waker.take();
        drop(progress);
        self.done.notify_all();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// A record on its way to the disk: ready when it is durable. Await it, in any runtime, or
/// [`wait`](Written::wait) for it; a record that nobody waits for is written all the same.
#[must_use = "the record is durable only when this is ready"]
pub struct Written<T> {
    slot: Result<Arc<Slot>, StateError>,
    value: T,
}

impl<T> Written<T> {
    /// Blocks until the record is durable.
    ///
    /// # Errors
    /// It could not be written.
    pub fn wait(self) -> Result<T, StateError> {
        let slot = self.slot?;
        let mut progress = lock(&slot.progress);
        loop {
            match progress.result.take() {
                Some(result) => return result.map(|()| self.value),
                None => progress = slot.done.wait(progress).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }
}

impl<T: Copy + Unpin> Future for Written<T> {
    type Output = Result<T, StateError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let slot = match &self.slot {
            Ok(slot) => slot,
            Err(e) => return Poll::Ready(Err(e.clone())),
        };
        let mut progress = lock(&slot.progress);
        match &progress.result {
            Some(result) => Poll::Ready(result.clone().map(|()| self.value)),
            None => {
                progress.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl<T> fmt::Debug for Written<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Written").finish_non_exhaustive()
    }
}

/// Nothing panics while it holds one of these locks, so the data is sound in any case.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
