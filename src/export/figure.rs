//! A plot as a drawing: axes with their marks, curves, points, a legend; laid out once for the screen and for SVG, so that
//! what is saved is what was seen. Must never read an array: its points were thinned for the width before.

use crate::tensor::{Mark, Ruler, marks};
use std::fmt::Write as _;

/// A colour: red, green, blue.
pub type Rgb = [u8; 3];

/// An axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// The places at its two ends, in the ruler's own terms (logarithms for [`Ruler::Log`]).
    pub ends: (f64, f64),
    /// What it measures.
    pub ruler: Ruler,
    /// Its name.
    pub name: String,
}

impl Axis {
    /// Where a place is, from 0 at the first end to 1 at the other.
    pub fn unit(&self, place: f64) -> f64 {
        (place - self.ends.0) / (self.ends.1 - self.ends.0)
    }

    /// The place at such a part of the axis.
    pub fn place(&self, unit: f64) -> f64 {
        self.ends.0 + unit * (self.ends.1 - self.ends.0)
    }

    /// The place of a number.
    pub fn of(&self, number: f64) -> f64 {
        match self.ruler {
            Ruler::Log if number > 0.0 => number.log10(),
            Ruler::Log => f64::NAN,
            _ => number,
        }
    }

    /// The number at a place.
    pub fn number(&self, place: f64) -> f64 {
        if self.ruler == Ruler::Log { 10_f64.powf(place) } else { place }
    }
}

/// A curve or a cloud of points, in places of the axes.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its name in the legend.
    pub name: String,
    /// Its colour.
    pub color: Rgb,
    /// Stretches without gaps.
    pub parts: Vec<Vec<[f64; 2]>>,
    /// Points are joined.
    pub joined: bool,
    /// The radius of a mark on each point; 0 for none.
    pub mark: f32,
    /// The area down to 0 is filled.
    pub filled: bool,
}

/// The colours of all that is no curve.
#[derive(Clone, Copy, Debug)]
pub struct Colors {
    /// The ground.
    pub ground: Rgb,
    /// Lines of the grid.
    pub grid: Rgb,
    /// The frame.
    pub frame: Rgb,
    /// Words.
    pub text: Rgb,
    /// The title.
    pub strong: Rgb,
}

/// A plot.
#[derive(Clone, Debug)]
pub struct Figure {
    /// Width and height, in points.
    pub size: [f32; 2],
    /// The axis across.
    pub x: Axis,
    /// The axis upwards.
    pub y: Axis,
    /// What is drawn, the first one lowest.
    pub lines: Vec<Line>,
    /// Its colours.
    pub colors: Colors,
    /// Says which colour is which.
    pub legend: bool,
    /// What it is of, and more about it; nothing for none.
    pub title: [String; 2],
}

/// Where a text is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// Its left end, at half its height.
    Left,
    /// Its middle.
    Center,
    /// Its right end.
    Right,
}

/// A shape, in points from the upper left corner.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A straight line.
    Stroke {
        /// Its ends.
        ends: [[f32; 2]; 2],
        /// Its colour.
        color: Rgb,
        /// Its width.
        width: f32,
    },
    /// Joined lines, cut at the frame.
    Curve {
        /// Its points.
        points: Vec<[f32; 2]>,
        /// Its colour.
        color: Rgb,
        /// Its width.
        width: f32,
    },
    /// The area between points and a height, cut at the frame.
    Area {
        /// Its points, from left to right.
        points: Vec<[f32; 2]>,
        /// The height of its other edge.
        base: f32,
        /// Its colour.
        color: Rgb,
    },
    /// A disc, cut at the frame.
    Dot {
        /// Its middle.
        at: [f32; 2],
        /// Its radius.
        radius: f32,
        /// Its colour.
        color: Rgb,
    },
    /// A filled box.
    Box {
        /// Left, top, right, bottom.
        sides: [f32; 4],
        /// Its colour.
        color: Rgb,
    },
    /// A text.
    Text {
        /// Where it is held.
        at: [f32; 2],
        /// Which part of it is there.
        hold: Hold,
        /// What it says.
        text: String,
        /// Its size.
        size: f32,
        /// Its colour.
        color: Rgb,
        /// It runs upwards.
        up: bool,
    },
}

/// A figure laid out.
#[derive(Clone, Debug)]
pub struct Laid {
    /// Left, top, right, bottom of the frame that the curves are in.
    pub frame: [f32; 4],
    /// What lies under the curves: grid, marks, words.
    pub under: Vec<Shape>,
    /// The curves, cut at the frame.
    pub curves: Vec<Shape>,
    /// What lies over them.
    pub over: Vec<Shape>,
}

