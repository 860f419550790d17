//! A table of medians and ratios, in Markdown.

/// The median.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// One measured quantity of each peer; the first is skep's.
pub struct Row {
    /// What was measured.
    pub name: &'static str,
    /// The medians.
    pub values: Vec<Option<f64>>,
    /// How a value is written.
    pub unit: fn(f64) -> String,
}

/// Prints rows: the value of each peer, and of each but the first its ratio to the first.
pub fn print(title: &str, peers: &[&str], rows: &[Row]) {
    println!("\n### {title}\n");
    let ratios = peers[1..].iter().map(|peer| format!("{peer} / {}", peers[0]));
    let head: Vec<String> = peers.iter().map(|p| p.to_string()).chain(ratios).collect();
    println!("| | {} |", head.join(" | "));
    println!("|---|{}", "---:|".repeat(head.len()));
    for row in rows {
        let values = row.values.iter().map(|v| v.map_or("–".into(), row.unit));
        let first = row.values[0];
        let ratio = |v: &Option<f64>| match (v, first) {
            (Some(v), Some(first)) if first > 0.0 => format!("{:.2}", v / first),
            _ => "–".into(),
        };
        let cells: Vec<String> = values.chain(row.values[1..].iter().map(ratio)).collect();
        println!("| {} | {} |", row.name, cells.join(" | "));
    }
}
