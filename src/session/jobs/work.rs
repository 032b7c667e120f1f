//! Values that are worked out beside the frame, each once: pictures, curves, statistics.
//! Must never know what it works out.

use super::{JobCx, Wake, lock};
use crate::machine::Handle;
use crate::session::item::{DocId, Place};
use std::any::Any;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

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
        self.ask(key, name, Pace::Long, make)
    }

    /// As [`Work::get`], for what is done in some milliseconds and waited for: a first picture, a first curve. It does not
    /// queue behind what reads a whole array.
    pub fn soon<T: Any + Send + Sync>(
        &self,
        key: WorkKey,
        name: &'static str,
        make: impl FnOnce(&JobCx) -> Result<(T, u64), String> + Send + 'static,
    ) -> Outcome<T> {
        self.ask(key, name, Pace::Short, make)
    }

    fn ask<T: Any + Send + Sync>(
        &self,
        key: WorkKey,
        name: &'static str,
        pace: Pace,
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
        drop(slots);
        self.start(key, name, frame, pace, move |cx| {
            Some(match catch_unwind(AssertUnwindSafe(|| make(cx))) {
                Ok(Ok((value, bytes))) => Slot::Ready { value: Arc::new(value), bytes },
                Ok(Err(why)) => Slot::Failed(why.into()),
                Err(_) => Slot::Failed(format!("{name} failed: a fault of picklescope's").into()),
            })
        });
        Outcome::Pending
    }

    /// Short work that leaves no value and may be needed again, as reading what a picture misses: started unless it is on
    /// its way. A frame follows.
    pub fn again(&self, key: WorkKey, name: &'static str, work: impl FnOnce(&JobCx) + Send + 'static) {
        let frame = self.frame.load(Ordering::Relaxed);
        if let Some((asked, Slot::Pending { .. })) = lock(&self.slots).get_mut(&key) {
            *asked = frame;
            return;
        }
        self.start(key, name, frame, Pace::Short, move |cx| {
            let done = catch_unwind(AssertUnwindSafe(|| work(cx)));
            done.is_err().then(|| Slot::Failed(format!("{name} failed: a fault of picklescope's").into()))
        });
    }

    /// Starts work beside the frame; what it returns is kept.
    fn start(
        &self,
        key: WorkKey,
        name: &'static str,
        frame: u64,
        pace: Pace,
        work: impl FnOnce(&JobCx) -> Option<Slot> + Send + 'static,
    ) {
        let cx = JobCx::default();
        let pending = Slot::Pending { cx: cx.clone(), name, since: Instant::now() };
        lock(&self.slots).insert(key.clone(), (frame, pending));
        let (slots, wake) = (self.slots.clone(), self.wake.clone());
        beside(pace, move || {
            if cx.cancelled() {
                return;
            }
            let slot = work(&cx);
            let mut slots = lock(&slots);
            // Cancelled work was taken out already, and may have been started anew under the same key.
            if !cx.cancelled() {
                match (slot, slots.get_mut(&key)) {
                    (Some(slot), Some(entry)) => entry.1 = slot,
                    (None, _) => _ = slots.remove(&key),
                    _ => {}
                }
            }
            drop(slots);
            wake();
        });
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

/// How long work takes.
#[derive(Clone, Copy)]
enum Pace {
    /// Some milliseconds, and somebody waits.
    Short,
    /// It may read all of a file.
    Long,
}

/// Runs on threads of its own: a frame that draws with all cores never waits for work beside it, nor short work for long.
fn beside(pace: Pace, work: impl FnOnce() + Send + 'static) {
    static POOLS: [OnceLock<Option<rayon::ThreadPool>>; 2] = [const { OnceLock::new() }; 2];
    let [short, long] = &POOLS;
    let (pool, called) = match pace {
        Pace::Short => (short, "soon"),
        Pace::Long => (long, "beside"),
    };
    let pool = pool.get_or_init(|| {
        let name = move |i| format!("{called}-{i}");
        rayon::ThreadPoolBuilder::new().thread_name(name).build().inspect_err(|e| log::warn!("no threads: {e}")).ok()
    });
    match pool {
        Some(pool) => pool.spawn(work),
        None => rayon::spawn(work),
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
    fn what_is_waited_for_does_not_queue_behind_long_work() {
        let work = Work::default();
        let go = Arc::new(AtomicU64::new(0));
        for n in 0..64 {
            let go = go.clone();
            work.get(key(n), "long", move |_| {
                let until = Instant::now() + Duration::from_secs(20);
                while go.load(Ordering::SeqCst) == 0 && Instant::now() < until {
                    std::thread::sleep(Duration::from_millis(1));
                }
                Ok((go.load(Ordering::SeqCst), 8))
            });
        }
        let (tx, rx) = std::sync::mpsc::channel();
        let first = work.soon(key(100), "short", move |_| {
            tx.send(()).ok();
            Ok((7_u64, 8))
        });
        assert!(matches!(first, Outcome::Pending));
        assert!(rx.recv_timeout(Duration::from_secs(10)).is_ok(), "it runs while all threads are taken by long work");
        go.store(1, Ordering::SeqCst);
        wait(&work);
        assert_eq!(work.get::<u64>(key(0), "long", |_| Err("asked twice".into())).ready().as_deref(), Some(&1));
    }

    #[test]
    fn work_without_a_value_is_done_again() {
        let (work, count) = (Work::default(), Arc::new(AtomicU64::new(0)));
        for n in 1..=3 {
            let counted = count.clone();
            work.again(key(1), "counting", move |_| _ = counted.fetch_add(1, Ordering::SeqCst));
            wait(&work);
            assert_eq!(count.load(Ordering::SeqCst), n);
            assert!(lock(&work.slots).is_empty(), "nothing is kept");
        }
    }

    #[test]
    fn work_that_nobody_wants_is_stopped() {
        let work = Work::default();
        let (tx, rx) = std::sync::mpsc::channel();
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