/// Size of the numbers at marks.
pub const SMALL: f32 = 11.5;
/// Size of the title.
pub const TITLE: f32 = 14.0;
/// Points between two labels of the axis across, at least.
const ACROSS: f32 = 92.0;
/// Points between two labels of the axis upwards.
const UPWARDS: f32 = 32.0;

impl Figure {
    /// Lays it out; `width` measures a text of size [`SMALL`].
    pub fn layout(&self, width: &dyn Fn(&str) -> f32) -> Laid {
        let [w, h] = self.size;
        let c = self.colors;
        let steps = |room: f32, each: f32| ((room / each) as usize).clamp(1, 40);
        let bottom = h - if self.x.name.is_empty() { 22.0 } else { 38.0 };
        let titles = self.title.iter().filter(|t| !t.is_empty());
        let top = 8.0 + 19.0 * titles.count() as f32;
        let ys = marks(self.y.ends.0, self.y.ends.1, steps(bottom - top, UPWARDS), self.y.ruler);
        let widest = ys.iter().map(|m| width(&m.label)).fold(24.0, f32::max);
        let left = widest + 12.0 + if self.y.name.is_empty() { 0.0 } else { 18.0 };
        let right = (w - 14.0).max(left + 1.0);
        let xs = marks(self.x.ends.0, self.x.ends.1, steps(right - left, ACROSS), self.x.ruler);
        let frame = [left, top, right, bottom.max(top + 1.0)];
        let px = |m: &Mark| left + self.x.unit(m.at) as f32 * (right - left);
        let py = |m: &Mark| frame[3] - self.y.unit(m.at) as f32 * (frame[3] - top);
        let mut under = Vec::new();
        let titles = self.title.iter().zip([TITLE, SMALL]).zip([c.strong, c.text]).filter(|((t, _), _)| !t.is_empty());
        for (((said, size), color), y) in titles.zip([14.0, 33.0]) {
            let room = w - 24.0;
            let said = super::plate::shortened(said, room, size, &|t, size| width(t) * size / SMALL);
            under.push(Shape::Text { at: [12.0, y], hold: Hold::Left, text: said, size, color, up: false });
        }
        let mut last = f32::NEG_INFINITY;
        for m in &xs {
            let x = px(m).round();
            under.push(Shape::Stroke {
                ends: [[x, top], [x, frame[3]]],
                color: c.grid,
                width: if m.label.is_empty() { 0.5 } else { 1.0 },
            });
            let half = width(&m.label) / 2.0;
            if !m.label.is_empty() && x - half > last + 8.0 {
                last = x + half;
                // the last one stays within the drawing
                let x = x.min(w - 2.0 - half);
                under.push(text([x, frame[3] + 12.0], Hold::Center, &m.label, c.text));
            }
        }
        for m in &ys {
            let y = py(m).round();
            under.push(Shape::Stroke {
                ends: [[left, y], [right, y]],
                color: c.grid,
                width: if m.label.is_empty() { 0.5 } else { 1.0 },
            });
            if !m.label.is_empty() {
                under.push(text([left - 7.0, y], Hold::Right, &m.label, c.text));
            }
        }
        for ends in [[[left, top], [left, frame[3]]], [[left, frame[3]], [right, frame[3]]]] {
            under.push(Shape::Stroke { ends, color: c.frame, width: 1.0 });
        }
        if !self.x.name.is_empty() {
            under.push(text([f32::midpoint(left, right), h - 9.0], Hold::Center, &self.x.name, c.text));
        }
        if !self.y.name.is_empty() {
            let at = [10.0, f32::midpoint(top, frame[3])];
            let Shape::Text { at, hold, text, size, color, .. } = text(at, Hold::Center, &self.y.name, c.text) else {
                return Laid { frame, under, curves: Vec::new(), over: Vec::new() };
            };
            under.push(Shape::Text { at, hold, text, size, color, up: true });
        }
        let curves = self.curves(frame);
        let over = if self.legend { self.legend(frame, &curves, width) } else { Vec::new() };
        Laid { frame, under, curves, over }
    }

    fn curves(&self, frame: [f32; 4]) -> Vec<Shape> {
        let [left, top, right, bottom] = frame;
        // far outside, where a coordinate would overflow what draws it, is as good as just outside
        let far = |v: f32, lo: f32, hi: f32| v.clamp(lo - 4000.0, hi + 4000.0);
        let place = |p: &[f64; 2]| {
            let x = left + self.x.unit(p[0]) as f32 * (right - left);
            let y = bottom - self.y.unit(p[1]) as f32 * (bottom - top);
            [far(x, left, right), far(y, top, bottom)]
        };
        let base = self.y.unit(if self.y.ruler == Ruler::Log { self.y.ends.0 } else { 0.0 }) as f32;
        let base = (bottom - base * (bottom - top)).clamp(top, bottom);
        let mut out = Vec::new();
        for l in &self.lines {
            for part in &l.parts {
                let points: Vec<[f32; 2]> = part.iter().map(place).collect();
                let lone = points.len() < 2;
                if l.mark > 0.0 || lone {
                    let radius = if l.mark > 0.0 { l.mark } else { 1.5 };
                    let inside = |p: &&[f32; 2]| {
                        p[0] >= left - radius
                            && p[0] <= right + radius
                            && p[1] >= top - radius
                            && p[1] <= bottom + radius
                    };
                    out.extend(points.iter().filter(inside).map(|at| Shape::Dot { at: *at, radius, color: l.color }));
                }
                if l.filled && !lone {
                    out.push(Shape::Area { points: points.clone(), base, color: l.color });
                }
                if l.joined && !lone {
                    out.push(Shape::Curve { points, color: l.color, width: 1.3 });
                }
            }
        }
        out
    }

