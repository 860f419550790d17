//! The arguments of `skep btf find`.

use clap::Args;

use super::Base;

const EXAMPLES: &str = "Examples:
  skep btf find running task_struct
  skep btf find running 'tcp_*' --kind func
  skep btf find running task_struct.se.vruntime      where a member is
  skep btf find running bpf_map --users              what uses it, and how
  skep btf find vmlinuz-6.12 'sk_buff' --json";

/// `skep btf find`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Find {
    /// Where the types are; see `skep btf --help`. Modules of the running kernel are searched for what it does not have.
    #[arg(value_name = "SRC")]
    pub source: String,
    /// Names, patterns with `*` and `?`, ids (`#7`), or paths to members (`STRUCT.MEMBER[3].MEMBER`).
    #[arg(required = true, value_name = "NAME")]
    pub names: Vec<String>,
    /// Only types of this kind: `struct`, `func`, `typedef`, …; can be given several times.
    #[arg(long, value_name = "KIND", value_parser = kind)]
    pub kind: Vec<skep::btf::Kind>,
    /// Say which types with names use them.
    #[arg(long)]
    pub users: bool,
    /// Print JSON, a line for each type.
    #[arg(long)]
    pub json: bool,
    /// What they go on from.
    #[command(flatten)]
    pub base: Base,
}

/// A kind by its name.
fn kind(text: &str) -> Result<skep::btf::Kind, String> {
    let rows = skep::btf::Kind::ROWS;
    let found = rows.iter().find(|row| row.name == text).map(|row| row.kind);
    let all = || rows.iter().map(|row| row.name).collect::<Vec<_>>().join(", ");
    found.ok_or_else(|| format!("`{text}` is no kind of type; there are {}", all()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds() {
        assert_eq!(kind("func_proto").unwrap(), skep::btf::Kind::FUNC_PROTO);
        assert!(kind("class").unwrap_err().contains("struct, union"));
    }
}
