//! Which curves a value has: the line along an axis, the columns of a table, the fields of a structure; and what they can be
//! drawn over. Must never read elements.

use crate::interpret::{FrameColumn, FrameMeaning};
use crate::tensor::{Array, Kind, Ruler, drawable};
use crate::ui::Tokens;
use eframe::egui::Color32;

/// Curves drawn at once at most.
pub const MOST: u64 = 12;
/// Columns that are offered as x at most.
const OFFERED: u64 = 64;

/// What is plotted.
#[derive(Clone, Copy)]
pub enum Subject<'a> {
    /// An array, structured or not.
    Array(&'a Array),
    /// A table with named columns.
    Frame(&'a FrameMeaning),
}

/// A curve: a name and its samples.
pub struct Series {
    /// What the legend says.
    pub name: String,
    /// Its samples, one axis.
    pub array: Array,
    /// Tells it from the others of the same value.
    pub id: u64,
    /// The index of its samples along the axis of curves.
    pub column: Option<u64>,
    /// Its colour.
    pub color: Color32,
}

/// What stands along x.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Over {
    /// The number of the sample.
    #[default]
    Index,
    /// A level of the table's index.
    Level(usize),
    /// A column, a field, or an index along the axis of curves.
    Column(u64),
}

/// Which curves are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Wish {
    /// The axis that samples run along.
    pub axis: usize,
    /// The axis whose indices are curves of their own, if any.
    pub across: Option<usize>,
    /// The first of these curves.
    pub first: u64,
    /// What stands along x.
    pub over: Over,
}

/// A column of a table as one line of numbers.
fn numbers(c: &FrameColumn) -> Option<Array> {
    let a = &c.values.as_ref().filter(|_| c.categories.is_none())?.array;
    (a.ndim() == 1 && drawable(&a.dtype)).then(|| a.clone())
}

/// A line through an array: all axes but `axis` stand at `fixed`.
fn line(array: &Array, axis: usize, fixed: &[u64]) -> Option<Array> {
    let mut a = array.clone();
    // from the last axis on, so that the numbers of those before hold
    for other in (0..array.ndim()).rev().filter(|x| *x != axis) {
        a = a.slice(other, *fixed.get(other)?).ok()?;
    }
    (a.ndim() == 1).then_some(a)
}

