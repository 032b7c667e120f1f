//! A picture of an array as a drawing: the picture with its axes, the bar of colours with its numbers, a title; laid out once
//! for PNG and for SVG. Must never read an array: its pixels were made before.

use super::figure::{Colors, Hold, Rgb, SMALL, Shape, TITLE, element, text};
use crate::tensor::{Ruler, Scale, Stretch, marks};
use base64::Engine as _;
use std::fmt::Write as _;

/// Pixels, rows from the top: red, green, blue, opacity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pixels {
    /// Width and height.
    pub size: [u32; 2],
    /// As many as that.
    pub data: Vec<[u8; 4]>,
}

/// An axis of a picture: element `i` covers `i..i + 1`.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexAxis {
    /// What it counts.
    pub name: String,
    /// The index at the left or the upper edge, and at the other one; the greater one first where it runs backwards.
    pub edges: (f64, f64),
}

/// One picture.
#[derive(Clone, Debug)]
pub struct Pane {
    /// What it is, where there are several.
    pub caption: String,
    /// Its pixels.
    pub pixels: Pixels,
    /// Width and height, in points.
    pub size: [f32; 2],
    /// The axis across and the axis down.
    pub axes: [IndexAxis; 2],
    /// What lies over the picture, in points from its upper left corner.
    pub over: Vec<Shape>,
}

/// The bar that says which colour is which value.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// What it measures.
    pub name: String,
    /// The colours, the lowest first.
    pub colors: Vec<Rgb>,
    /// Numbers along it, from 0 at the lowest to 1.
    pub ticks: Vec<(f32, String)>,
}

/// A picture or two with all that is said about them.
#[derive(Clone, Debug)]
pub struct Plate {
    /// What it is of.
    pub title: String,
    /// More about it.
    pub subtitle: String,
    /// One, or two side by side with the same axes.
    pub panes: Vec<Pane>,
    /// The bar of colours.
    pub bar: Option<Bar>,
    /// Colours that mean one thing each, beside the picture.
    pub legend: Vec<(Rgb, String)>,
    /// What is said beneath, some with a colour.
    pub notes: Vec<(Option<Rgb>, String)>,
    /// The colours of all else.
    pub colors: Colors,
}

/// A plate laid out, in points from its upper left corner.
#[derive(Clone, Debug)]
pub struct Laid {
    /// Width and height.
    pub size: [f32; 2],
    /// Left, top, right and bottom of each pane.
    pub panes: Vec<[f32; 4]>,
    /// The bar: where it is, and its pixels from the top.
    pub bar: Option<([f32; 4], Pixels)>,
    /// Lines and words.
    pub shapes: Vec<Shape>,
}

/// Around all of it, in points.
const EDGE: f32 = 12.0;
/// Between two panes.
const BETWEEN: f32 = 16.0;
/// The length of a mark.
const TICK: f32 = 4.0;
/// The width of the bar of colours.
const BAR: f32 = 14.0;
/// Points between two labels across and upwards, at least.
const ROOM: [f32; 2] = [40.0, 28.0];
/// The least height of a bar or a legend.
const LEAST: f32 = 120.0;

/// The indices that are told along an axis: where, from 0 at its first edge to 1, and what.
pub fn index_marks(axis: &IndexAxis, most: usize) -> Vec<(f32, u64)> {
    let (a, b) = axis.edges;
    let (lo, hi) = (a.min(b), a.max(b));
    // the first and the last element of which at least the middle is seen
    let (first, last) = ((lo - 0.5).ceil().max(0.0), (hi - 0.5).floor());
    if !(lo < hi) || last < first {
        return Vec::new();
    }
    #[expect(clippy::cast_possible_truncation, reason = "from 0 to 1")]
    let unit = |i: f64| ((i + 0.5 - a) / (b - a)) as f32;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index of an axis")]
    let mark = |i: f64| (unit(i), i as u64);
    if first == last {
        return vec![mark(first)];
    }
    marks(first, last, most, Ruler::Linear).into_iter().map(|m| m.at).filter(|i| i.fract() == 0.0).map(mark).collect()
}

