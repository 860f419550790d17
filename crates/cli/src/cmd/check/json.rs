//! The same for a program to read.

use serde_json::{Value, json};
use skep::reloc::check::{Basis, Finding, ProgramReport, Report, State, Verdict};

use super::{Checked, Kernel, Policy};
use crate::report::Report as Message;

/// Everything as one value.
pub fn all(objects: &[Checked], kernels: &[Kernel], passes: &[bool], policy: Policy) -> Value {
    let kernel = |kernel: &Kernel| json!({ "name": kernel.name, "path": kernel.path.display().to_string(), "release": kernel.release });
    json!({
        "ok": passes.iter().all(|passes| *passes),
        "policy": policy.to_string(),
        "kernels": kernels.iter().map(kernel).collect::<Vec<_>>(),
        "objects": objects.iter().zip(passes).map(|(o, passes)| object(o, kernels, *passes)).collect::<Vec<_>>(),
    })
}

fn object(object: &Checked, kernels: &[Kernel], passes: bool) -> Value {
    let on = |(report, kernel): (&Report, &Kernel)| {
        json!({
            "kernel": kernel.name,
            "verdict": report.verdict().word(),
            "findings": findings(&report.object),
            "programs": report.programs.iter().map(program).collect::<Vec<_>>(),
        })
    };
    json!({
        "file": object.file,
        "ok": passes,
        "on": object.reports.iter().zip(kernels).map(on).collect::<Vec<_>>(),
    })
}

fn program(program: &ProgramReport) -> Value {
    let needs_nothing = matches!(program.verdict(), Verdict::Fits);
    json!({
        "name": &*program.name,
        "section": &*program.section.full,
        "type": program.prog_type.to_string(),
        "autoload": program.autoload,
        "verdict": program.verdict().word(),
        "findings": if needs_nothing { json!([]) } else { findings(&program.findings) },
    })
}

fn findings(findings: &[Finding]) -> Value {
    findings.iter().map(finding).collect()
}

fn finding(finding: &Finding) -> Value {
    // The place is spelled as it is in errors.
    let mut place = Message::new(finding.code, finding.message.clone());
    place.site = finding.site.clone();
    place.help = finding.help.clone();
    let mut value = place.json();
    let since = match finding.basis {
        Basis::Release(since) => json!(since.to_string()),
        _ => Value::Null,
    };
    if let Some(fields) = value.as_object_mut() {
        fields.insert("subject".into(), json!(finding.subject.word()));
        fields.insert("state".into(), json!(finding.state.word()));
        fields.insert("optional".into(), json!(matches!(finding.state, State::Guarded | State::Weak)));
        fields.insert("basis".into(), json!(finding.basis.word()));
        fields.insert("since".into(), since);
        fields.insert("uses".into(), json!(finding.uses));
    }
    value
}