impl Subject<'_> {
    /// There is something to draw.
    pub fn can_be_drawn(self) -> bool {
        match self {
            Self::Array(a) => {
                let fields = a.dtype.fields().iter().any(|f| drawable(&f.dtype));
                a.ndim() > 0 && !a.is_empty() && (drawable(&a.dtype) || fields)
            }
            Self::Frame(f) => f.rows > 0 && f.columns.iter().any(|c| numbers(c).is_some()),
        }
    }

    /// Its elements have a real and an imaginary part.
    pub fn is_complex(self) -> bool {
        match self {
            Self::Array(a) => a.dtype.is_complex() || a.dtype.fields().iter().any(|f| f.dtype.is_complex()),
            Self::Frame(f) => f.columns.iter().filter_map(numbers).any(|a| a.dtype.is_complex()),
        }
    }

    /// The axes to begin with: along the longest one, and the other one of a narrow table as its curves.
    pub fn usual(self) -> Wish {
        let Self::Array(a) = self else { return Wish::default() };
        let shape = a.shape();
        let axis = (0..shape.len()).max_by_key(|x| shape.get(*x)).unwrap_or(0);
        let other = (0..shape.len()).find(|x| *x != axis && shape.len() == 2);
        let few = |x: &usize| shape.get(*x).is_some_and(|n| (2..=MOST).contains(n));
        Wish { axis, across: other.filter(few), ..Wish::default() }
    }

    /// The number of curves there are, drawn or not.
    pub fn count(self, wish: &Wish) -> u64 {
        match (self, wish.across) {
            (Self::Array(a), _) if !a.dtype.fields().is_empty() => {
                a.dtype.fields().iter().filter(|f| drawable(&f.dtype)).count() as u64
            }
            (Self::Array(a), Some(axis)) => a.shape().get(axis).copied().unwrap_or(0),
            (Self::Array(_), None) => 1,
            (Self::Frame(f), _) => f.columns.iter().filter(|c| numbers(c).is_some()).count() as u64,
        }
    }

    /// Curves that stand side by side by their nature, and have names.
    pub fn has_names(self) -> bool {
        match self {
            Self::Array(a) => !a.dtype.fields().is_empty(),
            Self::Frame(_) => true,
        }
    }

    /// The curves that are asked for.
    pub fn series(self, wish: &Wish, fixed: &[u64], t: &Tokens) -> Vec<Series> {
        let palette = palette(t);
        let color = |i: usize| palette.get(i % palette.len().max(1)).copied().unwrap_or(t.accent);
        let (skip, most) = (usize::try_from(wish.first).unwrap_or(0), usize::try_from(MOST).unwrap_or(0));
        let named = |all: Vec<(u64, String, Array)>| -> Vec<Series> {
            let shown = all.into_iter().filter(|(id, _, _)| wish.over != Over::Column(*id)).skip(skip).take(most);
            let shown = shown.enumerate();
            shown.map(|(i, (id, name, array))| Series { name, array, id, column: None, color: color(i) }).collect()
        };
        match self {
            Self::Array(a) if !a.dtype.fields().is_empty() => {
                let parts = a.dtype.fields().iter().enumerate().filter(|(_, f)| drawable(&f.dtype));
                let one = |(i, f): (usize, &crate::tensor::Field)| {
                    Some((i as u64, f.name.clone(), line(&a.field(&f.name).ok()?, wish.axis, fixed)?))
                };
                named(parts.filter_map(one).collect())
            }
            Self::Array(a) => {
                let Some(across) = wish.across.filter(|x| *x != wish.axis) else {
                    let one = |array| Series { name: "value".to_owned(), array, id: 0, column: None, color: t.accent };
                    return line(a, wish.axis, fixed).map(one).into_iter().collect();
                };
                let n = a.shape().get(across).copied().unwrap_or(0);
                let all = (wish.first..n).filter(|k| wish.over != Over::Column(*k)).take(most).enumerate();
                let one = |(i, k): (usize, u64)| {
                    let mut fixed = fixed.to_vec();
                    *fixed.get_mut(across)? = k;
                    let array = line(a, wish.axis, &fixed)?;
                    Some(Series {
                        name: index_text(a.ndim(), wish.axis, across, k),
                        array,
                        id: k,
                        column: Some(k),
                        color: color(i),
                    })
                };
                all.filter_map(one).collect()
            }
            Self::Frame(f) => {
                let all = f.columns.iter().enumerate();
                named(all.filter_map(|(i, c)| Some((i as u64, c.name.clone(), numbers(c)?))).collect())
            }
        }
    }

    /// What can stand along x beside the index: its name and samples.
    pub fn overs(self, wish: &Wish, fixed: &[u64]) -> Vec<(Over, String)> {
        match self {
            Self::Array(a) if !a.dtype.fields().is_empty() => {
                let fits = a.dtype.fields().iter().enumerate().filter(|(_, f)| is_ruler(&f.dtype.kind));
                fits.map(|(i, f)| (Over::Column(i as u64), f.name.clone())).collect()
            }
            Self::Array(a) => {
                let across = wish.across.filter(|_| is_ruler(&a.dtype.kind));
                let n = across.and_then(|x| a.shape().get(x).copied()).unwrap_or(0);
                let name = |k| across.map_or_else(String::new, |x| index_text(a.ndim(), wish.axis, x, k));
                (0..n.min(OFFERED)).map(|k| (Over::Column(k), name(k))).collect()
            }
            Self::Frame(f) => {
                let fits = |c: &FrameColumn| numbers(c).is_some_and(|a| is_ruler(&a.dtype.kind));
                let named = |c: &FrameColumn| if c.name.is_empty() { "index".to_owned() } else { c.name.clone() };
                let levels = f.index.iter().enumerate().filter(|(_, c)| fits(c));
                let levels = levels.map(|(i, c)| (Over::Level(i), named(c)));
                let columns = f.columns.iter().enumerate().filter(|(_, c)| fits(c));
                levels
                    .chain(columns.map(|(i, c)| (Over::Column(i as u64), c.name.clone())))
                    .take(fixed.len() + 512)
                    .collect()
            }
        }
    }

    /// The samples that stand along x; `None` for the index.
    pub fn over(self, wish: &Wish, fixed: &[u64]) -> Option<Array> {
        match (self, wish.over) {
            (_, Over::Index) => None,
            (Self::Frame(f), Over::Level(i)) => numbers(f.index.get(i)?),
            (Self::Frame(f), Over::Column(i)) => numbers(f.columns.get(usize::try_from(i).ok()?)?),
            (Self::Array(_), Over::Level(_)) => None,
            (Self::Array(a), Over::Column(k)) => match a.dtype.fields().get(usize::try_from(k).ok()?) {
                Some(f) => line(&a.field(&f.name).ok()?, wish.axis, fixed),
                None => {
                    let mut fixed = fixed.to_vec();
                    *fixed.get_mut(wish.across?)? = k;
                    line(a, wish.axis, &fixed)
                }
            },
        }
    }

    /// The times that a table's index holds are the natural x; else those of a column or a field, where others hold
    /// numbers: one axis upwards cannot measure both.
    pub fn natural_over(self) -> Over {
        let is_time = |kind: &Kind| matches!(kind, Kind::Datetime(_));
        let of = |kinds: Vec<Option<Kind>>| {
            let time = kinds.iter().position(|k| k.as_ref().is_some_and(is_time));
            let others = kinds.iter().flatten().any(|k| !is_time(k));
            time.filter(|_| others).map_or(Over::Index, |i| Over::Column(i as u64))
        };
        let kind = |c: &FrameColumn| numbers(c).map(|a| a.dtype.kind.clone());
        match self {
            Self::Array(a) => {
                of(a.dtype.fields().iter().map(|f| drawable(&f.dtype).then(|| f.dtype.kind.clone())).collect())
            }
            Self::Frame(f) => {
                let level = f.index.iter().position(|c| kind(c).as_ref().is_some_and(is_time));
                level.map_or_else(|| of(f.columns.iter().map(kind).collect()), Over::Level)
            }
        }
    }
}