/// The numbers along a bar of colours: both ends, and round ones between, each where its colour is; `most` have room.
pub fn bar_marks(scale: Scale, most: usize) -> Vec<(f32, String)> {
    let Scale { lo, hi, stretch } = scale;
    if !(lo.is_finite() && hi.is_finite()) {
        return Vec::new();
    }
    if lo == hi {
        return vec![(0.5, number(lo))];
    }
    let (least, greatest) = (lo.min(hi), lo.max(hi));
    let unit = |v: f64| if stretch == Stretch::Linear { ((v - lo) / (hi - lo)) as f32 } else { scale.unit(v) };
    let mut all: Vec<(f32, String)> = match stretch {
        Stretch::Linear => {
            marks(least, greatest, most, Ruler::Linear).into_iter().map(|m| (unit(m.at), m.label)).collect()
        }
        Stretch::Log if least > 0.0 => marks(least.log10(), greatest.log10(), most, Ruler::Log)
            .into_iter()
            .filter(|m| !m.label.is_empty())
            .map(|m| (unit(10_f64.powf(m.at)), m.label))
            .collect(),
        _ => {
            let steps = u32::try_from(most.max(2)).unwrap_or(u32::MAX);
            let inner = (1..steps).map(|k| rounded(scale.inverse(f64::from(k) / f64::from(steps))));
            inner.filter(|v| *v > least && *v < greatest).map(|v| (unit(v), number(v))).collect()
        }
    };
    // the ends are told exactly; what would stand on them gives way
    #[expect(clippy::cast_precision_loss, reason = "few")]
    let near = 0.55 / most.max(1) as f32;
    all.retain(|(u, _)| *u > near && *u < 1.0 - near);
    all.insert(0, (0.0, number(lo)));
    all.push((1.0, number(hi)));
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    all.dedup_by(|a, b| a.0 - b.0 < near * 0.8 && a.0 < 1.0);
    all
}

/// Two digits of a number.
fn rounded(v: f64) -> f64 {
    if v == 0.0 || !v.is_finite() {
        return v;
    }
    let ten = 10_f64.powf(v.abs().log10().floor() - 1.0);
    (v / ten).round() * ten
}

/// A number in few characters.
fn number(v: f64) -> String {
    if v == 0.0 {
        return "0".to_owned();
    }
    let a = v.abs();
    let text = if (1e-3..1e6).contains(&a) {
        let digits = if a >= 1000.0 {
            1
        } else if a >= 10.0 {
            2
        } else {
            4
        };
        format!("{v:.digits$}")
    } else {
        format!("{v:.3e}")
    };
    let (mantissa, power) = text.split_once('e').map_or((text.as_str(), None), |(m, e)| (m, Some(e)));
    let mantissa = if mantissa.contains('.') { mantissa.trim_end_matches('0').trim_end_matches('.') } else { mantissa };
    power.map_or_else(|| mantissa.to_owned(), |e| format!("{mantissa}e{e}"))
}

