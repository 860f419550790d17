//! `skep btf check`: whether kernels take types, and which.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    sync::Arc,
};

use serde_json::{Value, json};
use skep::{
    btf::{
        Btf,
        check::{Finding, What, check as findings},
    },
    sys::{
        Errno,
        bpf::{BtfLoad, Log, btf_load},
    },
    uapi::Release,
};

use crate::{
    args::btf::Check,
    output::{self, BAD, FAINT, GOOD, HEAD, WARN, styled},
    report::{Failure, Report, status},
    source,
};

/// The releases that are named without a wish: those that are maintained for long, and those that brought something.
const RELEASES: [(u16, u16); 11] =
    [(4, 19), (5, 4), (5, 10), (5, 15), (6, 1), (6, 6), (6, 12), (6, 14), (6, 18), (7, 0), (7, 1)];
/// How many types are named of those that one thing is wrong with.
const NAMED: usize = 3;

/// What a release makes of types.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Takes,
    /// What it does not know is rewritten when skep loads them.
    Rewritten,
    Refuses,
}

impl Verdict {
    fn of(found: &[Finding], release: Release) -> Self {
        let refused = || found.iter().filter(|finding| finding.what.refused().by(release));
        match (refused().next(), refused().all(|finding| finding.what.feature().is_some())) {
            (None, _) => Self::Takes,
            (_, true) => Self::Rewritten,
            _ => Self::Refuses,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Takes => "takes",
            Self::Rewritten => "rewritten",
            Self::Refuses => "refuses",
        }
    }

    fn text(self) -> String {
        match self {
            Self::Takes => styled(GOOD, "takes them"),
            Self::Rewritten => styled(WARN, "takes them as skep rewrites them"),
            Self::Refuses => styled(BAD, "refuses them"),
        }
    }
}

/// What is known of a source.
struct Checked {
    name: String,
    btf: Arc<Btf>,
    found: Vec<Finding>,
    verdicts: Vec<(Release, Verdict)>,
    /// What the running kernel said, if it was asked.
    loaded: Option<Result<(), String>>,
}

/// Says what releases, or the running kernel, make of types.
pub fn check(args: &Check) -> Result<(), Failure> {
    let mut bad = Vec::new();
    for name in &args.sources {
        let checked = one(name, args)?;
        if args.json { output::json_line(&checked.json()) } else { checked.print() }.map_err(output::lost)?;
        bad.extend(checked.failure());
    }
    Failure::collect(bad.into_iter().map(Err::<(), _>)).map(drop)
}

fn one(name: &str, args: &Check) -> Result<Checked, Failure> {
    let opened = source::open_settled(name, &args.base)?;
    let btf = opened.btf;
    let found = findings(&btf);
    let releases = if args.kernel.is_empty() {
        RELEASES.iter().map(|&(major, minor)| Release::new(major, minor)).collect()
    } else {
        args.kernel.clone()
    };
    let verdicts = releases.into_iter().map(|release| (release, Verdict::of(&found, release))).collect();
    let loaded = if args.load { Some(load(&btf)?) } else { None };
    Ok(Checked { name: opened.name, btf, found, verdicts, loaded })
}

/// What the running kernel says.
fn load(btf: &Btf) -> Result<Result<(), String>, Failure> {
    if btf.base().is_some() {
        return Ok(Err("kernels take types that go on from theirs only with a module".into()));
    }
    let mut log = Log::new(1, Log::MAX_SIZE);
    match btf_load(&BtfLoad { btf: btf.bytes().as_ref(), token: None }, Some(&mut log)) {
        Ok(_) => Ok(Ok(())),
        Err(error) if error.errno == Errno::EPERM => {
            let report = Report::new("missing-capability", format!("to load types: {error}")).help("run it as root");
            Err(Failure::new(status::PRIVILEGE, report))
        }
        Err(error) => Ok(Err(match log.text().lines().last() {
            Some(last) => format!("{error}: {last}"),
            None => error.to_string(),
        })),
    }
}

