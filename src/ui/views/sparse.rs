//! The views of a sparse matrix: what of it is stored as a picture, and all of it as a table.
//! Must never multiply a matrix out in a frame: that is work beside it.

use super::image::ImageView;
use super::slicing::Slicing;
use super::table::TableView;
use crate::interpret::{Cx, SparseMeaning, Spread, grouped, spread};
use crate::machine::Handle;
use crate::session::{Action, Captured, Outcome, View, ViewKind, WorkKey};
use crate::ui::widgets::empty::Empty;
use crate::ui::widgets::progress::Progress;
use crate::ui::{Tokens, fonts, icons};
use eframe::egui::{self, RichText, Ui};

/// What the views keep from frame to frame.
pub struct SparseView {
    image: ImageView,
    table: TableView,
    pattern: Slicing,
    dense: Slicing,
}

impl Default for SparseView {
    fn default() -> Self {
        let (table, pattern, dense) = Default::default();
        Self { image: ImageView::of_points(), table, pattern, dense }
    }
}

impl SparseView {
    /// A command wants a picture.
    pub fn want(&mut self, how: Captured) {
        // the elements of the picture are none of the matrix
        let seen = matches!(how, Captured::Elements | Captured::Numbers);
        self.image.want(if seen { Captured::Copied } else { how });
    }

    /// Draws the view into all the space there is.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        view: &View<'_>,
        handle: Handle,
        s: &SparseMeaning,
        kind: ViewKind,
        out: &mut Vec<Action>,
    ) {
        match worked_out(view, handle, s) {
            Some(Outcome::Ready(spread)) => match kind {
                ViewKind::Image => self.spy(ui, view, handle, &spread, s, out),
                _ => self.whole(ui, &spread),
            },
            Some(Outcome::Pending) => {
                let name = "Looking at what is stored";
                ui.vertical_centered(|ui| {
                    ui.add_space(ui.available_height() * 0.4);
                    Progress { name, fraction: None, detail: "", cancel: false }.show(ui, 260.0);
                });
            }
            Some(Outcome::Failed(why)) => {
                Empty::new(icons::BROKEN, "The matrix cannot be shown", &why).show(ui);
            }
            None => {}
        }
    }

    fn spy(
        &mut self,
        ui: &mut Ui,
        view: &View<'_>,
        handle: Handle,
        spread: &Spread,
        s: &SparseMeaning,
        out: &mut Vec<Action>,
    ) {
        let (r, c) = spread.field;
        let each = if (r, c) == (1, 1) {
            "a pixel an element, bright where a value is stored".to_owned()
        } else {
            format!("a pixel for {r} × {c} elements, the brighter the more values are stored there")
        };
        let outside = match spread.outside {
            0 => String::new(),
            n => format!("; {} lie outside of the matrix", grouped(n)),
        };
        strip(ui, &format!("{} stored: {each}{outside}", grouped(s.stored)));
        self.pattern.follow(spread.pattern.shape());
        let mut own = Vec::new();
        self.image.ui(ui, view, handle, &spread.pattern, &mut self.pattern, &mut own);
        // An element of the picture is none of the value's.
        out.extend(own.into_iter().filter(|a| !matches!(a, Action::Select(_) | Action::Glide(_) | Action::Hover(_))));
    }

    fn whole(&mut self, ui: &mut Ui, spread: &Spread) {
        match &spread.dense {
            Ok(dense) => {
                strip(ui, "multiplied out: what is not stored is 0");
                self.dense.follow(dense.shape());
                self.table.ui(ui, dense, &mut self.dense, None, &|_| None, &mut Vec::new());
            }
            Err(why) => {
                let hint = format!("It is not shown as a table: {why}. Its parts are in the tree of values.");
                Empty::new(icons::TABLE, "Too large, or no numbers", &hint).show(ui);
            }
        }
    }
}

fn strip(ui: &mut Ui, text: &str) {
    let t = Tokens::of(ui);
    egui::Frame::NONE.inner_margin(egui::Margin { left: 10, right: 10, top: 0, bottom: 4 }).show(ui, |ui| {
        ui.label(RichText::new(text).font(fonts::small()).color(t.text_soft));
    });
}

/// The matrix, spread out beside the frame and kept.
fn worked_out(view: &View<'_>, handle: Handle, s: &SparseMeaning) -> Option<Outcome<Spread>> {
    let stream = view.session.stream_of(view.place)?;
    let (doc, member) = (view.doc?, view.member()?);
    let (options, externals) = (doc.options.clone(), member.externals.clone());
    let scanned = view.stream.map_or(0, |s| s.seen());
    let key = WorkKey { place: view.place, handle, kind: "sparse", of: vec![scanned] };
    let s = s.clone();
    Some(view.session.work.get(key, "Looking at what is stored", move |job| {
        let stream = stream.read();
        let cx = Cx::new(&stream, &options, &*externals);
        let found = spread(&cx, handle, &s, &|| job.cancelled());
        let found = found.ok_or("Its parts do not fit together, or it has more than two axes.")?;
        let bytes = found.pattern.nbytes() + found.dense.as_ref().map_or(0, crate::tensor::Array::nbytes);
        Ok((found, bytes))
    }))
}
