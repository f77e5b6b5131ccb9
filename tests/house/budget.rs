//! Files stay small enough to be read in one go.

use crate::source::Source;

/// The most lines that one file may have, its unit tests apart.
const MOST: usize = 500;
/// The most lines that the middle one of all files may have.
const MEDIAN: usize = 150;

/// What is too large, given the lines of each file.
fn breaches(mut sizes: Vec<(String, usize)>) -> Vec<String> {
    sizes.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let mut found: Vec<String> = sizes
        .iter()
        .filter(|(_, lines)| *lines > MOST)
        .map(|(path, lines)| format!("{path} has {lines} lines; {MOST} are the most"))
        .collect();
    let median = sizes.get(sizes.len() / 2).map_or(0, |(_, lines)| *lines);
    if median > MEDIAN {
        found.push(format!("the median file has {median} lines; {MEDIAN} are the most. The largest:"));
        found.extend(sizes.iter().take(10).map(|(path, lines)| format!("  {lines:>4}  {path}")));
    }
    found
}

#[test]
fn files_are_small() {
    let sources = Source::of_crates().unwrap();
    let sizes = sources.iter().filter(|s| s.is_product()).map(|s| (s.path.clone(), s.lines())).collect();
    crate::hold(
        "A file has at most 500 lines without its tests, and half of all files have at most 150.",
        "split the file: a noun becomes a folder, each use case a file of its own.",
        &breaches(sizes),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(sizes: &[(&str, usize)]) -> Vec<String> {
        breaches(sizes.iter().map(|(path, lines)| ((*path).to_owned(), *lines)).collect())
    }

    #[test]
    fn five_hundred_lines_are_the_most() {
        assert_eq!(
            found(&[("long.rs", 501), ("longer.rs", 600), ("a.rs", 500), ("b.rs", 1), ("c.rs", 1), ("d.rs", 1)]),
            ["longer.rs has 600 lines; 500 are the most", "long.rs has 501 lines; 500 are the most"]
        );
    }

    #[test]
    fn the_median_is_held_and_the_largest_are_named() {
        assert_eq!(found(&[("a.rs", 1), ("b.rs", 150), ("c.rs", 400)]), [""; 0]);
        assert_eq!(
            found(&[("a.rs", 1), ("b.rs", 151), ("c.rs", 400)]),
            [
                "the median file has 151 lines; 150 are the most. The largest:",
                "   400  c.rs",
                "   151  b.rs",
                "     1  a.rs",
            ]
        );
        assert_eq!(found(&[]), [""; 0]);
    }
}
