//! The rows of a tree of which only some branches are open, counted without walking what is closed: row to node and
//! node to row cost the depth and the logarithm of the number of open branches. Knows nothing of what a node is.

/// An open node: its children, of which some are open in turn.
#[derive(Clone, Debug)]
pub struct Branch<H> {
    /// The node.
    pub node: H,
    /// Number of its children.
    len: u64,
    /// The open ones, by number.
    open: Vec<(u64, Self)>,
    /// Rows of the open ones before each.
    before: Vec<u64>,
    /// Rows beneath this node.
    rows: u64,
}

/// A visible row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row<H> {
    /// The number of the child at each level.
    pub steps: Vec<u64>,
    /// What its parent is.
    pub parent: H,
    /// Its number among the children of its parent.
    pub index: u64,
    /// Whether it is open.
    pub open: bool,
}

impl<H: Copy> Branch<H> {
    /// A node whose children are all closed.
    pub const fn new(node: H, len: u64) -> Self {
        Self { node, len, open: Vec::new(), before: Vec::new(), rows: len }
    }

    /// Rows beneath it.
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// Number of children.
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// The row of that number.
    pub fn row(&self, row: u64) -> Option<Row<H>> {
        let (mut at, mut row, mut steps) = (self, row, Vec::new());
        if row >= self.rows {
            return None;
        }
        loop {
            // The last open child that stands at this row or above; positions rise with both numbers.
            let (mut low, mut high) = (0, at.open.len());
            while low < high {
                let middle = usize::midpoint(low, high);
                if at.before[middle] + at.open[middle].0 <= row { low = middle + 1 } else { high = middle }
            }
            let Some(k) = low.checked_sub(1) else {
                steps.push(row);
                return Some(Row { steps, parent: at.node, index: row, open: false });
            };
            let (before, (index, branch)) = (at.before[k], &at.open[k]);
            let own = before + index;
            if row == own {
                steps.push(*index);
                return Some(Row { steps, parent: at.node, index: *index, open: true });
            }
            if row - own <= branch.rows {
                steps.push(*index);
                row -= own + 1;
                at = branch;
                continue;
            }
            let index = row - before - branch.rows;
            steps.push(index);
            return Some(Row { steps, parent: at.node, index, open: false });
        }
    }

    /// The row of a node; `None` where a branch on the way is closed.
    pub fn row_of(&self, steps: &[u64]) -> Option<u64> {
        let (mut at, mut row) = (self, 0);
        let (last, way) = steps.split_last()?;
        for step in way {
            row += at.own_row(*step) + 1;
            at = at.open_child(*step)?;
        }
        (*last < at.len).then(|| row + at.own_row(*last))
    }

    /// The row of a child, counted from the first.
    fn own_row(&self, step: u64) -> u64 {
        let k = self.open.partition_point(|(i, _)| *i < step);
        let before = k.checked_sub(1).map_or(0, |k| self.before[k] + self.open[k].1.rows);
        step + before
    }

    fn open_child(&self, step: u64) -> Option<&Self> {
        let k = self.open.binary_search_by_key(&step, |(i, _)| *i).ok()?;
        Some(&self.open[k].1)
    }

    /// Whether a node is open.
    pub fn is_open(&self, steps: &[u64]) -> bool {
        let mut at = self;
        for step in steps {
            let Some(next) = at.open_child(*step) else { return false };
            at = next;
        }
        true
    }

    /// The ways to what is open, parents before children; the first `most` of them.
    pub fn opened(&self, most: usize) -> Vec<Vec<u64>> {
        let mut found: Vec<Vec<u64>> = Vec::new();
        let mut queue = vec![(Vec::new(), self)];
        while let Some((steps, at)) = queue.pop() {
            for (i, branch) in &at.open {
                if found.len() >= most {
                    return found;
                }
                let mut way: Vec<u64> = steps.clone();
                way.push(*i);
                found.push(way.clone());
                queue.push((way, branch));
            }
        }
        found
    }

    /// Opens a node, which all on the way to must be.
    pub fn open(&mut self, steps: &[u64], node: H, len: u64) {
        let Some((first, rest)) = steps.split_first() else { return };
        match self.open.binary_search_by_key(first, |(i, _)| *i) {
            Ok(k) => self.open[k].1.open(rest, node, len),
            Err(k) if rest.is_empty() && *first < self.len && len > 0 => {
                self.open.insert(k, (*first, Self::new(node, len)))
            }
            Err(_) => {}
        }
        self.count();
    }

    /// Closes a node and forgets what was open in it.
    pub fn close(&mut self, steps: &[u64]) {
        let Some((first, rest)) = steps.split_first() else { return };
        if let Ok(k) = self.open.binary_search_by_key(first, |(i, _)| *i) {
            if rest.is_empty() {
                self.open.remove(k);
            } else {
                self.open[k].1.close(rest);
            }
        }
        self.count();
    }

    /// Counts children anew, where they may have grown.
    pub fn refresh(&mut self, len: &mut impl FnMut(H) -> u64) {
        self.len = len(self.node);
        let most = self.len;
        self.open.retain(|(i, _)| *i < most);
        for (_, branch) in &mut self.open {
            branch.refresh(len);
        }
        self.count();
    }

    fn count(&mut self) {
        self.before.clear();
        let mut before = 0;
        for (_, branch) in &self.open {
            self.before.push(before);
            before += branch.rows;
        }
        self.rows = self.len.saturating_add(before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All rows by walking, to compare with.
    fn walk(b: &Branch<u32>, steps: &mut Vec<u64>, out: &mut Vec<Vec<u64>>) {
        for i in 0..b.len {
            steps.push(i);
            out.push(steps.clone());
            if let Some(c) = b.open_child(i) {
                walk(c, steps, out);
            }
            steps.pop();
        }
    }

    #[test]
    fn rows_and_nodes_find_each_other() {
        let mut b = Branch::new(0, 6);
        b.open(&[1], 1, 3);
        b.open(&[1, 2], 2, 4);
        b.open(&[4], 3, 2);
        b.open(&[1, 0], 4, 1);
        b.open(&[5, 1], 9, 1); // its parent is closed: nothing
        let mut all = Vec::new();
        walk(&b, &mut Vec::new(), &mut all);
        assert_eq!(b.rows(), all.len() as u64);
        for (i, steps) in all.iter().enumerate() {
            let row = b.row(i as u64).unwrap();
            assert_eq!(&row.steps, steps);
            assert_eq!(row.open, b.is_open(steps));
            assert_eq!(b.row_of(steps), Some(i as u64));
        }
        assert_eq!(b.row(b.rows()), None);
        assert_eq!(b.row_of(&[5, 0]), None);
        assert_eq!(b.opened(9), [vec![1], vec![4], vec![1, 0], vec![1, 2]]);
        assert_eq!(b.opened(1), [vec![1]]);
        b.close(&[1]);
        assert_eq!(b.rows(), 8);
        b.refresh(&mut |n| if n == 0 { 5 } else { 7 });
        assert_eq!(b.rows(), 12);
    }

    #[test]
    fn a_hundred_million_rows_cost_nothing() {
        let mut b = Branch::new(0, 100_000_000);
        b.open(&[99_999_999], 1, 100_000_000);
        assert_eq!(b.rows(), 200_000_000);
        assert_eq!(b.row(199_999_999).unwrap().steps, [99_999_999, 99_999_999]);
    }
}