    /// The legend, in the corner where it hides least.
    fn legend(&self, frame: [f32; 4], curves: &[Shape], width: &dyn Fn(&str) -> f32) -> Vec<Shape> {
        let widest = self.lines.iter().map(|l| width(&l.name)).fold(0.0, f32::max);
        let (line, wide) = (16.0, widest + 34.0);
        let high = line * self.lines.len() as f32 + 8.0;
        let corner = |right: bool, below: bool| {
            let left = if right { frame[2] - 8.0 - wide } else { frame[0] + 8.0 };
            let top = if below { frame[3] - 8.0 - high } else { frame[1] + 8.0 };
            [left, top, left + wide, top + high]
        };
        let hides = |[l, t, r, b]: [f32; 4]| {
            let inside = |p: &[f32; 2]| (l - 4.0..r + 4.0).contains(&p[0]) && (t - 4.0..b + 4.0).contains(&p[1]);
            let points = |s: &Shape| match s {
                Shape::Curve { points, .. } | Shape::Area { points, .. } => points.iter().filter(|p| inside(p)).count(),
                Shape::Dot { at, .. } => usize::from(inside(at)),
                _ => 0,
            };
            curves.iter().map(points).sum::<usize>()
        };
        let corners = [corner(true, false), corner(false, false), corner(true, true), corner(false, true)];
        let [left, top, right, bottom] = corners.into_iter().min_by_key(|c| hides(*c)).unwrap_or(corners[0]);
        let mut out = vec![Shape::Box { sides: [left, top, right, bottom], color: self.colors.ground }];
        let mut y = top + 4.0 + line / 2.0;
        for l in &self.lines {
            out.push(Shape::Stroke { ends: [[left + 6.0, y], [left + 22.0, y]], color: l.color, width: 2.0 });
            out.push(text([left + 28.0, y], Hold::Left, &l.name, self.colors.text));
            y += line;
        }
        out
    }

    /// As an SVG document.
    pub fn svg(&self) -> String {
        // Widths are guessed: a font is chosen by whoever shows the file.
        let laid = self.layout(&|t| t.chars().count() as f32 * SMALL * 0.56);
        let [w, h] = self.size;
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" \
             font-family=\"sans-serif\" font-size=\"{SMALL}\">\n<rect width=\"{w}\" height=\"{h}\" fill=\"{}\"/>\n",
            hex(self.colors.ground)
        );
        let [left, top, right, bottom] = laid.frame;
        _ = writeln!(
            out,
            "<clipPath id=\"frame\"><rect x=\"{left}\" y=\"{top}\" width=\"{}\" height=\"{}\"/></clipPath>",
            right - left,
            bottom - top
        );
        laid.under.iter().for_each(|s| element(s, &mut out));
        out.push_str("<g clip-path=\"url(#frame)\">\n");
        laid.curves.iter().for_each(|s| element(s, &mut out));
        out.push_str("</g>\n");
        laid.over.iter().for_each(|s| element(s, &mut out));
        out.push_str("</svg>\n");
        out
    }
}

pub(super) fn text(at: [f32; 2], hold: Hold, text: &str, color: Rgb) -> Shape {
    Shape::Text { at, hold, text: text.to_owned(), size: SMALL, color, up: false }
}

