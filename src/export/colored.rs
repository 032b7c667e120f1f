//! A picture in the colours of the window, a pixel for each element: the same paint, the same turn, nothing joined. The way
//! from values to colours is told in the picture's own text. Must never hold more than a band of rows.

use super::png::{self, PAINTED};
use super::{Done, ExportError, Watch, cannot};
use crate::tensor::{Array, Effort, Marks, Paint, Part, Raster, Reduce, Scale, ShapeError, Stretch, Turn, View, tuple};
use std::fmt::Write as _;
use std::io::Write;

/// Which plane of an array is written, and how it is laid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cut {
    /// The axis that runs downwards before it is turned.
    pub row: usize,
    /// The axis that runs across.
    pub col: usize,
    /// The axis of colour channels.
    pub channels: Option<usize>,
    /// An index for each axis; those of the axes above are not used.
    pub fixed: Vec<u64>,
    /// How the plane is turned.
    pub turn: Turn,
}

impl Cut {
    /// There are other planes beside it.
    pub fn is_part(&self) -> bool {
        self.fixed.len() > 2 + usize::from(self.channels.is_some())
    }

    /// One plane, or one for each channel, as stored.
    ///
    /// # Errors
    /// When the array has no such axes or elements.
    pub fn planes(&self, array: &Array) -> Result<Vec<Array>, ShapeError> {
        let Some(axis) = self.channels else { return Ok(vec![array.plane(self.row, self.col, &self.fixed)?]) };
        let n = array.shape().get(axis).copied().unwrap_or(0).min(4);
        let plane = |k| {
            let mut fixed = self.fixed.clone();
            if let Some(at) = fixed.get_mut(axis) {
                *at = k;
            }
            array.plane(self.row, self.col, &fixed)
        };
        (0..n).map(plane).collect()
    }

    /// Rows, columns and perhaps channels, turned.
    ///
    /// # Errors
    /// As [`Cut::planes`].
    pub fn of(&self, array: &Array) -> Result<Array, ShapeError> {
        if self.fixed.len() != array.ndim() {
            return Err(ShapeError::Mismatch);
        }
        let mut order: Vec<usize> = [self.row, self.col].into_iter().chain(self.channels).collect();
        let mut out = array.clone();
        for (axis, index) in self.fixed.iter().enumerate().rev().filter(|(a, _)| !self.keeps(*a)) {
            out = out.slice(axis, *index)?;
            order.iter_mut().filter(|a| **a > axis).for_each(|a| *a -= 1);
        }
        if self.turn.transpose {
            order.swap(0, 1);
        }
        out = out.transpose(&order)?;
        if self.turn.flip_y {
            out = out.flip(0)?;
        }
        if self.turn.flip_x { out.flip(1) } else { Ok(out) }
    }

    fn keeps(&self, axis: usize) -> bool {
        axis == self.row || axis == self.col || Some(axis) == self.channels
    }

    /// As Python would write the part: `[3, :, :]`.
    pub fn text(&self) -> String {
        let parts = self.fixed.iter().enumerate();
        let parts: Vec<String> =
            parts.map(|(a, i)| if self.keeps(a) { ":".to_owned() } else { i.to_string() }).collect();
        format!("[{}]", parts.join(", "))
    }
}

/// What is painted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Drawn {
    /// One number for each element, or its category.
    #[default]
    Values,
    /// Channels as red, green, blue and perhaps opacity.
    Rgb,
    /// Complex numbers by angle and magnitude.
    Domain,
    /// The array less another.
    Difference,
}

/// The colours of a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Colors {
    /// The plane.
    pub cut: Cut,
    /// From numbers to colours.
    pub paint: Paint,
    /// What is painted.
    pub drawn: Drawn,
    /// The number of a complex one.
    pub part: Part,
    /// The name of the run of colours.
    pub colormap: String,
}

/// Pixels that are drawn at once.
const BAND: u64 = 2 << 20;
/// Pixels of a row that are drawn at once.
const ACROSS: u64 = 1 << 20;

