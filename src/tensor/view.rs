//! Which part of a picture a window shows, how it is turned, and the way between window, picture and element.
//! Pure arithmetic: knows no data and no colour.

use std::ops::Range;

/// How a plane is laid on the screen: first the axes are swapped or not, then each is mirrored or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Turn {
    /// Rows run across and columns down.
    pub transpose: bool,
    /// Right and left are swapped.
    pub flip_x: bool,
    /// Top and bottom are swapped: the origin is below.
    pub flip_y: bool,
}

impl Turn {
    /// A quarter to the right, from what is seen now.
    #[must_use]
    pub const fn clockwise(self) -> Self {
        Self { transpose: !self.transpose, flip_x: !self.flip_y, flip_y: self.flip_x }
    }

    /// A quarter to the left.
    #[must_use]
    pub const fn counterclockwise(self) -> Self {
        Self { transpose: !self.transpose, flip_x: self.flip_y, flip_y: !self.flip_x }
    }

    /// Mirrored at the diagonal: rows become columns.
    #[must_use]
    pub const fn transposed(self) -> Self {
        Self { transpose: !self.transpose, flip_x: self.flip_y, flip_y: self.flip_x }
    }

    /// Width and height of the picture of a plane.
    pub const fn size(self, rows: u64, cols: u64) -> [u64; 2] {
        if self.transpose { [rows, cols] } else { [cols, rows] }
    }

    /// Row and column of the plane at a point of the picture (right, down; element `i` covers `i..i+1`).
    pub fn to_plane(self, rows: u64, cols: u64, [u, v]: [f64; 2]) -> [f64; 2] {
        let [w, h] = self.size(rows, cols);
        let u = if self.flip_x { float(w) - u } else { u };
        let v = if self.flip_y { float(h) - v } else { v };
        if self.transpose { [u, v] } else { [v, u] }
    }

    /// The point of the picture at a row and column of the plane.
    pub fn to_picture(self, rows: u64, cols: u64, [row, col]: [f64; 2]) -> [f64; 2] {
        let [w, h] = self.size(rows, cols);
        let (u, v) = if self.transpose { (row, col) } else { (col, row) };
        [if self.flip_x { float(w) - u } else { u }, if self.flip_y { float(h) - v } else { v }]
    }
}

#[expect(clippy::cast_precision_loss, reason = "no axis has 2⁵³ elements that can be drawn")]
pub(super) const fn float(n: u64) -> f64 {
    n as f64
}

/// A window on a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// The point of the picture at the window's upper left corner.
    pub origin: [f64; 2],
    /// Window pixels for one element, across and down.
    pub scale: [f64; 2],
    /// The window in pixels, width and height.
    pub size: [u32; 2],
    /// How the plane is laid on the screen.
    pub turn: Turn,
}

impl View {
    /// All of a plane, as large as fits, in the middle; elements are squares.
    pub fn fit(rows: u64, cols: u64, turn: Turn, size: [u32; 2]) -> Self {
        let [w, h] = turn.size(rows, cols).map(|n| float(n.max(1)));
        let scale = (f64::from(size[0].max(1)) / w).min(f64::from(size[1].max(1)) / h);
        Self { origin: [0.0; 2], scale: [scale; 2], size, turn }.centred([w / 2.0, h / 2.0])
    }

    /// All of a plane, each axis stretched to the window.
    pub fn fill(rows: u64, cols: u64, turn: Turn, size: [u32; 2]) -> Self {
        let [w, h] = turn.size(rows, cols).map(|n| float(n.max(1)));
        Self { origin: [0.0; 2], scale: [f64::from(size[0].max(1)) / w, f64::from(size[1].max(1)) / h], size, turn }
    }

    /// The same scale, with a point of the picture in the middle of the window.
    #[must_use]
    pub fn centred(mut self, [u, v]: [f64; 2]) -> Self {
        self.origin =
            [u - f64::from(self.size[0]) / 2.0 / self.scale[0], v - f64::from(self.size[1]) / 2.0 / self.scale[1]];
        self
    }

