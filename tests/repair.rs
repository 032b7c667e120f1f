//! Repairs by hand: actions into the session, as menus and panels send them, and what becomes of the decode and the files.

use picklescope::machine::{Below, Cure, Holding, Repair, Start};
use picklescope::ops::{Opcode, encode};
use picklescope::session::{Action, ArraySpec, DocId, Edit, Effect, Item, Place, Session};
use picklescope::source::{Edited, Span};
use std::time::Duration;

fn wait(s: &mut Session) {
    while !s.jobs.running().is_empty() {
        assert!(s.wait(Duration::from_secs(20)), "a job hangs");
    }
}

fn opened(bytes: &[u8]) -> (Session, Place) {
    let mut s = Session::default();
    s.apply(Action::OpenBytes { name: "test.pkl".into(), bytes: bytes.to_vec() });
    wait(&mut s);
    let place = s.place();
    (s, place)
}

fn bytes(s: &Session, place: Place) -> Vec<u8> {
    s.with_cx(place, |cx| cx.stream.bytes.read(cx.stream.bytes.span(), usize::MAX)).unwrap()
}

fn root(s: &Session, place: Place) -> String {
    s.with_cx(place, |cx| {
        let root = cx.stream.pickles[0].root.unwrap();
        picklescope::interpret::repr(cx, root, 1000)
    })
    .unwrap()
}

fn python(s: &Session, place: Place) -> Option<String> {
    s.with_cx(place, |cx| cx.stream.pickles[0].python.as_ref().map(ToString::to_string)).unwrap()
}

fn edit(s: &mut Session, place: Place, span: (u64, u64), with: &[u8]) {
    s.apply(Action::Edit(Edit::new(place, Span::new(span.0, span.1), with.to_vec())));
    wait(s);
}

/// `['ab', 7]`, framed.
const LIST: &[u8] = b"\x80\x04\x95\x0c\0\0\0\0\0\0\0]\x94(\x8c\x02ab\x94K\x07e.";

#[test]
fn a_byte_is_typed_and_the_decode_follows() {
    let (mut s, place) = opened(LIST);
    assert_eq!(root(&s, place), "['ab', 7]");
    let at = 20;
    assert_eq!(LIST[at as usize], 7);
    edit(&mut s, place, (at, at + 1), &[0x47]);
    assert_eq!(root(&s, place), "['ab', 71]");
    assert!(s.unsaved(place.doc));
    let r = s.repairs(place).unwrap();
    assert_eq!(r.edited(Span::new(0, 99)), [Edited::Typed(Span::at(at, 1))]);
    // the second digit of the same byte is no step of its own
    s.apply(Action::Edit(Edit { joins: true, ..Edit::new(place, Span::at(at, 1), vec![0x4a]) }));
    assert_eq!(root(&s, place), "['ab', 74]");
    s.apply(Action::Undo);
    assert_eq!(root(&s, place), "['ab', 7]");
    assert!(!s.unsaved(place.doc), "as it was opened");
    s.apply(Action::Redo);
    assert_eq!(root(&s, place), "['ab', 74]");
}

#[test]
fn ops_are_changed_dropped_and_inserted_and_the_frame_follows() {
    let (mut s, place) = opened(LIST);
    assert_eq!(python(&s, place), None);
    // a longer text
    let with = encode::encode(Opcode::ShortBinunicode, "hello").unwrap();
    edit(&mut s, place, (14, 18), &with);
    assert_eq!(root(&s, place), "['hello', 7]");
    assert_eq!(python(&s, place), None);
    let frame = u64::from_le_bytes(bytes(&s, place)[3..11].try_into().unwrap());
    assert_eq!(frame, 15);
    // a dropped op
    let op = s.with_cx(place, |cx| cx.stream.index.at_offset(22, &cx.stream.bytes)).unwrap().unwrap();
    s.apply(Action::Select(Item::of_op(place, op)));
    let drop = s.drop_op().unwrap();
    s.apply(drop);
    assert_eq!(root(&s, place), "['hello']");
    assert_eq!(python(&s, place), None);
    // an inserted one
    edit(&mut s, place, (22, 22), b"\x88");
    assert_eq!(root(&s, place), "['hello', True]");
    assert_eq!(python(&s, place), None);
    for want in ["['hello']", "['hello', 7]", "['ab', 7]"] {
        s.apply(Action::Undo);
        assert_eq!(root(&s, place), want);
    }
    assert_eq!(bytes(&s, place), LIST);
    assert!(!s.repairs(place).unwrap().can_undo());
    for _ in 0..9 {
        s.apply(Action::Redo);
    }
    assert_eq!(root(&s, place), "['hello', True]");
}

