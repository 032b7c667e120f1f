//! Where the panels are: they dock, resize, close and come back, and the layout persists.
//! Must never know what a panel shows.

use super::panels::Panels;
use super::shell::region;
use super::widgets::toolbar::ToolButton;
use super::{Tokens, fonts, icons, theme};
use crate::session::{Action, LayoutChange, Panel, View};
use eframe::egui::{self, Color32, Id, Rect, Response, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};
use egui_tiles::{Behavior, EditAction, SimplificationOptions, TabState, Tabs, Tile, TileId, Tiles, Tree, UiResponse};

/// Height of the row of tabs above a panel, in points.
const TAB_BAR: f32 = 28.0;
/// What fills the window with a panel.
const ALONE: &str = "Fill the window with this panel";
/// What ends that.
const WITH_OTHERS: &str = "Show the other panels again";
/// Layouts of other versions are not read.
const VERSION: u64 = 2;

/// The panels' places.
pub struct Layout {
    tree: Tree<Panel>,
    /// The panel that has the keyboard, or had it last.
    pub current: Panel,
    /// The panel that fills the window, for now.
    alone: Option<(Panel, Tree<Panel>)>,
    /// The panel that should ask for the keyboard in this frame.
    pub focus: Option<Panel>,
}

impl Default for Layout {
    fn default() -> Self {
        Self { tree: initial(), current: Panel::Values, alone: None, focus: None }
    }
}

/// The layout of the design: structure, value and explanation over bytes and the machine.
fn initial() -> Tree<Panel> {
    let mut tiles = Tiles::default();
    let mut tabs = |panels: &[Panel], active: usize| {
        let ids: Vec<TileId> = panels.iter().map(|p| tiles.insert_pane(*p)).collect();
        let mut tabs = Tabs::new(ids.clone());
        tabs.set_active(ids[active]);
        tiles.insert_container(tabs)
    };
    let structure = tabs(&[Panel::Values, Panel::Opcodes, Panel::Listing], 0);
    let value = tabs(&[Panel::Value], 0);
    let pickled = tabs(&[Panel::Pickled, Panel::WhatIf, Panel::Compare], 0);
    let hex = tabs(&[Panel::Hex], 0);
    let rest = tabs(&[Panel::Machine, Panel::Problems, Panel::Imports], 0);
    let row = |tiles: &mut Tiles<Panel>, parts: &[(TileId, f32)], upright: bool| {
        let dir = if upright { egui_tiles::LinearDir::Vertical } else { egui_tiles::LinearDir::Horizontal };
        let mut linear = egui_tiles::Linear::new(dir, parts.iter().map(|(id, _)| *id).collect());
        for (id, share) in parts {
            linear.shares.set_share(*id, *share);
        }
        tiles.insert_container(linear)
    };
    let upper = row(&mut tiles, &[(structure, 0.20), (value, 0.33), (pickled, 0.47)], false);
    let lower = row(&mut tiles, &[(hex, 0.6), (rest, 0.4)], false);
    let root = row(&mut tiles, &[(upper, 0.66), (lower, 0.34)], true);
    Tree::new(Id::unique("panels"), root, tiles)
}

impl Layout {
    /// Reads a layout that was saved; one that lacks a panel, or makes no sense, is as at first.
    pub fn load(saved: Option<&serde_json::Value>) -> Self {
        let read = || {
            let saved = saved?;
            (saved.get("version")?.as_u64()? == VERSION).then_some(())?;
            let tree: Tree<Panel> = serde_json::from_value(saved.get("tree")?.clone()).ok()?;
            let all = Panel::ALL.iter().all(|p| tree.tiles.find_pane(p).is_some());
            (all && tree.root().is_some()).then_some(tree)
        };
        read().map_or_else(Self::default, |tree| Self { tree, ..Self::default() })
    }

    /// The layout as it is kept.
    pub fn save(&self) -> Option<serde_json::Value> {
        Some(serde_json::json!({ "version": VERSION, "tree": serde_json::to_value(&self.tree).ok()? }))
    }

    /// The panels that are not closed.
    pub fn shown(&self) -> Vec<Panel> {
        Panel::ALL.iter().copied().filter(|p| self.tile(*p).is_some_and(|id| self.tree.is_visible(id))).collect()
    }

