//! The figures: ops indexed, graph built, first picture, frames, each against CPython's own work in the same run where that
//! compares. `cargo bench`. Nothing here passes or fails: ratios are printed, and people judge.
//!
//! Where `PICKLESCOPE_RIVALS` names a Python that has numpy, matplotlib, silx, PyQt5 and qtawesome, `benches/rivals.py` does
//! the work of the part `views` there too, on the same files in the same run: `cargo bench --bench figures -- views`.

use picklescope::machine::{NoInlines, Options, Scan, Stream};
use picklescope::ops::{Step, decode};
use picklescope::source::{Bytes, Cursor};
use picklescope::tensor::{
    Array, Colormap, Curve, DType, Data, Effort, Marks, Paint, Part, Range, Raster, Reduce, Scale, Stats, Turn, View,
};
use std::io::Write as _;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

/// A list of `n` floats: protocol 4 in batches of a thousand, as CPython writes it.
fn floats(n: u32) -> Vec<u8> {
    let mut out = b"\x80\x04]\x94".to_vec();
    for i in 0..n {
        if i % 1000 == 0 {
            if i > 0 {
                out.push(b'e');
            }
            out.push(b'(');
        }
        out.push(b'G');
        out.extend(f64::from(i).sqrt().to_be_bytes());
    }
    out.extend(b"e.");
    out
}

/// A list of `n` different strings, each memoised.
fn strings(n: u32) -> Vec<u8> {
    let mut out = b"\x80\x04]\x94".to_vec();
    for i in 0..n {
        if i % 1000 == 0 {
            if i > 0 {
                out.push(b'e');
            }
            out.push(b'(');
        }
        let text = format!("item number {i}");
        out.push(0x8c);
        out.push(text.len() as u8);
        out.extend(text.as_bytes());
        out.push(0x94);
    }
    out.extend(b"e.");
    out
}

fn timed<T>(f: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let made = f();
    (start.elapsed().as_secs_f64(), made)
}

/// Seconds that CPython's `pickle.load` takes for the same bytes; `None` without a Python.
fn python(data: &[u8]) -> Option<f64> {
    let path = std::env::temp_dir().join(format!("picklescope-bench-{}.pkl", std::process::id()));
    std::fs::File::create(&path).ok()?.write_all(data).ok()?;
    let code = "import pickle,sys,time\nb=open(sys.argv[1],'rb').read()\nt=time.perf_counter()\npickle.loads(b)\nprint(time.perf_counter()-t)";
    let out = Command::new("python3").args(["-c", code]).arg(&path).output().ok();
    std::fs::remove_file(&path).ok();
    String::from_utf8(out?.stdout).ok()?.trim().parse().ok()
}

fn pickle(name: &str, data: Vec<u8>) {
    let loads = python(&data);
    let bytes = Bytes::from_vec(data);
    let (index, ops) = timed(|| {
        let (mut cursor, mut n) = (Cursor::new(&bytes, 0), 0_u64);
        while let Step::Op(_) = decode(&mut cursor) {
            n += 1;
        }
        n
    });
    let (graph, stream) = timed(|| {
        let mut stream = Stream::new(bytes.clone());
        let mut scan = Scan::new(&bytes, Options::default(), Arc::new(NoInlines));
        while scan.step(&mut stream, 1 << 16) {}
        stream
    });
    let per = |t: f64| ops as f64 / t / 1e6;
    println!("{name}: {ops} ops, {:.1} MB", bytes.len() as f64 / 1e6);
    println!("  decoded     {index:8.3} s  {:6.1} M ops/s", per(index));
    println!("  graph built {graph:8.3} s  {:6.1} M ops/s  ({} nodes)", per(graph), stream.graph.nodes.len());
    match loads {
        Some(t) => println!("  CPython     {t:8.3} s  pickle.loads; the graph takes {:.2} of it", graph / t),
        None => println!("  CPython     no python3 to compare with"),
    }
}

fn curve(n: u64) {
    let raw: Vec<u8> = (0..n).flat_map(|i| ((i as f64) * 1e-4).sin().to_le_bytes()).collect();
    let bytes = Bytes::from_vec(raw);
    let span = bytes.span();
    let Ok(dtype) = DType::parse("<f8") else { return };
    let Ok(array) = Array::new_c(dtype, &[n], Data::file(&bytes, span)) else { return };
    let (first, _) = timed(|| Curve::preview(&array, Part::Real).visible(0.0, n as f64, 1280));
    let (build, curve) = timed(|| Curve::build(&array, Part::Real, &|_, _| true));
    let Some(curve) = curve else { return };
    let (frame, points) = timed(|| curve.visible(0.0, n as f64, 1280).concat().len());
    println!(
        "curve of {n} samples: first {first:.4} s, exact after {build:.3} s, a frame {frame:.5} s ({points} points)"
    );
}

