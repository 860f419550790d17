//! `cargo xtask docs`: writes the tables in `docs/` from those in the source, so that neither can lag behind.

use crate::process::{During, Outcome, fail};
use skep_object::isa::table::{ROWS, Row as Instruction, Version, When};
use skep_object::isa::text::Dialect;
use skep_object::{Attach, SECTIONS, SectionDef, SectionFlags};
use skep_uapi::{AttachType, FEATURES, Helper, LinkType, MapFlags, MapType, ProgFlags, ProgType, Row};
use std::fmt::{Display, Write};
use std::fs;

/// One page: its file, and what writes it.
type Page = (&'static str, fn() -> Markdown);

const PAGES: &[Page] = &[
    ("docs/sections.md", sections),
    ("docs/features.md", features),
    ("docs/map-types.md", map_types),
    ("docs/program-types.md", program_types),
    ("docs/helpers.md", helpers),
    ("docs/instructions.md", instructions),
];

pub fn run(args: &[String]) -> Outcome {
    let check = match args {
        [] => false,
        [arg] if arg == "--check" => true,
        _ => return fail("docs [--check]"),
    };
    let mut stale = Vec::new();
    for (path, page) in PAGES {
        let text = page().0;
        if fs::read_to_string(path).is_ok_and(|old| old == text) {
            continue;
        }
        stale.push(*path);
        if !check {
            fs::create_dir_all("docs")?;
            fs::write(path, text).during(path)?;
        }
    }
    match (stale.is_empty(), check) {
        (true, _) => println!("{} pages are as the tables say", PAGES.len()),
        (false, true) => return fail(format_args!("{} differ: run `cargo xtask docs`", stale.join(", "))),
        (false, false) => println!("written: {}", stale.join(", ")),
    }
    Ok(())
}

/// A page of text and tables.
struct Markdown(String);

impl Markdown {
    fn page(title: &str, about: &str) -> Self {
        Self(format!("# {title}\n\n<!-- Written by `cargo xtask docs`. -->\n\n{about}\n"))
    }

    fn table<const N: usize>(mut self, heads: [&str; N], rows: impl Iterator<Item = [String; N]>) -> Self {
        self.row(&heads);
        self.row(&["---"; N]);
        rows.for_each(|row| self.row(&row));
        self
    }

    fn heading(mut self, text: &str) -> Self {
        self.0 += &format!("\n## {text}\n");
        self
    }

    fn row(&mut self, cells: &[impl Display]) {
        // A blank line before the first row begins the table.
        if !self.0.ends_with("|\n") {
            self.0.push('\n');
        }
        for cell in cells {
            // Writing to a string does not fail.
            let _ = write!(self.0, "| {cell} ");
        }
        self.0 += "|\n";
    }
}

fn code(text: impl Display) -> String {
    format!("`{text}`")
}

fn sections() -> Markdown {
    let about = "What `SEC(\"…\")` may say. `name+` stands for `name` and `name/…`, `name/` for everything that begins so; the first\n\
                 row that matches holds. A `?` before the name leaves the program out until it is asked for.";
    let row = |row: &SectionDef| {
        let attach_type = row.attach_type.map_or(String::new(), code);
        [code(row.pattern), code(row.prog_type), attach_type, flags_of(row), hook_of(row.attach)]
    };
    let heads = ["section", "program type", "attach type", "flags", "attached by its section"];
    Markdown::page("Sections", about).table(heads, SECTIONS.iter().map(row))
}

fn flags_of(row: &SectionDef) -> String {
    let names = [
        (SectionFlags::ATTACH_TYPE_OPTIONAL, "attach type optional"),
        (SectionFlags::ATTACH_BTF, "BTF target"),
        (SectionFlags::SLEEPABLE, "sleepable"),
        (SectionFlags::XDP_FRAGS, "fragments"),
    ];
    let set = names.iter().filter(|(flag, _)| row.flags.contains(*flag));
    set.map(|(_, name)| *name).collect::<Vec<_>>().join(", ")
}

fn hook_of(attach: Attach) -> String {
    match attach {
        Attach::Manual => "no".into(),
        other => {
            let name = format!("{other:?}");
            name.split(' ').next().unwrap_or_default().to_owned()
        }
    }
}

fn features() -> Markdown {
    let about =
        "What kernels differ in, and what skep does where it is missing. Each is probed, not guessed from the release.";
    let row = |row: &skep_uapi::FeatureRow| {
        [code(row.name), row.what.to_owned(), row.since.to_string(), row.fallback.to_owned()]
    };
    let heads = ["feature", "what it is", "since", "without it"];
    Markdown::page("Features of kernels", about).table(heads, FEATURES.iter().map(row))
}

fn map_types() -> Markdown {
    let about = "Kinds of maps and the flags they are created with, by number.";
    Markdown::page("Map types", about)
        .table(NUMBERED, numbered(MapType::ROWS, |value| value.0.to_string()))
        .heading("Flags")
        .table(NUMBERED, numbered(MapFlags::ROWS, |value| format!("{:#x}", value.0)))
}

fn program_types() -> Markdown {
    let about =
        "Kinds of programs, the flags they are loaded with, where they are attached, and kinds of links, by number.";
    Markdown::page("Program types", about)
        .table(NUMBERED, numbered(ProgType::ROWS, |value| value.0.to_string()))
        .heading("Flags")
        .table(NUMBERED, numbered(ProgFlags::ROWS, |value| format!("{:#x}", value.0)))
        .heading("Attach types")
        .table(NUMBERED, numbered(AttachType::ROWS, |value| value.0.to_string()))
        .heading("Link types")
        .table(NUMBERED, numbered(LinkType::ROWS, |value| value.0.to_string()))
}

fn helpers() -> Markdown {
    let about = "Functions that programs call by number. Newer functions of the kernel have no numbers; they are called by their\n\
                 BTF id.";
    Markdown::page("Helpers", about).table(NUMBERED, numbered(Helper::ROWS, |value| value.0.to_string()))
}

fn instructions() -> Markdown {
    let about = "By opcode. Where several share one, a field tells them apart. `{rd}` and `{rs}` are the registers, `{wd}` and `{ws}`\n\
                 their lower halves. *Version* is that of the instruction set (`-mcpu=`), *since* the first kernel that accepts it.";
    let row = |row: &Instruction| {
        let since = row.since.map_or("no kernel".to_owned(), |release| release.to_string());
        let [llvm, gnu, ubpf, kernel] = Dialect::ALL.map(|dialect| written(row, dialect));
        let opcode = code(format_args!("{:#04x}", row.code.0));
        [opcode, field_of(row.when), llvm, gnu, ubpf, kernel, version_of(row.version), since]
    };
    let heads = ["opcode", "field", "LLVM", "GNU as", "uBPF, conformance suite", "kernel's dumps", "version", "since"];
    Markdown::page("Instructions", about).table(heads, ROWS.iter().map(row))
}

fn field_of(when: When) -> String {
    match when {
        When::Any => String::new(),
        When::Off(value) => format!("off {value}"),
        When::Imm(value) => format!("imm {value:#x}"),
        When::Src(value) => format!("src {value}"),
        When::Dst(value) => format!("dst {value}"),
    }
}

/// The syntax, where a bar would end the cell.
fn written(row: &Instruction, dialect: Dialect) -> String {
    code(row.syntax.of(dialect)).replace('|', "\\|")
}

fn version_of(version: Version) -> String {
    match version {
        Version::Beyond => "–".into(),
        numbered => format!("{numbered:?}").to_lowercase(),
    }
}

const NUMBERED: [&str; 4] = ["number", "name", "in the kernel's headers", "since"];

fn numbered<T: Copy>(rows: &[Row<T>], number: fn(T) -> String) -> impl Iterator<Item = [String; 4]> {
    rows.iter().map(move |row| [number(row.value), code(row.name), code(row.uapi), row.since.to_string()])
}
