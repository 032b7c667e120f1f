//! Work that takes longer than a frame: named, cancellable jobs with progress. Opens files and writes exports.
//! What a job finds is applied to the session in one place ([`Jobs::results`]); a job never holds the session.

mod export;
mod export_all;
mod given;
mod open;
mod preview;
mod watch;
mod work;

use super::Session;
use super::item::DocId;
pub use export_all::ArrayRow;
pub use given::read_registry;
pub use open::beside;
pub use preview::Preview;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
pub use watch::Watch;
pub use work::{Outcome, Work, WorkKey};

/// A job's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(u64);

/// What a job does to the session when it is done.
pub type Done = Box<dyn FnOnce(&mut Session) + Send>;
/// Called from any thread when there is something to draw.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// What a job tells while it runs, and whether it should stop.
#[derive(Default)]
struct State {
    cancelled: AtomicBool,
    done: AtomicU64,
    total: AtomicU64,
    what: Mutex<String>,
    says: Mutex<Option<(Sender<(JobId, Word)>, JobId, Wake)>>,
}

/// What a job says.
enum Word {
    /// Something on the way.
    Told(Done),
    /// The end; nothing where it was cancelled.
    Ended(Option<Done>),
}

/// A job's side of itself.
#[derive(Clone, Default)]
pub struct JobCx(Arc<State>);

impl std::fmt::Debug for JobCx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JobCx").field("cancelled", &self.cancelled()).finish_non_exhaustive()
    }
}

impl JobCx {
    /// The job should stop; what it returns is dropped.
    pub fn cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::Relaxed)
    }

    /// The flag behind [`JobCx::cancelled`], for loops that take one.
    pub fn flag(&self) -> &AtomicBool {
        &self.0.cancelled
    }

    /// How much is done, of how much (0: not known), in units of the job's own.
    pub fn progress(&self, done: u64, total: u64) {
        self.0.done.store(done, Ordering::Relaxed);
        self.0.total.store(total, Ordering::Relaxed);
    }

    /// Changes the session before the job is done; also where it was cancelled meanwhile.
    pub fn tell(&self, done: Done) {
        if let Some((tx, id, wake)) = &*lock(&self.0.says) {
            tx.send((*id, Word::Told(done))).ok();
            wake();
        }
    }

    /// Asks for a frame.
    pub fn wake(&self) {
        if let Some((_, _, wake)) = &*lock(&self.0.says) {
            wake();
        }
    }

    /// What it is doing now, where its name does not say.
    pub fn what(&self, text: impl Into<String>) {
        *lock(&self.0.what) = text.into();
    }
}

/// A running job, as the status line shows it.
#[derive(Clone, Debug)]
pub struct JobInfo {
    /// Its number.
    pub id: JobId,
    /// What it does: "Reading weights.pkl".
    pub name: String,
    /// The document that it works for.
    pub doc: Option<DocId>,
    /// When it started.
    pub started: Instant,
    cx: JobCx,
}

impl JobInfo {
    /// The part that is done, from 0 to 1, where the whole is known.
    pub fn fraction(&self) -> Option<f32> {
        let total = self.cx.0.total.load(Ordering::Relaxed);
        let done = self.cx.0.done.load(Ordering::Relaxed).min(total);
        // A bar's length: precision does not matter.
        #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a bar's length in pixels")]
        (total > 0).then(|| (done as f64 / total as f64) as f32)
    }

    /// What it is doing now; its name where it says nothing.
    pub fn what(&self) -> String {
        let what = lock(&self.cx.0.what);
        if what.is_empty() { self.name.clone() } else { what.clone() }
    }

    /// It was told to stop.
    pub fn cancelled(&self) -> bool {
        self.cx.cancelled()
    }
}

fn lock<T>(m: &Mutex<T>) -> MutexGuard<'_, T> {
    m.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The jobs that run.
pub struct Jobs {
    running: Vec<JobInfo>,
    next: u64,
    tx: Sender<(JobId, Word)>,
    rx: Receiver<(JobId, Word)>,
    wake: Wake,
}

impl Default for Jobs {
    fn default() -> Self {
        let (tx, rx) = channel();
        Self { running: Vec::new(), next: 0, tx, rx, wake: Arc::new(|| {}) }
    }
}

impl Jobs {
    /// Calls this whenever there is something to draw.
    pub fn set_wake(&mut self, wake: Wake) {
        self.wake = wake;
    }

    /// The function that asks for a frame.
    pub fn wake(&self) -> Wake {
        self.wake.clone()
    }

    /// Starts a job on a thread of its own. What it returns is applied to the session, unless it was cancelled.
    pub fn spawn(
        &mut self,
        name: impl Into<String>,
        doc: Option<DocId>,
        job: impl FnOnce(&JobCx) -> Done + Send + 'static,
    ) -> JobId {
        let id = JobId(self.next);
        self.next += 1;
        let (name, cx) = (name.into(), JobCx::default());
        let info = JobInfo { id, name: name.clone(), doc, started: Instant::now(), cx: cx.clone() };
        let (tx, wake) = (self.tx.clone(), self.wake.clone());
        *lock(&cx.0.says) = Some((tx.clone(), id, wake.clone()));
        let run = move || {
            let done = catch_unwind(AssertUnwindSafe(|| job(&cx)));
            let done = done.unwrap_or_else(|_| Box::new(move |s: &mut Session| s.failed(&name)));
            // A cancelled job still ends: its row leaves the status line.
            let done = (!cx.cancelled()).then_some(done);
            tx.send((id, Word::Ended(done))).ok();
            wake();
        };
        self.running.push(info);
        if std::thread::Builder::new().name("job".into()).spawn(run).is_err() {
            let done: Done = Box::new(|s: &mut Session| s.failed("starting a thread"));
            self.tx.send((id, Word::Ended(Some(done)))).ok();
        }
        id
    }

    /// What changes the session from a thread that is no job.
    pub(super) fn teller(&self) -> impl Fn(Done) + Send + 'static {
        let (tx, wake) = (self.tx.clone(), self.wake.clone());
        move |done| {
            tx.send((JobId(u64::MAX), Word::Told(done))).ok();
            wake();
        }
    }

    /// The jobs that run, oldest first.
    pub fn running(&self) -> &[JobInfo] {
        &self.running
    }

    /// Tells a job to stop.
    pub fn cancel(&self, id: JobId) {
        for job in self.running.iter().filter(|j| j.id == id) {
            job.cx.0.cancelled.store(true, Ordering::Relaxed);
        }
    }

    /// Tells the jobs of a document to stop.
    pub fn cancel_document(&self, doc: DocId) {
        for job in self.running.iter().filter(|j| j.doc == Some(doc)) {
            job.cx.0.cancelled.store(true, Ordering::Relaxed);
        }
    }

    /// What finished jobs have to say; waits for the first at most this long.
    pub fn results(&mut self, wait: Duration) -> Vec<Done> {
        let mut all = Vec::new();
        let mut next = if wait.is_zero() { self.rx.try_recv().ok() } else { self.rx.recv_timeout(wait).ok() };
        while let Some((id, word)) = next {
            match word {
                Word::Told(done) => all.push(done),
                Word::Ended(done) => {
                    self.running.retain(|j| j.id != id);
                    all.extend(done);
                }
            }
            next = self.rx.try_recv().ok();
        }
        all
    }
}
