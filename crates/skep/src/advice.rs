//! What to do about the verifier's commonest refusals.

/// A row: words of the kernel's reason, all of which must occur, and the advice.
type Row = (&'static [&'static str], &'static str);

/// The first row whose words all occur decides.
const ADVICE: &[Row] = &[
    (&["GPL"], "declare a licence the kernel takes for GPL: `char LICENSE[] SEC(\"license\") = \"GPL\";`"),
    (&["invalid mem access", "_or_null'"], "the pointer may be null here: compare it with NULL before it is used"),
    (&["Possibly NULL pointer"], "the pointer may be null here: compare it with NULL before it is used"),
    (&["invalid access to packet"], "compare the end of what is read with `data_end`, and leave if it lies beyond"),
    (&["max value is outside"], "bound the index or offset right before this access, as in `if (i >= N) return 0;`"),
    (&["min value is negative"], "the number may be negative here: make it unsigned, or test that it is not below 0"),
    (&["unbounded memory access"], "bound the size or offset right before this access, as in `if (n > MAX) return 0;`"),
    (&["infinite loop"], "no register changes from one round to the next: count in the loop and leave it at a limit"),
    (&["back-edge"], "this kernel takes no loops: unroll it with `#pragma unroll`, or use bpf_loop() (5.17)"),
    (&["too large"], "split the program into global functions or tail calls, or let bpf_loop() do the rounds"),
    (
        &["too many jumps"],
        "branches multiply: move part of the code into a global function, which is verified by itself",
    ),
    (
        &["too many states"],
        "branches multiply: move part of the code into a global function, which is verified by itself",
    ),
    (&["combined stack size"], "move large variables off the stack, into a map of type percpu_array"),
    (&["Unreleased reference"], "what was reserved or acquired must be submitted, discarded or released on every path"),
    (&["invalid indirect read from stack"], "set all bytes of the variable first, padding included: `= {}` or memset"),
    (&["!read_ok"], "the register holds nothing on this path: give the variable a value, or return one"),
    (&["invalid bpf_context access"], "this type of program may not touch that part of its context"),
    (&["unknown func"], "this kernel has no such helper, or not for this type of program"),
    (&["cannot use helper"], "this helper is not for this type of program"),
    (&["calling kernel function", "not allowed"], "this kernel function is not for this type of program"),
    (&["sleepable"], "a sleepable program (section with `.s`) may do it, or must not: see the reason above"),
];

/// What to do about a program that was refused with this reason.
pub(crate) fn advice(reason: &str) -> Option<&'static str> {
    ADVICE.iter().find(|(words, _)| words.iter().all(|word| reason.contains(word))).map(|(_, advice)| *advice)
}

#[cfg(test)]
mod tests {
    use super::advice;

    #[test]
    fn common_refusals_have_advice() {
        let says = |reason, word| assert!(advice(reason).unwrap().contains(word), "{reason}");
        says("R0 invalid mem access 'map_value_or_null'", "NULL");
        says("cannot call GPL-restricted function from non-GPL compatible program", "license");
        says("invalid access to packet, off=13 size=1, R1(id=0,off=13,r=0)", "data_end");
        says("infinite loop detected at insn 3", "limit");
        assert_eq!(advice("something new"), None);
    }
}
