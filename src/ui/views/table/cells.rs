//! Which cells of a table are chosen: one, or a rectangle between two; as tab-separated values, and summed up.
//! Must never read more cells than it is allowed to.

use super::format::NumberFormat;
use super::{Cell, Grid};
use crate::tensor::Scalar;

/// Cells that one copy takes at most.
pub const COPIED: u64 = 1_000_000;
/// Cells that are summed up at most.
const SUMMED: u64 = 20_000;

/// A rectangle of cells: where it was begun, and where it ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cells {
    /// The cell that it was begun at.
    pub anchor: Cell,
    /// The cell that it ends at: the one that is selected.
    pub focus: Cell,
}

impl Cells {
    /// One cell.
    pub const fn one(at: Cell) -> Self {
        Self { anchor: at, focus: at }
    }

    /// First and last row, first and last column.
    pub fn sides(&self) -> [u64; 4] {
        let ((r0, c0), (r1, c1)) = (self.anchor, self.focus);
        [r0.min(r1), r0.max(r1), c0.min(c1), c0.max(c1)]
    }

    /// A cell is in it.
    pub fn contains(&self, (r, c): Cell) -> bool {
        let [r0, r1, c0, c1] = self.sides();
        (r0..=r1).contains(&r) && (c0..=c1).contains(&c)
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        let [r0, r1, c0, c1] = self.sides();
        (r1 - r0 + 1).saturating_mul(c1 - c0 + 1)
    }

    /// Rows as tab-separated values, with the titles where asked for. `None` where there are too many.
    pub fn tsv(&self, grid: &Grid<'_>, format: NumberFormat, titles: bool) -> Option<String> {
        if self.count() > COPIED {
            return None;
        }
        let [r0, r1, c0, c1] = self.sides();
        let (r1, c1) = (r1.min(grid.rows.saturating_sub(1)), c1.min(grid.cols.saturating_sub(1)));
        let mut out = String::new();
        let bare = |s: String| s.replace(['\t', '\n', '\r'], " ");
        if titles {
            for c in c0..=c1 {
                out.push('\t');
                out.push_str(&bare((grid.title)(c)));
            }
            out.push('\n');
        }
        for r in r0..=r1 {
            if titles {
                out.push_str(&bare((grid.row_title)(r)));
                out.push('\t');
            }
            for c in c0..=c1 {
                if c > c0 {
                    out.push('\t');
                }
                out.push_str(&bare(format.text(&(grid.cell)(r, c))));
            }
            out.push('\n');
        }
        // one cell is itself, not a line
        if self.count() == 1 && !titles {
            out.truncate(out.trim_end_matches('\n').len());
        }
        Some(out)
    }

    /// What the numbers among the cells come to.
    pub fn sum(&self, grid: &Grid<'_>) -> Sum {
        let mut s = Sum { cells: self.count(), ..Sum::default() };
        if s.cells > SUMMED {
            return s;
        }
        let [r0, r1, c0, c1] = self.sides();
        for r in r0..=r1.min(grid.rows.saturating_sub(1)) {
            for c in c0..=c1.min(grid.cols.saturating_sub(1)) {
                let v = (grid.cell)(r, c);
                let number = !matches!(v, Scalar::Bool(_) | Scalar::Datetime(..) | Scalar::Timedelta(..));
                let Some(v) = v.to_f64().filter(|v| number && v.is_finite()) else { continue };
                (s.least, s.most) = if s.numbers == 0 { (v, v) } else { (s.least.min(v), s.most.max(v)) };
                s.numbers += 1;
                s.total += v;
            }
        }
        s
    }
}

/// What some cells come to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sum {
    /// All cells.
    pub cells: u64,
    /// Those that are finite numbers; 0 also where there are too many to look at.
    pub numbers: u64,
    /// Their sum.
    pub total: f64,
    /// The least of them.
    pub least: f64,
    /// The greatest.
    pub most: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid<'a>() -> Grid<'a> {
        Grid {
            rows: 100,
            cols: 10,
            title: &|c| format!("c{c}"),
            row_title: &|r| r.to_string(),
            cell: &|r, c| {
                if c == 9 { Scalar::Str("a\tb".chars().map(u32::from).collect()) } else { Scalar::UInt(r * 10 + c) }
            },
            chars: &|_| 5,
            shade: &|_| None,
        }
    }

    #[test]
    fn a_rectangle_is_copied_whichever_way_it_was_drawn() {
        let g = grid();
        let cells = Cells { anchor: (2, 4), focus: (1, 3) };
        assert_eq!(cells.tsv(&g, NumberFormat::default(), false).unwrap(), "13\t14\n23\t24\n");
        assert_eq!(cells.tsv(&g, NumberFormat::default(), true).unwrap(), "\tc3\tc4\n1\t13\t14\n2\t23\t24\n");
        assert_eq!(Cells::one((0, 9)).tsv(&g, NumberFormat::default(), false).unwrap(), "a b");
        assert_eq!((cells.count(), cells.contains((1, 4)), cells.contains((3, 4))), (4, true, false));
        let s = cells.sum(&g);
        assert_eq!((s.numbers, s.total, s.least, s.most), (4, 74.0, 13.0, 24.0));
        let all = Cells { anchor: (0, 0), focus: (u64::MAX - 1, 5) };
        assert!(all.tsv(&g, NumberFormat::default(), false).is_none() && all.sum(&g).numbers == 0);
    }
}
