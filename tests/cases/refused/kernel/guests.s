// A module of the small kernel.
struct task_struct;
int guest_count(struct task_struct *task) { exit }
struct guest_ops { int (*enter)(int number); };
struct bpf_struct_ops_guest_ops { int state; struct guest_ops data __at(64); };
