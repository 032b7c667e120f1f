//! Colours for values: maps of 256 colours, colours of categories, and those for what is no value.

use colorous::Gradient;

/// A run of colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are the maps' own")]
pub enum Colormap {
    #[default]
    Gray,
    Viridis,
    Magma,
    Inferno,
    Plasma,
    Cividis,
    Turbo,
    Cubehelix,
    Blues,
    Greens,
    RedBlue,
    PurpleGreen,
    BrownGreen,
    Spectral,
    Sinebow,
    Rainbow,
    Twilight,
}

/// What kind of data a map suits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapKind {
    /// From little to much.
    Sequential,
    /// Two sides of a middle.
    Diverging,
    /// Angles: the ends meet.
    Cyclic,
}

impl Colormap {
    /// All of them, in the order of a menu.
    pub const ALL: &[Self] = &[
        Self::Gray,
        Self::Viridis,
        Self::Magma,
        Self::Inferno,
        Self::Plasma,
        Self::Cividis,
        Self::Turbo,
        Self::Cubehelix,
        Self::Blues,
        Self::Greens,
        Self::RedBlue,
        Self::PurpleGreen,
        Self::BrownGreen,
        Self::Spectral,
        Self::Twilight,
        Self::Sinebow,
        Self::Rainbow,
    ];

    /// Its name in a menu and in exported files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gray => "gray",
            Self::Viridis => "viridis",
            Self::Magma => "magma",
            Self::Inferno => "inferno",
            Self::Plasma => "plasma",
            Self::Cividis => "cividis",
            Self::Turbo => "turbo",
            Self::Cubehelix => "cubehelix",
            Self::Blues => "blues",
            Self::Greens => "greens",
            Self::RedBlue => "red-blue",
            Self::PurpleGreen => "purple-green",
            Self::BrownGreen => "brown-green",
            Self::Spectral => "spectral",
            Self::Sinebow => "sinebow",
            Self::Rainbow => "rainbow",
            Self::Twilight => "twilight",
        }
    }

    /// The map of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|m| m.name() == name)
    }

    /// What kind of data it suits.
    pub const fn kind(self) -> MapKind {
        match self {
            Self::RedBlue | Self::PurpleGreen | Self::BrownGreen | Self::Spectral => MapKind::Diverging,
            Self::Sinebow | Self::Rainbow | Self::Twilight => MapKind::Cyclic,
            _ => MapKind::Sequential,
        }
    }

    /// Its colours, from low to high; inverted, from high to low.
    pub fn lut(self, inverted: bool) -> [[u8; 3]; 256] {
        std::array::from_fn(|i| {
            let i = if inverted { 255 - i } else { i };
            let g = i as u8;
            let gradient = |gradient: Gradient, i: usize| {
                let c = gradient.eval_rational(i, 256);
                [c.r, c.g, c.b]
            };
            match self {
                Self::Gray => [g; 3],
                Self::Viridis => gradient(colorous::VIRIDIS, i),
                Self::Magma => gradient(colorous::MAGMA, i),
                Self::Inferno => gradient(colorous::INFERNO, i),
                Self::Plasma => gradient(colorous::PLASMA, i),
                Self::Cividis => gradient(colorous::CIVIDIS, i),
                Self::Turbo => gradient(colorous::TURBO, i),
                Self::Cubehelix => gradient(colorous::CUBEHELIX, i),
                Self::Blues => gradient(colorous::BLUES, 255 - i),
                Self::Greens => gradient(colorous::GREENS, 255 - i),
                // low is blue, high is red, as people expect of temperatures
                Self::RedBlue => gradient(colorous::RED_BLUE, 255 - i),
                Self::PurpleGreen => gradient(colorous::PURPLE_GREEN, i),
                Self::BrownGreen => gradient(colorous::BROWN_GREEN, i),
                Self::Spectral => gradient(colorous::SPECTRAL, 255 - i),
                Self::Sinebow => gradient(colorous::SINEBOW, i),
                Self::Rainbow => gradient(colorous::RAINBOW, i),
                Self::Twilight => twilight(i),
            }
        })
    }
}

