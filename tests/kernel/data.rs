//! Variables in arenas and for each CPU, jump tables, objects of older forms.

use crate::case::{Case, Need, Outcome};
use crate::ensure;
use crate::load::fixture;
use skep::Kind;
use skep::sys::bpf::TestRun;
use skep_uapi::{Feature, Release};

const ARENA: Need = Need::Since(Release::new(6, 9), "arenas");
const JUMPS: Need = Need::Since(Release::new(6, 19), "jump tables");
const JIT: Need = Need::Option("CONFIG_BPF_JIT");
const PERCPU: Need = Need::Feature(Feature::PercpuData);
const SYSCALL: Need = Need::Since(Release::new(5, 14), "programs of type syscall");
const XDP: Need = Need::Since(Release::new(4, 8), "XDP");

pub const CASES: &[Case] = &[
    Case { name: "arena", needs: &[ARENA, JIT], run: arena },
    Case { name: "percpu", needs: &[PERCPU], run: percpu },
    Case { name: "percpu_is_not_missed", needs: &[SYSCALL], run: without_percpu },
    Case { name: "jump_tables", needs: &[JUMPS, JIT], run: jump_tables },
    Case { name: "jump_tables_are_named_where_there_are_none", needs: &[], run: no_jump_tables },
    Case { name: "old_forms", needs: &[XDP], run: old_forms },
    Case { name: "addresses_in_data", needs: &[], run: addresses },
];

fn arena() -> Outcome {
    let loaded = fixture("arena")?.set("number", &100u64)?.load()?;
    ensure!(loaded.var("number")?.read::<u64>()? == 100, "a variable of the arena is set before loading");
    ensure!(loaded.var("others")?.read::<[u64; 3]>()? == [1, 2, 3], "they have their first values");
    loaded.program("look")?.test_run(&mut TestRun::default())?;
    ensure!(loaded.var("from_number")?.read::<u64>()? == 100, "the program reads it");
    ensure!(loaded.var("through_pointer")?.read::<u64>()? == 2, "the address of a variable is its place");
    ensure!(loaded.var("number")?.read::<u64>()? == 101, "the program writes it");
    ensure!(loaded.var("others")?.read::<[u64; 3]>()? == [1, 2, 12], "and what the address leads to");
    Ok(())
}

fn percpu() -> Outcome {
    let loaded = fixture("percpu")?.only(["count"]).set("step", &4u32)?.load()?;
    let program = loaded.program("count")?;
    for _ in 0..3 {
        program.test_run(&mut TestRun::default())?;
    }
    let runs: Vec<u64> = loaded.var("runs")?.read_each()?;
    let cpus = runs.len() as u64;
    ensure!(runs.iter().sum::<u64>() == 5 * cpus + 12, "{runs:?}");
    ensure!(runs.iter().all(|run| *run >= 5), "each CPU begins with 5: {runs:?}");
    Ok(())
}

/// Older kernels load what does not need it, and are named for what does.
fn without_percpu() -> Outcome {
    fixture("percpu")?.load()?.program("without")?;
    if crate::host::release() >= Feature::PercpuData.since() {
        return Ok(());
    }
    let errors = fixture("percpu")?.only(["count"]).load().err().ok_or("this kernel has none")?;
    let first = errors.first().ok_or("an error")?;
    ensure!(first.code() == "feature-missing", "{errors}");
    ensure!(first.help().is_some_and(|help| help.contains("7.3")), "{errors}");
    Ok(())
}

fn jump_tables() -> Outcome {
    let loaded = fixture("jump_table")?.load()?;
    for (name, expected) in [("jumps", 7), ("calls", 7), ("calls_later", 8)] {
        let output = loaded.program(name)?.test_run(&mut TestRun::default())?;
        ensure!(output.retval == expected, "{name}: {}", output.retval);
    }
    Ok(())
}

fn no_jump_tables() -> Outcome {
    if crate::host::release() >= Release::new(6, 19) {
        return Ok(());
    }
    let errors = fixture("jump_table")?.only(["jumps"]).load().err().ok_or("this kernel has none")?;
    let error = errors.first().ok_or("an error")?;
    ensure!(error.help().is_some_and(|help| help.contains("6.19")), "{errors}");
    Ok(())
}

fn old_forms() -> Outcome {
    let loaded = fixture("old_forms")?.set_entry("in_text", "xdp")?.load()?;
    ensure!(loaded.maps().count() == 2, "both maps");
    for (name, expected) in [("static_program", 2), ("in_text", 2)] {
        let mut run = TestRun { data: &[0; 64], ..TestRun::default() };
        let output = loaded.program(name)?.test_run(&mut run)?;
        ensure!(output.retval == expected, "{name}: {}", output.retval);
    }
    let one = loaded.map("hash")?.lookup(&0u32.to_ne_bytes())?;
    ensure!(one == Some(1u64.to_ne_bytes().to_vec()), "{one:?}");
    Ok(())
}

fn addresses() -> Outcome {
    let errors = fixture("bad/data_address")?.load().err().ok_or("nothing fills them in")?;
    let codes: Vec<_> = errors.iter().map(|error| error.code()).collect();
    ensure!(codes == ["data-address"; 3], "{errors}");
    ensure!(matches!(errors.first().map(|e| e.kind()), Some(Kind::Relocate(_))), "{errors}");
    fixture("bad/data_address")?.only(["sound"]).load()?;
    Ok(())
}
