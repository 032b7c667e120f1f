//! The application without a window, driven by actions as panels drive it: opening, selecting in every direction,
//! history, tabs, views, clipboard texts.

use picklescope::interpret;
use picklescope::machine::Handle;
use picklescope::ops::OpIndex;
use picklescope::session::{
    Action, COMMANDS, CopyWhat, Effect, Item, Phase, Place, Session, Trail, ViewKind, follow, span_of,
};
use picklescope::source::Span;
use std::path::PathBuf;
use std::time::{Duration, Instant};

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn settle(s: &mut Session) {
    let until = Instant::now() + Duration::from_secs(120);
    while !s.is_idle() && Instant::now() < until {
        s.wait(Duration::from_millis(20));
    }
    assert!(s.is_idle(), "a job does not end");
}

fn opened(name: &str) -> Session {
    let mut s = Session::default();
    s.apply(Action::Open(vec![file(name)]));
    settle(&mut s);
    assert_eq!(s.document().unwrap().phase, Phase::Ready, "{name}");
    s
}

fn handle_at(s: &Session, path: &str) -> Handle {
    s.find_path(s.active.unwrap(), path).unwrap().handle.unwrap()
}

/// What the value at the end of the selection's trail is.
fn trail_end(s: &Session) -> Option<Handle> {
    let trail = s.selection.trail.clone()?;
    s.with_cx(s.selection.place(), |cx| follow(cx, &trail).last().copied())?
}

#[test]
fn a_file_opens_on_its_biggest_array() {
    let s = opened("assets/samples/experiment.pkl");
    let shown = s.subject().unwrap();
    let m = s.meaning(s.place(), shown).unwrap();
    let a = m.body.array().expect("the first look is an array");
    let place = s.place();
    let biggest = s
        .with_cx(place, |cx| {
            let budget = picklescope::source::limits::Budget::new(1 << 20);
            let all = interpret::arrays(cx, &budget, &std::sync::atomic::AtomicBool::new(false));
            all.found.iter().filter_map(|f| f.meaning.body.array().map(|a| a.array.nbytes())).max()
        })
        .flatten();
    assert_eq!(Some(a.array.nbytes()), biggest);
    assert!(s.views().contains(&s.view().unwrap()));
    assert!(!s.selection.trail.as_ref().unwrap().steps.is_empty(), "it has a place in the tree");
    // The root was selected first: back leads there.
    let mut s = s;
    s.apply(Action::Back);
    assert_eq!(s.selection.trail, Some(Trail::root(0)));
}

#[test]
fn every_byte_selects_its_op_and_every_op_its_bytes() {
    for name in ["assets/samples/experiment.pkl", "assets/samples/python2_legacy.pkl", "assets/samples/dataframe.pkl"] {
        let mut s = opened(name);
        let place = s.place();
        let (len, ops) = s.with_cx(place, |cx| (cx.stream.bytes.len(), cx.stream.index.count())).unwrap();
        for at in (0..len).step_by(usize::try_from(len / 400).unwrap().max(1)) {
            s.apply(Action::Select(Item::at_offset(place, at)));
            let item = s.selection.clone();
            let op = item.op.unwrap_or_else(|| panic!("{name}: no op at {at}"));
            let op_span = s.with_cx(place, |cx| cx.op(op).unwrap().span).unwrap();
            assert!(op_span.contains(at) && item.span.unwrap().contains(at), "{name} at {at}");
            assert!(item.handle.is_some() && item.trail.is_some(), "{name} at {at}: {item:?}");
        }
        for op in (0..ops).step_by((ops as usize / 300).max(1)) {
            s.apply(Action::Select(Item::of_op(place, OpIndex(op))));
            let item = s.selection.clone();
            assert_eq!(item.op, Some(OpIndex(op)));
            let span = item.span.unwrap();
            assert_eq!(Some(span), s.with_cx(place, |cx| cx.op(OpIndex(op)).map(|o| o.span)).flatten());
            assert!(item.handle.is_some(), "{name}: op {op} belongs to no value");
        }
    }
}

