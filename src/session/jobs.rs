//! Work that takes longer than a frame: named, cancellable jobs with progress, and values that are worked out once.
//! What a job finds is applied to the session in one place ([`Jobs::results`]); a job never holds the session.

use super::Session;
use super::item::{DocId, Place};
use crate::machine::Handle;
use std::any::Any;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A job's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(u64);

/// What a job does to the session when it is done.
pub type Done = Box<dyn FnOnce(&mut Session) + Send>;
/// Called from any thread when there is something to draw.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// What a job tells while it runs, and whether it should stop.
#[derive(Debug, Default)]
struct State {
    cancelled: AtomicBool,
    done: AtomicU64,
    total: AtomicU64,
    what: Mutex<String>,
}

/// A job's side of itself.
#[derive(Clone, Debug, Default)]
pub struct JobCx(Arc<State>);

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
    tx: Sender<(JobId, Option<Done>)>,
    rx: Receiver<(JobId, Option<Done>)>,
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
        let run = move || {
            let done = catch_unwind(AssertUnwindSafe(|| job(&cx)));
            let done = done.unwrap_or_else(|_| Box::new(move |s: &mut Session| s.failed(&name)));
            // A cancelled job still ends: its row leaves the status line.
            let done = (!cx.cancelled()).then_some(done);
            tx.send((id, done)).ok();
            wake();
        };
        self.running.push(info);
        if std::thread::Builder::new().name("job".into()).spawn(run).is_err() {
            let done: Done = Box::new(|s: &mut Session| s.failed("starting a thread"));
            self.tx.send((id, Some(done))).ok();
        }
        id
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
        let first = if wait.is_zero() { self.rx.try_recv().ok() } else { self.rx.recv_timeout(wait).ok() };
        let mut all = Vec::new();
        for (id, done) in first.into_iter().chain(std::iter::from_fn(|| self.rx.try_recv().ok()).collect::<Vec<_>>()) {
            self.running.retain(|j| j.id != id);
            all.extend(done);
        }
        all
    }
}

/// What a value was worked out from: the array and all that the work depends on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WorkKey {
    /// The member.
    pub place: Place,
    /// The value.
    pub handle: Handle,
    /// What is worked out, as "statistics".
    pub kind: &'static str,
    /// Everything else that it depends on: axes, slices, ranges …
    pub of: Vec<u64>,
}

/// A value that is worked out beside the frame.
#[derive(Clone, Debug)]
pub enum Outcome<T> {
    /// Being worked out; a frame is asked for when it is there.
    Pending,
    /// There it is.
    Ready(Arc<T>),
    /// It cannot be worked out, and why.
    Failed(Arc<str>),
}

impl<T> Outcome<T> {
    /// The value, if it is there.
    pub fn ready(self) -> Option<Arc<T>> {
        match self {
            Self::Ready(v) => Some(v),
            _ => None,
        }
    }
}

enum Slot {
    Pending { cx: JobCx, name: &'static str, since: Instant },
    Ready { value: Arc<dyn Any + Send + Sync>, bytes: u64 },
    Failed(Arc<str>),
}

/// Values worked out beside the frame, each once, kept while they are used: pictures, curves, statistics.
/// Asking is the only way in: what no frame asks for any more is cancelled, and the longest unused is dropped.
pub struct Work {
    slots: Arc<Mutex<HashMap<WorkKey, (u64, Slot)>>>,
    frame: AtomicU64,
    wake: Wake,
}

impl Default for Work {
    fn default() -> Self {
        Self { slots: Arc::default(), frame: AtomicU64::new(0), wake: Arc::new(|| {}) }
    }
}

impl Work {
    /// Bytes of finished values that are kept.
    const KEPT: u64 = 512 << 20;
    /// Frames without being asked for after which work is stopped.
    const PATIENCE: u64 = 3;

    /// Calls this whenever a value is there.
    pub fn set_wake(&mut self, wake: Wake) {
        self.wake = wake;
    }

    /// The value of a key. The first time, `make` is started beside the frame; it returns the value and the bytes it takes.
    pub fn get<T: Any + Send + Sync>(
        &self,
        key: WorkKey,
        name: &'static str,
        make: impl FnOnce(&JobCx) -> Result<(T, u64), String> + Send + 'static,
    ) -> Outcome<T> {
        let frame = self.frame.load(Ordering::Relaxed);
        let mut slots = lock(&self.slots);
        if let Some((asked, slot)) = slots.get_mut(&key) {
            *asked = frame;
            return match slot {
                Slot::Pending { .. } => Outcome::Pending,
                Slot::Failed(why) => Outcome::Failed(why.clone()),
                Slot::Ready { value, .. } => value
                    .clone()
                    .downcast()
                    .map_or_else(|_| Outcome::Failed("two kinds of work share a name".into()), Outcome::Ready),
            };
        }
        let cx = JobCx::default();
        slots.insert(key.clone(), (frame, Slot::Pending { cx: cx.clone(), name, since: Instant::now() }));
        drop(slots);
        let (slots, wake) = (self.slots.clone(), self.wake.clone());
        rayon::spawn(move || {
            if cx.cancelled() {
                return;
            }
            let made = catch_unwind(AssertUnwindSafe(|| make(&cx)));
            let slot = match made {
                Ok(Ok((value, bytes))) => Slot::Ready { value: Arc::new(value), bytes },
                Ok(Err(why)) => Slot::Failed(why.into()),
                Err(_) => Slot::Failed(format!("{name} failed: a fault of picklescope's").into()),
            };
            let mut slots = lock(&slots);
            // Cancelled work was taken out already, and may have been started anew under the same key.
            if !cx.cancelled()
                && let Some(entry) = slots.get_mut(&key)
            {
                entry.1 = slot;
            }
            drop(slots);
            wake();
        });
        Outcome::Pending
    }