fn hex([r, g, b]: Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

fn path(points: &[[f32; 2]]) -> String {
    let mut d = String::new();
    for [x, y] in points {
        _ = write!(d, "{}{x:.2},{y:.2}", if d.is_empty() { "" } else { " " });
    }
    d
}

pub(super) fn element(s: &Shape, out: &mut String) {
    _ = match s {
        Shape::Stroke { ends: [a, b], color, width } => writeln!(
            out,
            "<line x1=\"{:.2}\" y1=\"{:.2}\" x2=\"{:.2}\" y2=\"{:.2}\" stroke=\"{}\" stroke-width=\"{width}\"/>",
            a[0],
            a[1],
            b[0],
            b[1],
            hex(*color)
        ),
        Shape::Curve { points, color, width } => writeln!(
            out,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{width}\" stroke-linejoin=\"round\"/>",
            path(points),
            hex(*color)
        ),
        Shape::Area { points, base, color } => {
            let (Some(first), Some(last)) = (points.first(), points.last()) else { return };
            let mut all = vec![[first[0], *base]];
            all.extend(points);
            all.push([last[0], *base]);
            writeln!(out, "<polygon points=\"{}\" fill=\"{}\" fill-opacity=\"0.3\"/>", path(&all), hex(*color))
        }
        Shape::Dot { at, radius, color } => {
            writeln!(out, "<circle cx=\"{:.2}\" cy=\"{:.2}\" r=\"{radius}\" fill=\"{}\"/>", at[0], at[1], hex(*color))
        }
        Shape::Box { sides: [l, t, r, b], color } => writeln!(
            out,
            "<rect x=\"{l:.2}\" y=\"{t:.2}\" width=\"{:.2}\" height=\"{:.2}\" fill=\"{}\" fill-opacity=\"0.85\"/>",
            r - l,
            b - t,
            hex(*color)
        ),
        Shape::Text { at: [x, y], hold, text, size, color, up } => {
            let anchor = match hold {
                Hold::Left => "start",
                Hold::Center => "middle",
                Hold::Right => "end",
            };
            let turn = if *up { format!(" transform=\"rotate(-90 {x:.2} {y:.2})\"") } else { String::new() };
            writeln!(
                out,
                "<text x=\"{x:.2}\" y=\"{y:.2}\" font-size=\"{size}\" text-anchor=\"{anchor}\" dy=\"0.35em\" \
                 fill=\"{}\"{turn}>{}</text>",
                hex(*color),
                escaped(text)
            )
        }
    };
}

/// Text within XML; what XML cannot hold becomes U+FFFD.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            c if (c < ' ' && !matches!(c, '\t' | '\n')) || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure() -> Figure {
        let line = Line {
            name: "a<b>&\u{1}".to_owned(),
            color: [255, 0, 0],
            parts: vec![vec![[0.0, 0.0], [10.0, 1.0]], vec![[5.0, 0.5]], vec![[0.0, 1e300], [10.0, -1e300]]],
            joined: true,
            mark: 0.0,
            filled: false,
        };
        let axis = |name: &str, ends| Axis { ends, ruler: Ruler::Linear, name: name.to_owned() };
        let colors = Colors { ground: [255; 3], grid: [200; 3], frame: [0; 3], text: [0; 3], strong: [0; 3] };
        Figure {
            size: [400.0, 300.0],
            x: axis("x", (0.0, 10.0)),
            y: axis("", (0.0, 1.0)),
            lines: vec![line],
            colors,
            legend: true,
            title: Default::default(),
        }
    }

    #[test]
    fn a_curve_stands_where_the_axes_say() {
        let laid = figure().layout(&|t| t.len() as f32 * 6.0);
        let [left, top, right, bottom] = laid.frame;
        assert!(left > 20.0 && top > 0.0 && right < 400.0 && bottom < 270.0);
        assert_eq!(
            laid.curves[0],
            Shape::Curve { points: vec![[left, bottom], [right, top]], color: [255, 0, 0], width: 1.3 }
        );
        assert!(matches!(laid.curves[1], Shape::Dot { at, .. } if at[0] == f32::midpoint(left, right)));
        assert!(
            matches!(&laid.curves[2], Shape::Curve { points, .. } if points.iter().flatten().all(|v| v.abs() < 1e5))
        );
        let labels: Vec<&str> = laid
            .under
            .iter()
            .filter_map(|s| match s {
                Shape::Text { text, .. } => Some(text.as_str()),
                _ => None,
            })
            .collect();
        assert!(labels.starts_with(&["0", "5", "10", "0"]) && labels.ends_with(&["1.0", "x"]), "{labels:?}");
    }

    #[test]
    fn svg_is_well_formed_whatever_the_names() {
        let svg = figure().svg();
        assert!(svg.starts_with("<svg xmlns=") && svg.ends_with("</svg>\n"));
        assert!(svg.contains("a&lt;b&gt;&amp;\u{fffd}") && !svg.contains("NaN") && !svg.contains("inf"));
        assert_eq!(svg.matches("<polyline").count(), 2);
        assert_eq!(svg.matches('<').count(), svg.matches('>').count());
    }

    #[test]
    fn a_logarithmic_axis_has_no_place_for_zero() {
        let a = Axis { ends: (0.0, 2.0), ruler: Ruler::Log, name: String::new() };
        assert!((a.unit(a.of(10.0)) - 0.5).abs() < 1e-12 && a.of(0.0).is_nan() && a.of(-1.0).is_nan());
        assert_eq!(a.number(a.place(1.0)), 100.0);
    }
}