    fn tile(&self, panel: Panel) -> Option<TileId> {
        self.tree.tiles.find_pane(&panel)
    }

    /// Does what a command asked of the panels.
    pub fn change(&mut self, change: LayoutChange) {
        match change {
            LayoutChange::Toggle(p) => {
                // what another panel covers is not seen, and is wanted
                let covered = self.alone.take().is_some_and(|(alone, _)| alone != p);
                let Some(id) = self.tile(p) else { return };
                if !covered && self.tree.is_visible(id) && self.in_front(id) {
                    self.tree.set_visible(id, false);
                } else {
                    self.show(p);
                }
            }
            LayoutChange::Show(p) => self.show(p),
            LayoutChange::Alone(panel) => {
                let panel = panel.unwrap_or(self.current);
                self.alone = match self.alone.take() {
                    Some(_) => None,
                    None => Some((panel, Tree::new_tabs(Id::unique("alone"), vec![panel]))),
                };
                self.give_keyboard(panel);
            }
            LayoutChange::Reveal(p) => {
                if let Some(id) = self.tile(p).filter(|id| self.tree.is_visible(*id)) {
                    self.tree.make_active(|i, _| i == id);
                }
            }
            LayoutChange::Next(on) => {
                self.alone = None;
                let front: Vec<Panel> = Panel::ALL
                    .iter()
                    .copied()
                    .filter(|p| self.tile(*p).is_some_and(|id| self.tree.is_visible(id) && self.in_front(id)))
                    .collect();
                let n = front.len();
                let at = front.iter().position(|p| *p == self.current);
                let to = match (at, on) {
                    (None, _) => 0,
                    (Some(i), true) => (i + 1) % n,
                    (Some(i), false) => (i + n - 1) % n,
                };
                if let Some(p) = front.get(to) {
                    self.give_keyboard(*p);
                }
            }
            LayoutChange::Reset => *self = Self::default(),
        }
    }

    fn show(&mut self, panel: Panel) {
        // what is asked for is seen
        self.alone = self.alone.take().filter(|(p, _)| *p == panel);
        if let Some(id) = self.tile(panel) {
            self.tree.set_visible(id, true);
            self.tree.make_active(|i, _| i == id);
        }
        self.give_keyboard(panel);
    }

    /// The panel asks for the keyboard in the next frame.
    pub fn give_keyboard(&mut self, panel: Panel) {
        self.current = panel;
        self.focus = Some(panel);
    }

    fn in_front(&self, id: TileId) -> bool {
        self.tree.active_tiles().contains(&id)
    }

    /// Draws the panels into all the space there is.
    pub fn ui(&mut self, ui: &mut Ui, view: &View<'_>, panels: &mut Panels, out: &mut Vec<Action>) {
        ui.painter().rect_filled(ui.max_rect(), 0.0, Tokens::of(ui).line);
        let mut show = Show { panels, view, out, current: self.current, close: None, alone: self.alone.is_some() };
        match &mut self.alone {
            Some((_, tree)) => tree.ui(&mut show, ui),
            None => self.tree.ui(&mut show, ui),
        }
        self.current = show.current;
        match show.close {
            // what fills the window is not closed but put back
            Some(_) if self.alone.is_some() => self.alone = None,
            Some(id) => self.tree.set_visible(id, false),
            None => {}
        }
    }
}

struct Show<'a, 'b> {
    panels: &'a mut Panels,
    view: &'a View<'b>,
    out: &'a mut Vec<Action>,
    current: Panel,
    close: Option<TileId>,
    /// It is the only one that is drawn.
    alone: bool,
}

impl Show<'_, '_> {
    fn panel_of(tiles: &Tiles<Panel>, id: TileId) -> Option<Panel> {
        match tiles.get(id)? {
            Tile::Pane(p) => Some(*p),
            Tile::Container(_) => None,
        }
    }
}

impl Behavior<Panel> for Show<'_, '_> {
    fn pane_ui(&mut self, ui: &mut Ui, _: TileId, panel: &mut Panel) -> UiResponse {
        let rect = ui.max_rect();
        ui.painter().rect_filled(rect, 0.0, Tokens::of(ui).panel);
        let pressed = ui.input(|i| i.pointer.any_pressed().then(|| i.pointer.interact_pos()).flatten());
        if pressed.is_some_and(|p| rect.contains(p)) && ui.rect_contains_pointer(rect) {
            self.current = *panel;
        }
        ui.push_id(*panel, |ui| {
            region(ui, panel.title());
            ui.set_clip_rect(rect.intersect(ui.clip_rect()));
            self.panels.ui(*panel, ui, self.view, self.out);
        });
        UiResponse::None
    }

