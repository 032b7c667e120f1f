//! Which pickle of one file is compared with which of another: members by their names, the pickles of a member in order.
//! Must never look into a pickle.

use std::collections::HashMap;

/// A pickle of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PickleAt {
    /// The member's number in its file.
    pub member: usize,
    /// The pickle's number in the member.
    pub pickle: usize,
}

/// A member of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its name; empty for a file that is no archive.
    pub name: String,
    /// Pickles in it.
    pub pickles: usize,
}

/// Two pickles that are compared, or one that has no match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// What it is called: the member's name, and the pickle's number where there are more.
    pub name: String,
    /// In the first file, and in the second.
    pub at: [Option<PickleAt>; 2],
}

/// The part of a name behind its last slash.
fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// Every pickle of either file, each with its match in the other: members of the same name, else of the same last part of
/// the name where only one on each side has it; where no name matches, in order.
pub fn pairs(a: &[Part], b: &[Part]) -> Vec<Pair> {
    let mut to: Vec<Option<usize>> = vec![None; a.len()];
    let mut taken = vec![false; b.len()];
    for key in [|name: &'_ str| -> String { name.to_owned() }, |name: &str| last(name).to_owned()] {
        let mut free: HashMap<String, Vec<usize>> = HashMap::new();
        for (j, part) in b.iter().enumerate().filter(|(j, _)| taken.get(*j) == Some(&false)) {
            free.entry(key(&part.name)).or_default().push(j);
        }
        let mut wanted: HashMap<String, usize> = HashMap::new();
        for (_, part) in a.iter().enumerate().filter(|(i, _)| to.get(*i) == Some(&None)) {
            *wanted.entry(key(&part.name)).or_default() += 1;
        }
        for (part, slot) in a.iter().zip(&mut to).filter(|(_, slot)| slot.is_none()) {
            let name = key(&part.name);
            if let (Some([j]), Some(1)) = (free.get(&name).map(Vec::as_slice), wanted.get(&name)) {
                *slot = Some(*j);
                if let Some(t) = taken.get_mut(*j) {
                    *t = true;
                }
            }
        }
    }
    // Files whose members have nothing in common but their order.
    if to.iter().all(Option::is_none) {
        for (i, (slot, t)) in to.iter_mut().zip(&mut taken).enumerate() {
            (*slot, *t) = (Some(i), true);
        }
    }
    let mut out = Vec::new();
    let several = a.len() > 1 || b.len() > 1;
    let mut tell = |name: &str, n: usize, of: usize, at: [Option<PickleAt>; 2]| {
        let name = match (several && !name.is_empty(), of > 1) {
            (true, false) => name.to_owned(),
            (true, true) => format!("{name} #{n}"),
            (false, true) => format!("#{n}"),
            (false, false) => "root".to_owned(),
        };
        out.push(Pair { name, at });
    };
    for ((i, part), to) in a.iter().enumerate().zip(&to) {
        let other = to.and_then(|j| Some((j, b.get(j)?.pickles)));
        let most = part.pickles.max(other.map_or(0, |o| o.1));
        for n in 0..most {
            let left = (n < part.pickles).then_some(PickleAt { member: i, pickle: n });
            let right = other.filter(|o| n < o.1).map(|o| PickleAt { member: o.0, pickle: n });
            tell(&part.name, n, most, [left, right]);
        }
    }
    for (j, part) in b.iter().enumerate().filter(|(j, _)| taken.get(*j) == Some(&false)) {
        for n in 0..part.pickles {
            tell(&part.name, n, part.pickles, [None, Some(PickleAt { member: j, pickle: n })]);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(a: &[(&str, usize)], b: &[(&str, usize)]) -> Vec<String> {
        let parts = |p: &[(&str, usize)]| -> Vec<Part> {
            p.iter().map(|(name, pickles)| Part { name: (*name).to_owned(), pickles: *pickles }).collect()
        };
        let at = |p: Option<PickleAt>| p.map_or("-".to_owned(), |p| format!("{}.{}", p.member, p.pickle));
        let text = |p: &Pair| format!("{} {} {}", p.name, at(p.at[0]), at(p.at[1]));
        pairs(&parts(a), &parts(b)).iter().map(text).collect()
    }

    #[test]
    fn members_match_by_name_and_pickles_in_order() {
        assert_eq!(told(&[("", 1)], &[("", 1)]), ["root 0.0 0.0"]);
        assert_eq!(told(&[("", 2)], &[("", 3)]), ["#0 0.0 0.0", "#1 0.1 0.1", "#2 - 0.2"]);
        assert_eq!(told(&[("run1/data.pkl", 1)], &[("run2/data.pkl", 1)]), ["root 0.0 0.0"]);
        let (a, b) = ([("x.pkl", 1), ("y.pkl", 1)], [("y.pkl", 1), ("z.pkl", 2)]);
        assert_eq!(told(&a, &b), ["x.pkl 0.0 -", "y.pkl 1.0 0.0", "z.pkl #0 - 1.0", "z.pkl #1 - 1.1"]);
        assert_eq!(told(&[("", 1)], &[("a.pkl", 1), ("b.pkl", 1)]), ["root 0.0 0.0", "b.pkl - 1.0"]);
        let (a, b) = ([("r1/data.pkl", 1), ("r1/m.pkl", 1)], [("r2/m.pkl", 1), ("r2/data.pkl", 1)]);
        assert_eq!(told(&a, &b), ["r1/data.pkl 0.0 1.0", "r1/m.pkl 1.0 0.0"]);
    }
}