#[test]
fn an_edit_that_breaks_the_pickle_is_seen_at_once() {
    let (mut s, place) = opened(LIST);
    edit(&mut s, place, (15, 16), &[9]);
    assert!(python(&s, place).unwrap().contains("truncated"), "{:?}", python(&s, place));
    s.apply(Action::Undo);
    assert_eq!(python(&s, place), None);
}

#[test]
fn a_copy_is_saved_and_the_opened_file_never_is() {
    let dir = tempfile::tempdir().unwrap();
    let (path, copy) = (dir.path().join("a.pkl"), dir.path().join("b.pkl"));
    std::fs::write(&path, LIST).unwrap();
    let mut s = Session::default();
    s.apply(Action::Open(vec![path.clone()]));
    wait(&mut s);
    let place = s.place();
    edit(&mut s, place, (20, 21), &[8]);
    let asked = s.apply(Action::SaveRepaired { place, to: None, then: None });
    assert!(asked.iter().any(|e| matches!(e, Effect::PickSave(_, name) if name == "a-repaired.pkl")));
    // closing asks; so does ending
    assert!(matches!(s.apply(Action::Close(place.doc)).as_slice(), [Effect::AskUnsaved { .. }]));
    assert!(matches!(s.apply(Action::Quit).as_slice(), [Effect::AskUnsaved { .. }]));
    assert!(matches!(s.apply(Action::Reload(place.doc)).as_slice(), [Effect::AskUnsaved { .. }]));
    assert_eq!(s.documents.len(), 1);
    s.apply(Action::SaveRepaired { place, to: Some(path.clone()), then: None });
    wait(&mut s);
    assert_eq!(std::fs::read(&path).unwrap(), LIST);
    assert!(s.unsaved(place.doc));
    s.apply(Action::SaveRepaired { place, to: Some(copy.clone()), then: Some(Box::new(Action::Close(place.doc))) });
    wait(&mut s);
    let written = std::fs::read(&copy).unwrap();
    assert_eq!((written[20], written.len()), (8, LIST.len()));
    assert!(s.documents.is_empty(), "closed once it was written");
    assert_eq!(std::fs::read(&path).unwrap(), LIST);
}

#[test]
fn abandoned_repairs_do_not_ask() {
    let (mut s, place) = opened(LIST);
    edit(&mut s, place, (20, 21), &[8]);
    s.apply(Action::Abandon(place.doc));
    s.apply(Action::Close(place.doc));
    assert!(s.documents.is_empty());
}

#[test]
fn what_was_rewritten_opens_repaired_and_unsaved() {
    let latin: String = LIST.iter().map(|b| char::from(*b)).collect();
    let (mut s, place) = opened(latin.as_bytes());
    let cure = cure(&s, place, "latin1-as-utf8").unwrap();
    assert_eq!(cure, Cure::Whole(Repair::Latin1));
    s.apply(Action::OpenRepaired { place, cure });
    wait(&mut s);
    assert_eq!(s.documents.len(), 2);
    let place = s.place();
    assert_eq!(root(&s, place), "['ab', 7]");
    assert!(s.unsaved(place.doc) && !s.unsaved(DocId(1)));
}

fn cure(s: &Session, place: Place, code: &str) -> Option<Cure> {
    s.with_cx(place, |cx| {
        let all: Vec<_> = cx.stream.problems.iter().map(|d| d.code).collect();
        let d = cx.stream.problems.iter().find(|d| d.code == code).unwrap_or_else(|| panic!("{all:?}"));
        picklescope::machine::cure(cx.stream, d, &|| false)
    })
    .unwrap()
}