/// `[:, 3]`
fn index_text(ndim: usize, axis: usize, across: usize, k: u64) -> String {
    let part = |x: usize| match x {
        x if x == axis => ":".to_owned(),
        x if x == across => k.to_string(),
        _ => "·".to_owned(),
    };
    format!("[{}]", (0..ndim).map(part).collect::<Vec<_>>().join(", "))
}

/// Numbers of a kind that can stand along an axis.
const fn is_ruler(kind: &Kind) -> bool {
    !matches!(kind, Kind::Complex | Kind::ComplexLong(_)) && crate::session::is_drawable(kind)
}

/// What an axis of such elements measures.
pub fn ruler(kind: &Kind) -> Ruler {
    match kind {
        Kind::Datetime(tick) => Ruler::Time(*tick),
        _ => Ruler::Linear,
    }
}

/// The colour of a curve as the light theme has it.
pub(super) fn on_light(color: [u8; 3], t: &Tokens) -> [u8; 3] {
    let same = |c: &Color32| [c.r(), c.g(), c.b()] == color;
    let at = palette(t).iter().position(same);
    at.and_then(|i| palette(&crate::ui::theme::LIGHT).get(i).copied()).map_or(color, |c| [c.r(), c.g(), c.b()])
}

/// Colours of several curves, told apart in both themes.
fn palette(t: &Tokens) -> Vec<Color32> {
    use crate::ops::Class;
    let classes =
        [Class::Text, Class::Number, Class::Call, Class::Container, Class::Bytes, Class::Global, Class::Structure];
    classes.iter().map(|c| t.class(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::{DType, Data, Field, Tick};

    fn array(shape: &[u64]) -> Array {
        let n: u64 = shape.iter().product();
        Array::new_c(DType::uint(1), shape, Data::memory((0..n).map(|v| v as u8).collect::<Vec<_>>())).unwrap()
    }

    #[test]
    fn the_long_axis_is_plotted_first() {
        let usual = |shape: &[u64]| {
            let w = Subject::Array(&array(shape)).usual();
            (w.axis, w.across)
        };
        assert_eq!(usual(&[1, 200]), (1, None));
        assert_eq!(usual(&[3, 80]), (1, Some(0)));
        assert_eq!(usual(&[80, 3]), (0, Some(1)));
        assert_eq!(usual(&[14, 14]), (1, None));
        assert_eq!(usual(&[2, 3, 9]), (2, None));
    }

    #[test]
    fn times_of_a_field_stand_along_x_where_others_hold_numbers() {
        let over = |kinds: &[&str]| {
            let mut offset = 0;
            let field = |(i, text): (usize, &&str)| {
                let dtype = if *text == "time" { DType::parse("<i8").unwrap() } else { DType::parse(text).unwrap() };
                let kind = Kind::Datetime(Tick::GENERIC);
                let dtype = if *text == "time" { DType { kind, ..dtype } } else { dtype };
                offset += dtype.item_size;
                Field { name: format!("f{i}"), title: None, offset: offset - dtype.item_size, dtype }
            };
            let fields: Vec<Field> = kinds.iter().enumerate().map(field).collect();
            let dtype = DType::structure(fields, offset, false, 1).unwrap();
            let bytes = Data::memory(vec![0; 3 * usize::try_from(dtype.item_size).unwrap()]);
            let a = Array::new_c(dtype, &[3], bytes).unwrap();
            Subject::Array(&a).natural_over()
        };
        assert_eq!(over(&["<f8", "time", "<i4"]), Over::Column(1));
        assert_eq!(over(&["time", "|S4"]), Over::Index);
        assert_eq!(over(&["<f8", "<f4"]), Over::Index);
        assert_eq!(Subject::Array(&array(&[4])).natural_over(), Over::Index);
    }

    #[test]
    fn curves_are_the_lines_of_the_array() {
        let a = array(&[3, 5]);
        let s = Subject::Array(&a);
        let wish = Wish { axis: 1, across: Some(0), over: Over::Column(1), ..Wish::default() };
        let all = s.series(&wish, &[0, 0], &crate::ui::theme::DARK);
        assert_eq!(all.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(), ["[0, :]", "[2, :]"]);
        assert_eq!(all[1].array.value(&[4]).text(), "14");
        assert_eq!(s.over(&wish, &[0, 0]).unwrap().value(&[0]).text(), "5");
        let one = Wish { axis: 0, ..Wish::default() };
        assert_eq!(s.series(&one, &[0, 3], &crate::ui::theme::DARK)[0].array.value(&[2]).text(), "13");
        assert!(s.overs(&one, &[0, 0]).is_empty());
    }
}