impl Plate {
    /// Lays it out; `width` measures a text of a size.
    pub fn layout(&self, width: &dyn Fn(&str, f32) -> f32) -> Laid {
        let c = self.colors;
        let mut shapes = Vec::new();
        let high = self.panes.iter().map(|p| p.size[1]).fold(0.0, f32::max);
        let beside = if self.bar.is_some() || !self.legend.is_empty() { high.max(LEAST) } else { high };
        let captions = if self.panes.iter().any(|p| !p.caption.is_empty()) { 18.0 } else { 0.0 };
        let lines = 2.0 - f32::from(u8::from(self.subtitle.is_empty()));
        let top = EDGE + 19.0 * lines + 8.0 + captions;
        let count = |room: f32, each: f32| whole(room / each).clamp(1, 40);
        // upright axis: of the first pane alone, the others show the same elements
        let ys = self.panes.first().map_or_else(Vec::new, |p| index_marks(&p.axes[1], count(p.size[1], ROOM[1])));
        let widest = ys.iter().map(|(_, i)| width(&i.to_string(), SMALL)).fold(16.0, f32::max);
        let left = EDGE + 16.0 + widest + TICK + 4.0;
        let (mut x, mut panes) = (left, Vec::new());
        for (k, p) in self.panes.iter().enumerate() {
            let frame = [x, top, x + p.size[0], top + p.size[1]];
            self.axes(p, frame, (k == 0).then_some(ys.as_slice()), width, &mut shapes);
            if !p.caption.is_empty() {
                let caption = shortened(&p.caption, p.size[0].max(60.0), SMALL, width);
                shapes.push(text([x, top - 11.0], Hold::Left, &caption, c.text));
            }
            shapes.extend(p.over.iter().map(|s| moved(s, [x, top])));
            panes.push(frame);
            x = frame[2] + BETWEEN;
        }
        let mut right = x - BETWEEN;
        let bar = self.bar.as_ref().map(|b| {
            let at = [right + BETWEEN, top, right + BETWEEN + BAR, top + beside];
            right = self.numbers(b, at, width, &mut shapes);
            (at, b.pixels())
        });
        if !self.legend.is_empty() {
            right = self.squares(right + BETWEEN, top, beside, width, &mut shapes);
        }
        let mut bottom = top + beside.max(high + 38.0);
        // the titles may make it wider, the notes higher
        let full = right.max(EDGE + width(&self.title, TITLE).min(420.0)).max(260.0);
        let mut y = EDGE + 8.0;
        let title = shortened(&self.title, full - EDGE, TITLE, width);
        shapes.push(Shape::Text {
            at: [EDGE, y],
            hold: Hold::Left,
            text: title,
            size: TITLE,
            color: c.strong,
            up: false,
        });
        if !self.subtitle.is_empty() {
            y += 19.0;
            let line = shortened(&self.subtitle, full - EDGE, SMALL, width);
            shapes.push(text([EDGE, y], Hold::Left, &line, c.text));
        }
        let mut at = EDGE;
        for (k, (color, said)) in self.notes.iter().enumerate() {
            let swatch = if color.is_some() { 14.0 } else { 0.0 };
            let wide = swatch + width(said, SMALL);
            if k == 0 {
                bottom += 14.0;
            } else if at + wide > full {
                (at, bottom) = (EDGE, bottom + 18.0);
            }
            if let Some(color) = color {
                square(at, bottom, *color, c.frame, &mut shapes);
            }
            let line = shortened(said, full - at - swatch, SMALL, width);
            shapes.push(text([at + swatch, bottom], Hold::Left, &line, c.text));
            at += wide + 16.0;
        }
        if !self.notes.is_empty() {
            bottom += 9.0;
        }
        Laid { size: [(full + EDGE).ceil(), (bottom + EDGE).ceil()], panes, bar, shapes }
    }

    /// The frame of a pane, its marks and names.
    fn axes(
        &self,
        p: &Pane,
        [left, top, right, bottom]: [f32; 4],
        ys: Option<&[(f32, u64)]>,
        width: &dyn Fn(&str, f32) -> f32,
        out: &mut Vec<Shape>,
    ) {
        let c = self.colors;
        let mut line = |a: [f32; 2], b: [f32; 2]| out.push(Shape::Stroke { ends: [a, b], color: c.frame, width: 1.0 });
        // outside of the pixels, so that none of them is hidden
        let [l, t, r, b] = [left - 0.5, top - 0.5, right + 0.5, bottom + 0.5];
        line([l, t], [r, t]);
        line([l, b], [r, b]);
        line([l, t], [l, b]);
        line([r, t], [r, b]);
        let wide = right - left;
        // a label needs its own width and some room
        let digits = p.axes[0].edges.0.max(p.axes[0].edges.1).max(1.0).log10().floor() + 1.0;
        #[expect(clippy::cast_possible_truncation, reason = "few digits")]
        let each = ROOM[0].max(digits as f32 * 7.0 + 20.0);
        let mut last = f32::NEG_INFINITY;
        for (u, i) in index_marks(&p.axes[0], whole(wide / each).clamp(1, 40)) {
            let (x, label) = (left + u * wide, i.to_string());
            let half = width(&label, SMALL) / 2.0;
            if x - half < last + 6.0 {
                continue;
            }
            last = x + half;
            out.push(Shape::Stroke { ends: [[x, b], [x, b + TICK]], color: c.frame, width: 1.0 });
            out.push(text([x, bottom + TICK + 9.0], Hold::Center, &label, c.text));
        }
        out.push(text([f32::midpoint(left, right), bottom + TICK + 25.0], Hold::Center, &p.axes[0].name, c.text));
        let Some(ys) = ys else { return };
        for (u, i) in ys {
            let y = top + u * (bottom - top);
            out.push(Shape::Stroke { ends: [[l - TICK, y], [l, y]], color: c.frame, width: 1.0 });
            out.push(text([l - TICK - 3.0, y], Hold::Right, &i.to_string(), c.text));
        }
        let at = [EDGE + 6.0, f32::midpoint(top, bottom)];
        // a name that is longer than the axis stands to its end
        let half = width(&p.axes[1].name, SMALL) / 2.0;
        let at = [at[0], at[1].max(EDGE + half)];
        let name = p.axes[1].name.clone();
        out.push(Shape::Text { at, hold: Hold::Center, text: name, size: SMALL, color: c.text, up: true });
    }

