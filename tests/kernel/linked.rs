//! Objects linked by skep: what they do in the kernel, linked in memory and through a file.

use crate::case::{Case, Need, Outcome};
use crate::load::FRAME;
use crate::{ensure, host};
use skep::linker::{Options, Replaceable, link, link_with};
use skep::object::{Object, elf};
use skep::sys::bpf::TestRun;
use skep::{Linked, Loaded, Skep};
use skep_uapi::Release;
use std::fs;

const THROW: Need = Need::Since(Release::new(6, 7), "exceptions");
const CALLBACKS: Need = Need::Since(Release::new(5, 17), "bpf_loop");
const ARENA: Need = Need::Since(Release::new(6, 9), "arenas");
const JUMPS: Need = Need::Since(Release::new(6, 19), "computed jumps");
const JIT: Need = Need::Option("CONFIG_BPF_JIT");
/// The result of a linked object is the same whether it is loaded at once or was a file in between.
const WAYS: [bool; 2] = [false, true];

pub const CASES: &[Case] = &[
    Case { name: "calls_maps_and_variables_of_another_object", needs: &[], run: across },
    Case { name: "out_of_an_archive", needs: &[], run: archive },
    Case { name: "weak_and_strong", needs: &[], run: weak },
    Case { name: "without_what_nothing_uses", needs: &[], run: collected },
    Case { name: "functions_made_static", needs: &[], run: internal },
    Case { name: "a_default_body", needs: &[], run: replaceable },
    Case { name: "caught_in_another_object", needs: &[THROW, JIT], run: thrown },
    Case { name: "callbacks", needs: &[CALLBACKS], run: callbacks },
    Case { name: "arena", needs: &[ARENA, JIT], run: arena },
    Case { name: "jump_tables", needs: &[JUMPS, JIT], run: jump_tables },
];

fn object(name: &str) -> Outcome<Object> {
    let path = host::file(&format!("fixtures/o/el/{name}.bpf.o"));
    elf::read(&path.to_string_lossy(), &fs::read(&path)?).map_err(|errors| errors.to_string().into())
}

fn objects(names: &[&str]) -> Outcome<Vec<Object>> {
    names.iter().map(|name| object(name)).collect()
}

/// The objects as one, in memory or written to a file and read.
fn linked(objects: Vec<Object>, options: &Options, through_file: bool) -> Outcome<Linked> {
    let one = link_with(objects, options).map_err(|errors| errors.to_string())?.object;
    let one = if through_file {
        let bytes = elf::write(&one).map_err(|errors| errors.to_string())?;
        elf::read("linked.bpf.o", &bytes).map_err(|errors| errors.to_string())?
    } else {
        one
    };
    link([one]).map_err(|errors| errors.to_string().into())
}

fn load(names: &[&str], options: &Options, through_file: bool) -> Outcome<Loaded> {
    Ok(Skep::new(linked(objects(names)?, options, through_file)?).load()?)
}

fn returns(loaded: &Loaded, program: &str) -> Outcome<u32> {
    Ok(loaded.program(program)?.test_run(&mut TestRun { data: FRAME, ..TestRun::default() })?.retval)
}

fn counted(loaded: &Loaded) -> Outcome {
    ensure!(returns(loaded, "count")? == 2, "the static variable of the program's object");
    let answers: [u32; 4] = loaded.var("answers")?.read()?;
    ensure!(answers == [59, 240, 2, 34], "{answers:?}");
    ensure!(loaded.map("records")?.info()?.max_entries == 64, "the map is the other object's");
    ensure!(returns(loaded, "visits")? == 2, "a hidden function of a third object finds the record");
    Ok(())
}

fn across() -> Outcome {
    let mut orders = [["main", "library", "visit"], ["visit", "library", "main"], ["library", "main", "visit"]];
    for names in orders.iter_mut() {
        let names = names.map(|name| format!("link/{name}"));
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        for way in WAYS {
            counted(&load(&names, &Options::default(), way)?)?;
        }
    }
    Ok(())
}

fn archive() -> Outcome {
    let path = host::file("fixtures/o/el/link/liblink.a");
    let library = skep::linker::Library::read("liblink.a", &fs::read(path)?, |_| Err("a file".into()));
    let mut all = objects(&["link/main"])?;
    let library = library.map_err(|errors| errors.to_string())?;
    let taken = skep::linker::pull(&all, vec![library], &[]).map_err(|errors| errors.to_string())?;
    all.extend(taken.into_iter().map(|(object, _)| object));
    counted(&Skep::new(linked(all, &Options::default(), true)?).load()?)
}

fn weak() -> Outcome {
    for (names, expected) in [
        (&["link/user", "link/weak"][..], 111),
        (&["link/weak", "link/user", "link/strong"], 122),
        (&["link/strong", "link/user", "link/weak"], 122),
    ] {
        for way in WAYS {
            let loaded = load(names, &Options::default(), way)?;
            let answer = returns(&loaded, "choose")?;
            ensure!(answer == expected, "{names:?}: {answer}");
        }
    }
    Ok(())
}

fn collected() -> Outcome {
    let names = ["link/main", "link/library", "link/visit", "link/strong"];
    let loaded = load(&names, &Options { gc_sections: true, ..Options::default() }, true)?;
    ensure!(loaded.map("chosen_map").is_err(), "a map that nothing uses was created");
    counted(&loaded)
}

fn internal() -> Outcome {
    let names = ["link/main", "link/library", "link/visit"];
    counted(&load(&names, &Options { internalize: true, ..Options::default() }, true)?)
}

fn replaceable() -> Outcome {
    for value in [0, 1] {
        let filter = Replaceable { name: "filter".into(), value };
        let loaded = load(&["link/plugin"], &Options { replaceable: vec![filter], ..Options::default() }, true)?;
        ensure!(returns(&loaded, "decide")? == value as u32, "the default body returned something else");
    }
    Ok(())
}

fn thrown() -> Outcome {
    for way in WAYS {
        let loaded = load(&["link/throws", "link/catches"], &Options::default(), way)?;
        let returned = returns(&loaded, "throws")?;
        ensure!(returned == 42, "{returned}");
    }
    let options = Options { gc_sections: true, ..Options::default() };
    ensure!(returns(&load(&["link/throws", "link/catches"], &options, true)?, "throws")? == 42, "it was collected");
    Ok(())
}

fn callbacks() -> Outcome {
    let loaded = load(&["link/visit", "callbacks", "link/library"], &Options::default(), true)?;
    ensure!(!loaded.programs().is_empty(), "no program was loaded");
    Ok(())
}

fn arena() -> Outcome {
    let linked = linked(objects(&["link/strong", "arena", "link/weak"])?, &Options::default(), true)?;
    let loaded = Skep::new(linked).set("number", &100u64)?.load()?;
    loaded.program("look")?.test_run(&mut TestRun::default())?;
    ensure!(loaded.var("from_number")?.read::<u64>()? == 100, "the program reads its variable of the arena");
    ensure!(loaded.var("through_pointer")?.read::<u64>()? == 2, "the address of a variable is its place");
    Ok(())
}

fn jump_tables() -> Outcome {
    let loaded = load(&["link/library", "jump_table", "link/visit"], &Options::default(), true)?;
    for (name, expected) in [("jumps", 7), ("calls", 7), ("calls_later", 8)] {
        let returned = loaded.program(name)?.test_run(&mut TestRun::default())?.retval;
        ensure!(returned == expected, "{name}: {returned}");
    }
    Ok(())
}
