//! Frames of the whole window over large files, without a display: while they are read, and while one jumps through them.
//! What is measured is the CPU work of a frame up to its triangles; drawing them is the driver's affair. Each file is a process
//! of its own, so that its memory is its own. `cargo bench --bench frames [NAME …]`

use eframe::egui::Theme;
use picklescope::ops::OpIndex;
use picklescope::session::{Action, Item, Panel, Session, Settings, ViewKind};
use picklescope::ui::App;
use picklescope::ui::headless::Headless;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// Name, what it is, and what writes it.
type Case = (&'static str, &'static str, fn(&mut dyn Write) -> std::io::Result<()>);

const CASES: &[Case] = &[
    ("floats", "a list of three million floats", |out| {
        let one = |i: u32| {
            let mut b = vec![b'G'];
            b.extend((f64::from(i) * 0.5).to_be_bytes());
            b
        };
        list(out, 3_000_000, &one)
    }),
    ("strings", "a list of a million strings", |out| {
        let one = |i: u32| {
            let text = format!("string number {i}");
            let mut b = vec![0x8c, u8::try_from(text.len()).unwrap_or(0)];
            b.extend(text.bytes());
            b.push(0x94);
            b
        };
        list(out, 1_000_000, &one)
    }),
    ("array", "an array of 1 GiB", |_| Ok(())),
    ("ops", "a list of a hundred million integers", |out| {
        let one = |i: u32| vec![b'K', i.to_le_bytes()[0]];
        list(out, 100_000_000, &one)
    }),
];

fn list(out: &mut dyn Write, n: u32, one: &dyn Fn(u32) -> Vec<u8>) -> std::io::Result<()> {
    out.write_all(b"\x80\x04]\x94")?;
    for i in 0..n {
        if i % 1000 == 0 {
            out.write_all(if i == 0 { b"(" } else { b"e(" })?;
        }
        out.write_all(&one(i))?;
    }
    out.write_all(b"e.")
}

