//! The arguments of `skep btf check`.

use clap::Args;

use super::Base;

const EXAMPLES: &str = "Examples:
  skep btf check agent.bpf.o                    by every release
  skep btf check agent.bpf.o --kernel 5.10      by one
  skep btf check made.btf --load                by the running kernel itself, as root";

/// `skep btf check`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Check {
    /// Where the types are; see `skep btf --help`.
    #[arg(required = true, value_name = "SRC")]
    pub sources: Vec<String>,
    /// Releases to say it for, such as 5.10; can be given several times.
    #[arg(long, value_name = "RELEASE", value_parser = release)]
    pub kernel: Vec<skep::uapi::Release>,
    /// Let the running kernel load them.
    #[arg(long)]
    pub load: bool,
    /// Print JSON, a line for each source.
    #[arg(long)]
    pub json: bool,
    /// What they go on from.
    #[command(flatten)]
    pub base: Base,
}

/// A release such as `6.1`.
fn release(text: &str) -> Result<skep::uapi::Release, String> {
    let (major, minor) = text.split_once('.').ok_or_else(|| format!("`{text}` is no release; try `6.1`"))?;
    let minor = minor.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
    match (major.parse(), minor.parse()) {
        (Ok(major), Ok(minor)) => Ok(skep::uapi::Release::new(major, minor)),
        _ => Err(format!("`{text}` is no release; try `6.1`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases() {
        assert_eq!(release("5.10.223-1").unwrap(), skep::uapi::Release::new(5, 10));
        assert!(release("six").is_err() && release("6.x").is_err());
    }
}
