//! The known word that somebody may have meant.

/// A word that differs in more letters than this share of it was not meant.
const SHARE: usize = 3;

/// The word nearest to `wrong`, if one is near enough.
pub(crate) fn nearest<'a>(wrong: &str, words: &[&'a str]) -> Option<&'a str> {
    let near = words.iter().map(|word| (distance(wrong, word), *word)).min()?;
    (near.0 <= (wrong.chars().count() / SHARE).max(1)).then_some(near.1)
}

/// Letters to add, drop, change or swap with their neighbour between two words.
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=other.len()).collect()];
    for i in 1..=one.len() {
        let mut row = vec![i];
        for j in 1..=other.len() {
            let changed = rows[i - 1][j - 1] + usize::from(one[i - 1] != other[j - 1]);
            let mut least = changed.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[one.len()][other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        #[track_caller]
        fn check(wrong: &str, expected: Option<&str>) {
            assert_eq!(nearest(wrong, &["api_url", "api_key", "org_id", "port"]), expected, "{wrong}");
        }
        check("api_ulr", Some("api_url"));
        check("apikey", Some("api_key"));
        check("prot", Some("port"));
        check("ptor", None);
        check("por", Some("port"));
        check("colour", None);
        check("", None);
    }
}
