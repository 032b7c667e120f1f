//! The view of two axes of an array as a picture: one texture no larger than the view, whatever the array.
//! Must never read an array in a frame beyond what the raster's effort allows.

mod canvas;
mod compare;
mod controls;
mod limits;
mod overlay;
mod profile;
mod save;
pub(in crate::ui) use controls::short;
pub(in crate::ui) use save::path_of;
mod status;
mod strips;

use super::slicing::Slicing;
use crate::machine::Handle;
use crate::session::{Action, Captured, Item, Notice, Outcome, PictureChange, Place, Seen, View as Window, WorkKey};
use crate::tensor::{
    Array, Colormap, Kind, Marks, Paint, Part, Range, Raster, Reduce, Scale, Stretch, Turn, View, drawable,
};
use crate::ui::widgets::empty::Empty;
use crate::ui::{Tokens, icons, theme};
use canvas::Canvas;
use compare::{Compare, Mode, Other};
use eframe::egui::{self, Ui, vec2};
use limits::Ranging;
use std::sync::Arc;

/// The part of the height that the controls take at most.
const CONTROLS: f32 = 0.42;
/// Height of the row of a slider, in points.
const SLIDER: f32 = 28.0;
/// In a view less high than this, in points, what is seldom changed is folded away.
const TIGHT: f32 = 320.0;
/// The least height of the controls, in points: two rows.
const LEAST_CONTROLS: f32 = 62.0;

/// What the elements are drawn as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    /// A number through a run of colours.
    Values,
    /// Three or four elements along this axis as one colour.
    Rgb(usize),
    /// Whole numbers as categories.
    Labels,
    /// Complex numbers: the angle as colour, the magnitude as brightness.
    Domain,
}

/// What a drag does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Tool {
    /// Moves the picture.
    #[default]
    Move,
    /// Marks a rectangle of elements.
    Region,
    /// Draws a line, whose profile is shown.
    Line,
}

/// What the view keeps from frame to frame.
pub struct ImageView {
    ranging: Ranging,
    stretch: Stretch,
    map: Option<Colormap>,
    inverted: bool,
    /// What lies outside of the range has colours of its own.
    clipped: bool,
    reduce: Option<Reduce>,
    part: Part,
    domain: bool,
    labels: bool,
    /// Channels as colours; `None` decides by the shape.
    rgb: Option<bool>,
    turn: Turn,
    /// Elements are squares.
    square: bool,
    /// Values stand in pixels that are large enough.
    numbers: bool,
    crosshair: bool,
    profiles: bool,
    /// The histogram is shown; `None` decides by the room.
    histogram: Option<bool>,
    /// There is room for it.
    roomy: bool,
    log: bool,
    /// In a small view all controls are shown.
    unfolded: bool,
    tool: Tool,
    /// First row, first column, end row, end column.
    region: Option<[u64; 4]>,
    /// From and to, as row and column.
    line: Option<[[f64; 2]; 2]>,
    view: Option<View>,
    /// The plane that `view` is of.
    shown: Option<(Place, Handle, u64, u64)>,
    canvas: Canvas,
    second: Canvas,
    compare: Compare,
    traces: profile::Traces,
    element: Option<Vec<u64>>,
    /// The array is damaged, and the range heeds it.
    suspect: bool,
    /// A picture of it that is wanted.
    wanted: Option<Captured>,
    /// What was shown last, for exports.
    pub seen: Option<Seen>,
    /// Parts that are outlined.
    pub marked: Vec<Marked>,
}

/// A part of the picture that is outlined: where something does not hold together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marked {
    /// Row and column of its first element.
    pub from: [u64; 2],
    /// Row and column of its last element.
    pub to: [u64; 2],
    /// What it is.
    pub text: String,
}

