//! The whole window for those who cannot see it, or have no pointer: names, reading order, and the keyboard throughout.
#![cfg(feature = "window")]

#[path = "common/window.rs"]
mod the_window;

use eframe::egui::accesskit::{Action as Do, Role};
use eframe::egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{AccessKitNode, NodeT, Queryable};
use picklescope::session::{Action, COMMANDS, LayoutChange, Panel, Settings};
use picklescope::ui::App;
use std::path::Path;
use the_window::{harness, steps};

/// The window on a sample, or on its start page.
fn window(sample: Option<&str>) -> Harness<'static, App> {
    let mut app = App::new(Settings::default(), None);
    if let Some(name) = sample {
        app.open(vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/samples").join(name)]);
    }
    let mut h = harness(app);
    steps(&mut h, 4);
    h
}

/// All nodes in the order in which they are read out.
fn nodes<'h>(h: &'h Harness<'_, App>) -> Vec<AccessKitNode<'h>> {
    let mut out = Vec::new();
    let mut open = vec![h.root().accesskit_node()];
    while let Some(node) = open.pop() {
        open.extend(node.children().rev());
        out.push(node);
    }
    out
}

fn name(node: &AccessKitNode<'_>) -> String {
    node.label().or_else(|| node.value()).unwrap_or_default()
}

/// What holds a node, from the window down.
fn ancestors(node: &AccessKitNode<'_>) -> Vec<String> {
    let mut out = vec![format!("{:?} {:?}", node.role(), name(node))];
    let mut at = node.parent();
    while let Some(node) = at {
        if node.label().is_some() {
            out.push(format!("{:?} {:?}", node.role(), name(&node)));
        }
        at = node.parent();
    }
    out.reverse();
    out
}

/// The part of the window that a node is in.
fn region(node: &AccessKitNode<'_>) -> Option<String> {
    let mut at = Some(*node);
    while let Some(node) = at {
        if node.role() == Role::Region {
            return node.label();
        }
        at = node.parent();
    }
    None
}

fn nameless(h: &Harness<'_, App>) -> Vec<String> {
    nodes(h)
        .iter()
        .filter(|n| n.data().supports_action(Do::Click) || n.data().supports_action(Do::Focus))
        // a scroll bar goes by what it scrolls
        .filter(|n| !matches!(n.role(), Role::Window | Role::GenericContainer | Role::Unknown | Role::ScrollBar))
        .filter(|n| name(n).trim().is_empty())
        .map(|n| format!("{} at {:?}", ancestors(n).join(" > "), n.bounding_box()))
        .collect()
}

/// Palette, path, place, export of all, keys.
const DIALOGS: [(Modifiers, Key); 5] = [
    (Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::P),
    (Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::O),
    (Modifiers::COMMAND, Key::G),
    (Modifiers::COMMAND.plus(Modifiers::ALT), Key::E),
    (Modifiers::NONE, Key::F1),
];

#[test]
fn every_control_has_a_name() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    let samples = ["experiment.pkl", "dataframe.pkl", "damaged_cut.pkl", "suspicious.pkl"];
    for sample in samples.map(Some).into_iter().chain([None]) {
        let mut h = window(sample);
        let mut look = |h: &Harness<'_, App>, what: &str| {
            seen += nodes(h).len();
            wrong.extend(nameless(h).into_iter().map(|w| format!("{sample:?}, {what}: {w}")));
        };
        look(&h, "as opened");
        if sample == Some("experiment.pkl") {
            for panel in Panel::ALL {
                h.state_mut().layout.change(LayoutChange::Show(*panel));
                steps(&mut h, 2);
                look(&h, panel.title());
            }
            for (modifiers, key) in DIALOGS {
                let before = nodes(&h).len();
                h.key_press_modifiers(modifiers, key);
                steps(&mut h, 3);
                assert!(nodes(&h).len() > before, "{modifiers:?} {key:?} opens nothing");
                look(&h, &format!("{modifiers:?} {key:?}"));
                h.key_press(Key::Escape);
                steps(&mut h, 2);
                assert_eq!(nodes(&h).len(), before, "Escape closes what {modifiers:?} {key:?} opened");
            }
        }
        let mut views = h.state().session.views();
        views.truncate(6);
        for kind in views {
            h.state_mut().session.apply(Action::SetView(kind));
            steps(&mut h, 2);
            look(&h, kind.title());
        }
    }
    assert!(seen > 1000, "only {seen} nodes were looked at");
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "{} without a name:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_window_is_read_from_top_to_bottom() {
    let h = window(Some("experiment.pkl"));
    let mut order: Vec<String> = nodes(&h).iter().filter_map(region).collect();
    order.dedup();
    let want = ["Menus", "Files", "Values", "Value", "How it is pickled", "Hex", "Machine", "Status"];
    let read: Vec<&str> = order.iter().map(String::as_str).collect();
    assert_eq!(read, want);
    // and within the first, menus stand before the field for all commands
    let names: Vec<String> = nodes(&h).iter().map(name).collect();
    let at = |what: &str| names.iter().position(|n| n == what).unwrap_or_else(|| panic!("{what} is not there"));
    let order = [at("File"), at("Help"), at("Open"), at("Find a command or a value"), at("File experiment.pkl")];
    assert!(order.is_sorted(), "{order:?}");
}