#[test]
fn every_value_of_the_tree_is_found_again_from_its_op() {
    let s = opened("assets/samples/experiment.pkl");
    let place = s.place();
    let mut queue = vec![(Trail::root(0), s.with_cx(place, |cx| cx.stream.pickles[0].root.unwrap()).unwrap(), false)];
    let (mut seen, mut wrong) = (0, Vec::new());
    while let Some((trail, handle, within)) = queue.pop() {
        let shared = within || s.with_cx(place, |cx| cx.stream.is_shared(handle)).unwrap();
        let done = s.with_cx(place, |cx| picklescope::session::complete(cx, Item::of_handle(place, handle))).unwrap();
        let end = s.with_cx(place, |cx| follow(cx, done.trail.as_ref().unwrap()).last().copied()).unwrap();
        seen += 1;
        // A shared value, and what is in one, is found at one of its places; any other at its only one.
        if end != Some(handle) || !shared && done.trail.as_ref() != Some(&trail) {
            wrong.push((trail.clone(), done.trail, shared));
        }
        let n = s.with_cx(place, |cx| interpret::children(cx, handle).len()).unwrap();
        for i in 0..n.min(500) {
            let child = s.with_cx(place, |cx| interpret::children(cx, handle).handle(i)).unwrap().unwrap();
            if trail.steps.len() < 6 {
                queue.push((trail.child(i), child, shared));
            }
        }
    }
    assert!(seen > 100, "{seen}");
    assert!(wrong.is_empty(), "{} of {seen}: {:?}", wrong.len(), &wrong[..wrong.len().min(5)]);
}

#[test]
fn an_element_and_its_bytes_select_each_other() {
    for (name, path, index) in [
        ("assets/samples/terrain.pkl", "", vec![17, 200]),
        ("assets/samples/photo_rgb.pkl", "", vec![100, 200, 2]),
        ("assets/samples/signal.pkl", "", vec![12_345]),
        ("tests/fixtures/numpy/np16_p2_f8.pkl", "", vec![1, 2]),
    ] {
        let mut s = opened(name);
        let array = handle_at(&s, path);
        s.apply(Action::Select(Item::of_element(s.place(), array, index.clone())));
        let item = s.selection.clone();
        let m = s.meaning(s.place(), array).unwrap();
        let a = m.body.array().unwrap();
        let span = a.array.byte_span_of(&index).unwrap();
        assert_eq!(item.span, Some(span), "{name}");
        assert!(item.op.is_some() && item.element == Some(index.clone()), "{name}");
        // From any of its bytes back to it, by way of somewhere else.
        for at in [span.start, span.end - 1] {
            s.apply(Action::Select(Item::at_offset(s.place(), 0)));
            s.apply(Action::Select(Item::at_offset(s.place(), at)));
            assert_eq!(s.selection.element, Some(index.clone()), "{name} at {at}");
            assert_eq!((s.selection.handle, s.selection.span), (Some(array), Some(span)), "{name} at {at}");
            assert_eq!(trail_end(&s), Some(array), "{name}");
        }
    }
}

#[test]
fn a_dragged_run_of_bytes_stays_as_it_was_dragged() {
    let mut s = opened("assets/samples/terrain.pkl");
    let span = Span::new(1003, 1042);
    s.apply(Action::Select(Item::of_span(s.place(), span)));
    assert_eq!(s.selection.span, Some(span));
    assert!(s.selection.handle.is_some());
}

#[test]
fn paths_lead_there_and_back() {
    let mut s = opened("assets/samples/experiment.pkl");
    for path in ["", "['runs']", "['runs'][3]", "['instrument']"] {
        let item = s.find_path(s.active.unwrap(), path).unwrap();
        s.apply(Action::Select(item.clone()));
        assert_eq!(trail_end(&s), item.handle, "{path}");
        let copied = s.apply(Action::Copy(CopyWhat::Path));
        assert_eq!(copied, [Effect::CopyText(path.to_owned())]);
    }
    assert!(s.find_path(s.active.unwrap(), "['no such key']").is_err());
    assert!(s.find_path(s.active.unwrap(), "#9").is_err());
}