    /// The numbers and the name of the bar; gives its right end.
    fn numbers(&self, b: &Bar, at: [f32; 4], width: &dyn Fn(&str, f32) -> f32, out: &mut Vec<Shape>) -> f32 {
        let c = self.colors;
        let [l, t, r, bottom] = at;
        for ends in [[[l, t], [r, t]], [[l, bottom], [r, bottom]], [[l, t], [l, bottom]], [[r, t], [r, bottom]]] {
            out.push(Shape::Stroke { ends, color: c.frame, width: 1.0 });
        }
        let mut right = r;
        for (u, label) in &b.ticks {
            let y = bottom - u * (bottom - t);
            out.push(Shape::Stroke { ends: [[r, y], [r + TICK, y]], color: c.frame, width: 1.0 });
            out.push(text([r + TICK + 4.0, y], Hold::Left, label, c.text));
            right = right.max(r + TICK + 4.0 + width(label, SMALL));
        }
        if !b.name.is_empty() {
            right += 14.0;
            let at = [right, f32::midpoint(t, bottom)];
            let name = shortened(&b.name, bottom - t, SMALL, width);
            out.push(Shape::Text { at, hold: Hold::Center, text: name, size: SMALL, color: c.text, up: true });
            right += 6.0;
        }
        right
    }

    /// The legend; gives its right end.
    fn squares(&self, x: f32, top: f32, room: f32, width: &dyn Fn(&str, f32) -> f32, out: &mut Vec<Shape>) -> f32 {
        let fits = whole(room / 16.0).max(1);
        let shown = if self.legend.len() > fits { fits.saturating_sub(1) } else { self.legend.len() };
        let (mut y, mut right) = (top + 7.0, x);
        for (color, said) in self.legend.iter().take(shown) {
            square(x, y, *color, self.colors.frame, out);
            out.push(text([x + 15.0, y], Hold::Left, said, self.colors.text));
            right = right.max(x + 15.0 + width(said, SMALL));
            y += 16.0;
        }
        if shown < self.legend.len() {
            let said = format!("and {} more", self.legend.len() - shown);
            right = right.max(x + width(&said, SMALL));
            out.push(text([x, y], Hold::Left, &said, self.colors.text));
        }
        right
    }

    /// As an SVG document; the pictures in it are PNG.
    pub fn svg(&self) -> String {
        // Widths are guessed: a font is chosen by whoever shows the file.
        #[expect(clippy::cast_precision_loss, reason = "a line of text")]
        let laid = self.layout(&|t, size| t.chars().count() as f32 * size * 0.56);
        let [w, h] = laid.size;
        let [red, green, blue] = self.colors.ground;
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" \
             font-family=\"sans-serif\" font-size=\"{SMALL}\">\n\
             <rect width=\"{w}\" height=\"{h}\" fill=\"#{red:02x}{green:02x}{blue:02x}\"/>\n"
        );
        for (at, p) in laid.panes.iter().zip(&self.panes) {
            image(*at, &p.pixels, &mut out);
        }
        if let Some((at, pixels)) = &laid.bar {
            image(*at, pixels, &mut out);
        }
        laid.shapes.iter().for_each(|s| element(s, &mut out));
        out.push_str("</svg>\n");
        out
    }
}

impl Bar {
    /// Its colours from the top, one pixel wide.
    fn pixels(&self) -> Pixels {
        let data: Vec<[u8; 4]> = self.colors.iter().rev().map(|[r, g, b]| [*r, *g, *b, 255]).collect();
        Pixels { size: [1, u32::try_from(data.len()).unwrap_or(0)], data }
    }
}