/// Writes the picture. `other` is what a difference is taken from, by its planes; `info` is further text: keyword and value.
///
/// # Errors
/// When the array has no such plane, those of `out`, and a stop.
pub fn write(
    array: &Array,
    other: Option<&Array>,
    colors: &Colors,
    info: &[(&str, String)],
    out: &mut dyn Write,
    watch: Watch<'_>,
) -> Result<Done, ExportError> {
    let shape = |e: ShapeError| ExportError::Cannot(e.to_string());
    let a = array.clone().opened().map_err(shape)?;
    super::picture::check(&a)?;
    let planes = colors.cut.planes(&a).map_err(shape)?;
    let Some(first) = planes.first() else { return cannot("the array has no such plane") };
    let raster = match (colors.drawn, other) {
        (Drawn::Rgb, _) => Raster::rgb(&planes, Reduce::Nearest),
        (Drawn::Domain, _) => Raster::complex(first, Reduce::Nearest),
        (Drawn::Difference, Some(other)) => Raster::pair(first, other, colors.part, Reduce::Nearest),
        (Drawn::Difference, None) => return cannot("the array that it was compared with is gone"),
        (Drawn::Values, _) => Raster::new(first, colors.part, Reduce::Nearest),
    };
    let raster = raster.map_err(shape)?;
    let [width, height] = colors.cut.turn.size(raster.rows(), raster.cols());
    let alpha = colors.drawn == Drawn::Rgb && planes.len() == 4;
    let missing = planes.iter().map(|p| p.len().saturating_sub(p.available())).max().unwrap_or(0);
    let texts = texts(&a, colors, info, missing);
    let mut done = Done { missing, notes: vec![mapping(colors)] };
    done.notes.extend(super::missing_note(missing, "a hatch"));
    let across = width.clamp(1, ACROSS);
    let rows = (BAND / width.max(1)).clamp(1, height.max(1));
    let mut pixels = Vec::new();
    let total = width.saturating_mul(height);
    png::stream([width, height], alpha, &texts, out, &mut |write| {
        let mut y = 0;
        while y < height {
            let band = rows.min(height - y);
            let mut line = vec![0_u8; index(width.saturating_mul(band).saturating_mul(if alpha { 4 } else { 3 }))];
            let mut x = 0;
            while x < width {
                let part = across.min(width - x);
                let view = View {
                    origin: [float(x), float(y)],
                    scale: [1.0; 2],
                    size: [part, band].map(|n| u32::try_from(n).unwrap_or(u32::MAX)),
                    turn: colors.cut.turn,
                };
                raster.render(&view, &colors.paint, Effort::ALL, &mut pixels);
                place(&pixels, index(part), index(x), index(width), alpha, &mut line);
                x += part;
            }
            write(&line)?;
            y += band;
            if !watch(width.saturating_mul(y), total) {
                return Err(ExportError::Cancelled);
            }
        }
        Ok(())
    })?;
    Ok(done)
}

/// Puts a stretch of each row of a band where it belongs.
fn place(pixels: &[[u8; 4]], part: usize, x: usize, width: usize, alpha: bool, line: &mut [u8]) {
    let each = if alpha { 4 } else { 3 };
    for (row, from) in line.chunks_exact_mut(width.max(1) * each).zip(pixels.chunks_exact(part.max(1))) {
        let to = row.chunks_exact_mut(each).skip(x);
        for (to, from) in to.zip(from) {
            to.copy_from_slice(from.get(..each).unwrap_or(&[0; 4]));
        }
    }
}

fn index(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

#[expect(clippy::cast_precision_loss, reason = "a PNG has fewer rows and columns than 2⁵³")]
const fn float(n: u64) -> f64 {
    n as f64
}

/// The text chunks of the picture.
fn texts<'a>(a: &Array, c: &Colors, info: &[(&'a str, String)], missing: u64) -> Vec<(&'a str, String)> {
    let mut all = vec![("Software", PAINTED.to_owned())];
    all.extend(info.iter().cloned());
    all.push(("Dtype", a.dtype.numpy_str()));
    all.push(("Shape", tuple(a.shape())));
    all.push(("Slice", c.cut.text()));
    let t = c.cut.turn;
    all.push(("Rows", format!("axis {}", if t.transpose { c.cut.col } else { c.cut.row })));
    all.push(("Columns", format!("axis {}", if t.transpose { c.cut.row } else { c.cut.col })));
    let flips: Vec<&str> =
        [(t.flip_x, "left and right"), (t.flip_y, "top and bottom")].into_iter().filter(|f| f.0).map(|f| f.1).collect();
    if !flips.is_empty() {
        all.push(("Mirrored", flips.join(", ")));
    }
    all.push(("Mapping", mapping(c)));
    if let Some(s) = c.paint.scale() {
        all.push(("Range", format!("{:?} {:?}", s.lo, s.hi)));
        all.push(("Stretch", png::stretch_text(s.stretch)));
    }
    if let Paint::Mapped { lut, .. } | Paint::Difference { lut, .. } | Paint::Domain { lut, .. } = &c.paint {
        all.push(("Colormap", c.colormap.clone()));
        let mut table = String::with_capacity(6 * 256);
        for v in lut.iter().flatten() {
            _ = write!(table, "{v:02x}");
        }
        all.push(("Colors", table));
    }
    if a.dtype.is_complex() && c.drawn != Drawn::Domain {
        all.push(("Part", c.part.name().to_owned()));
    }
    all.push(("Special colors", specials(&c.paint)));
    all.extend(super::missing_note(missing, "a hatch").map(|n| ("Comment", n)));
    all
}