#[test]
fn up_leads_to_the_root_and_back_and_forward_retrace_it() {
    let mut s = opened("assets/samples/experiment.pkl");
    let item = s.find_path(s.active.unwrap(), "['runs'][2]['loads']");
    let item = item.or_else(|_| s.find_path(s.active.unwrap(), "['runs'][2]")).unwrap();
    s.apply(Action::Select(item));
    let leaf = s.selection.clone();
    let depth = leaf.trail.as_ref().unwrap().steps.len();
    assert!(depth >= 2);
    for _ in 0..depth {
        s.apply(Action::Command("go.up"));
    }
    assert_eq!(s.selection.trail, Some(Trail::root(0)));
    for _ in 0..depth {
        s.apply(Action::Back);
    }
    assert_eq!(s.selection, leaf);
    s.apply(Action::Forward);
    assert_eq!(s.selection.trail, leaf.trail.unwrap().parent());
}

#[test]
fn tabs_keep_their_selections() {
    let mut s = opened("assets/samples/experiment.pkl");
    let first = s.active.unwrap();
    s.apply(Action::Select(s.find_path(first, "['runs'][1]").unwrap()));
    let at = s.selection.clone();
    s.apply(Action::Open(vec![file("assets/samples/terrain.pkl")]));
    settle(&mut s);
    assert_ne!(s.active, Some(first));
    assert_eq!(s.selection.doc, s.active.unwrap());
    s.apply(Action::Command("go.next-file"));
    assert_eq!((s.active, s.selection.clone()), (Some(first), at));
    // The same file is not opened twice.
    s.apply(Action::Open(vec![file("assets/samples/terrain.pkl")]));
    assert_eq!(s.documents.len(), 2);
    s.apply(Action::Command("file.close"));
    s.apply(Action::Command("file.close"));
    assert_eq!((s.active, s.documents.len(), s.selection.is_empty()), (None, 0, true));
    assert!(!s.history.can_back());
}

#[test]
fn what_cannot_be_opened_says_why() {
    let mut s = Session::default();
    s.apply(Action::Open(vec![file("no/such/file.pkl"), file("assets")]));
    settle(&mut s);
    let why: Vec<_> = s.documents.iter().map(|d| format!("{:?}", d.phase)).collect();
    assert!(why[0].contains("There is no file") && why[1].contains("is a folder"), "{why:?}");
    s.apply(Action::OpenBytes { name: "empty".into(), bytes: Vec::new() });
    settle(&mut s);
    for c in COMMANDS.iter().filter(|c| (c.enabled)(&s) && c.id != "file.quit") {
        (c.action)(&s);
    }
}

#[test]
fn a_damaged_file_opens_on_what_it_still_holds() {
    let s = opened("assets/samples/damaged_cut.pkl");
    let m = s.meaning(s.place(), s.subject().unwrap()).unwrap();
    let a = m.body.array().expect("the rows that survived are shown");
    assert!(!a.complete && a.array.elements_there() > 1000);
    assert!(s.next_problem().is_some(), "what is wrong is listed");
    assert!(s.can_salvage());
}

#[test]
fn views_answer_for_every_kind_of_value() {
    let s = opened("assets/samples/experiment.pkl");
    let views = |path: &str| {
        let h = handle_at(&s, path);
        picklescope::session::views_of(&s.meaning(s.place(), h).unwrap())
    };
    assert_eq!(views("['title']")[0], ViewKind::Text);
    assert_eq!(views("['checksum']")[0], ViewKind::Hex);
    assert_eq!(views("")[0], ViewKind::Summary);
    assert_eq!(views("['spectrum']")[0], ViewKind::Plot);
    let s = opened("assets/samples/photo_rgb.pkl");
    assert_eq!(s.view(), Some(ViewKind::Image));
    let mut s = opened("assets/samples/terrain.pkl");
    assert_eq!(s.view(), Some(ViewKind::Image));
    s.apply(Action::SetView(ViewKind::Table));
    assert_eq!(s.view(), Some(ViewKind::Table));
    s.apply(Action::SetView(ViewKind::Text));
    assert_eq!(s.view(), Some(ViewKind::Image), "a view that the value has not is not shown");
}