    /// Magnified by `factor` about a window pixel, which keeps its place.
    #[must_use]
    pub fn zoomed(mut self, factor: f64, [x, y]: [f64; 2]) -> Self {
        let [u, v] = self.to_picture([x, y]);
        self.scale = self.scale.map(|s| s * factor);
        self.origin = [u - x / self.scale[0], v - y / self.scale[1]];
        self
    }

    /// Moved by window pixels: the picture follows the pointer.
    #[must_use]
    pub fn panned(mut self, [dx, dy]: [f64; 2]) -> Self {
        self.origin = [self.origin[0] - dx / self.scale[0], self.origin[1] - dy / self.scale[1]];
        self
    }

    /// The point of the picture at a window pixel.
    pub fn to_picture(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        [self.origin[0] + x / self.scale[0], self.origin[1] + y / self.scale[1]]
    }

    /// The window pixel of a point of the picture.
    pub fn to_window(&self, [u, v]: [f64; 2]) -> [f64; 2] {
        [(u - self.origin[0]) * self.scale[0], (v - self.origin[1]) * self.scale[1]]
    }

    /// Row and column of the element under a window pixel, when there is one.
    pub fn element_at(&self, rows: u64, cols: u64, at: [f64; 2]) -> Option<[u64; 2]> {
        let [row, col] = self.turn.to_plane(rows, cols, self.to_picture(at));
        Some([index(row, rows)?, index(col, cols)?])
    }

    /// The window pixels that an element covers: left, top, right, bottom.
    pub fn pixels_of(&self, rows: u64, cols: u64, [row, col]: [u64; 2]) -> [f64; 4] {
        let corner = |r: u64, c: u64| self.to_window(self.turn.to_picture(rows, cols, [float(r), float(c)]));
        let (a, b) = (corner(row, col), corner(row.saturating_add(1), col.saturating_add(1)));
        [a[0].min(b[0]), a[1].min(b[1]), a[0].max(b[0]), a[1].max(b[1])]
    }

    /// Rows and columns of the plane of which at least a part is in the window.
    pub fn visible(&self, rows: u64, cols: u64) -> (Range<u64>, Range<u64>) {
        let far = self.to_picture(self.size.map(f64::from));
        let (a, b) = (self.turn.to_plane(rows, cols, self.origin), self.turn.to_plane(rows, cols, far));
        let span = |a: f64, b: f64, n: u64| {
            let (a, b) = (a.min(b).floor().max(0.0), a.max(b).ceil().min(float(n)));
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 0..n")]
            if a < b { a as u64..b as u64 } else { 0..0 }
        };
        (span(a[0], b[0], rows), span(a[1], b[1], cols))
    }
}

/// The element at a place along an axis of `n`.
pub(super) fn index(at: f64, n: u64) -> Option<u64> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 0..n")]
    (at >= 0.0 && at < float(n)).then(|| (at.floor() as u64).min(n - 1))
}

/// The cells that one window pixel shows along one axis: `first..first + count`; none where the count is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) first: u64,
    pub(super) count: u64,
}