/// A cyclic map of even lightness at its ends: light, blue, dark, red, light.
fn twilight(i: usize) -> [u8; 3] {
    const STOPS: [[f64; 3]; 9] = [
        [226.0, 217.0, 226.0],
        [150.0, 181.0, 196.0],
        [101.0, 132.0, 189.0],
        [92.0, 68.0, 158.0],
        [48.0, 20.0, 54.0],
        [114.0, 30.0, 76.0],
        [174.0, 77.0, 79.0],
        [200.0, 146.0, 120.0],
        [226.0, 217.0, 226.0],
    ];
    let at = i as f64 / 255.0 * 8.0;
    let k = (at as usize).min(7);
    let part = at - k as f64;
    let (Some(a), Some(b)) = (STOPS.get(k), STOPS.get(k + 1)) else { return [0; 3] };
    std::array::from_fn(|c| {
        let (a, b) = (a.get(c).copied().unwrap_or(0.0), b.get(c).copied().unwrap_or(0.0));
        (a + (b - a) * part).round() as u8
    })
}

/// The colour of a category: neighbours differ, and the colours come again after twenty.
pub fn category(i: u64) -> [u8; 3] {
    let n = colorous::TABLEAU10.len() as u64;
    let c = usize::try_from(i % n).ok().and_then(|k| colorous::TABLEAU10.get(k));
    let [r, g, b] = c.map_or([128; 3], |c| [c.r, c.g, c.b]);
    if (i / n).is_multiple_of(2) {
        [r, g, b]
    } else {
        // the second ten: the same hues, lighter
        [r, g, b].map(|v| v + (255 - v) / 2)
    }
}

/// Colours for what is no ordinary value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marks {
    /// NaN and NaT.
    pub nan: [u8; 3],
    /// +∞.
    pub pos_inf: [u8; 3],
    /// −∞.
    pub neg_inf: [u8; 3],
    /// Hidden by a mask.
    pub masked: [u8; 3],
    /// Below the range; `None` takes the first colour.
    pub below: Option<[u8; 3]>,
    /// Above the range; `None` takes the last colour.
    pub above: Option<[u8; 3]>,
    /// The two colours of the hatch over what is not in the file.
    pub missing: [[u8; 3]; 2],
}

impl Marks {
    /// For what lies below the range, where that is to be seen.
    pub const BELOW: [u8; 3] = [0x1f, 0x4f, 0xe0];
    /// For what lies above the range.
    pub const ABOVE: [u8; 3] = [0xe8, 0x20, 0x20];

    /// For a dark surrounding.
    pub const fn dark() -> Self {
        Self {
            nan: [0xd0, 0x3f, 0xb0],
            pos_inf: [0xff, 0x7a, 0x70],
            neg_inf: [0x6c, 0xb2, 0xff],
            masked: [0x39, 0x41, 0x4d],
            below: None,
            above: None,
            missing: [[0x1e, 0x24, 0x2c], [0x6b, 0x3a, 0x3a]],
        }
    }

    /// For a light surrounding.
    pub const fn light() -> Self {
        Self { masked: [0xc8, 0xce, 0xd8], missing: [[0xee, 0xf1, 0xf5], [0xd9, 0x8a, 0x84]], ..Self::dark() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lightness([r, g, b]: [u8; 3]) -> f64 {
        0.299 * f64::from(r) + 0.587 * f64::from(g) + 0.114 * f64::from(b)
    }

    #[test]
    fn maps_are_what_their_kind_says() {
        for &map in Colormap::ALL {
            let lut = map.lut(false);
            let mut back = map.lut(true);
            back.reverse();
            assert_eq!(lut, back, "{}", map.name());
            assert_eq!(Colormap::from_name(map.name()), Some(map));
            let (first, middle, last) = (lightness(lut[0]), lightness(lut[128]), lightness(lut[255]));
            match map.kind() {
                MapKind::Sequential if map != Colormap::Turbo => assert!(first + 60.0 < last, "{}", map.name()),
                MapKind::Diverging => assert!(middle > first && middle > last, "{}", map.name()),
                MapKind::Cyclic => assert!((first - last).abs() < 12.0, "{}", map.name()),
                MapKind::Sequential => {}
            }
        }
        // as matplotlib's own
        assert_eq!(Colormap::Viridis.lut(false)[0], [68, 1, 84]);
        assert_eq!(Colormap::Viridis.lut(false)[255], [253, 231, 37]);
    }

    #[test]
    fn twenty_categories_differ() {
        let all: std::collections::HashSet<[u8; 3]> = (0..20).map(category).collect();
        assert_eq!(all.len(), 20);
        assert_eq!(category(20), category(0));
    }
}