impl Checked {
    /// The findings by what they are.
    fn groups(&self) -> BTreeMap<String, (What, Vec<&Finding>)> {
        let mut groups = BTreeMap::new();
        for finding in &self.found {
            let (_, all) = groups.entry(finding.what.to_string()).or_insert((finding.what, Vec::new()));
            all.push(finding);
        }
        groups
    }

    fn print(&self) -> io::Result<()> {
        let mut out = output::out();
        let about = format!("{} types, {} bytes", self.btf.len(), self.btf.bytes().as_ref().len());
        writeln!(out, "{}  {}", styled(HEAD, &self.name), styled(FAINT, about))?;
        for (text, (what, all)) in self.groups() {
            let refused = what.refused();
            if refused.until.is_some() && !self.verdicts.iter().any(|&(release, _)| refused.by(release)) {
                continue;
            }
            let by = match (refused.from, refused.until) {
                (_, None) => styled(BAD, "no kernel takes"),
                (from, Some(until)) if from <= Release::new(4, 18) => styled(WARN, format!("since {until}")),
                (from, Some(until)) => styled(WARN, format!("not from {from} to before {until}")),
            };
            let how = if what.feature().is_some() { "; rewritten for others" } else { "" };
            writeln!(out, "  {by}: {text}{}", styled(FAINT, how))?;
            // What is rewritten needs no look at.
            let named = if what.feature().is_some() { 0 } else { NAMED };
            for finding in all.iter().take(named) {
                writeln!(out, "    {}", self.place(finding))?;
            }
            if named != 0 && all.len() > named {
                writeln!(out, "    {}", styled(FAINT, format!("and {} more", all.len() - named)))?;
            }
        }
        for (release, verdict) in &self.verdicts {
            writeln!(out, "  {:<6} {}", release.to_string(), verdict.text())?;
        }
        match &self.loaded {
            None => Ok(()),
            Some(Ok(())) => writeln!(out, "  this kernel {}", styled(GOOD, "took them")),
            Some(Err(why)) => writeln!(out, "  this kernel {}: {why}", styled(BAD, "refused them")),
        }
    }

    /// Which type it is, and which part of it.
    fn place(&self, finding: &Finding) -> String {
        let Some(id) = finding.id else { return "the header".into() };
        let element = finding.element.map_or(String::new(), |i| format!(", element {i}"));
        format!("type {} {}{element}", id.0, self.btf.spelled(id))
    }

    fn json(&self) -> Value {
        let finding = |finding: &Finding| {
            let refused = finding.what.refused();
            json!({
                "type": finding.id.map(|id| id.0),
                "name": finding.id.map(|id| self.btf.spelled(id)),
                "element": finding.element,
                "what": finding.what.to_string(),
                "refused_from": refused.from.to_string(),
                "taken_since": refused.until.map(|release| release.to_string()),
                "rewritten": finding.what.feature().is_some(),
            })
        };
        json!({
            "source": self.name,
            "types": self.btf.len(),
            "findings": self.found.iter().map(finding).collect::<Vec<_>>(),
            "kernels": self.verdicts.iter().map(|(release, verdict)| {
                json!({ "release": release.to_string(), "verdict": verdict.word() })
            }).collect::<Vec<_>>(),
            "loaded": self.loaded.as_ref().map(|loaded| json!({ "taken": loaded.is_ok(), "why": loaded.as_ref().err() })),
        })
    }

    /// The failure, if a release or the running kernel refuses them; without a wish, if every release does.
    fn failure(&self) -> Option<Failure> {
        let refused: Vec<_> = self.verdicts.iter().filter(|(_, verdict)| *verdict == Verdict::Refuses).collect();
        let by_release = !refused.is_empty() && refused.len() == self.verdicts.len();
        let by_kernel = matches!(self.loaded, Some(Err(_)));
        let all: String = refused.iter().map(|(release, _)| release.to_string()).collect::<Vec<_>>().join(", ");
        let who = if by_kernel { "this kernel".into() } else { format!("Linux {all}") };
        (by_release || by_kernel).then(|| {
            Failure::new(status::REFUSED, Report::new("btf-refused", format!("refused by {who}")).file(&self.name))
        })
    }
}
