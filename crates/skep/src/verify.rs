//! Every program by itself through the verifier of the running kernel, attached to nothing.

use std::time::{Duration, Instant};

use crate::{
    Absent, Config, Error, Errors, Kind,
    linker::Linked,
    load::{Session, running_release},
    object::uapi::{AttachType, ProgType},
    probe,
    reloc::{self, Program, Relocated, Selection, Target},
    sys::Errno,
};

/// What the verifier says about a program.
#[derive(Debug)]
pub struct Verdict {
    /// The verdict itself.
    pub outcome: Outcome,
    /// What the verifier counted, as far as it got.
    pub counts: Counts,
    /// Its log: the statistics of a program that is accepted, the failing path of one that is not.
    pub log: String,
    /// How long the call took as a whole.
    pub elapsed: Duration,
}

/// The verdict on a program.
#[derive(Debug)]
pub enum Outcome {
    /// It can be loaded.
    Accepted,
    /// It cannot; all that is wrong with it.
    Rejected(Vec<Error>),
    /// It cannot be tried here, and why.
    Skipped(String),
    /// It was not tried, because this process lacks a capability.
    Denied(Vec<Error>),
}

impl Outcome {
    /// The verdict in a word: `ok`, `rejected` or `skipped`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Accepted => "ok",
            Self::Rejected(_) => "rejected",
            Self::Skipped(_) | Self::Denied(_) => "skipped",
        }
    }
}

/// What the verifier counted. Numbers that this kernel does not report are none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Instructions that were walked over, each as often as it was.
    pub insns: Option<u64>,
    /// States of registers and stack that were remembered, in all.
    pub states: Option<u64>,
    /// The most states at one time.
    pub peak_states: Option<u64>,
    /// The most states for one instruction.
    pub max_states_per_insn: Option<u64>,
    /// Bytes of stack, of all functions together.
    pub stack: Option<u64>,
    /// Time that the verifier took.
    pub time: Option<Duration>,
}

/// Relocates an object so that each of its programs can be tried: also those that are not loaded by default.
///
/// # Errors
/// What is wrong with the whole object.
pub fn prepare(linked: &Linked, target: &Target) -> Result<Relocated, Errors> {
    Ok(reloc::relocate(linked, target, &reloc::Config::new().select(Selection::All))?)
}

/// Tries the programs of an object one by one, over the same maps.
pub struct Verifier<'a> {
    state: Result<Session<'a>, String>,
    relocated: &'a Relocated,
}

impl<'a> Verifier<'a> {
    /// Creates the maps. What is wrong with one of them is reported for the programs that use it.
    ///
    /// # Errors
    /// Values for variables that do not exist or have another size.
    pub fn new(relocated: &'a Relocated, config: &'a Config) -> Result<Self, Errors> {
        let state = match Session::new(relocated, config) {
            Ok(mut session) => {
                let broken = session.maps()?;
                session.remember(broken);
                Ok(session)
            }
            Err(error) => Err(error.to_string()),
        };
        Ok(Self { state, relocated })
    }

    /// The programs, in the order of the object.
    pub fn programs(&self) -> &'a [Program] {
        &self.relocated.programs
    }

    /// Tries a program.
    pub fn verify(&mut self, program: &'a Program) -> Verdict {
        let session = match &mut self.state {
            Ok(session) => session,
            Err(reason) => return Verdict::without_log(Outcome::Skipped(reason.clone())),
        };
        if let Some(reason) = untriable(program) {
            return Verdict::without_log(Outcome::Skipped(reason));
        }
        let attempt = match session.attempt(program) {
            Ok(attempt) => attempt,
            Err(errors) => return Verdict::without_log(judge(program, errors)),
        };
        let start = Instant::now();
        let (result, log) = session.run_logged(&attempt, 4);
        let elapsed = start.elapsed();
        let (outcome, log) = match result {
            Ok(_) => (Outcome::Accepted, log),
            Err(_) => match session.run_logged(&attempt, 1 | 4) {
                // Whatever it was, it was not the program.
                (Ok(_), log) => (Outcome::Accepted, log),
                (Err(error), log) => (judge(program, vec![session.refused(&attempt, error, &log)]), log),
            },
        };
        let text = log.text().into_owned();
        Verdict { outcome, counts: Counts::parse(&text), log: text, elapsed }
    }
}

/// Tries one program of an object.
///
/// # Errors
/// `no-such-program`, and what is wrong with the object as a whole.
pub fn verify(linked: &Linked, target: &Target, name: &str) -> Result<Verdict, Errors> {
    let select = reloc::Config::new().select(Selection::Only(vec![name.to_owned()]));
    let relocated = reloc::relocate(linked, target, &select)?;
    let config = Config::new().file(linked.file().clone());
    let mut verifier = Verifier::new(&relocated, &config)?;
    Ok(match relocated.program(name) {
        Some(program) => verifier.verify(program),
        None => Verdict::without_log(Outcome::Skipped(format!("`{name}` was not relocated"))),
    })
}

