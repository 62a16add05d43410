//! Aligned tables of plain text.

use super::Look;
use super::look::{cut_in_the_middle, width};

/// A table: its head and its rows, a text for each column.
#[derive(Debug, Clone, Default)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
}

#[derive(Debug, Clone)]
struct Column {
    head: String,
    right: bool,
    /// Its cells are never cut.
    whole: bool,
}

impl Table {
    /// A table with columns of these names.
    #[must_use]
    pub fn new<'a>(heads: impl IntoIterator<Item = &'a str>) -> Self {
        let columns =
            heads.into_iter().map(|head| Column { head: head.to_owned(), right: false, whole: false });
        Self { columns: columns.collect(), rows: Vec::new() }
    }

    /// Sets the columns from `first` on flush right, as figures are read.
    #[must_use]
    pub fn figures_from(mut self, first: usize) -> Self {
        for column in self.columns.iter_mut().skip(first) {
            column.right = true;
        }
        self
    }

    /// Keeps columns whole: addresses and ids are there to be copied, and a long line beats one that
    /// lacks their middle.
    #[must_use]
    pub fn whole(mut self, columns: impl IntoIterator<Item = usize>) -> Self {
        for at in columns {
            if let Some(column) = self.columns.get_mut(at) {
                column.whole = true;
            }
        }
        self
    }

    /// Adds a row. What is missing is empty; what is too much is dropped.
    pub fn row<T: Into<String>>(&mut self, cells: impl IntoIterator<Item = T>) {
        let mut cells: Vec<String> = cells.into_iter().map(Into::into).collect();
        cells.resize(self.columns.len(), String::new());
        self.rows.push(cells);
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table as lines of at most the look's width, as far as the columns that are kept whole allow:
    /// the widest of the others are cut first. Cells that hold escape sequences would be counted
    /// wrongly, so that they must not.
    #[must_use]
    pub fn render(&self, look: Look) -> String {
        let widths = self.widths(look.width);
        let heads: Vec<&str> = self.columns.iter().map(|column| column.head.as_str()).collect();
        let mut text = String::new();
        if heads.iter().any(|head| !head.is_empty()) {
            text.push_str(&look.bold(self.line(&heads, &widths, look)));
            text.push('\n');
        }
        for row in &self.rows {
            let cells: Vec<&str> = row.iter().map(String::as_str).collect();
            text.push_str(&self.line(&cells, &widths, look));
            text.push('\n');
        }
        text
    }

    fn line(&self, cells: &[&str], widths: &[usize], look: Look) -> String {
        let mut line = String::new();
        for ((column, cell), columns) in self.columns.iter().zip(cells).zip(widths) {
            let cell = cut_in_the_middle(cell, *columns, look);
            let padding = " ".repeat(columns.saturating_sub(width(&cell)));
            if !line.is_empty() {
                line.push_str("  ");
            }
            if column.right {
                line.push_str(&padding);
                line.push_str(&cell);
            } else {
                line.push_str(&cell);
                line.push_str(&padding);
            }
        }
        line.truncate(line.trim_end().len());
        line
    }

    /// The width of each column, within a bound for all of them and the gaps between them.
    fn widths(&self, bound: usize) -> Vec<usize> {
        let mut widths: Vec<usize> = (0..self.columns.len())
            .map(|at| {
                let cells = self.rows.iter().map(|row| width(&row[at]));
                cells.chain([width(&self.columns[at].head)]).max().unwrap_or(0)
            })
            .collect();
        let gaps = 2 * widths.len().saturating_sub(1);
        let mut total = gaps + widths.iter().sum::<usize>();
        while total > bound {
            let others = widths.iter_mut().zip(&self.columns).filter(|(_, column)| !column.whole);
            let widest = others.map(|(width, _)| width).max();
            let Some(widest) = widest.filter(|widest| **widest > NARROWEST) else {
                break;
            };
            *widest -= 1;
            total -= 1;
        }
        widths
    }
}

/// No column is cut below this: a line that is too long beats one that says nothing.
const NARROWEST: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(["kind", "region", "count"]).figures_from(2);
        table.row(["aws.ec2.vpc", "us-east-1", "3"]);
        table.row(["界界", "ap-southeast-1", "12"]);
        table
    }

    #[test]
    fn columns_are_aligned_whatever_their_script() {
        insta::assert_snapshot!(table().render(Look::PLAIN), @"
        kind         region          count
        aws.ec2.vpc  us-east-1           3
        界界         ap-southeast-1     12
        ");
    }

    #[test]
    fn a_narrow_table_cuts_its_widest_column() {
        let text = table().render(Look { width: 30, ..Look::PLAIN });
        assert!(text.lines().all(|line| width(line) <= 30), "{text}");
        assert!(text.contains("ap-s...t-1"), "{text}");
    }

    #[test]
    fn what_is_kept_whole_is_never_cut_and_the_others_give_way() {
        let text = table().whole([1]).render(Look { width: 31, ..Look::PLAIN });
        assert!(text.lines().all(|line| width(line) <= 31), "{text}");
        assert!(text.contains("ap-southeast-1") && text.contains("aws...pc"), "{text}");
        let text = table().whole(0..3).render(Look { width: 10, ..Look::PLAIN });
        assert_eq!(text, table().render(Look::PLAIN));
    }
}
