//! The running kernel's BTF, if it has one.

use skep_btf::{Btf, Type, TypeId};

#[test]
fn running_kernel_opens_and_every_type_decodes() {
    let Ok(bytes) = std::fs::read("/sys/kernel/btf/vmlinux") else {
        return println!("skipped: this kernel has no /sys/kernel/btf/vmlinux");
    };
    let btf = Btf::parse(bytes).unwrap();
    assert!(btf.len() > 10_000);
    assert!(btf.ids().all(|id| btf.get(id).is_some_and(|ty| !matches!(ty, Type::Unknown(_)))));
    let task = btf.ids().find(|&id| btf.name(id) == "task_struct").unwrap();
    let Type::Struct(task_struct) = btf.get(task).unwrap() else { panic!("task_struct is a struct") };
    let pid = task_struct.members().find(|m| m.name == "pid").unwrap();
    assert_eq!(btf.size(pid.ty).unwrap(), 4);
    assert!(btf.get(TypeId(btf.len() + 1)).is_none());
}
