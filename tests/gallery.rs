//! Draws every widget in every state, in both themes, at one and two pixels a point, into the target folder, for
//! people to look at. The test itself holds that something is drawn and that it is the same each time.
#![cfg(feature = "window")]

use eframe::egui::{self, CentralPanel, Frame, Margin, Rect, Theme, Ui, vec2};
use picklescope::ops::Class;
use picklescope::ui::widgets::chip::{Chip, Tone};
use picklescope::ui::widgets::tree_row::{Column, Picture, TreeRow};
use picklescope::ui::{Tokens, fonts, headless, icons, theme};
use std::path::PathBuf;

fn folder() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("gallery");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn page(name: &str, size: [f32; 2], mut draw: impl FnMut(&mut Ui)) {
    let mut run = |ui: &mut Ui| {
        let frame = Frame::new().fill(Tokens::of(ui).panel).inner_margin(Margin::same(12));
        CentralPanel::default().frame(frame).show(ui, |ui| draw(ui));
    };
    for theme in [Theme::Dark, Theme::Light] {
        for scale in [1.0, 2.0] {
            let picture = headless::picture(size, scale, theme, 4, &mut run);
            let colors: std::collections::HashSet<_> = picture.pixels().collect();
            assert!(colors.len() > 30, "{name} is empty");
            let theme = if theme == Theme::Dark { "dark" } else { "light" };
            picture.save(folder().join(format!("{name}-{theme}-{scale}x.png"))).unwrap();
        }
    }
}

fn header(ui: &mut Ui, text: &str) {
    ui.add_space(8.0);
    ui.label(egui::RichText::new(text).font(fonts::header()).color(Tokens::of(ui).text_soft));
}

#[test]
fn type_and_icons() {
    page("type", [760.0, 620.0], |ui| {
        ui.heading("A 480 × 640 float64 array");
        ui.label("Body: Grüße, Ελληνικά, Русский, naïve façade. 0123456789 → ← ≤ ≥ × · … − ∞ λ");
        ui.label(egui::RichText::new("Semibold: reduce tuple 0123456789").font(fonts::strong()));
        ui.weak("Soft: a side note that must still be read");
        ui.small("Small: 11.5 points, badges and columns 1,234,567");
        ui.monospace("Mono: 0x0000009a  93 4e 55 4d 50 59  'key'  -> => != 0O 1lI  ├─ └─ ▶ ▼ ⏎");
        header(ui, "Icons");
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(10.0, 8.0);
            for (_, icon) in icons::ALL {
                ui.label(icon.text());
            }
        });
        header(ui, "Within text and buttons");
        ui.horizontal(|ui| {
            for (icon, text) in [(icons::OPEN, "Open…"), (icons::EXPORT, "Export"), (icons::SEARCH, "Find")] {
                let _ = ui.button(format!("{icon} {text}"));
            }
            ui.add_enabled(false, egui::Button::new("Disabled"));
            let _ = ui.selectable_label(true, "Selected");
            let _ = ui.selectable_label(false, "Not");
            ui.hyperlink_to("A link", "https://example.org");
        });
        header(ui, "egui's own");
        let (mut a, mut text, mut n, mut pick) = (true, "a field".to_owned(), 42.0_f32, 1);
        ui.horizontal(|ui| {
            ui.checkbox(&mut a, "Checked");
            ui.checkbox(&mut false, "Not");
            ui.radio_value(&mut pick, 1, "One");
            ui.radio_value(&mut pick, 2, "Two");
            ui.add(egui::TextEdit::singleline(&mut text).desired_width(120.0));
            ui.add(egui::DragValue::new(&mut n));
            egui::ComboBox::from_label("choice").selected_text("viridis").show_ui(ui, |_| {});
        });
        ui.add(egui::Slider::new(&mut n, 0.0..=100.0).text("slider"));
        ui.add(egui::ProgressBar::new(0.4).desired_width(200.0).text("40 %"));
        ui.separator();
        ui.horizontal(|ui| {
            for class in Class::ALL {
                ui.colored_label(Tokens::of(ui).class(*class), class.name());
            }
        });
    });
}

#[test]
fn tree_rows() {
    page("tree", [620.0, 420.0], |ui| {
        let t = Tokens::of(ui);
        let shared = [Chip::icon(icons::LINK, Tone::Note, "shared")];
        let cut = [Chip::new("cut short").tone(Tone::Error).with_icon(icons::BROKEN)];
        let memo = [Chip::new("memo 3")];
        let array = Some(Picture::Icon(icons::ARRAY, t.class(Class::Bytes)));
        let size = |text| [Column { text, width: 64.0 }];
        let long = "a_very_long_name_".repeat(20);
        let (s1, s2, s3) = (size("2.3 MiB"), size("812 B"), size("64 KiB"));
        let dict = Some(Picture::Icon(icons::DICT, t.class(Class::Container)));
        let rows = [
            TreeRow {
                open: Some(true),
                kind: "dict",
                value: "7 items",
                picture: dict,
                columns: &s1,
                ..TreeRow::new(0, "root")
            },
            TreeRow {
                open: Some(true),
                kind: "ndarray",
                value: "float64  480 × 640",
                picture: array,
                badges: &memo,
                columns: &s1,
                selected: true,
                ..TreeRow::new(1, "['image']")
            },
            TreeRow { kind: "tuple", value: "(480, 640)", ..TreeRow::new(2, "shape") },
            TreeRow {
                kind: "dtype",
                value: "float64, <f8",
                badges: &shared,
                hovered: true,
                ..TreeRow::new(2, "dtype")
            },
            TreeRow {
                open: Some(false),
                kind: "ndarray",
                value: "uint8  1024 × 1024 × 3",
                picture: array,
                badges: &cut,
                columns: &s3,
                mark: Some(t.error),
                ..TreeRow::new(1, "['photo']")
            },
            TreeRow {
                kind: "str",
                value: "'a longer text that does not fit into this row and so is cut in its middle, keeping both of its ends'",
                value_color: Some(t.class(Class::Text)),
                picture: Some(Picture::Icon(icons::TEXT, t.class(Class::Text))),
                columns: &s2,
                ..TreeRow::new(1, "['title']")
            },
            TreeRow { kind: "int", value: "42", value_color: Some(t.class(Class::Number)), ..TreeRow::new(1, &long) },
            TreeRow { value: "12 deeper", ..TreeRow::new(30, "deep") },
            TreeRow { dim: true, ..TreeRow::new(1, "… 9,999,900 more") },
        ];
        let width = ui.available_width();
        for (i, row) in rows.iter().enumerate() {
            let (rect, _) = ui.allocate_exact_size(vec2(width, theme::ROW_TREE), egui::Sense::hover());
            ui.push_id(i, |ui| row.show(ui, rect));
            ui.add_space(-4.0);
        }
        header(ui, "The same, narrow");
        for (i, row) in rows.iter().enumerate().take(5) {
            let (rect, _) = ui.allocate_exact_size(vec2(200.0, theme::ROW_TREE), egui::Sense::hover());
            ui.push_id(("narrow", i), |ui| row.show(ui, Rect::from_min_size(rect.min, vec2(200.0, rect.height()))));
            ui.add_space(-4.0);
        }
    });
}