fn square(x: f32, y: f32, color: Rgb, frame: Rgb, out: &mut Vec<Shape>) {
    let (l, t, r, b) = (x, y - 5.0, x + 10.0, y + 5.0);
    out.push(Shape::Stroke { ends: [[l, y], [r, y]], color, width: 10.0 });
    for ends in [[[l, t], [r, t]], [[l, b], [r, b]], [[l, t], [l, b]], [[r, t], [r, b]]] {
        out.push(Shape::Stroke { ends, color: frame, width: 0.5 });
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "few; negative becomes 0")]
const fn whole(v: f32) -> usize {
    v as usize
}

/// A text without its middle, so that it fits.
pub(super) fn shortened(said: &str, room: f32, size: f32, width: &dyn Fn(&str, f32) -> f32) -> String {
    if width(said, size) <= room {
        return said.to_owned();
    }
    let all: Vec<char> = said.chars().collect();
    let (mut keep, mut short) = (all.len(), said.to_owned());
    while keep > 2 && width(&short, size) > room {
        keep -= 1 + keep / 20;
        let head = keep.div_ceil(2);
        short = all.iter().take(head).collect();
        short.push('…');
        short.extend(all.iter().skip(all.len() - (keep - head)));
    }
    short
}

fn moved(s: &Shape, by: [f32; 2]) -> Shape {
    let to = |p: &[f32; 2]| [p[0] + by[0], p[1] + by[1]];
    let mut s = s.clone();
    match &mut s {
        Shape::Stroke { ends, .. } => *ends = ends.each_ref().map(to),
        Shape::Curve { points, .. } => points.iter_mut().for_each(|p| *p = to(p)),
        Shape::Area { points, base, .. } => {
            points.iter_mut().for_each(|p| *p = to(p));
            *base += by[1];
        }
        Shape::Dot { at, .. } | Shape::Text { at, .. } => *at = to(at),
        Shape::Box { sides: [l, t, r, b], .. } => {
            ([*l, *t], [*r, *b]) = (to(&[*l, *t]), to(&[*r, *b]));
        }
    }
    s
}

/// A picture within SVG. A pixel stays a pixel, however it is enlarged.
fn image([l, t, r, b]: [f32; 4], pixels: &Pixels, out: &mut String) {
    let mut png = Vec::new();
    if write_png(pixels, &mut png).is_err() {
        return;
    }
    let text = base64::engine::general_purpose::STANDARD.encode(png);
    _ = writeln!(
        out,
        "<image x=\"{l}\" y=\"{t}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\" \
         style=\"image-rendering:pixelated\" href=\"data:image/png;base64,{text}\"/>",
        r - l,
        b - t
    );
}

