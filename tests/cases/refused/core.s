// Members, types and values that this kernel lacks, or has otherwise: what asks for a number becomes a call that the
// verifier refuses, what asks whether something exists becomes 0.
struct task_struct {
    int pid;
    int tgdi;
    struct task_struct *state;
    char comm[32];
};
struct task_struct___pid8 { char pid[8]; };
struct task_strukt { int pid; };
struct mm_struct { u64 counters[8]; };
enum colour { RED, YELLOW };
union task_struct___union { int pid; };

SEC("raw_tp/sched_switch") int no_type(u64 *ctx) { r0 = *(u32 *)(r1 + %core(byte_off, struct task_strukt, pid)); exit }
SEC("raw_tp/sched_switch") int no_member(u64 *ctx) { r0 = *(u32 *)(r1 + %core(byte_off, struct task_struct, tgdi)); exit }
SEC("raw_tp/sched_switch") int other_type(u64 *ctx) { r0 = *(u64 *)(r1 + %core(byte_off, struct task_struct, state)); exit }
SEC("raw_tp/sched_switch") int other_kind(u64 *ctx) { r0 = %core(byte_off, struct task_struct___pid8, pid); exit }
SEC("raw_tp/sched_switch") int shorter(u64 *ctx) { r0 = *(u64 *)(r1 + %core(byte_off, struct mm_struct, counters[6])); exit }
SEC("raw_tp/sched_switch") int no_value(u64 *ctx) { r0 = %core(enumval_value, enum colour, YELLOW); exit }
SEC("raw_tp/sched_switch") int asked_for(u64 *ctx)
{
    r1 = %core(field_exists, struct task_struct, tgdi)
    r1 = %core(type_exists, struct task_strukt)
    r1 = %core(type_matches, struct task_struct)
    r1 = %core(type_size, struct task_strukt)
    r1 = %core(enumval_exists, enum colour, YELLOW)
    r1 = %core(target_type_id, struct task_strukt) ll
    r0 = 0
    exit
}
SEC("raw_tp/sched_switch") int wide(u64 *ctx) { r1 = %core(enumval_value, enum colour, YELLOW) ll; r0 = 0; exit }