/// The way from a value to its colour, in a sentence.
fn mapping(c: &Colors) -> String {
    let unit = |s: &Scale| match s.stretch {
        Stretch::Linear => format!("u = (value - {:?}) / ({:?} - {:?})", s.lo, s.hi, s.lo),
        stretch => format!("u = {} of the value from {:?} to {:?}", png::stretch_text(stretch), s.lo, s.hi),
    };
    match &c.paint {
        Paint::Mapped { scale, .. } => {
            format!("{}, clamped to 0..1; colour min(255, floor(256 u)) of {}", unit(scale), c.colormap)
        }
        Paint::Difference { scale, .. } => {
            format!(
                "of the difference: {}, clamped to 0..1; colour min(255, floor(256 u)) of {}",
                unit(scale),
                c.colormap
            )
        }
        Paint::Rgb { scale, .. } => format!("each channel is round(255 u), {}, clamped to 0..1", unit(scale)),
        Paint::Category { .. } => "each whole number has a colour of its own, repeated after 20".to_owned(),
        Paint::Domain { scale, .. } => {
            format!("the angle from -pi to pi through {}, times the magnitude's u, {}", c.colormap, unit(scale))
        }
    }
}

/// The colours of what is no ordinary number.
fn specials(p: &Paint) -> String {
    let (Paint::Mapped { marks, .. }
    | Paint::Difference { marks, .. }
    | Paint::Rgb { marks, .. }
    | Paint::Category { marks, .. }
    | Paint::Domain { marks, .. }) = p;
    let Marks { nan, pos_inf, neg_inf, masked, below, above, .. } = marks;
    let mut all: Vec<String> = Vec::new();
    let named = [("NaN", Some(nan)), ("inf", Some(pos_inf)), ("-inf", Some(neg_inf)), ("masked", Some(masked))];
    for (name, color) in named.into_iter().chain([("below", below.as_ref()), ("above", above.as_ref())]) {
        if let Some([r, g, b]) = color {
            all.push(format!("{name} #{r:02x}{g:02x}{b:02x}"));
        }
    }
    all.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::{Colormap, DType, Data};

    fn array(code: &str, shape: &[u64], bytes: Vec<u8>) -> Array {
        Array::new_c(DType::parse(code).unwrap(), shape, Data::memory(bytes)).unwrap()
    }

    fn read(bytes: &[u8]) -> (Vec<u8>, [u32; 2], ::png::ColorType, Vec<(String, String)>) {
        let mut reader = ::png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        let mut buf = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut buf).unwrap();
        reader.finish().unwrap();
        let text = &reader.info().uncompressed_latin1_text;
        let text = text.iter().map(|t| (t.keyword.clone(), t.text.clone())).collect();
        (buf, [info.width, info.height], info.color_type, text)
    }

    #[test]
    fn every_pixel_is_the_colour_of_its_element() {
        let values: Vec<f32> = (0..2 * 5 * 7).map(|i| (i as f32).sin() * 3.0).collect();
        let mut values2 = values.clone();
        values2[40] = f32::NAN;
        let a = array("<f4", &[2, 5, 7], values2.iter().flat_map(|v| v.to_le_bytes()).collect());
        let lut = Box::new(Colormap::Viridis.lut(false));
        for turn in [
            Turn::default(),
            Turn { flip_y: true, ..Turn::default() },
            Turn::default().clockwise(),
            Turn::default().transposed(),
        ] {
            for stretch in [Stretch::Linear, Stretch::Asinh] {
                let scale = Scale { lo: -2.0, hi: 2.5, stretch };
                let paint = Paint::Mapped { scale, lut: lut.clone(), marks: Marks::dark() };
                let cut = Cut { row: 1, col: 2, channels: None, fixed: vec![1, 0, 0], turn };
                let colors = Colors {
                    cut: cut.clone(),
                    paint: paint.clone(),
                    drawn: Drawn::Values,
                    part: Part::Real,
                    colormap: "viridis".to_owned(),
                };
                let mut out = Vec::new();
                write(&a, None, &colors, &[("Path", "['x']".to_owned())], &mut out, &mut |_, _| true).unwrap();
                let (pixels, [w, h], kind, text) = read(&out);
                assert_eq!(kind, ::png::ColorType::Rgb);
                let turned = cut.of(&a).unwrap();
                assert_eq!(turned.shape(), [u64::from(h), u64::from(w)]);
                for y in 0..u64::from(h) {
                    for x in 0..u64::from(w) {
                        let v = turned.value(&[y, x]).to_f64().unwrap();
                        let want = paint.color(&[v as f32]).unwrap();
                        let at = (y * u64::from(w) + x) as usize * 3;
                        assert_eq!(pixels[at..at + 3], want[..3], "{turn:?} {stretch:?} {y} {x}");
                    }
                }
                let says = |k: &str| text.iter().find(|t| t.0 == k).map(|t| t.1.as_str());
                assert_eq!(says("Range"), Some("-2.0 2.5"));
                assert_eq!(says("Slice"), Some("[1, :, :]"));
                assert_eq!(says("Stretch"), Some(stretch.name()));
                assert_eq!(says("Colors").unwrap().len(), 6 * 256);
                assert!(says("Special colors").unwrap().starts_with("NaN #"));
                assert!(says("Mapping").unwrap().contains("floor(256 u)"));
            }
        }
    }

    #[test]
    fn a_long_row_is_put_together_of_parts() {
        let n = ACROSS + 1000;
        let a = array("|u1", &[2, n], (0..2 * n).map(|i| (i % 251) as u8).collect());
        let scale = Scale::linear(0.0, 255.0);
        let paint = Paint::Mapped { scale, lut: Box::new(Colormap::Gray.lut(false)), marks: Marks::dark() };
        let cut = Cut { row: 0, col: 1, fixed: vec![0, 0], ..Cut::default() };
        let colors = Colors { cut, paint, drawn: Drawn::Values, part: Part::Real, colormap: "gray".to_owned() };
        let mut out = Vec::new();
        write(&a, None, &colors, &[], &mut out, &mut |_, _| true).unwrap();
        let (pixels, size, ..) = read(&out);
        assert_eq!(size, [n as u32, 2]);
        for at in [0, 5, ACROSS - 1, ACROSS, n - 1, n, 2 * n - 1] {
            let want = (at % 251) as u8;
            assert_eq!(pixels[at as usize * 3], want, "{at}");
        }
    }

    #[test]
    fn channels_and_differences_are_painted_too() {
        let rgba = array("|u1", &[2, 2, 4], (0..16).map(|i| i * 16).collect());
        let scale = Scale::linear(0.0, 255.0);
        let paint = Paint::Rgb { scale, marks: Marks::dark() };
        let cut = Cut { row: 0, col: 1, channels: Some(2), fixed: vec![0, 0, 0], turn: Turn::default() };
        let colors = Colors { cut, paint, drawn: Drawn::Rgb, part: Part::Real, colormap: String::new() };
        let mut out = Vec::new();
        write(&rgba, None, &colors, &[], &mut out, &mut |_, _| true).unwrap();
        let (pixels, _, kind, _) = read(&out);
        assert_eq!((kind, pixels), (::png::ColorType::Rgba, (0..16).map(|i| i * 16).collect()));
        let (a, b) = (array("|u1", &[1, 2], vec![5, 200]), array("<i2", &[1, 2], vec![5, 0, 100, 0]));
        let paint = Paint::Difference {
            scale: Scale::linear(-100.0, 100.0),
            lut: Box::new(Colormap::Gray.lut(false)),
            marks: Marks::dark(),
        };
        let cut = Cut { row: 0, col: 1, fixed: vec![0, 0], ..Cut::default() };
        let colors = Colors { cut, paint, drawn: Drawn::Difference, part: Part::Real, colormap: "gray".to_owned() };
        let mut out = Vec::new();
        write(&a, Some(&b), &colors, &[], &mut out, &mut |_, _| true).unwrap();
        assert_eq!(read(&out).0, [128, 128, 128, 255, 255, 255]);
        assert!(write(&a, None, &colors, &[], &mut Vec::new(), &mut |_, _| true).is_err());
    }
}