impl Default for ImageView {
    fn default() -> Self {
        Self {
            ranging: Ranging::default(),
            stretch: Stretch::Linear,
            map: None,
            inverted: false,
            clipped: false,
            reduce: None,
            part: Part::Magnitude,
            domain: false,
            labels: false,
            rgb: None,
            turn: Turn::default(),
            square: true,
            numbers: true,
            crosshair: false,
            profiles: false,
            histogram: None,
            roomy: false,
            log: false,
            unfolded: false,
            tool: Tool::Move,
            region: None,
            line: None,
            view: None,
            shown: None,
            canvas: Canvas::default(),
            second: Canvas::default(),
            compare: Compare::default(),
            traces: profile::Traces::default(),
            element: None,
            suspect: false,
            wanted: None,
            seen: None,
            marked: Vec::new(),
        }
    }
}

impl ImageView {
    /// One for a picture of which single bright elements must not vanish between dark ones.
    pub fn of_points() -> Self {
        Self { reduce: Some(Reduce::Max), ..Self::default() }
    }
}

/// All that one frame is drawn from.
struct Frame<'a> {
    win: &'a Window<'a>,
    handle: Handle,
    array: &'a Array,
    shown: Shown,
    part: Part,
    /// One, or one for each channel.
    planes: Vec<Array>,
    rows: u64,
    cols: u64,
    /// 0 where the planes are this array's, else what tells the other one's apart.
    which: u64,
    /// Tells this plane from others of the value.
    of: Vec<u64>,
    /// The range of what the colours are taken from, and what that is.
    range: Option<Arc<Range>>,
    scope: Array,
    scale: Scale,
    paint: Paint,
    /// `None` while it is being made.
    raster: Option<Arc<Raster>>,
    other: Option<Other>,
}

impl Frame<'_> {
    const fn channels(&self) -> Option<usize> {
        match self.shown {
            Shown::Rgb(axis) => Some(axis),
            _ => None,
        }
    }

    fn plane(&self) -> Option<&Array> {
        self.planes.first()
    }

    /// The array that the first one is less, where the difference is shown.
    fn less(&self) -> Option<&Array> {
        let difference = matches!(self.paint, Paint::Difference { .. });
        self.other.as_ref().filter(|_| difference).and_then(|o| o.planes.first())
    }

    /// Whose numbers profiles and figures are, where more than one array is shown; and what tells them apart.
    fn whose(&self) -> Option<(String, u64)> {
        let o = self.other.as_ref()?;
        let bits = 1 + (crate::interpret::handle_bits(o.handle) % (1 << 40)) + (u64::from(o.place.doc.0) << 41);
        match o.mode {
            Mode::Difference => Some((format!("this − {}", o.name), bits | (1 << 62))),
            Mode::Other => Some((o.name.clone(), bits)),
            Mode::This | Mode::Side => Some(("this".to_owned(), 0)),
        }
    }
}

/// The axis whose 3 or 4 elements can be red, green, blue and opacity.
fn channel_axis(array: &Array) -> Option<usize> {
    let last = array.ndim().checked_sub(1).filter(|l| *l >= 2)?;
    let fits = |a: usize| matches!(array.shape().get(a), Some(3 | 4));
    let kind = matches!(array.dtype.kind, Kind::UInt | Kind::Float | Kind::Int | Kind::Bool);
    if !kind {
        return None;
    }
    if fits(last) { Some(last) } else { fits(0).then_some(0) }
}

impl ImageView {
    /// Begins with a range that damaged numbers do not spoil.
    pub fn begin_robust(&mut self) {
        self.ranging.limits = limits::Limits::ZScale;
    }

    /// The array is damaged: the colours are those of its sound part, unless another range was chosen.
    pub fn suspect(&mut self, sound: Option<(f64, f64)>) {
        use limits::Limits::{Extremes, Manual};
        match (sound, self.suspect, self.ranging.limits) {
            (Some((lo, hi)), false, Extremes) => self.ranging.set(lo, hi),
            (None, true, Manual) => self.ranging.limits = Extremes,
            _ => {}
        }
        self.suspect = sound.is_some();
    }