/// Pan and zoom over a plane of `side` × `side` numbers in a file: the first picture, the pyramid, and the worst and the
/// usual frame of a way across it at every magnification.
fn image(side: u64) {
    let path = std::env::temp_dir().join(format!("picklescope-bench-{}.raw", std::process::id()));
    let written = (|| {
        let mut out = std::io::BufWriter::new(std::fs::File::create(&path)?);
        for y in 0..side {
            let row = (0..side).flat_map(|x| (((x * 7 + y * 13) % 1009) as f32 - 300.0).to_le_bytes());
            out.write_all(&row.collect::<Vec<u8>>())?;
        }
        out.flush()
    })();
    let bytes = written.and_then(|()| Bytes::open(&path));
    std::fs::remove_file(&path).ok();
    let (Ok(bytes), Ok(dtype)) = (bytes, DType::parse("<f4")) else { return println!("image: no room for the file") };
    let span = bytes.span();
    let Ok(array) = Array::new_c(dtype, &[side, side], Data::file(&bytes, span)) else { return };
    let lut = Box::new(Colormap::Viridis.lut(false));
    let paint = Paint::Mapped { scale: Scale::linear(-300.0, 709.0), lut, marks: Marks::dark() };
    let (size, mut pixels) = ([1280, 800], Vec::new());
    let fit = View::fit(side, side, Turn::default(), size);
    let (first, raster) = timed(|| {
        let raster = Raster::new(&array, Part::Real, Reduce::Mean).ok()?;
        raster.render(&fit, &paint, Effort::FRAME, &mut pixels);
        Some(raster)
    });
    let Some(raster) = raster else { return };
    let (build, _) = timed(|| raster.build(&|_, _| true));
    let mut frames = Vec::new();
    for step in 0..200_u32 {
        let way = f64::from(step) / 200.0;
        // In and out again, along a diagonal.
        let zoom = (1.0 + 15.0 * (way * std::f64::consts::PI).sin().powi(2)).powi(2);
        let middle = side as f64 * (0.2 + 0.6 * way);
        let view = View { scale: fit.scale.map(|s| s * zoom), ..fit }.centred([middle, middle]);
        frames.push(timed(|| raster.render(&view, &paint, Effort::FRAME, &mut pixels)).0);
    }
    frames.sort_by(f64::total_cmp);
    let (usual, worst) = (frames[frames.len() / 2], frames[frames.len() - 1]);
    println!("image {side} × {side} float32: first picture {first:.4} s, pyramid {build:.3} s");
    println!(
        "  a frame {:.2} ms, the worst of {} {:.2} ms; {} MB beside the file",
        usual * 1e3,
        frames.len(),
        worst * 1e3,
        raster.memory() >> 20
    );
    let (range, _) = timed(|| Range::of(&array, Part::Real, false, &|_, _| true));
    let (stats, _) = timed(|| Stats::of(&array, Part::Real, &|_, _, _| true));
    println!("  range {range:.3} s, all statistics {stats:.3} s");
}

/// A pickle of one array of numbers, as NumPy writes it at protocol 4, in a file of its own.
#[cfg(feature = "window")]
fn array_file(
    name: &str,
    code: &str,
    shape: &[u64],
    item: u64,
    mut row: impl FnMut(u64) -> Vec<u8>,
) -> std::io::Result<std::path::PathBuf> {
    let path = std::env::temp_dir().join(format!("picklescope-bench-{}-{name}.pkl", std::process::id()));
    let mut out = std::io::BufWriter::with_capacity(1 << 20, std::fs::File::create(&path)?);
    out.write_all(b"\x80\x04cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R(K\x01(")?;
    for n in shape {
        out.write_all(b"\x8a\x08")?;
        out.write_all(&n.to_le_bytes())?;
    }
    out.write_all(b"tcnumpy\ndtype\nX\x02\x00\x00\x00")?;
    out.write_all(code.as_bytes())?;
    out.write_all(b"\x89\x88\x87R(K\x03X\x01\x00\x00\x00<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89\x8e")?;
    let all = shape.iter().product::<u64>() * item;
    out.write_all(&all.to_le_bytes())?;
    let (mut done, mut k) = (0, 0);
    while done < all {
        let bytes = row(k);
        let n = (bytes.len() as u64).min(all - done);
        out.write_all(&bytes[..n as usize])?;
        (done, k) = (done + n, k + 1);
    }
    out.write_all(b"tb.")?;
    out.flush()?;
    Ok(path)
}

/// Milliseconds that this thread has run so far, where the system tells: what others on the machine do does not count.
#[cfg(feature = "window")]
fn cpu() -> Option<f64> {
    // the figure is brought up to date when the thread gives way
    std::thread::yield_now();
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(text.split_whitespace().next()?.parse::<f64>().ok()? / 1e6)
}