    fn tab_title_for_pane(&mut self, panel: &Panel) -> egui::WidgetText {
        panel.title().into()
    }

    fn tab_ui(&mut self, tiles: &mut Tiles<Panel>, ui: &mut Ui, id: Id, tile: TileId, state: &TabState) -> Response {
        let t = Tokens::of(ui);
        let panel = Self::panel_of(tiles, tile);
        let title = panel.map_or("Panels", Panel::title);
        let badge = panel.and_then(|p| self.panels.badge(p, self.view, t));
        let color = if state.active { t.text_strong } else { t.text_soft };
        let galley = ui.painter().layout_no_wrap(title.to_owned(), fonts::header(), color);
        let mark = badge.map(|(text, color)| ui.painter().layout_no_wrap(text, fonts::small(), color));
        let mark_width = mark.as_ref().map_or(0.0, |g| g.size().x + 6.0);
        let width = galley.size().x + mark_width + 2.0 * theme::GAP + 4.0;
        let (_, rect) = ui.allocate_space(vec2(width, ui.available_height()));
        let response = ui.interact(rect, id, Sense::click_and_drag());
        response.widget_info(|| WidgetInfo::selected(Role::Tab, ui.is_enabled(), state.active, title));
        if ui.is_rect_visible(rect) && !state.is_being_dragged {
            let painter = ui.painter();
            if state.active {
                painter.rect_filled(rect, 0.0, t.panel);
                let current = panel == Some(self.current);
                let top = Rect::from_min_size(rect.min, vec2(rect.width(), 2.0));
                painter.rect_filled(top, 0.0, if current { t.accent } else { t.hover });
            } else if response.hovered() {
                painter.rect_filled(rect, 0.0, t.hover.gamma_multiply(0.35));
            }
            if response.has_focus() {
                painter.rect_stroke(rect.shrink(2.0), theme::RADIUS, t.focus_stroke(), egui::StrokeKind::Inside);
            }
            let at = pos2(rect.left() + theme::GAP + 2.0, rect.center().y - galley.size().y * 0.5);
            let end = at.x + galley.size().x;
            painter.galley(at.round(), galley, color);
            if let Some(mark) = mark {
                painter.galley(pos2(end + 6.0, rect.center().y - mark.size().y * 0.5).round(), mark, color);
            }
        }
        if response.double_clicked()
            && let Some(panel) = panel
        {
            self.out.push(Action::AlonePanel(Some(panel)));
        } else if response.clicked()
            && let Some(panel) = panel
        {
            self.out.push(Action::ShowPanel(panel));
        }
        if response.middle_clicked() {
            self.close = Some(tile);
        }
        response.context_menu(|ui| {
            if let Some(panel) = panel
                && ui.button(if self.alone { WITH_OTHERS } else { ALONE }).clicked()
            {
                self.out.push(Action::AlonePanel(Some(panel)));
            }
            if ui.button("Close panel").clicked() {
                self.close = Some(tile);
            }
            if ui.button("Reset layout").clicked() {
                self.out.push(Action::ResetLayout);
            }
        });
        response
    }

    fn top_bar_right_ui(&mut self, tiles: &Tiles<Panel>, ui: &mut Ui, _: TileId, tabs: &Tabs, _: &mut f32) {
        let panel = tabs.active.and_then(|id| Self::panel_of(tiles, id));
        // the picture, the plot and the table are what one stays in; the others have their tabs
        let Some(panel) = panel.filter(|p| self.alone || *p == Panel::Value) else { return };
        let label = if self.alone { WITH_OTHERS } else { ALONE };
        ui.add_space(theme::GAP_S);
        if ui.add(ToolButton::new(icons::FULL, label).keys("Ctrl+Shift+F").on(self.alone)).clicked() {
            self.out.push(Action::AlonePanel(Some(panel)));
        }
    }

    fn tab_bar_height(&self, _: &egui::Style) -> f32 {
        TAB_BAR
    }

