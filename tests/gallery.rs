//! Draws every widget in every state, in both themes, at one and two pixels a point, into the target folder, for
//! people to look at. The test itself holds that something is drawn and that it is the same each time.
#![cfg(feature = "window")]

#[path = "common/cpu_renderer.rs"]
mod cpu_renderer;

use cpu_renderer::CpuRenderer;
use eframe::egui::{self, CentralPanel, Frame, Margin, Rect, Theme, Ui, vec2};
use egui_kittest::Harness;
use picklescope::ops::Class;
use picklescope::source::Span;
use picklescope::ui::widgets::chip::{Chip, Tone};
use picklescope::ui::widgets::colorbar::Colorbar;
use picklescope::ui::widgets::empty::Empty;
use picklescope::ui::widgets::hex_grid::{HexGrid, HexView};
use picklescope::ui::widgets::histogram::Histogram;
use picklescope::ui::widgets::lazy_rows::{LazyRows, Rows};
use picklescope::ui::widgets::legend;
use picklescope::ui::widgets::number_field::NumberField;
use picklescope::ui::widgets::progress::Progress;
use picklescope::ui::widgets::property_grid::{Property, PropertyGrid};
use picklescope::ui::widgets::scroll_bar::BarMark;
use picklescope::ui::widgets::search_field::{Hits, SearchField};
use picklescope::ui::widgets::slider::Slider;
use picklescope::ui::widgets::tabs::{Segment, segmented};
use picklescope::ui::widgets::toolbar::{self, ToolButton};
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

#[test]
fn bars_and_fields() {
    page("bars", [900.0, 620.0], |ui| {
        let t = Tokens::of(ui);
        toolbar::bar(ui, |ui| {
            ui.add(ToolButton::new(icons::OPEN, "Open").text("Open").keys("Ctrl+O"));
            ui.add(ToolButton::new(icons::EXPORT, "Export").text("Export"));
            toolbar::divider(ui);
            ui.add(ToolButton::new(icons::BACK, "Back"));
            ui.add(ToolButton::new(icons::FORWARD, "Forward").enabled(false));
            toolbar::divider(ui);
            ui.add(ToolButton::new(icons::DOCK_LEFT, "Structure").on(true));
            ui.add(ToolButton::new(icons::DOCK_BOTTOM, "Bytes").on(false));
            ui.add(ToolButton { menu: true, ..ToolButton::new(icons::PALETTE, "Colormap").text("viridis") });
            toolbar::keys(ui, "Ctrl+Shift+P");
        });
        ui.add_space(8.0);
        let views = [
            Segment::new("Image").icon(icons::IMAGE),
            Segment::new("Plot").icon(icons::PLOT),
            Segment::new("Table").icon(icons::TABLE),
            Segment { enabled: false, ..Segment::new("Text").icon(icons::TEXT) },
            Segment { count: Some(("3", t.error)), ..Segment::new("Problems").icon(icons::PROBLEMS) },
        ];
        ui.horizontal(|ui| {
            segmented(ui, "View", 0, &views);
            segmented(ui, "Structure", 1, &[Segment::new("Values"), Segment::new("Opcodes"), Segment::new("Listing")]);
        });
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            let mut text = "weights".to_owned();
            for (name, hits) in [("a", Hits::At(3, 128)), ("b", Hits::Count(0)), ("c", Hits::Counting(1024))] {
                SearchField { text: &mut text, name, hint: "", hits, steps: name == "a", width: 200.0 }.show(ui);
            }
            SearchField {
                text: &mut String::new(),
                name: "d",
                hint: "Find in values",
                hits: Hits::None,
                steps: true,
                width: 160.0,
            }
            .show(ui);
        });
        ui.horizontal(|ui| {
            NumberField { value: &mut 1_048_576u64, range: (0, u64::MAX), name: "n", width: 110.0 }.show(ui);
            NumberField { value: &mut -0.000_012_5, range: (-1.0, 1.0), name: "f", width: 90.0 }.show(ui);
            Slider::new(&mut 17u64, (0, 63), "axis 0").show(ui);
            Slider::new(&mut 0.5f64, (0.0, 1.0), "gamma").show(ui);
        });
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            for (text, tone, icon) in [
                ("float64", Tone::Plain, None),
                ("protocol 4", Tone::Plain, None),
                ("safe", Tone::Good, Some(icons::SHIELD_CHECK)),
                ("unknown", Tone::Warning, Some(icons::SHIELD)),
                ("dangerous", Tone::Error, Some(icons::SHIELD_WARNING)),
                ("shared", Tone::Note, Some(icons::LINK)),
                ("new", Tone::Accent, None),
                ("REDUCE", Tone::Class(Class::Call), None),
            ] {
                ui.add(Chip { text, icon, tone, hint: "" });
            }
        });
        legend::show(ui, |c| c != Class::Memo, |_| None);
        ui.horizontal(|ui| {
            Progress { name: "Indexing opcodes", fraction: Some(0.42), detail: "412 MiB of 980 MiB", cancel: true }
                .show(ui, 300.0);
            Progress { name: "Reading", fraction: None, detail: "12,345 values", cancel: true }.show(ui, 260.0);
        });
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            let (rect, _) = ui.allocate_exact_size(vec2(300.0, 190.0), egui::Sense::hover());
            ui.scope_builder(egui::UiBuilder::new().max_rect(rect), |ui| {
                Empty::new(icons::ARRAY, "Nothing to show yet", "Select an array in the structure to see it here.")
                    .action("Show the largest")
                    .show(ui)
            });
        });
    });
}