/// Opens a file in the whole interface, without a window, and times its frames: `act` says what happens in each.
#[cfg(feature = "window")]
fn frames(
    what: &str,
    path: &std::path::Path,
    view: picklescope::session::ViewKind,
    act: impl Fn(usize, eframe::egui::Rect) -> Vec<eframe::egui::Event>,
) -> Seen {
    use eframe::egui::{Pos2, Rect, Theme};
    use picklescope::session::{Action, Settings};
    use picklescope::ui::App;
    use picklescope::ui::headless::Headless;
    use std::time::Duration;
    let mut app = App::new(Settings::default(), None);
    let mut window = Headless::new([1280.0, 800.0], 1.0, Theme::Dark);
    app.attach(&window.ctx);
    let start = Instant::now();
    app.open(vec![path.to_owned()]);
    while !app.session.jobs.running().is_empty() {
        app.session.wait(Duration::from_millis(1));
    }
    let opened = start.elapsed().as_secs_f64();
    app.session.apply(Action::SetView(view));
    let start = Instant::now();
    let mut first = None;
    loop {
        window.frame(Vec::new(), |ui| app.ui(ui));
        // what is sampled comes first, the exact one replaces it
        let sampling =
            app.session.work.longest().is_some_and(|(name, _)| name.contains("some") || name.contains("first"));
        let pending = app.session.work.pending();
        if first.is_none() && !sampling && (pending > 0 || start.elapsed() > Duration::from_millis(50)) {
            first = Some(start.elapsed().as_secs_f64());
        }
        if pending == 0 && app.session.is_idle() && start.elapsed() > Duration::from_millis(300) {
            break;
        }
        app.session.wait(Duration::from_millis(1));
    }
    let exact = start.elapsed().as_secs_f64();
    // the middle panel
    let inside = Rect::from_min_max(Pos2::new(300.0, 320.0), Pos2::new(640.0, 440.0));
    let mut spent = Vec::new();
    let mut frame = |app: &mut App, events| {
        let before = cpu();
        let (t, ()) = timed(|| window.frame(events, |ui| app.ui(ui)));
        spent.extend(cpu().zip(before).map(|(now, before)| now - before));
        t
    };
    let mut times: Vec<f64> = (0..200)
        .flat_map(|k| {
            let moved = frame(&mut app, act(k, inside));
            // a frame's own work counts, not what it asked others for; but the one that shows what they brought does
            while app.session.work.pending() > 0 {
                app.session.wait(Duration::from_millis(1));
            }
            [moved, frame(&mut app, Vec::new())]
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!(
        "{what}: opened in {opened:.3} s, first view {:.3} s later, settled after {exact:.3} s",
        first.unwrap_or(exact)
    );
    println!(
        "  a frame of the whole window {:.2} ms, the worst of {} {:.2} ms",
        times[times.len() / 2] * 1e3,
        times.len(),
        times[times.len() - 1] * 1e3
    );
    spent.sort_by(f64::total_cmp);
    if let (Some(middle), Some(worst)) = (spent.get(spent.len() / 2), spent.last()) {
        println!("  of that, processor time of the thread of the window {middle:.2} ms, the worst {worst:.2} ms");
    }
    Seen {
        first: opened + first.unwrap_or(exact),
        frame: times[times.len() / 2] * 1e3,
        worst: times[times.len() - 1] * 1e3,
    }
}

/// Seconds from a file to its first view, and milliseconds of the usual and the worst frame.
#[cfg(feature = "window")]
struct Seen {
    first: f64,
    frame: f64,
    worst: f64,
}

/// The same file in other tools, and how they compare.
#[cfg(feature = "window")]
fn rivals(kind: &str, path: &std::path::Path, ours: &Seen) {
    let Some(python) = std::env::var_os("PICKLESCOPE_RIVALS") else {
        return println!("  others: skipped, PICKLESCOPE_RIVALS names no Python");
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/rivals.py");
    let out = match Command::new(&python).arg(script).arg(kind).arg(path).output() {
        Ok(out) => out,
        Err(e) => return println!("  others: skipped, {}: {e}", python.display()),
    };
    let text = String::from_utf8_lossy(&out.stdout);
    for line in text.lines() {
        let Ok(found) = serde_json::from_str::<serde_json::Value>(line) else { continue };
        let name = found["name"].as_str().unwrap_or("?");
        if let Some(why) = found["why"].as_str() {
            println!("  {name}: {why}");
            continue;
        }
        let number = |key: &str| found[key].as_f64().unwrap_or(f64::NAN);
        let first = number("load") + number("first");
        println!(
            "  {name}: first view after {first:.3} s ({:.1} times ours), a frame {:.1} ms ({:.1} times), the worst of {} {:.1} ms \
             ({:.1} times), {:.0} MiB at most",
            first / ours.first,
            number("frame"),
            number("frame") / ours.frame,
            number("frames"),
            number("worst"),
            number("worst") / ours.worst,
            number("memory"),
        );
    }
    if text.is_empty() {
        println!("  others: {}", String::from_utf8_lossy(&out.stderr).lines().last().unwrap_or("no answer"));
    }
}

#[cfg(feature = "window")]
fn views() {
    use eframe::egui::{Event, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, Rect, TouchPhase, vec2};
    use picklescope::session::ViewKind;
    let wheel = |dy: f32, modifiers| {
        let (unit, phase) = (MouseWheelUnit::Point, TouchPhase::Move);
        Event::MouseWheel { unit, delta: vec2(0.0, dy), phase, source: MouseWheelSource::Wheel, modifiers }
    };
    let move_to =
        |r: Rect, k: usize| Event::PointerMoved(r.lerp_inside(vec2((k % 17) as f32 / 17.0, (k % 11) as f32 / 11.0)));
    const SIDE: u64 = 16_384;
    let image = array_file("image", "f4", &[SIDE, SIDE], 4, |y| {
        (0..SIDE).flat_map(|x| (((x * 7 + y * 13) % 1009) as f32 - 300.0).to_le_bytes()).collect()
    });
    match image {
        Ok(path) => {
            // in, to single elements, across, and out again
            let ours = frames("image of 16384 × 16384 float32", &path, ViewKind::Image, |k, r| match k {
                0..80 => vec![move_to(r, k), wheel(20.0, Modifiers::NONE)],
                80..140 => {
                    let at = r.lerp_inside(vec2((k - 80) as f32 / 60.0, (k - 80) as f32 / 90.0));
                    let (button, pressed) = (PointerButton::Primary, k == 80);
                    let mut events = vec![Event::PointerMoved(at)];
                    if pressed || k == 139 {
                        events.push(Event::PointerButton { pos: at, button, pressed, modifiers: Modifiers::NONE });
                    }
                    events
                }
                _ => vec![move_to(r, k), wheel(-30.0, Modifiers::NONE)],
            });
            rivals("image", &path, &ours);
            std::fs::remove_file(path).ok();
        }
        Err(e) => println!("image: {e}"),
    }
    let plot = array_file("plot", "f4", &[100_000_000], 4, |k| {
        (0..4096_u64)
            .flat_map(|i| (((k * 4096 + i) as f32 * 1e-5).sin() + (i % 7) as f32 * 0.01).to_le_bytes())
            .collect()
    });
    match plot {
        Ok(path) => {
            // in, to single samples, and out again, while the pointer moves
            let ours = frames("plot of 100 million samples", &path, ViewKind::Plot, |k, r| {
                vec![move_to(r, k), wheel(if k < 100 { 40.0 } else { -40.0 }, Modifiers::NONE)]
            });
            rivals("plot", &path, &ours);
            std::fs::remove_file(path).ok();
        }
        Err(e) => println!("plot: {e}"),
    }
    let table = array_file("table", "f8", &[10_000_000, 4], 8, |k| {
        (0..4096_u64).flat_map(|i| ((k * 4096 + i) as f64).sqrt().to_le_bytes()).collect()
    });
    match table {
        Ok(path) => {
            let ours = frames("table of 10 million rows", &path, ViewKind::Table, |k, r| {
                vec![move_to(r, k), wheel(-(300.0 * (k + 1) as f32), Modifiers::NONE)]
            });
            rivals("table", &path, &ours);
            std::fs::remove_file(path).ok();
        }
        Err(e) => println!("table: {e}"),
    }
}

#[cfg(not(feature = "window"))]
fn views() {}

#[cfg(feature = "window")]
fn window() {
    use picklescope::ui::shot::{Shot, shot};
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/samples/experiment.pkl");
    let (t, drawn) = timed(|| shot(&Shot { file: Some(file.into()), ..Shot::default() }));
    match drawn {
        Ok(_) => println!("window: opened, settled and drawn on the CPU at 1280 × 800 in {t:.3} s"),
        Err(e) => println!("window: {e}"),
    }
}

#[cfg(not(feature = "window"))]
fn window() {}

fn main() {
    // `cargo test` runs this too, to see that it builds
    if std::env::args().any(|a| a == "--test") {
        return;
    }
    // `cargo bench -- views` does one part
    let part = std::env::args().skip(1).find(|a| !a.starts_with('-'));
    let wanted = |name: &str| part.as_deref().is_none_or(|p| p == name);
    if wanted("pickles") {
        pickle("three million floats", floats(3_000_000));
        pickle("a million strings", strings(1_000_000));
    }
    if wanted("curve") {
        curve(20_000_000);
    }
    if wanted("image") {
        image(16_384);
    }
    if wanted("window") {
        window();
    }
    if wanted("views") {
        views();
    }
}
