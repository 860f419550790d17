//! What is wrong is refused with the right code, and what is sound is not affected.

use crate::case::{Case, Outcome};
use crate::ensure;
use crate::load::fixture;

pub const CASES: &[Case] = &[
    Case { name: "verifier", needs: &[], run: verifier },
    Case { name: "sound_program_of_a_bad_object", needs: &[], run: sound_program },
    Case { name: "no_license", needs: &[], run: || refused("bad/no_license", "needs_gpl", "verifier-rejected") },
    Case { name: "no_such_tracepoint", needs: &[], run: || no_target("no_such_tracepoint", "sched_switch") },
    Case { name: "no_such_function", needs: &[], run: || no_target("no_such_function", "do_unlinkat") },
];

fn refused(object: &str, program: &str, code: &str) -> Outcome {
    let Err(errors) = fixture(object)?.only([program]).load() else {
        return Err(format!("{program} of {object} was accepted").into());
    };
    let codes: Vec<_> = errors.iter().map(|error| error.code()).collect();
    ensure!(codes.contains(&code), "{codes:?}: {errors}");
    Ok(())
}

fn verifier() -> Outcome {
    for program in ["unchecked_null", "out_of_bounds", "endless", "unchecked_packet"] {
        refused("bad/rejected", program, "verifier-rejected")?;
    }
    Ok(())
}

fn sound_program() -> Outcome {
    for (object, program) in [
        ("bad/rejected", "good"),
        ("bad/unknown_section", "good"),
        ("bad/undefined_function", "calls_none"),
        ("bad/core_absent", "good"),
        ("bad/unnamed_argument", "unnamed"),
    ] {
        let loaded = fixture(object)?.only([program]).load()?;
        ensure!(loaded.program(program).is_ok(), "{program} of {object} was not loaded");
    }
    Ok(())
}

/// The error of a hook that is not there names one that is nearly spelt so.
fn no_target(program: &str, near: &str) -> Outcome {
    let attached = fixture("bad/attach_target")?.only([program]).load().and_then(|loaded| loaded.attach());
    let Err(errors) = attached else {
        return Err(format!("{program} was attached").into());
    };
    let text = errors.iter().map(|error| format!("{error} {}", error.help().unwrap_or_default()));
    let text = text.collect::<Vec<_>>().join("\n");
    ensure!(text.contains(near), "the error does not name {near}: {text}");
    Ok(())
}