    /// A new frame begins: stops work that the last ones did not ask for, and drops the longest unused values.
    pub fn next_frame(&self) {
        let frame = self.frame.fetch_add(1, Ordering::Relaxed) + 1;
        let mut slots = lock(&self.slots);
        let mut kept = 0_u64;
        slots.retain(|_, (asked, slot)| match slot {
            Slot::Pending { cx, .. } if *asked + Self::PATIENCE < frame => {
                cx.0.cancelled.store(true, Ordering::Relaxed);
                false
            }
            Slot::Ready { bytes, .. } => {
                kept = kept.saturating_add(*bytes);
                true
            }
            _ => true,
        });
        while kept > Self::KEPT {
            let old = slots.iter().filter(|(_, (asked, s))| matches!(s, Slot::Ready { .. }) && *asked + 1 < frame);
            let Some(key) = old.min_by_key(|(_, (asked, _))| *asked).map(|(k, _)| k.clone()) else { break };
            if let Some((_, Slot::Ready { bytes, .. })) = slots.remove(&key) {
                kept = kept.saturating_sub(bytes);
            }
        }
    }

    /// Forgets what was worked out for a document.
    pub fn forget(&self, doc: DocId) {
        lock(&self.slots).retain(|k, (_, slot)| {
            if k.place.doc == doc
                && let Slot::Pending { cx, .. } = slot
            {
                cx.0.cancelled.store(true, Ordering::Relaxed);
            }
            k.place.doc != doc
        });
    }

    /// Number of values that are being worked out.
    pub fn pending(&self) -> usize {
        lock(&self.slots).values().filter(|(_, s)| matches!(s, Slot::Pending { .. })).count()
    }

    /// What has been worked on longest, and for how long.
    pub fn longest(&self) -> Option<(&'static str, Duration)> {
        let slots = lock(&self.slots);
        let pending = slots.values().filter_map(|(_, s)| match s {
            Slot::Pending { name, since, .. } => Some((*name, since.elapsed())),
            _ => None,
        });
        pending.max_by_key(|(_, t)| *t)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::OpIndex;

    fn key(n: u32) -> WorkKey {
        WorkKey { place: Place::default(), handle: Handle::op(OpIndex(n)), kind: "test", of: Vec::new() }
    }

    fn wait(work: &Work) {
        let until = Instant::now() + Duration::from_secs(20);
        while work.pending() > 0 && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn work_is_done_once() {
        let (work, count) = (Work::default(), Arc::new(AtomicU64::new(0)));
        let ask = || {
            let count = count.clone();
            work.get(key(1), "counting", move |_| Ok((count.fetch_add(1, Ordering::SeqCst) + 7, 8)))
        };
        ask();
        ask();
        wait(&work);
        assert_eq!(ask().ready().as_deref(), Some(&7));
        assert_eq!(count.load(Ordering::SeqCst), 1);
        let failed = || work.get::<u64>(key(2), "failing", |_| Err("no".into()));
        failed();
        wait(&work);
        assert!(matches!(failed(), Outcome::Failed(why) if &*why == "no"));
        let broken = || work.get::<u64>(key(3), "breaking", |_| panic!("on purpose"));
        broken();
        wait(&work);
        assert!(matches!(broken(), Outcome::Failed(_)));
    }

    #[test]
    fn work_that_nobody_wants_is_stopped() {
        let work = Work::default();
        let (tx, rx) = channel();
        work.get(key(1), "waiting", move |cx| {
            let until = Instant::now() + Duration::from_secs(20);
            while !cx.cancelled() && Instant::now() < until {
                std::thread::sleep(Duration::from_millis(1));
            }
            tx.send(cx.cancelled()).ok();
            Ok(((), 0))
        });
        std::thread::sleep(Duration::from_millis(50));
        (0..5).for_each(|_| work.next_frame());
        assert_eq!(work.pending(), 0);
        // Where the work had not begun yet, it never does.
        assert!(rx.recv_timeout(Duration::from_secs(20)).unwrap_or(true));
    }

    #[test]
    fn the_longest_unused_value_makes_room() {
        let work = Work::default();
        let ask = |n: u32| work.get(key(n), "large", move |_| Ok((n, Work::KEPT / 2)));
        for n in 0..4 {
            ask(n);
            wait(&work);
            work.next_frame();
            work.next_frame();
        }
        assert!(lock(&work.slots).len() <= 3);
        assert!(ask(3).ready().is_some());
    }
}