#[test]
fn a_damaged_length_is_found_again() {
    // {'first': 1, 'second': 2, …}: a text's length is one too many
    let mut data = b"\x80\x04}\x94(".to_vec();
    for (i, k) in ["first", "second", "third", "fourth"].iter().enumerate() {
        data.extend([0x8c, k.len() as u8]);
        data.extend(k.bytes());
        data.extend([0x94, b'K', i as u8]);
    }
    data.extend(b"u.");
    let (whole, place) = opened(&data);
    let want = root(&whole, place);
    let at = data.windows(6).position(|w| w == b"second").unwrap() - 1;
    for wrong in [5, 7, 9, 30, 255] {
        let mut bad = data.clone();
        bad[at] = wrong;
        let (mut s, place) = opened(&bad);
        let found = s
            .with_cx(place, |cx| {
                let all = cx.stream.problems.iter().filter(|d| picklescope::machine::may_be_cured(d.code));
                all.filter_map(|d| picklescope::machine::cure(cx.stream, d, &|| false)).find(|c| match c {
                    Cure::Bytes(m) => m.loads,
                    Cure::Whole(_) => false,
                })
            })
            .unwrap();
        let Some(Cure::Bytes(mend)) = found else { panic!("no cure for {wrong}") };
        assert_eq!((mend.span, mend.with.as_slice()), (Span::at(at as u64, 1), &[6][..]), "{wrong}");
        s.apply(Action::OpenRepaired { place, cure: Cure::Bytes(mend) });
        wait(&mut s);
        let place = s.place();
        assert_eq!(root(&s, place), want);
        assert_eq!(s.repairs(place).unwrap().count(), 1, "the mend is an edit that can be undone");
        s.apply(Action::Undo);
        assert_eq!(bytes(&s, place), bad);
    }
}

#[test]
fn a_damaged_opcode_is_found_again() {
    let mut damaged = b"\x80\x04]\x94(".to_vec();
    for i in 0..20 {
        damaged.extend(b"\x8c\x03");
        damaged.extend(format!("x{i:02}").bytes());
        damaged.push(0x94);
    }
    damaged.extend(b"e.");
    let at = 5 + 6 * 10;
    damaged[at] = 0xff;
    let (s, place) = opened(&damaged);
    let Some(Cure::Bytes(mend)) = cure(&s, place, "unknown-opcode") else { panic!("no cure") };
    assert_eq!((mend.span, mend.with.as_slice(), mend.loads), (Span::at(at as u64, 1), &[0x8c_u8][..], true));
    // Bytes that came in, too many to be the argument of anything, are left out again.
    let mut longer = b"\x80\x04]\x94(K\x01K\x02".to_vec();
    longer.extend([0xff; 6]);
    longer.extend(b"\x8c\x03abc\x94\x8c\x03def\x94e.");
    let (s, place) = opened(&longer);
    let Some(Cure::Bytes(mend)) = cure(&s, place, "unknown-opcode") else { panic!("no cure") };
    assert_eq!((mend.span, mend.with.len(), mend.loads), (Span::at(9, 6), 0, true));
}

#[test]
fn a_byte_that_came_into_a_large_payload_makes_it_one_longer() {
    let n = 70_000_u32;
    let framed = |content: &[u8]| [&[0x95][..], &(content.len() as u64).to_le_bytes(), content].concat();
    let mut file = [b"\x80\x04".to_vec(), framed(b"}\x94(\x8c\x01a\x94"), b"B".to_vec()].concat();
    let field = file.len() as u64;
    file.extend(n.to_le_bytes());
    file.extend(vec![0xff; n as usize + 1]);
    file.extend(framed(b"\x94u."));
    let (s, place) = opened(&file);
    let Some(Cure::Bytes(mend)) = cure(&s, place, "unknown-opcode") else { panic!("no cure") };
    assert_eq!((mend.span, mend.with), (Span::at(field, 4), (n + 1).to_le_bytes().to_vec()));
}

