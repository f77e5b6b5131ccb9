//! Figures, and the table that they make.

use std::fmt::Write as _;

/// A measured value and what it has to be.
#[derive(Debug)]
pub(crate) struct Figure {
    /// What was measured.
    pub(crate) name: String,
    /// The value, in the unit.
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
    pub(crate) target: Target,
}

/// What a value has to be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target {
    AtMost(f64),
    AtLeast(f64),
    /// Shown for what it says about the others.
    None,
}

impl Figure {
    fn said(&self) -> [String; 4] {
        let target = match self.target {
            Target::AtMost(most) => format!("at most {}", number(most)),
            Target::AtLeast(least) => format!("at least {}", number(least)),
            Target::None => String::new(),
        };
        let verdict = match self.target {
            Target::AtMost(most) if self.value <= most => "met",
            Target::AtLeast(least) if self.value >= least => "met",
            Target::None => "",
            _ => "MISSED",
        };
        let value = format!("{} {}", number(self.value), self.unit);
        [self.name.clone(), value.trim().to_owned(), target, verdict.to_owned()]
    }
}

/// Three digits, and no more of them than help.
fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 || value.fract() == 0.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 0.1 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

/// All figures of a run.
#[derive(Debug, Default)]
pub(crate) struct Report(Vec<Figure>);

impl Report {
    /// Adds a figure, and says it at once: a run takes minutes.
    pub(crate) fn add(&mut self, name: impl Into<String>, value: f64, unit: &'static str, target: Target) {
        let figure = Figure { name: name.into(), value, unit, target };
        eprintln!("  {}", figure.said().join(" | "));
        self.0.push(figure);
    }

    /// For a terminal.
    pub(crate) fn table(&self) -> String {
        let rows = self.rows();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths = [width(0), width(1), width(2)];
        rows.iter().fold(String::new(), |mut out, [name, value, target, verdict]| {
            let [first, second, third] = widths;
            _ = writeln!(out, "{name:first$}  {value:>second$}  {target:third$}  {verdict}");
            out
        })
    }

    /// For the documentation.
    pub(crate) fn markdown(&self) -> String {
        let mut out = String::new();
        for (i, row) in self.rows().iter().enumerate() {
            _ = writeln!(out, "| {} |", row.join(" | "));
            if i == 0 {
                out.push_str("| --- | ---: | --- | --- |\n");
            }
        }
        out
    }

    fn rows(&self) -> Vec<[String; 4]> {
        let head = ["figure", "measured", "target", ""].map(ToOwned::to_owned);
        std::iter::once(head).chain(self.0.iter().map(Figure::said)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_met_or_missed_by_its_target() {
        let verdict = |value, target| Figure { name: String::new(), value, unit: "us", target }.said()[3].clone();
        assert_eq!(verdict(99.0, Target::AtMost(100.0)), "met");
        assert_eq!(verdict(101.0, Target::AtMost(100.0)), "MISSED");
        assert_eq!(verdict(24.9, Target::AtLeast(25.0)), "MISSED");
        assert_eq!(verdict(1.0, Target::None), "");
    }

    #[test]
    fn markdown_has_a_head_and_a_row_for_each_figure() {
        let mut report = Report::default();
        report.add("CPU of an assignment", 61.234, "us", Target::AtMost(100.0));
        let expected = "| figure | measured | target |  |\n| --- | ---: | --- | --- |\n\
                        | CPU of an assignment | 61.2 us | at most 100 | met |\n";
        assert_eq!(report.markdown(), expected);
    }
}
