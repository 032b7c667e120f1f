//! Which versions of a library write a name into pickles, and which can read it. Facts, each tried on the versions that it
//! names; never a guess, and never what this machine has installed.

/// What a name tells of the library that wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vintage {
    /// The library.
    pub library: &'static str,
    /// The name, or the module, that tells.
    pub sign: &'static str,
    /// The versions that write it.
    pub wrote: &'static str,
    /// What reads it.
    pub reads: &'static str,
}

impl Vintage {
    /// A sentence.
    pub fn says(&self) -> String {
        format!("{} tells of {} {}; {} it.", self.sign, self.library, self.wrote, self.reads)
    }
}

const NEW_NUMPY: &str = "2.0 or newer";

/// Modules, the more special one first.
const MODULES: &[Vintage] = &[
    Vintage { library: "numpy", sign: "numpy._core.numeric", wrote: NEW_NUMPY, reads: "numpy 1.26.4 and newer read" },
    Vintage { library: "numpy", sign: "numpy._core", wrote: NEW_NUMPY, reads: "numpy 1.26.1 and newer read" },
    Vintage {
        library: "pandas",
        sign: "pandas.core.indexes.numeric",
        wrote: "0.20 to 1.5",
        reads: "pickle.load with pandas before 2.0, and pandas.read_pickle with any later one, read",
    },
    Vintage {
        library: "pandas",
        sign: "pandas._libs.internals",
        wrote: "1.4 or newer",
        reads: "pandas 1.4 and newer read",
    },
    Vintage {
        library: "pandas",
        sign: "pandas.indexes",
        wrote: "before 0.20",
        reads: "pickle.load with such a pandas, and pandas.read_pickle with pandas up to 2, read",
    },
];

/// What a module's name tells of the versions of its library.
pub fn vintage(module: &str) -> Option<Vintage> {
    let is = |v: &&Vintage| module.strip_prefix(v.sign).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    MODULES.iter().find(is).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_tell() {
        let wrote = |m| vintage(m).map(|v| (v.library, v.sign, v.wrote));
        assert_eq!(wrote("numpy._core.multiarray"), Some(("numpy", "numpy._core", NEW_NUMPY)));
        assert_eq!(wrote("numpy._core.numeric"), Some(("numpy", "numpy._core.numeric", NEW_NUMPY)));
        assert_eq!(wrote("numpy._corex"), None);
        assert_eq!(wrote("numpy.core.multiarray"), None);
        assert_eq!(wrote("pandas.core.indexes.base"), None);
        assert_eq!(
            vintage("numpy._core").unwrap().says(),
            "numpy._core tells of numpy 2.0 or newer; numpy 1.26.1 and newer read it."
        );
    }
}
