struct sched_entity { u64 vruntime; };
struct task_struct { int pid; struct sched_entity se; char comm[16]; struct task_struct *parent; u32 in_iowait : 1; };
enum bpf_prog_type { BPF_PROG_TYPE_UNSPEC, BPF_PROG_TYPE_SOCKET_FILTER };

SEC("raw_tp/sched_switch") int core(u64 *ctx)
{
    r6 = *(u64 *)(r1 + 8)
    r1 = r10
    r1 += -8
    r2 = 8
    r3 = r6
    r3 += %core(byte_off, struct task_struct, se.vruntime)
    call bpf_probe_read_kernel
    r1 = *(u64 *)(r6 + %core(byte_off, struct task_struct, parent))
    r1 = %core(byte_off, struct task_struct, comm[3])
    r1 = %core(byte_sz, struct task_struct, comm)
    r1 = %core(field_exists, struct task_struct, se.vruntime)
    r1 = %core(signed, struct task_struct, pid)
    r1 = %core(lshift_u64, struct task_struct, in_iowait)
    r1 = %core(rshift_u64, struct task_struct, in_iowait)
    r1 = %core(local_type_id, struct task_struct) ll
    r1 = %core(target_type_id, struct task_struct) ll
    r1 = %core(type_exists, struct task_struct)
    r1 = %core(type_matches, struct task_struct)
    r1 = %core(type_size, struct task_struct)
    r1 = %core(enumval_exists, enum bpf_prog_type, BPF_PROG_TYPE_SOCKET_FILTER)
    r1 = %core(enumval_value, enum bpf_prog_type, BPF_PROG_TYPE_SOCKET_FILTER) ll
    r1 = %core(byte_off, struct task_struct, "0:1:0")
    r0 = 0
    exit
}