    fn gap_width(&self, _: &egui::Style) -> f32 {
        1.0
    }

    fn min_size(&self) -> f32 {
        80.0
    }

    fn simplification_options(&self) -> SimplificationOptions {
        SimplificationOptions { all_panes_must_have_tabs: true, ..SimplificationOptions::default() }
    }

    fn resize_stroke(&self, style: &egui::Style, state: egui_tiles::ResizeState) -> Stroke {
        let t = if style.visuals.dark_mode { &theme::DARK } else { &theme::LIGHT };
        match state {
            egui_tiles::ResizeState::Idle => Stroke::new(1.0, t.line),
            egui_tiles::ResizeState::Hovering | egui_tiles::ResizeState::Dragging => Stroke::new(2.0, t.accent),
        }
    }

    fn tab_bar_color(&self, visuals: &egui::Visuals) -> Color32 {
        if visuals.dark_mode { theme::DARK.raised } else { theme::LIGHT.raised }
    }

    fn tab_bar_hline_stroke(&self, visuals: &egui::Visuals) -> Stroke {
        Stroke::new(1.0, if visuals.dark_mode { theme::DARK.line } else { theme::LIGHT.line })
    }

    fn dragged_overlay_color(&self, visuals: &egui::Visuals) -> Color32 {
        let t = if visuals.dark_mode { &theme::DARK } else { &theme::LIGHT };
        t.accent.gamma_multiply(0.15)
    }

    fn drag_preview_stroke(&self, visuals: &egui::Visuals) -> Stroke {
        Stroke::new(1.0, if visuals.dark_mode { theme::DARK.accent } else { theme::LIGHT.accent })
    }

    fn drag_preview_color(&self, visuals: &egui::Visuals) -> Color32 {
        self.dragged_overlay_color(visuals)
    }

    fn tab_title_spacing(&self, _: &egui::Visuals) -> f32 {
        theme::GAP
    }

    fn close_button_outer_size(&self) -> f32 {
        0.0
    }

    fn on_edit(&mut self, _: EditAction) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layout_survives_being_saved() {
        let mut layout = Layout::default();
        layout.change(LayoutChange::Toggle(Panel::Machine));
        assert!(!layout.shown().contains(&Panel::Machine));
        let again = Layout::load(layout.save().as_ref());
        assert_eq!(again.shown(), layout.shown());
        assert_eq!(Layout::load(None).shown(), Panel::ALL);
        let broken = serde_json::json!({ "version": VERSION, "tree": { "root": 7 } });
        assert_eq!(Layout::load(Some(&broken)).shown(), Panel::ALL);
    }

    #[test]
    fn a_panel_fills_the_window_until_another_is_asked_for() {
        let mut layout = Layout { current: Panel::Value, ..Layout::default() };
        let alone = |l: &Layout| l.alone.as_ref().map(|(p, _)| *p);
        layout.change(LayoutChange::Alone(None));
        assert_eq!((alone(&layout), layout.focus), (Some(Panel::Value), Some(Panel::Value)));
        layout.change(LayoutChange::Show(Panel::Value));
        assert_eq!(alone(&layout), Some(Panel::Value));
        assert_eq!(Layout::load(layout.save().as_ref()).shown(), Panel::ALL, "a layout is kept with all its panels");
        layout.change(LayoutChange::Show(Panel::Hex));
        assert_eq!(alone(&layout), None);
        layout.change(LayoutChange::Alone(Some(Panel::Hex)));
        layout.change(LayoutChange::Alone(None));
        assert_eq!(alone(&layout), None);
    }

    #[test]
    fn the_keyboard_walks_the_panels_in_front() {
        let mut layout = Layout::default();
        let mut seen = Vec::new();
        for _ in 0..5 {
            layout.change(LayoutChange::Next(true));
            seen.push(layout.current);
        }
        assert_eq!(seen, [Panel::Value, Panel::Pickled, Panel::Hex, Panel::Machine, Panel::Values]);
        layout.change(LayoutChange::Next(false));
        assert_eq!(layout.current, Panel::Machine);
        layout.change(LayoutChange::Show(Panel::Listing));
        assert_eq!((layout.current, layout.focus), (Panel::Listing, Some(Panel::Listing)));
    }
}
