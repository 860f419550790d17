//! Programs through the verifier one by one, attached to nothing.

use crate::case::{Case, Outcome};
use crate::ensure;
use crate::load::fixture;
use skep::verify::{self, Verdict, Verifier};
use skep::{Config, Loaded};

pub const CASES: &[Case] = &[
    Case { name: "of_each_program", needs: &[], run: of_each_program },
    Case { name: "of_one_program", needs: &[], run: of_one_program },
    Case { name: "place_of_a_failure", needs: &[], run: place_of_a_failure },
    Case { name: "what_others_lack_is_skipped", needs: &[], run: skipped },
    Case { name: "keep_going", needs: &[], run: keep_going },
    Case { name: "undone_when_attaching_fails", needs: &[], run: undone_when_attaching_fails },
];

fn verdicts(object: &str) -> Outcome<Vec<(String, Verdict)>> {
    let skep = fixture(object)?;
    let relocated = verify::prepare(skep.linked(), &skep::target::running()?)?;
    let config = Config::new();
    let mut verifier = Verifier::new(&relocated, &config)?;
    Ok(verifier.programs().iter().map(|program| (program.name.to_string(), verifier.verify(program))).collect())
}

fn of_each_program() -> Outcome {
    let verdicts = verdicts("bad/rejected")?;
    ensure!(verdicts.len() == 5, "{} programs", verdicts.len());
    for (name, verdict) in &verdicts {
        let expected = if name == "good" { "ok" } else { "rejected" };
        ensure!(verdict.outcome.word() == expected, "{name}: {:?}", verdict.outcome);
        ensure!(verdict.counts.insns.is_some_and(|insns| insns > 0), "{name}: {}", verdict.log);
    }
    let good = verdicts.iter().find(|(name, _)| name == "good").ok_or("good is not there")?;
    ensure!(good.1.counts.insns == Some(2) && good.1.counts.time.is_some(), "{:?}", good.1.counts);
    Ok(())
}

fn of_one_program() -> Outcome {
    let skep = fixture("subprograms")?;
    let target = skep::target::running()?;
    let verdict = verify::verify(skep.linked(), &target, "uses_all")?;
    ensure!(verdict.outcome.word() == "ok", "{:?}", verdict.outcome);
    ensure!(verdict.counts.stack.is_some(), "{}", verdict.log);
    let Err(errors) = verify::verify(skep.linked(), &target, "uses_al") else {
        return Err("a verdict on nothing".into());
    };
    let error = errors.first().ok_or("no error")?;
    ensure!(error.code() == "no-such-program", "{error}");
    ensure!(error.help().is_some_and(|help| help.contains("uses_all")), "{:?}", error.help());
    Ok(())
}

/// Program, instruction and line of source of what is wrong, and the end of the path there.
fn place_of_a_failure() -> Outcome {
    let Err(errors) = fixture("bad/rejected")?.only(["unchecked_null"]).load() else {
        return Err("it was accepted".into());
    };
    let error = errors.first().ok_or("no error")?;
    let site = error.site();
    ensure!(site.symbol.as_deref() == Some("unchecked_null"), "{site}");
    ensure!(site.insn.is_some_and(|insn| insn.0 == 7), "{site}");
    let source = site.source.as_ref().ok_or("no line of source")?;
    ensure!(&*source.text == "*count += 1;" || source.text.contains("*count += 1"), "{source:?}");
    let skep::Kind::Verifier(rejection) = error.kind() else { return Err(format!("{error}").into()) };
    ensure!(rejection.reason.contains("map_value_or_null"), "{}", rejection.reason);
    ensure!(rejection.path.contains("bpf_map_lookup_elem"), "{}", rejection.path);
    ensure!(rejection.log.len() > rejection.path.len(), "the log is not whole");
    Ok(())
}

fn skipped() -> Outcome {
    for (name, verdict) in verdicts("bad/attach_target")? {
        // Where a tracepoint or a probe is only matters when it is attached.
        let expected = if ["no_such_tracepoint", "no_such_probe"].contains(&&*name) { "ok" } else { "skipped" };
        ensure!(verdict.outcome.word() == expected, "{name}: {:?}", verdict.outcome);
    }
    Ok(())
}

fn keep_going() -> Outcome {
    let loaded: Loaded = fixture("bad/rejected")?.config(|config| config.keep_going(true)).load()?;
    ensure!(loaded.programs().len() == 1 && loaded.program("good").is_ok(), "{} programs", loaded.programs().len());
    ensure!(loaded.failed().len() == 4, "{} failures", loaded.failed().len());
    let Err(error) = loaded.program("endless") else { return Err("a program that was refused".into()) };
    ensure!(error.code() == "not-loaded", "{error}");
    Ok(())
}

/// One program cannot be attached: the other one is not either.
fn undone_when_attaching_fails() -> Outcome {
    let links = || skep::sys::bpf::ids(skep::sys::bpf::Kind::Link).count();
    let loaded = fixture("hooks")?.only(["on_raw_tracepoint", "on_xdp"]).load()?;
    let before = links();
    let Err(errors) = loaded.attach() else { return Err("XDP was attached to no interface".into()) };
    ensure!(errors.iter().all(|error| error.code() == "attach-no-place"), "{errors}");
    ensure!(links() == before, "a link was left");
    Ok(())
}