#[test]
fn a_frame_gets_its_length_back() {
    let mut bad = LIST.to_vec();
    bad[3] = 200;
    let (s, place) = opened(&bad);
    let Some(Cure::Bytes(mend)) = cure(&s, place, "frame-length") else { panic!() };
    assert!(mend.loads);
    assert_eq!((mend.span, mend.with[0]), (Span::new(3, 11), 12));
}

#[test]
fn numbers_and_payloads_change_without_a_new_scan() {
    // bytes and a number
    let (mut s, place) = opened(b"\x80\x03]q\0(C\x04abcdK\x05e.");
    let graph = |s: &Session| s.with_cx(place, |cx| std::ptr::from_ref(cx.stream)).unwrap();
    let before = graph(&s);
    edit(&mut s, place, (9, 10), b"X");
    assert_eq!(graph(&s), before, "the same stream, with other bytes");
    assert_eq!(root(&s, place), "[b'aXcd', 5]");
    edit(&mut s, place, (7, 8), &[3]);
    assert_ne!(graph(&s), before, "a length is another matter");
}

#[test]
fn decoding_starts_where_it_is_told() {
    // a list, a broken opcode, and the rest of another list
    let data = b"\x80\x04]\x94(K\x01K\x02e\xff\xffK\x03K\x04l.";
    let (mut s, place) = opened(data);
    let shape = |s: &Session| {
        s.with_cx(place, |cx| {
            let text = |h: &Option<_>| h.map(|h| picklescope::interpret::repr(cx, h, 100));
            cx.stream.pickles.iter().map(|p| (text(&p.root), p.pending.len())).collect::<Vec<_>>()
        })
        .unwrap()
    };
    let list = Some("[1, 2]".to_owned());
    assert_eq!(shape(&s)[0], (list.clone(), 0));
    let start = |at, holds| Action::DecodeFrom { place, start: Some(Start { at, protocol: Some(4), holds }) };
    s.apply(start(12, Holding::Mark));
    wait(&mut s);
    assert_eq!(shape(&s), [(list.clone(), 0), (Some("[3, 4]".to_owned()), 0)]);
    assert!(
        s.with_cx(place, |cx| cx.stream.pickles[1].started.is_some() && cx.stream.pickles[1].protocol == 4).unwrap()
    );
    // what lies beneath is not known: it is supposed as it is wanted
    s.apply(start(12, Holding::Unknown));
    wait(&mut s);
    assert_eq!(shape(&s), [(list.clone(), 0), (Some("[3, 4]".to_owned()), 0)]);
    let part = |cx: &picklescope::interpret::Cx<'_>| {
        let p = &cx.stream.pickles[1];
        (p.behind, p.beneath.clone(), p.started.is_some())
    };
    assert_eq!(s.with_cx(place, part), Some((Some(0), vec![Below::Mark], true)));
    // with an empty stack there is no mark to take from
    s.apply(start(12, Holding::Nothing));
    wait(&mut s);
    assert_eq!(shape(&s), [(list.clone(), 0), (Some("3".to_owned()), 1)]);
    // with the stack kept, one pickle goes on behind the hole
    s.apply(start(12, Holding::Kept));
    wait(&mut s);
    assert_eq!(shape(&s).len(), 1);
    assert_eq!(shape(&s)[0].1, 2, "the list below, 3 and 4 above it: no mark");
    // every byte still has one owner
    s.with_cx(place, |cx| {
        let mut at = 0;
        for p in cx.stream.index.pieces(cx.stream.bytes.span(), &cx.stream.bytes) {
            assert_eq!(p.span().start, at);
            at = p.span().end;
        }
        assert_eq!(at, cx.stream.bytes.len());
    });
    s.apply(Action::DecodeFrom { place, start: None });
    wait(&mut s);
    assert_eq!(shape(&s)[0], (list, 0));
    assert!(s.repairs(place).is_none(), "nothing was edited");
}