fn focused(h: &Harness<'_, App>) -> Option<(String, Option<String>)> {
    nodes(h).iter().find(|n| n.is_focused() && n.role() != Role::Window).map(|n| (ancestors(n).join(" > "), region(n)))
}

#[test]
fn f6_reaches_every_panel() {
    let mut h = window(Some("experiment.pkl"));
    let mut reached = Vec::new();
    for _ in 0..5 {
        h.key_press(Key::F6);
        steps(&mut h, 3);
        let panel = h.state().layout.current;
        let (what, region) = focused(&h).unwrap_or_else(|| panic!("nothing has the keyboard in {}", panel.title()));
        assert_eq!(region.as_deref(), Some(panel.title()), "{what}");
        reached.push(panel);
    }
    assert_eq!(reached, [Panel::Value, Panel::Pickled, Panel::Hex, Panel::Machine, Panel::Values]);
    h.key_press_modifiers(Modifiers::SHIFT, Key::F6);
    steps(&mut h, 3);
    assert_eq!(h.state().layout.current, Panel::Machine, "Shift+F6 goes back");
    assert_eq!(focused(&h).and_then(|(_, region)| region).as_deref(), Some("Machine"));
}

#[test]
fn tab_goes_through_the_window_and_comes_round() {
    let mut h = window(Some("experiment.pkl"));
    let mut regions = Vec::new();
    let mut first = None;
    let mut round = false;
    for n in 0..400 {
        h.key_press(Key::Tab);
        h.step();
        let Some((what, region)) = focused(&h) else { continue };
        regions.extend(region);
        if n > 0 && first.as_ref() == Some(&what) {
            round = true;
            break;
        }
        first.get_or_insert(what);
    }
    assert!(round, "after 400 steps the keyboard had not come round; it was in {:?}", focused(&h));
    for want in ["Menus", "Files", "Values", "Value", "How it is pickled", "Hex", "Machine"] {
        assert!(regions.iter().any(|r| r == want), "Tab never came to {want}");
    }
}

#[test]
fn the_keys_are_listed_and_every_command_is_in_the_palette() {
    let mut h = window(Some("experiment.pkl"));
    h.key_press(Key::F1);
    steps(&mut h, 3);
    let said: String = nodes(&h).iter().map(|n| format!("{}\n", name(n))).collect();
    for c in COMMANDS.iter().filter(|c| !c.keys.is_empty()) {
        assert!(said.contains(c.tooltip), "{} has a key, and the sheet does not say so", c.label);
    }
    h.key_press(Key::Escape);
    steps(&mut h, 2);

    h.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::P);
    steps(&mut h, 3);
    let field = h.get_by_role_and_label(Role::TextInput, "Find a command or a value");
    assert!(field.is_focused(), "the palette's field has the keyboard");
    field.type_text("light theme");
    steps(&mut h, 2);
    h.key_press(Key::Enter);
    steps(&mut h, 2);
    assert_eq!(h.state().session.settings.theme, picklescope::session::ThemeChoice::Light);
    assert!(h.query_by_role_and_label(Role::TextInput, "Find a command or a value").is_none(), "it is closed by then");
}

#[test]
fn an_open_menu_is_walked_and_left_by_keys() {
    let mut h = window(None);
    h.get_by_label("File").focus();
    h.step();
    h.key_press(Key::Enter);
    steps(&mut h, 3);
    h.get_by_label_contains("Quit");
    h.key_press(Key::Escape);
    steps(&mut h, 3);
    assert!(h.query_by_label_contains("Quit").is_none(), "Escape closes the menu");
}