#[test]
fn hex() {
    let data: Vec<u8> = (0..4096u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let text = b"\x80\x04\x95\x9a\x00\x00\x00\x00\x00\x00\x00\x8c\x15numpy.core.multiarray\x94\x8c\x0c_reconstruct\x94\x93\x94";
    let mut grid = HexGrid::default();
    page("hex", [720.0, 330.0], move |ui| {
        let t = Tokens::of(ui);
        let marks: Vec<_> = (0..8)
            .map(|i| BarMark {
                from: f64::from(i) / 8.0,
                to: f64::from(i + 1) / 8.0,
                color: t.class(Class::ALL[i as usize]).gamma_multiply(0.5),
                tick: false,
            })
            .chain([BarMark { from: 0.3, to: 0.3, color: t.error, tick: true }])
            .collect();
        let view = HexView {
            selection: Some(Span::new(13, 34)),
            hovered: Some(Span::new(60, 98)),
            cursor: Some(20),
            marks: &marks,
            bar_width: 18.0,
            ..HexView::new("bytes", 4096)
        };
        grid.show(ui, &view, |offset, cells| {
            for (i, cell) in cells.iter_mut().enumerate() {
                let at = offset as usize + i;
                cell.byte = (at < 224).then(|| text.get(at).or_else(|| data.get(at)).copied()).flatten();
                let class = match at {
                    0..11 => Class::Structure,
                    11..34 => Class::Text,
                    34 | 49 | 51 => Class::Memo,
                    35..49 => Class::Text,
                    50 => Class::Global,
                    _ => Class::Bytes,
                };
                if at < 224 {
                    cell.ink = t.class(class);
                }
                if at == 11 || at == 35 || at == 50 {
                    cell.ground = t.class_ground(class);
                }
                if (150..160).contains(&at) {
                    cell.underline = t.error;
                }
            }
        });
    });
}

#[test]
fn property_grids() {
    let reduce = [
        Property {
            bytes: "@ 0x00000012  63 6e 75 6d 70 79",
            ..Property::new(
                "0",
                "callable",
                "numpy._core.multiarray._reconstruct",
                "makes an empty array of this class",
            )
        },
        Property::new("1", "args", "(ndarray, (0,), b'b')", "class, placeholder shape and dtype"),
        Property { selected: true, ..Property::new("2", "state", "5 items", "→ __setstate__") },
        Property::new("3", "list items", "none", ""),
        Property::new("4", "dict items", "none", ""),
    ];
    let dtype = [
        Property::new("0", "version", "3", ""),
        Property::new("1", "byte order", "'<'", "little-endian"),
        Property::new("2", "subdtype", "None", "not a subarray"),
        Property::new("3", "names", "None", "not structured"),
        Property { tone: Tone::Warning, ..Property::new("5", "item size", "−1", "the code says: 8") },
        Property { hovered: true, ..Property::new("6", "alignment", "−1", "the code says: 8") },
    ];
    let state = [
        Property::new("0", "version", "1", ""),
        Property { tone: Tone::Good, ..Property::new("1", "shape", "(480, 640)", "") },
        Property::new("2", "dtype", "float64, <f8", ""),
        Property::new("3", "is_fortran", "False", "rows run together"),
        Property {
            tone: Tone::Error,
            bytes: "@ 0x0000009a  00 00 00 00 00 00 f0 3f",
            ..Property::new("4", "raw data", "2,457,592 B", "480 × 640 × 8 = 2,457,600: 8 bytes are missing")
        },
    ];
    page("properties", [1240.0, 330.0], move |ui| {
        let grids = [
            PropertyGrid {
                title: "Reduce tuple",
                subtitle: "how Python rebuilds this object",
                rows: &reduce,
                footer: "opcodes 3–27 · BUILD at 0x2581a2",
            },
            PropertyGrid {
                title: "Dtype state",
                subtitle: "numpy.dtype('f8', False, True)",
                rows: &dtype,
                footer: "opcodes 12–19",
            },
            PropertyGrid {
                title: "__setstate__",
                subtitle: "ndarray.__setstate__(…)",
                rows: &state,
                footer: "opcodes 8–26",
            },
        ];
        ui.columns(3, |columns| {
            for (i, (ui, grid)) in columns.iter_mut().zip(&grids).enumerate() {
                ui.push_id(i, |ui| grid.show(ui));
            }
        });
    });
}

#[test]
fn values_to_colours() {
    page("colours", [640.0, 300.0], |ui| {
        let colors: Vec<_> = (0..256)
            .map(|i| {
                let c = f32::from(i as u8) / 255.0;
                egui::Color32::from_rgb(
                    (70.0 + 180.0 * c * c) as u8,
                    (c * 230.0) as u8,
                    (90.0 + 60.0 * (1.0 - c)) as u8,
                )
            })
            .collect();
        let counts: Vec<u64> = (0..256i64)
            .map(|i| (3000.0 * (-((i - 90) as f64 / 30.0).powi(2)).exp()) as u64 + if i > 200 { 40 } else { 0 })
            .collect();
        let write = |v: f64| format!("{v:.2}");
        let ticks = [(0.0, "-1.50"), (0.25, "-0.75"), (0.5, "0.00"), (0.75, "0.75"), (1.0, "1.50")];
        ui.horizontal_top(|ui| {
            Colorbar { name: "v", colors: &colors, ticks: &ticks, marker: Some(0.6), vertical: true, length: 250.0 }
                .show(ui);
            ui.vertical(|ui| {
                for (mut log, colors) in [(false, colors.as_slice()), (true, &[])] {
                    let mut limits = (-1.1, 0.9);
                    ui.push_id(log, |ui| {
                        Histogram {
                            name: "h",
                            counts: &counts,
                            range: (-1.5, 1.5),
                            limits: &mut limits,
                            log: &mut log,
                            colors,
                            write: &write,
                            size: vec2(300.0, 90.0),
                        }
                        .show(ui)
                    });
                }
                Colorbar { name: "h", colors: &colors, ticks: &ticks, marker: None, vertical: false, length: 300.0 }
                    .show(ui);
            });
            let mut list = LazyRows::at(5_000_000_000);
            list.show(ui, &Rows::new("rows", 1_000_000_000_000, theme::ROW_LIST), |ui, row, rect| {
                let t = Tokens::of(ui);
                picklescope::ui::widgets::tree_row::paint_ground(ui.painter(), rect, row % 7 == 3, row % 7 == 5, t);
                ui.painter().text(
                    rect.left_center() + vec2(8.0, 0.0),
                    egui::Align2::LEFT_CENTER,
                    format!("{row:>13}"),
                    fonts::mono(),
                    t.text_normal,
                );
            });
        });
    });
}

#[test]
fn a_harness_and_a_window_without_a_window_draw_the_same() {
    let draw = |ui: &mut Ui| {
        ui.heading("The same");
        let _ = ui.button(format!("{} in both", icons::CHECK));
    };
    let mut harness = Harness::builder()
        .with_size([240.0, 120.0])
        .with_theme(Theme::Light)
        .renderer(CpuRenderer::default())
        .with_context_setup(theme::apply)
        .build_ui(draw);
    harness.run();
    let picture = headless::picture([240.0, 120.0], 1.0, Theme::Light, 4, |ui| {
        // what the harness puts around
        Frame::central_panel(ui.style()).outer_margin(8.0).inner_margin(0.0).show(ui, draw);
    });
    assert!(harness.render().unwrap() == picture, "the pictures differ");
}

#[test]
fn menus_and_tips() {
    for theme in [Theme::Dark, Theme::Light] {
        let mut on = true;
        let mut run = |ui: &mut Ui| {
            egui::Panel::top("menu").show(ui, |ui| {
                egui::MenuBar::new()
                    .style(theme::menu_style)
                    .config(egui::containers::menu::MenuConfig::new().style(theme::menu_style))
                    .ui(ui, |ui| {
                        ui.menu_button("File", |ui| {
                            let _ = ui.add(egui::Button::new("Open…").shortcut_text("Ctrl+O"));
                            let _ = ui.add(egui::Button::new("Export…").shortcut_text("Ctrl+E"));
                            ui.separator();
                            ui.add_enabled(false, egui::Button::new("Reload").shortcut_text("Ctrl+R"));
                            ui.checkbox(&mut on, "Bytes panel");
                            ui.menu_button("Recent", |_| {});
                        });
                        ui.menu_button("View", |_| {});
                    });
            });
            egui::Panel::bottom("status").show(ui, |ui| ui.small("offset 0x1a · op 3 of 61 · protocol 4"));
            CentralPanel::default().show(ui, |ui| {
                ui.add_space(40.0);
                ui.indent("x", |ui| {
                    ui.add_space(120.0);
                    ui.add(
                        ToolButton::new(icons::EXPORT, "Export the value")
                            .keys("Ctrl+E")
                            .hint("As npy, png, tiff, csv or json"),
                    );
                });
                let mut s = String::from("a field with the keyboard");
                ui.text_edit_singleline(&mut s).request_focus();
            });
        };
        let mut window = headless::Headless::new([480.0, 340.0], 2.0, theme);
        let at = |x: f32, y: f32| egui::Event::PointerMoved(egui::pos2(x, y));
        let button = |pressed| egui::Event::PointerButton {
            pos: egui::pos2(20.0, 14.0),
            button: egui::PointerButton::Primary,
            pressed,
            modifiers: egui::Modifiers::NONE,
        };
        window.frame(vec![], &mut run);
        window.frame(vec![at(20.0, 14.0), button(true)], &mut run);
        window.frame(vec![button(false)], &mut run);
        window.frame(vec![at(30.0, 44.0)], &mut run);
        for _ in 0..4 {
            window.frame(vec![], &mut run);
        }
        let name = if theme == Theme::Dark { "dark" } else { "light" };
        window.picture().save(folder().join(format!("menu-{name}.png"))).unwrap();
        window.frame(
            vec![
                at(400.0, 300.0),
                egui::Event::PointerButton {
                    pos: egui::pos2(400.0, 300.0),
                    button: egui::PointerButton::Primary,
                    pressed: true,
                    modifiers: egui::Modifiers::NONE,
                },
            ],
            &mut run,
        );
        window.frame(
            vec![egui::Event::PointerButton {
                pos: egui::pos2(400.0, 300.0),
                button: egui::PointerButton::Primary,
                pressed: false,
                modifiers: egui::Modifiers::NONE,
            }],
            &mut run,
        );
        for _ in 0..4 {
            window.frame(vec![], &mut run);
        }
        window.frame(vec![at(36.0, 208.0)], &mut run);
        for _ in 0..12 {
            window.frame(vec![], &mut run);
        }
        window.picture().save(folder().join(format!("tip-{name}.png"))).unwrap();
    }
}