    /// Draws a plane of an array into all the space there is.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        win: &Window<'_>,
        handle: Handle,
        array: &Array,
        slicing: &mut Slicing,
        out: &mut Vec<Action>,
    ) {
        if array.ndim() < 2 || array.is_empty() || !drawable(&array.dtype) {
            let why = if array.is_empty() {
                "The array has no elements."
            } else if array.ndim() < 2 {
                "A picture needs two axes; see the plot or the table."
            } else {
                "Its elements are no numbers; see the table."
            };
            Empty::new(icons::IMAGE, "No picture", why).show(ui);
            self.no_picture(out);
            return;
        }
        if self.shown.is_none_or(|(place, h, ..)| (place, h) != (win.place, handle)) {
            self.forget();
        }
        let channels = channel_axis(array);
        let shown = self.what(array, channels);
        if let Shown::Rgb(axis) = shown
            && (slicing.row == axis || slicing.col == axis)
        {
            let mut others = (0..array.ndim()).filter(|a| *a != axis).rev();
            if let (Some(col), Some(row)) = (others.next(), others.next()) {
                (slicing.row, slicing.col) = (row, col);
            }
        }
        if let Some(e) = win.selected().element.as_ref().filter(|e| self.element.as_ref() != Some(e)) {
            slicing.show_element(e);
            self.element = Some(e.clone());
        }
        let Some(frame) = self.frame(ui, win, handle, array, slicing, shown) else {
            Empty::new(icons::BROKEN, "No picture", "This plane is not in the array.").show(ui);
            self.no_picture(out);
            return;
        };
        // in a small window the picture keeps the larger part, and the controls scroll
        let high = ui.available_height();
        // the sliders of the axes are no seldom used controls
        let sliders = (slicing.others(None).len() as f32 * SLIDER).min(high * 0.25);
        let most = (high * CONTROLS).max(LEAST_CONTROLS + sliders);
        let tight = high < TIGHT;
        egui::ScrollArea::vertical().id_salt("controls").max_height(most).auto_shrink([false, true]).show(ui, |ui| {
            egui::Frame::new().inner_margin(egui::Margin::symmetric(10, 2)).show(ui, |ui| {
                ui.spacing_mut().item_spacing = vec2(theme::GAP_S, theme::GAP_S);
                // two axes have but one plane: turning it is the rotate button's affair
                let axes = frame.channels();
                let sliced = array.ndim() > 2 + usize::from(axes.is_some());
                self.first_row(ui, &frame, tight);
                if sliced {
                    slicing.sliders(ui, axes);
                }
                if !tight || self.unfolded {
                    self.controls(ui, &frame, channels, slicing, tight);
                    if sliced {
                        slicing.pickers(ui, axes, true);
                    }
                }
            });
        });
        self.picture(ui, &frame, slicing, out);
    }

    /// There is nothing to be saved.
    fn no_picture(&mut self, out: &mut Vec<Action>) {
        if self.wanted.take().is_some() {
            out.push(Action::Notify(Notice::error("There is no picture to save.")));
        }
    }

    /// Does what a command asks.
    pub fn change(&mut self, change: PictureChange) {
        let turned = match change {
            PictureChange::Transpose => self.turn.transposed(),
            PictureChange::Rotate => self.turn.clockwise(),
            PictureChange::FlipH => Turn { flip_x: !self.turn.flip_x, ..self.turn },
            PictureChange::FlipV => Turn { flip_y: !self.turn.flip_y, ..self.turn },
            _ => self.turn,
        };
        if turned != self.turn {
            (self.turn, self.view) = (turned, None);
        }
        let tool = |now: Tool, to: Tool| if now == to { Tool::Move } else { to };
        match change {
            PictureChange::Fit => self.view = None,
            PictureChange::OneToOne => self.actual(),
            PictureChange::Aspect => (self.square, self.view) = (!self.square, None),
            PictureChange::Histogram => self.histogram = Some(!self.histogram_wanted()),
            PictureChange::Profiles => self.profiles = !self.profiles,
            PictureChange::Crosshair => self.crosshair = !self.crosshair,
            PictureChange::Region => self.tool = tool(self.tool, Tool::Region),
            PictureChange::Line => self.tool = tool(self.tool, Tool::Line),
            PictureChange::Numbers => self.numbers = !self.numbers,
            PictureChange::Clipped => self.clipped = !self.clipped,
            PictureChange::Zero => self.ranging.toggle_symmetric(),
            PictureChange::Invert => self.inverted = !self.inverted,
            PictureChange::Against(place, handle) => self.compare.against(place, handle),
            PictureChange::Transpose
            | PictureChange::Rotate
            | PictureChange::FlipH
            | PictureChange::FlipV
            | PictureChange::Paper => {}
        }
    }

    /// One pixel for each element, about the same middle.
    fn actual(&mut self) {
        if let Some(v) = self.view {
            let middle = v.to_picture([f64::from(v.size[0]) / 2.0, f64::from(v.size[1]) / 2.0]);
            self.view = Some(View { scale: [1.0, 1.0], ..v }.centred(middle));
        }
    }

    /// Choices that were about another array.
    fn forget(&mut self) {
        self.ranging.forget();
        (self.rgb, self.labels, self.region, self.line, self.view) = (None, false, None, None, None);
        self.element = None;
    }

    fn what(&self, array: &Array, channels: Option<usize>) -> Shown {
        // bytes in threes at the end are a picture more often than not; it is a choice all the same
        let usual =
            channels == Some(array.ndim() - 1) && array.dtype.item_size == 1 && matches!(array.dtype.kind, Kind::UInt);
        match channels {
            Some(axis) if self.rgb.unwrap_or(usual) => Shown::Rgb(axis),
            _ if array.dtype.is_complex() && self.domain => Shown::Domain,
            _ if self.labels && (array.dtype.is_integer() || array.dtype.kind == Kind::Bool) => Shown::Labels,
            _ => Shown::Values,
        }
    }

    fn frame<'a>(
        &mut self,
        ui: &Ui,
        win: &'a Window<'a>,
        handle: Handle,
        array: &'a Array,
        slicing: &Slicing,
        shown: Shown,
    ) -> Option<Frame<'a>> {
        let axis = if let Shown::Rgb(axis) = shown { Some(axis) } else { None };
        let planes = planes(array, slicing, axis)?;
        let first = planes.first()?;
        let (rows, cols) = (*first.shape().first()?, *first.shape().get(1)?);
        let part = if array.dtype.is_complex() && shown != Shown::Domain { self.part } else { magnitude(array) };
        let mut of = vec![slicing.row as u64, slicing.col as u64, axis.map_or(u64::MAX, |a| a as u64)];
        of.extend(
            (0..)
                .zip(&slicing.fixed)
                .map(|(a, i)| if a == slicing.row || a == slicing.col || Some(a) == axis { u64::MAX } else { *i }),
        );
        of.push(array.available());
        let work = Source { win, place: win.place, handle, of: of.clone() };
        let scope = if self.ranging.whole { array.clone() } else { slice_of(array, slicing, axis)? };
        let other = self.compare.other(win, (win.place, handle), array, slicing, shown, (rows, cols));
        let difference = other.as_ref().filter(|o| o.mode == Mode::Difference);
        let range = match difference {
            Some(o) => o.difference_range(&work, first, part),
            None => work.range(&scope, part, self.ranging.whole),
        };
        let (lo, hi) = match difference {
            Some(_) => self.ranging.of_difference(range.as_deref()),
            None => self.ranging.ends(array, range.as_deref(), axis.is_some()),
        };
        let scale = Scale { lo, hi, stretch: self.stretch };
        let paint = self.paint(ui, array, scale, shown, difference.is_some());
        let reduce = self.reduce(shown);
        let raster = match difference {
            Some(o) => o.difference(&work, first, part, reduce),
            None => match other.as_ref().filter(|o| o.mode == Mode::Other) {
                Some(o) => o.raster(&work, shown, part, reduce),
                None => work.raster(&planes, shown, part, reduce),
            },
        };
        // Colours without a range would be those of another picture in a moment.
        let raster = raster.filter(|_| range.is_some() || shown == Shown::Labels || self.ranging.is_fixed());
        let flipped = other.as_ref().filter(|o| o.mode == Mode::Other);
        let which = flipped.map_or(0, |o| 1 + (crate::interpret::handle_bits(o.handle) % (1 << 40)));
        let planes = flipped.map_or(planes, |o| o.planes.clone());
        Some(Frame {
            win,
            handle,
            array,
            shown,
            part,
            rows,
            cols,
            which,
            of,
            range,
            scope,
            scale,
            paint,
            raster,
            other,
            planes,
        })
    }

    fn reduce(&self, shown: Shown) -> Reduce {
        self.reduce.unwrap_or(if shown == Shown::Labels { Reduce::Nearest } else { Reduce::Mean })
    }

    fn map(&self, array: &Array, difference: bool) -> Colormap {
        self.map.unwrap_or(match array.dtype.kind {
            _ if difference => Colormap::RedBlue,
            _ if array.dtype.is_complex() && self.part == Part::Phase => Colormap::Twilight,
            _ if self.ranging.is_symmetric() => Colormap::RedBlue,
            Kind::Bool => Colormap::Gray,
            Kind::UInt if array.dtype.item_size == 1 => Colormap::Gray,
            _ => Colormap::Viridis,
        })
    }

    fn paint(&self, ui: &Ui, array: &Array, scale: Scale, shown: Shown, difference: bool) -> Paint {
        let t = Tokens::of(ui);
        let mut marks = if t.dark { Marks::dark() } else { Marks::light() };
        if self.clipped {
            (marks.below, marks.above) = (Some(Marks::BELOW), Some(Marks::ABOVE));
        }
        let lut = |map: Colormap| Box::new(map.lut(self.inverted));
        match shown {
            _ if difference => Paint::Difference { scale, lut: lut(self.map(array, true)), marks },
            Shown::Rgb(_) => Paint::Rgb { scale, marks },
            Shown::Labels => Paint::Category { zero: t.line.to_array()[..3].try_into().unwrap_or_default(), marks },
            Shown::Domain => Paint::Domain { scale, lut: lut(Colormap::Twilight), marks },
            Shown::Values => Paint::Mapped { scale, lut: lut(self.map(array, false)), marks },
        }
    }
}