fn write_png(pixels: &Pixels, out: &mut Vec<u8>) -> Result<(), png::EncodingError> {
    let mut e = png::Encoder::new(out, pixels.size[0], pixels.size[1]);
    e.set_color(png::ColorType::Rgba);
    e.set_depth(png::BitDepth::Eight);
    let mut w = e.write_header()?;
    w.write_image_data(pixels.data.as_flattened())?;
    w.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_stand_at_the_middles_of_their_elements() {
        let axis = |a, b| IndexAxis { name: String::new(), edges: (a, b) };
        assert_eq!(index_marks(&axis(0.0, 10.0), 5), [(0.05, 0), (0.25, 2), (0.45, 4), (0.65, 6), (0.85, 8)]);
        // backwards, as a picture that is mirrored
        assert_eq!(index_marks(&axis(10.0, 0.0), 5)[0], (0.95, 0));
        // no index between two elements, however far in
        assert_eq!(index_marks(&axis(3.9, 6.2), 20), [(0.6 / 2.3, 4), (1.6 / 2.3, 5)].map(|(u, i)| (u as f32, i)));
        assert_eq!(index_marks(&axis(0.0, 1.0), 3), [(0.5, 0)]);
        assert!(index_marks(&axis(0.0, 0.0), 3).is_empty());
        assert!(index_marks(&axis(2.1, 2.3), 3).is_empty(), "the middle of the element is not seen");
    }

    #[test]
    fn numbers_stand_at_their_colours_whatever_the_stretch() {
        let all = |lo, hi, stretch| bar_marks(Scale { lo, hi, stretch }, 6);
        for stretch in Stretch::ALL {
            for (lo, hi) in [(1.0, 1000.0), (-5.0, 7.25), (0.001, 3e7), (10.0, -2.0)] {
                let scale = Scale { lo, hi, stretch: *stretch };
                let marks = all(lo, hi, *stretch);
                assert!(marks.len() >= 2 && marks[0].0 == 0.0, "{stretch:?} {lo} {hi}: {marks:?}");
                assert!(marks.windows(2).all(|w| w[0].0 < w[1].0), "{stretch:?}: {marks:?}");
                for (u, label) in &marks {
                    let v: f64 = label.parse().unwrap();
                    let off = (scale.unit(v) - u).abs();
                    assert!(off < 2e-3 || v <= 0.0 && *stretch == Stretch::Log, "{stretch:?} {lo} {hi} {label}: {off}");
                }
            }
        }
        assert_eq!(all(2.5, 2.5, Stretch::Linear), [(0.5, "2.5".to_owned())]);
        let labels: Vec<String> = all(1.0, 1e4, Stretch::Log).into_iter().map(|(_, s)| s).collect();
        assert_eq!(labels, ["1", "10", "100", "1000", "10000"]);
        assert!(all(f64::NAN, 1.0, Stretch::Linear).is_empty());
    }

    #[test]
    fn a_plate_holds_its_picture_axes_bar_and_words() {
        let axis = |name: &str, n| IndexAxis { name: name.to_owned(), edges: (0.0, n) };
        let pane = Pane {
            caption: String::new(),
            pixels: Pixels { size: [2, 1], data: vec![[255, 0, 0, 255], [0, 0, 255, 0]] },
            size: [200.0, 100.0],
            axes: [axis("column (axis 1)", 2.0), axis("row (axis 0)", 1.0)],
            over: vec![text([5.0, 6.0], Hold::Left, "A", [1; 3])],
        };
        let bar = Bar {
            name: "log".to_owned(),
            colors: vec![[0; 3], [255; 3]],
            ticks: vec![(0.0, "lo".to_owned()), (1.0, "hi".to_owned())],
        };
        let colors = Colors { ground: [255; 3], grid: [9; 3], frame: [9; 3], text: [9; 3], strong: [0; 3] };
        let plate = Plate {
            title: "['<x>']".to_owned(),
            subtitle: "float32 (1, 2)".to_owned(),
            panes: vec![pane.clone(), pane],
            bar: Some(bar),
            legend: vec![([1, 2, 3], "seven".to_owned())],
            notes: vec![(Some([4, 5, 6]), "NaN 2".to_owned())],
            colors,
        };
        let laid = plate.layout(&|t, size| t.len() as f32 * size * 0.5);
        let inside = |[l, t, r, b]: [f32; 4]| l >= 0.0 && t >= 0.0 && r <= laid.size[0] && b <= laid.size[1];
        assert!(laid.panes.iter().all(|p| inside(*p) && p[2] - p[0] == 200.0 && p[3] - p[1] == 100.0));
        assert!(laid.panes[0][2] < laid.panes[1][0] && laid.panes[1][2] < laid.bar.as_ref().unwrap().0[0]);
        // the bar's lowest colour is at the bottom
        assert_eq!(laid.bar.as_ref().unwrap().1.data[1], [0, 0, 0, 255]);
        let svg = plate.svg();
        for word in ["['&lt;x&gt;']", "float32", "row (axis 0)", "column (axis 1)", ">lo<", ">hi<", ">log<", "NaN 2"] {
            assert!(svg.contains(word), "{word}");
        }
        // the upright axis is told once, the one across for each pane
        assert_eq!((svg.matches("row (axis 0)").count(), svg.matches("column (axis 1)").count()), (1, 2));
        assert_eq!(svg.matches("<image").count(), 3);
        let data = svg.split("base64,").nth(1).unwrap().split('"').next().unwrap();
        let png = base64::engine::general_purpose::STANDARD.decode(data).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
        let mut back = vec![0; 8];
        reader.next_frame(&mut back).unwrap();
        assert_eq!(back, [255, 0, 0, 255, 0, 0, 255, 0]);
        assert_eq!(svg.matches('<').count(), svg.matches('>').count());
    }
}
