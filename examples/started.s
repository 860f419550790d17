// SPDX-License-Identifier: MIT OR Apache-2.0
//
// Every process that is started from assembly text alone: no compiler takes part.
//
//	skep run examples/started.s
//	skep asm examples/started.s -o started.bpf.o
//
// A ring buffer, a hash map that counts by user, a read of a kernel struct that is adapted to the running kernel (CO-RE),
// a subprogram, variables. Linux 5.8 or newer. The language: docs/assembly.md.

struct started_event {
    u32 pid;
    u32 ppid;
    u32 uid;
    u32 nth;            // the how many-th of its user
    char comm[16];
    char filename[64];
};

// Of the kernel's structs only what is read.
struct task_struct { int tgid; struct task_struct *real_parent; };
struct trace_event_raw_sched_process_exec { u32 __data_loc_filename; };

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 256 * 1024);
} events SEC(".maps") __tag("event:started_event");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 1024);
    __type(key, u32);
    __type(value, u64);
} by_user SEC(".maps");

u64 lost __tag("lost:events");

// The stack: the user's id as a key, 1 as a first value, room for a pointer.
.equ KEY, -4
.equ ONE, -16
.equ POINTER, -24

// dst = *(type *)(src + offset of a field in the running kernel)
.macro read_core type:req, path:req, src:req
    r1 = r10
    r1 += POINTER
    r2 = 8
    r3 = \src
    r3 += %core(byte_off, struct \type, \path)
    call bpf_probe_read_kernel
.endm

// How many programs the user has started, this one included.
static u32 count_user(u32 uid)
{
    *(u32 *)(r10 + KEY) = w1
    *(u64 *)(r10 + ONE) = 1
    r1 = %map(by_user) ll
    r2 = r10
    r2 += KEY
    call bpf_map_lookup_elem
    if r0 != 0 goto known
    r1 = %map(by_user) ll
    r2 = r10
    r2 += KEY
    r3 = r10
    r3 += ONE
    r4 = BPF_NOEXIST
    call bpf_map_update_elem
    w0 = 1
    exit
known:
    r1 = 1
    lock *(u64 *)(r0 + 0) += r1
    w0 = *(u32 *)(r0 + 0)
    exit
}

SEC("tp/sched/sched_process_exec")
int handle_start(struct trace_event_raw_sched_process_exec *ctx)
{
    r7 = r1
    r1 = %map(events) ll
    r2 = sizeof(struct started_event)
    r3 = 0
    call bpf_ringbuf_reserve
    if r0 == 0 goto full
    r6 = r0

    call bpf_get_current_pid_tgid
    r0 >>= 32
    *(u32 *)(r6 + offsetof(struct started_event, pid)) = w0
    call bpf_get_current_uid_gid
    w1 = w0
    *(u32 *)(r6 + offsetof(struct started_event, uid)) = w1
    call count_user
    *(u32 *)(r6 + offsetof(struct started_event, nth)) = w0

    // task->real_parent->tgid
    *(u64 *)(r10 + POINTER) = 0
    call bpf_get_current_task
    r8 = r0
    read_core task_struct, real_parent, r8
    r8 = *(u64 *)(r10 + POINTER)
    read_core task_struct, tgid, r8
    w1 = *(u32 *)(r10 + POINTER)
    *(u32 *)(r6 + offsetof(struct started_event, ppid)) = w1

    r1 = r6
    r1 += offsetof(struct started_event, comm)
    r2 = 16
    call bpf_get_current_comm

    // The lower half says where in the record the text is.
    w3 = *(u32 *)(r7 + %core(byte_off, struct trace_event_raw_sched_process_exec, __data_loc_filename))
    w3 &= 0xffff
    r7 += r3
    r3 = r7
    r1 = r6
    r1 += offsetof(struct started_event, filename)
    r2 = 64
    call bpf_probe_read_kernel_str

    r1 = r6
    r2 = 0
    call bpf_ringbuf_submit
    goto out
full:
    r1 = %value(lost) ll
    r2 = 1
    lock *(u64 *)(r1 + 0) += r2
out:
    r0 = 0
    exit
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
