//! Global variables, before and after loading.

use crate::case::{Case, Outcome};
use crate::ensure;
use crate::load::{FRAME, fixture};
use skep::sys::bpf::TestRun;

pub const CASES: &[Case] = &[
    Case { name: "initial", needs: &[], run: initial },
    Case { name: "set_before_load", needs: &[], run: set_before_load },
    Case { name: "written_after_load", needs: &[], run: written_after_load },
    Case { name: "constants_stay", needs: &[], run: constants_stay },
];

fn initial() -> Outcome {
    let loaded = fixture("data")?.load()?;
    let numbers = ["counter", "named_data", "named_bss", "aligned", "threshold"];
    let found = numbers.map(|name| loaded.var(name).and_then(|var| var.read::<u32>()).ok());
    ensure!(found == [Some(3), Some(11), Some(0), Some(5), Some(42)], "{numbers:?} are {found:?}");
    let rodata: u64 = loaded.var("named_rodata")?.read()?;
    ensure!(rodata == 22, "named_rodata is {rodata}");
    let settings = loaded.var("settings")?.read_bytes()?;
    ensure!(settings.ends_with(b"first\0\0\0\0\0\0\0"), "settings are {settings:?}");
    Ok(())
}

fn set_before_load() -> Outcome {
    let loaded = fixture("data")?.set("threshold", &7_u32)?.set("counter", &1_i32)?.load()?;
    run(&loaded)?;
    let zeroed: u64 = loaded.var("zeroed")?.read()?;
    ensure!(zeroed == 7, "the program added {zeroed}, not the constant");
    let counter: i32 = loaded.var("counter")?.read()?;
    ensure!(counter == 101, "counter is {counter}");
    Ok(())
}

fn written_after_load() -> Outcome {
    let loaded = fixture("data")?.load()?;
    loaded.var("zeroed")?.write(&1000_u64)?;
    loaded.var("named_bss")?.write(&5_u32)?;
    run(&loaded)?;
    let zeroed: u64 = loaded.var("zeroed")?.read()?;
    let named: u32 = loaded.var("named_bss")?.read()?;
    ensure!((zeroed, named) == (1042, 16), "zeroed is {zeroed}, named_bss is {named}");
    Ok(())
}

fn constants_stay() -> Outcome {
    let loaded = fixture("data")?.load()?;
    let var = loaded.var("threshold")?;
    ensure!(var.is_constant(), "a constant is not known as one");
    ensure!(var.write(&1_u32).is_err(), "a constant was written");
    ensure!(loaded.var("thresold").is_err(), "a variable that is not there was found");
    Ok(())
}

fn run(loaded: &skep::Loaded) -> Outcome {
    loaded.program("sum")?.test_run(&mut TestRun { data: FRAME, ..TestRun::default() })?;
    Ok(())
}