/// As NumPy writes it at protocol 4; the elements are a hole in the file, all zero.
fn array(to: &Path) -> std::io::Result<()> {
    const SIDE: u32 = 16_384;
    let text = |s: &str| [&[0x8c, s.len() as u8], s.as_bytes()].concat();
    let mut head = b"\x80\x04".to_vec();
    head.extend(text("numpy._core.multiarray"));
    head.extend(text("_reconstruct"));
    head.extend(b"\x93");
    head.extend(text("numpy"));
    head.extend(text("ndarray"));
    head.extend(b"\x93K\x00\x85C\x01b\x87R(K\x01J");
    head.extend(SIDE.to_le_bytes());
    head.push(b'J');
    head.extend(SIDE.to_le_bytes());
    head.push(0x86);
    head.extend(text("numpy"));
    head.extend(text("dtype"));
    head.push(0x93);
    head.extend(text("f4"));
    head.extend(b"\x89\x88\x87R(K\x03");
    head.extend(text("<"));
    head.extend(b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89\x8e");
    head.extend(u64::from(SIDE).pow(2).saturating_mul(4).to_le_bytes());
    let mut file = File::create(to)?;
    file.write_all(&head)?;
    file.set_len(head.len() as u64 + (1 << 30) + 3)?;
    use std::io::{Seek, SeekFrom};
    file.seek(SeekFrom::End(-3))?;
    file.write_all(b"tb.")
}

/// Milliseconds of frames.
#[derive(Default)]
struct Frames(Vec<f64>);

impl Frames {
    fn line(&mut self, what: &str) {
        self.0.sort_by(f64::total_cmp);
        let at = |part: f64| self.0.get(((self.0.len() as f64 - 1.0) * part) as usize).copied().unwrap_or(0.0);
        println!(
            "  {what:<34} {:5} frames  median {:6.2} ms  95 % {:6.2} ms  worst {:6.2} ms",
            self.0.len(),
            at(0.5),
            at(0.95),
            at(1.0)
        );
    }
}

struct Bench {
    app: App,
    window: Headless,
}

impl Bench {
    fn frame(&mut self) -> f64 {
        let t = Instant::now();
        self.window.frame(Vec::new(), |ui| self.app.ui(ui));
        t.elapsed().as_secs_f64() * 1e3
    }

    /// Frames after an action, until nothing is worked out any more; how long until then, in seconds.
    fn after(&mut self, action: Action, into: &mut Frames) -> f64 {
        let t = Instant::now();
        self.app.session.apply(action);
        for _ in 0..2 {
            into.0.push(self.frame());
        }
        while !self.app.session.is_idle() && t.elapsed() < Duration::from_secs(60) {
            std::thread::sleep(Duration::from_millis(4));
            into.0.push(self.frame());
        }
        t.elapsed().as_secs_f64()
    }
}

fn memory(key: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with(key)).unwrap_or("");
    line.split_whitespace().nth(1).and_then(|n| n.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

fn run(file: &Path) {
    let app = App::new(Settings::default(), None);
    let mut b = Bench { app, window: Headless::new([1440.0, 900.0], 1.0, Theme::Dark) };
    b.app.attach(&b.window.ctx);
    for _ in 0..3 {
        b.frame();
    }
    let began = Instant::now();
    b.app.open(vec![file.to_owned()]);
    let (mut reading, mut first) = (Frames::default(), None);
    while !b.app.session.is_idle() || first.is_none() {
        reading.0.push(b.frame());
        if first.is_none() && b.app.session.subject().is_some() {
            first = Some(began.elapsed().as_secs_f64());
        }
        std::thread::sleep(Duration::from_millis(8));
        if began.elapsed() > Duration::from_secs(300) {
            println!("  not read within 300 s");
            return;
        }
    }
    let all = began.elapsed().as_secs_f64();
    println!("  first value shown after {:.3} s, all read and looked at after {all:.3} s", first.unwrap_or(all));
    reading.line("while it is read");
    let place = b.app.session.place();
    let count = b.app.session.with_cx(place, |cx| cx.stream.index.count()).unwrap_or(0);
    for panel in [Panel::Values, Panel::Opcodes, Panel::Listing] {
        b.app.session.apply(Action::ShowPanel(panel));
        let mut f = Frames::default();
        let effects = b.app.session.take_effects();
        drop(effects);
        b.app.layout.change(picklescope::session::LayoutChange::Show(panel));
        for _ in 0..3 {
            b.frame();
        }
        // both ends, then places all over the file
        let mut slowest = 0.0_f64;
        let mut places = vec![0, count.saturating_sub(2), 0];
        places.extend((1..30_u64).map(|k| u32::try_from(k * 7_919 % 30 * u64::from(count) / 30).unwrap_or(0)));
        for op in places {
            slowest = slowest.max(b.after(Action::Select(Item::of_op(place, OpIndex(op))), &mut f));
        }
        f.line(&format!("{panel:?}: 32 jumps, slowest {:.0} ms", slowest * 1e3));
    }
    let views = b.app.session.views();
    for view in [ViewKind::Image, ViewKind::Table].into_iter().filter(|v| views.contains(v)) {
        let mut f = Frames::default();
        let t = b.after(Action::SetView(view), &mut f);
        f.line(&format!("{view:?}: complete after {t:.2} s"));
    }
    println!("  memory at most {:.0} MiB, now {:.0} MiB; {count} opcodes", memory("VmHWM"), memory("VmRSS"));
    let _: &Session = &b.app.session;
}

fn main() -> std::io::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    // `cargo test` runs this too, to see that it builds
    if std::env::args().any(|a| a == "--test") {
        return Ok(());
    }
    if let [key, path] = args.as_slice()
        && key == "run"
    {
        run(Path::new(path));
        return Ok(());
    }
    let dir = tempfile::tempdir()?;
    for (name, what, write) in CASES.iter().filter(|(n, ..)| args.is_empty() || args.iter().any(|a| a == n)) {
        let path = dir.path().join(format!("{name}.pkl"));
        if *name == "array" {
            array(&path)?;
        } else {
            let mut out = BufWriter::with_capacity(1 << 20, File::create(&path)?);
            write(&mut out)?;
            out.flush()?;
        }
        println!("{what}: {:.0} MB", path.metadata()?.len() as f64 / 1e6);
        Command::new(std::env::current_exe()?).arg("run").arg(&path).status()?;
        std::fs::remove_file(&path)?;
    }
    Ok(())
}