impl Verdict {
    fn without_log(outcome: Outcome) -> Self {
        Self { outcome, counts: Counts::default(), log: String::new(), elapsed: Duration::ZERO }
    }
}

/// Why a program cannot be tried by itself, if it cannot.
fn untriable(program: &Program) -> Option<String> {
    let since = [
        program.prog_type.since().map(|since| (format!("programs of type {}", program.prog_type), since)),
        hook_of(program).and_then(|attach| Some((format!("the attach type {attach}"), attach.since()?))),
    ];
    let newer = since.into_iter().flatten().find(|(_, since)| *since > running_release());
    if let Some((what, since)) = newer {
        return Some(format!("{what} exist since Linux {since}"));
    }
    match program.prog_type {
        ProgType::EXT => Some("it replaces a function of another program, which would have to be loaded".into()),
        _ => None,
    }
}

/// The attach type of a program, unless the number is something else.
fn hook_of(program: &Program) -> Option<AttachType> {
    program.attach_type.filter(|_| program.prog_type != ProgType::STRUCT_OPS)
}

/// Whether relocation lacks something that another kernel, or a later version of this library, has.
fn is_elsewhere(kind: &reloc::Kind) -> bool {
    use reloc::Kind::{
        AttachTargetAbsent, ExternAbsent, Feature, NoAttachTarget, NoStructOps, NoSuchModule, StructOps, Unavailable,
        Unsupported,
    };
    let kernel =
        matches!(kind, Unavailable(_) | Feature(_) | Unsupported { .. } | NoStructOps { .. } | StructOps { .. });
    kernel
        || matches!(kind, ExternAbsent { .. } | AttachTargetAbsent { .. } | NoAttachTarget { .. } | NoSuchModule { .. })
}

/// Whether errors are the program's, or say that it cannot be tried here.
fn judge(program: &Program, errors: Vec<Error>) -> Outcome {
    if errors.iter().any(|error| matches!(error.kind(), Kind::MissingCapability { .. })) {
        return Outcome::Denied(errors);
    }
    let reason = errors.iter().find(|error| match error.kind() {
        Kind::Unsupported(_) => true,
        Kind::Relocate(kind) => is_elsewhere(kind),
        Kind::Verifier(rejection) => matches!(rejection.absent, Some(Absent::Extern(_))),
        Kind::ProgramLoad { error, .. } => {
            matches!(error.errno, Errno::EPERM | Errno::ENOTSUPP | Errno::EOPNOTSUPP | Errno::ENODEV)
                || error.errno == Errno::EINVAL && !probe::has_programs(program.prog_type, program.attach_type)
        }
        Kind::MapCreate { error, .. } => matches!(error.errno, Errno::EPERM | Errno::ENOTSUPP | Errno::EOPNOTSUPP),
        _ => false,
    });
    match reason {
        Some(error) => Outcome::Skipped(match error.help() {
            Some(help) => format!("{}: {help}", error.kind()),
            None => error.kind().to_string(),
        }),
        None => Outcome::Rejected(errors),
    }
}

/// The lines at the end of a log that may be statistics: since 7.3 there is one for each of up to 256 functions.
const TAIL: usize = 300;

impl Counts {
    fn parse(log: &str) -> Self {
        let mut counts = Self::default();
        for line in log.lines().rev().take(TAIL) {
            let words = line.split_whitespace().collect::<Vec<_>>();
            let after = |name: &str| {
                let at = words.iter().position(|word| *word == name)?;
                words.get(at + 1)?.parse::<u64>().ok()
            };
            if line.starts_with("processed ") {
                counts.insns = after("processed");
                counts.states = after("total_states");
                counts.peak_states = after("peak_states");
                counts.max_states_per_insn = after("max_states_per_insn");
            } else if line.starts_with("verification time ") {
                counts.time = after("time").map(Duration::from_micros);
            } else if let Some(depths) = line.strip_prefix("stack depth ") {
                // `32+16` for each function, or `max 48` since 7.3.
                let depths = depths.strip_prefix("max ").unwrap_or(depths);
                let depths = depths.split_whitespace().next().unwrap_or(depths);
                counts.stack = depths.split('+').map(|depth| depth.parse::<u64>().ok()).sum();
            }
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_from_the_log() {
        let log = "verification time 123 usec\nstack depth 64+16\n\
                   processed 75 insns (limit 1000000) max_states_per_insn 1 total_states 6 peak_states 5 mark_read 2\n";
        let counts = Counts::parse(log);
        assert_eq!((counts.insns, counts.states, counts.peak_states), (Some(75), Some(6), Some(5)));
        assert_eq!((counts.stack, counts.time), (Some(80), Some(Duration::from_micros(123))));
        let newer = Counts::parse("stack depth max 48\nsubprog 0 (f) main insns_self 18 insns_total 39 stack 8\n");
        assert_eq!(newer.stack, Some(48));
        assert_eq!(Counts::parse("nothing of the sort"), Counts::default());
    }
}