#[test]
fn an_op_that_reaches_over_a_start_is_cut_there() {
    // a text whose length swallows what follows
    let data = b"\x80\x04]\x94(\x8c\x0bab\x94\x8c\x02cd\x94e.K\x01.";
    let (mut s, place) = opened(data);
    s.apply(Action::DecodeFrom { place, start: Some(Start { at: 10, protocol: None, holds: Holding::Kept }) });
    wait(&mut s);
    assert_eq!(root(&s, place), "['cd']");
    let offsets: Vec<u64> = (0..data.len() as u64).collect();
    for at in offsets {
        for holds in [Holding::Nothing, Holding::Mark, Holding::Kept, Holding::Unknown] {
            s.apply(Action::DecodeFrom { place, start: None });
            s.apply(Action::DecodeFrom { place, start: Some(Start { at, protocol: None, holds }) });
            wait(&mut s);
            s.with_cx(place, |cx| {
                let n: u64 =
                    cx.stream.index.pieces(cx.stream.bytes.span(), &cx.stream.bytes).map(|p| p.span().len()).sum();
                assert_eq!(n, cx.stream.bytes.len());
                let p = cx.stream.index.piece_at(at, &cx.stream.bytes).unwrap();
                assert!(p.span().start == at, "{at} {holds:?}: {p:?}");
            });
        }
    }
}

#[test]
fn a_cut_payload_is_read_as_an_array_by_guess() {
    let whole: Vec<u8> = (0..4000_u32).flat_map(|i| ((f64::from(i % 50) / 9.0).sin() as f32).to_le_bytes()).collect();
    let mut data = b"\x80\x05\x96".to_vec();
    data.extend((whole.len() as u64).to_le_bytes());
    let start = data.len() as u64;
    data.extend(&whole[..12_000]);
    let (mut s, place) = opened(&data);
    let w = s.what_if_of_selection().unwrap();
    assert_eq!((w.span, w.declared), (Span::at(start, 12_000), 16_000));
    s.take_effects(); // what is wrong comes to the front
    let effects = s.apply(Action::WhatIf(w.clone()));
    assert!(matches!(effects.as_slice(), [Effect::Layout(_)]));
    let (guess, spec) = s
        .with_cx(place, |cx| {
            let g = picklescope::tensor::guesses(&cx.stream.bytes, w.span, &|| false).remove(0);
            let spec = ArraySpec {
                span: w.span,
                offset: g.offset,
                dtype: g.dtype.clone(),
                shape: g.shape(w.declared),
                fortran: false,
            };
            let array = spec.array(&cx.stream.bytes).unwrap();
            assert_eq!((array.len(), array.elements_there()), (4000, 3000), "what is missing stays missing");
            (g, spec)
        })
        .unwrap();
    assert_eq!((guess.dtype.name().as_str(), guess.row), ("float32", 50));
    let dir = tempfile::tempdir().unwrap();
    let to = dir.path().join("guess.npy");
    s.apply(Action::ExportGuess { place, spec: Box::new(spec), to: Some(to.clone()) });
    wait(&mut s);
    let written = std::fs::read(&to).unwrap();
    assert!(written.starts_with(b"\x93NUMPY") && written.len() == 128 + 16_000);
    // closing the file forgets the bytes
    s.apply(Action::Close(place.doc));
    assert!(s.what_if().is_none());
}

#[test]
fn undo_and_redo_leave_nothing_behind_and_know_what_was_saved() {
    let dir = tempfile::tempdir().unwrap();
    let (mut s, place) = opened(LIST);
    for i in 0..300_u64 {
        edit(&mut s, place, (20, 21), &[i as u8]);
    }
    s.apply(Action::SaveRepaired { place, to: Some(dir.path().join("a.pkl")), then: None });
    wait(&mut s);
    assert!(!s.unsaved(place.doc));
    s.apply(Action::Undo);
    assert!(s.unsaved(place.doc));
    s.apply(Action::Redo);
    assert!(!s.unsaved(place.doc));
    s.apply(Action::Undo);
    edit(&mut s, place, (20, 21), &[1]);
    assert!(s.unsaved(place.doc), "as many edits as were saved, and not the same");
    for _ in 0..300 {
        s.apply(Action::Undo);
    }
    assert_eq!(bytes(&s, place), LIST);
}