/// Along one axis of the window, the cells that each pixel shows: those whose middle falls into the pixel, so that each
/// belongs to one pixel; where none does, the cell under the middle of the pixel. `n` elements, `factor` a cell.
pub(super) fn runs(origin: f64, scale: f64, pixels: u32, flip: bool, n: u64, factor: u64) -> Vec<Run> {
    let factor = factor.max(1);
    let cells = n.div_ceil(factor);
    let edge = |i: u32| {
        let at = origin + f64::from(i) / scale;
        if flip { float(n) - at } else { at }
    };
    // The last cell may be narrower than the others: its middle lies elsewhere.
    let last = cells.saturating_sub(1);
    let last_middle = (float(last * factor) + float(n)) / 2.0;
    let before = |t: f64| {
        if t.is_nan() || t <= 0.0 || cells == 0 {
            return 0;
        }
        if t > last_middle {
            return cells;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the cells")]
        let whole = (t / float(factor) - 0.5).ceil().clamp(0.0, float(last)) as u64;
        whole
    };
    (0..pixels)
        .map(|i| {
            let (a, b) = (edge(i), edge(i + 1));
            let (a, b) = if flip { (b, a) } else { (a, b) };
            let (first, end) = (before(a), before(b));
            if first < end {
                return Run { first, count: end - first };
            }
            match index(a.midpoint(b), n) {
                Some(e) => Run { first: e / factor, count: 1 },
                None => Run::default(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_what_a_person_does_with_a_sheet() {
        let (rows, cols) = (3, 5);
        let corner = |t: Turn, p: [f64; 2]| t.to_plane(rows, cols, p).map(|v| v.floor() as u64);
        let plain = Turn::default();
        assert_eq!(corner(plain, [4.5, 0.5]), [0, 4]);
        // A quarter to the right brings the lower left corner to the upper left.
        let right = plain.clockwise();
        assert_eq!(right.size(rows, cols), [3, 5]);
        assert_eq!(corner(right, [0.5, 0.5]), [2, 0]);
        assert_eq!(corner(right, [2.5, 0.5]), [0, 0]);
        assert_eq!(corner(right, [0.5, 4.5]), [2, 4]);
        let left = plain.counterclockwise();
        assert_eq!(corner(left, [0.5, 0.5]), [0, 4]);
        for t in [plain, right, left, plain.transposed(), Turn { flip_y: true, ..plain }] {
            assert_eq!(t.clockwise().counterclockwise(), t);
            assert_eq!(t.clockwise().clockwise().clockwise().clockwise(), t);
            assert_eq!(t.transposed().transposed(), t);
            for p in [[0.25, 1.5], [2.0, 2.75]] {
                assert_eq!(t.to_picture(rows, cols, t.to_plane(rows, cols, p)), p);
            }
        }
        assert_eq!(plain.clockwise().clockwise(), Turn { transpose: false, flip_x: true, flip_y: true });
    }

    #[test]
    fn the_pointer_finds_the_element_that_is_drawn_there() {
        for turn in [Turn::default(), Turn::default().clockwise(), Turn { flip_y: true, ..Turn::default() }] {
            let view = View::fit(30, 50, turn, [200, 100]);
            let mut seen = 0;
            for y in 0..100 {
                for x in 0..200 {
                    let at = [f64::from(x) + 0.5, f64::from(y) + 0.5];
                    let Some(e) = view.element_at(30, 50, at) else { continue };
                    let [l, t, r, b] = view.pixels_of(30, 50, e);
                    assert!(l <= at[0] && at[0] <= r && t <= at[1] && at[1] <= b);
                    let (rows, cols) = view.visible(30, 50);
                    assert!(rows.contains(&e[0]) && cols.contains(&e[1]));
                    seen += 1;
                }
            }
            assert!(seen > 5_000);
            let z = view.zoomed(3.0, [20.0, 30.0]);
            let (a, b) = (view.to_picture([20.0, 30.0]), z.to_picture([20.0, 30.0]));
            assert!((a[0] - b[0]).abs() < 1e-9 && (a[1] - b[1]).abs() < 1e-9);
        }
    }

    #[test]
    fn each_cell_belongs_to_one_pixel_when_minified() {
        for (n, factor, scale, flip) in
            [(1000, 1, 0.3, false), (1000, 4, 0.2, true), (10, 4, 0.21, false), (17, 2, 0.5, true)]
        {
            let pixels = (f64::from(n as u32) * scale).ceil() as u32 + 2;
            let origin = -1.0 / scale;
            let all = runs(origin, scale, pixels, flip, n, factor);
            let mut count = vec![0; n.div_ceil(factor) as usize];
            for r in &all {
                (r.first..r.first + r.count).for_each(|c| count[c as usize] += 1);
            }
            // A pixel that the edge of the picture crosses may repeat the outermost cell.
            let inner = &count[1..count.len() - 1];
            assert!(inner.iter().all(|c| *c == 1) && count.iter().all(|c| *c > 0), "{n} {factor} {scale}: {count:?}");
            assert_eq!(all[0].count, 0);
        }
        let near = runs(0.0, 4.0, 12, false, 3, 1);
        assert_eq!(near.iter().map(|r| r.first).collect::<Vec<_>>(), [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]);
        assert!(runs(0.0, 1.0, 5, false, 0, 1).iter().all(|r| r.count == 0));
        assert!(runs(f64::NAN, 1.0, 5, false, 9, 1).iter().all(|r| r.count == 0));
    }
}