/// The part that stands for a number of the type where no other is chosen.
fn magnitude(array: &Array) -> Part {
    if array.dtype.is_complex() { Part::Magnitude } else { Part::Real }
}

/// The planes that are drawn: one, or one for each channel.
fn planes(array: &Array, slicing: &Slicing, rgb: Option<usize>) -> Option<Vec<Array>> {
    let Some(axis) = rgb else { return Some(vec![slicing.plane(array)?]) };
    let n = array.shape().get(axis).copied()?;
    (0..n)
        .map(|k| {
            let mut s = slicing.clone();
            *s.fixed.get_mut(axis)? = k;
            s.plane(array)
        })
        .collect()
}

/// What is shown at once: the plane with its channels.
fn slice_of(array: &Array, slicing: &Slicing, rgb: Option<usize>) -> Option<Array> {
    let mut a = array.clone();
    for (axis, at) in slicing.fixed.iter().enumerate().rev() {
        if axis != slicing.row && axis != slicing.col && Some(axis) != rgb {
            a = a.slice(axis, *at).ok()?;
        }
    }
    Some(a)
}

/// Where work on a plane is kept.
struct Source<'a> {
    win: &'a Window<'a>,
    place: Place,
    handle: Handle,
    of: Vec<u64>,
}

impl Source<'_> {
    fn key(&self, kind: &'static str, extra: &[u64]) -> WorkKey {
        let of = extra.iter().chain(&self.of).copied().collect();
        WorkKey { place: self.place, handle: self.handle, kind, of }
    }

    fn range(&self, scope: &Array, part: Part, whole: bool) -> Option<Arc<Range>> {
        let (all, some) = (scope.clone(), scope.clone());
        let key = |kind: &'static str| {
            let mut key = self.key(kind, &[part as u64, u64::from(whole)]);
            if whole {
                key.of.truncate(2);
                key.of.push(scope.available());
            }
            key
        };
        let exact = self.win.session.work.get(key("range"), "Reading the range of the values", move |cx| {
            let r = Range::of(&all, part, false, &|done, of| {
                cx.progress(done, of);
                !cx.cancelled()
            });
            let r = r.ok_or("stopped")?;
            let bytes = r.memory();
            Ok((r, bytes))
        });
        if let Outcome::Ready(r) = exact {
            return Some(r);
        }
        let first = self.win.session.work.soon(key("first range"), "Reading some values", move |_| {
            let r = Range::of(&some, part, true, &|_, _| true).ok_or("stopped")?;
            let bytes = r.memory();
            Ok((r, bytes))
        });
        first.ready()
    }

    fn raster(&self, planes: &[Array], shown: Shown, part: Part, reduce: Reduce) -> Option<Arc<Raster>> {
        let mode = match shown {
            Shown::Rgb(_) => 1,
            Shown::Domain => 2,
            _ => 0,
        };
        let planes = planes.to_vec();
        self.built("raster", &[mode, part as u64, how(reduce)], move || {
            let first = planes.first().ok_or("no plane")?;
            match shown {
                Shown::Rgb(_) => Raster::rgb(&planes, reduce),
                Shown::Domain => Raster::complex(first, reduce),
                _ => Raster::new(first, part, reduce),
            }
            .map_err(|_| "the plane has no two axes".to_owned())
        })
    }

    /// A raster with a first look at the plane, and the job that builds its pyramid.
    fn built(
        &self,
        kind: &'static str,
        extra: &[u64],
        make: impl FnOnce() -> Result<Raster, String> + Send + 'static,
    ) -> Option<Arc<Raster>> {
        let work = &self.win.session.work;
        let made = work.soon(self.key(kind, extra), "Preparing the picture", move |_| {
            let raster = make()?;
            raster.look();
            Ok((Arc::new(raster), 0))
        });
        let raster: Arc<Raster> = (*made.ready()?).clone();
        if !raster.is_built() {
            let build = raster.clone();
            let mut extra = extra.to_vec();
            extra.push(u64::from(kind == "raster"));
            work.get(self.key("pyramid", &extra), "Reading the picture", move |cx| {
                let done = build.build(&|done, of| {
                    cx.progress(done, of);
                    !cx.cancelled()
                });
                if done { Ok(((), build.memory() as u64)) } else { Err("stopped".into()) }
            });
        }
        Some(raster)
    }
}

/// A number for a way to join elements.
fn how(reduce: Reduce) -> u64 {
    Reduce::ALL.iter().position(|r| *r == reduce).unwrap_or(0) as u64
}

/// The item of an element of what is shown; of channels the first.
fn item_of(frame: &Frame<'_>, slicing: &Slicing, e: [u64; 2]) -> Item {
    Item::of_element(frame.win.place, frame.handle, index_of(frame, slicing, e))
}

/// The whole index of an element of what is shown; of channels the first.
fn index_of(frame: &Frame<'_>, slicing: &Slicing, e: [u64; 2]) -> Vec<u64> {
    let mut i = slicing.index(e[0], e[1]);
    if let Some(axis) = frame.channels()
        && let Some(k) = i.get_mut(axis)
    {
        *k = 0;
    }
    i
}

/// The run of colours of a paint that has one.
fn canvas_colors(paint: &Paint) -> Vec<egui::Color32> {
    match paint {
        Paint::Mapped { lut, .. } | Paint::Difference { lut, .. } => {
            lut.iter().map(|[r, g, b]| egui::Color32::from_rgb(*r, *g, *b)).collect()
        }
        _ => Vec::new(),
    }
}