#[test]
fn spans_of_values_hold_their_parts() {
    let s = opened("assets/samples/experiment.pkl");
    let place: Place = s.place();
    let span = |path: &str| {
        let h = handle_at(&s, path);
        s.with_cx(place, |cx| span_of(cx, h)).flatten().unwrap()
    };
    assert!(span("").covers(span("['runs']")));
    assert!(span("['runs']").covers(span("['runs'][5]")));
    assert!(!span("['runs'][4]").covers(span("['runs'][5]")));
}

#[test]
fn an_array_is_written_as_a_file_that_numpy_reads() {
    let mut s = opened("assets/samples/terrain.pkl");
    let dir = std::env::temp_dir().join(format!("picklescope-session-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    assert!(s.can_export("npy") && s.can_export("png") && s.can_export("json"));
    let asked = s.apply(Action::Command("export.npy"));
    let [Effect::PickSave(action, name)] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(name, "terrain.npy");
    let Action::Export(mut request) = (**action).clone() else { panic!("{action:?}") };
    request.to = Some(dir.join(name));
    s.apply(Action::Export(request.clone()));
    settle(&mut s);
    let bytes = std::fs::read(dir.join(name)).unwrap();
    assert!(bytes.starts_with(b"\x93NUMPY") && bytes.len() == 128 + 256 * 256 * 4, "{}", bytes.len());
    // The opened file itself is never written.
    request.to = Some(file("assets/samples/terrain.pkl"));
    let before = std::fs::metadata(file("assets/samples/terrain.pkl")).unwrap().modified().unwrap();
    s.apply(Action::Export(request));
    settle(&mut s);
    assert_eq!(std::fs::metadata(file("assets/samples/terrain.pkl")).unwrap().modified().unwrap(), before);
    assert!(s.take_effects().iter().any(|e| matches!(e, Effect::Notify(n) if n.text.contains("never written"))));
    std::fs::remove_dir_all(dir).ok();
}

#[test]
fn a_picture_is_copied_as_it_is() {
    let mut s = opened("assets/samples/photo_rgb.pkl");
    s.apply(Action::Copy(CopyWhat::Picture));
    settle(&mut s);
    let effects = s.take_effects();
    let picture = effects.iter().find_map(|e| match e {
        Effect::CopyImage(w, h, rgba) => Some((*w, *h, rgba.clone())),
        _ => None,
    });
    let (w, h, rgba) = picture.expect("a picture");
    assert_eq!((w, h, rgba.len()), (360, 240, 360 * 240 * 4));
    let m = s.meaning(s.place(), s.subject().unwrap()).unwrap();
    let a = &m.body.array().unwrap().array;
    let pixel = (100 * 360 + 200) * 4;
    for c in 0..3 {
        assert_eq!(a.value(&[100, 200, c as u64]).to_f64(), Some(f64::from(rgba[pixel + c])));
    }
}

#[test]
fn every_array_is_written_to_a_folder_and_a_made_file_is_saved() {
    use picklescope::export::batch::Taken;
    use picklescope::session::ExportAll;
    let folder = tempfile::tempdir().unwrap();
    let mut s = opened("tests/fixtures/export/arrays.pkl.gz");
    let doc = s.active.unwrap();
    let dir = folder.path().join("new/pictures");
    let pattern = "{n}-{path}".to_owned();
    let request = ExportAll { doc, kind: "png", dir: dir.clone(), pattern, slices: true, ..ExportAll::default() };
    s.apply(Action::ExportAll(request.clone()));
    settle(&mut s);
    let said = format!("{:?}", s.take_effects());
    assert!(said.contains("files to") && said.contains("left out"), "{said}");
    let names: Vec<String> =
        std::fs::read_dir(&dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    assert!(names.iter().filter(|n| n.contains("hyperstack_1_")).count() >= 3, "{names:?}");
    assert!(names.iter().all(|n| n.ends_with(".png")) && names.len() > 60, "{}", names.len());
    // once more: numbered, left, or replaced
    let count = || std::fs::read_dir(&dir).unwrap().count();
    let before = count();
    let first = dir.join(&names[0]);
    std::fs::write(&first, b"mine").unwrap();
    for (taken, files) in [(Taken::Keep, before), (Taken::Number, before * 2), (Taken::Replace, before * 2)] {
        s.apply(Action::ExportAll(ExportAll { taken, ..request.clone() }));
        settle(&mut s);
        let mine = std::fs::read(&first).unwrap() == b"mine";
        assert_eq!((count(), mine), (files, taken != Taken::Replace), "{taken:?}");
    }
    // all in one file, each under its path
    let dir = folder.path().join("one");
    let one = ExportAll { doc, kind: "npz", dir: dir.clone(), together: true, compress: true, ..ExportAll::default() };
    s.apply(Action::ExportAll(one.clone()));
    settle(&mut s);
    s.apply(Action::ExportAll(one));
    settle(&mut s);
    let said = format!("{:?}", s.take_effects());
    assert!(said.contains("arrays to") && said.contains("arrays_2.npz"), "{said}");
    let npz = std::fs::File::open(dir.join("arrays.npz")).unwrap();
    let mut npz = zip::ZipArchive::new(npz).unwrap();
    assert!(npz.len() > 50, "{}", npz.len());
    let mut member = Vec::new();
    std::io::Read::read_to_end(&mut npz.by_name("f4_big.npy").unwrap(), &mut member).unwrap();
    assert!(member.starts_with(b"\x93NUMPY") && member.len() == 128 + 9 * 11 * 4);
    // what a view made of itself: asked where to, then written
    let bytes = std::sync::Arc::new(b"<svg/>".to_vec());
    let made = |to| Action::SaveMade { name: "plot.svg".to_owned(), bytes: bytes.clone(), to };
    let effects = s.apply(made(None));
    assert!(matches!(&effects[..], [Effect::PickSave(_, name)] if name == "plot.svg"), "{effects:?}");
    let to = folder.path().join("plot.svg");
    s.apply(made(Some(to.clone())));
    settle(&mut s);
    assert_eq!(std::fs::read(&to).unwrap(), b"<svg/>");
}

#[test]
fn a_tensor_of_torchs_first_format_is_the_first_sight_of_its_file() {
    let mut s = opened("tests/fixtures/more/torch2.15.0_tar.pt");
    let m = s.meaning(s.place(), s.subject().unwrap()).unwrap();
    assert!(m.kind == "torch.Tensor" && m.body.array().unwrap().complete, "{} {}", m.kind, m.short);
    assert_eq!(s.document().unwrap().members[s.place().member].name, "pickle");
    // Members of an archive are paths of their own: an array without a pickle by its key.
    s.apply(Action::Open(vec![file("tests/fixtures/npy/np2_stored.npz")]));
    settle(&mut s);
    let doc = s.active.unwrap();
    let item = s.find_path(doc, "['it\\'s']").or_else(|_| s.find_path(doc, "[\"it's\"]")).unwrap();
    s.apply(Action::Select(item));
    assert_eq!(s.plain_path(s.place()).as_deref(), Some("[\"it's\"]"));
    let m = s.meaning(s.place(), s.subject().unwrap()).unwrap();
    assert_eq!(m.short, "float64 (3,)");
    assert!(s.views().contains(&ViewKind::Plot));
}
