// SPDX-License-Identifier: MIT OR Apache-2.0
//
// How long threads that could run have waited for a CPU, as a histogram.
//
//	skep run examples/runqlat.bpf.o --for 10s
//
// Linux 5.5 or newer.
#include "skep.bpf.h"

#define SLOTS 32

struct histogram {
	u64 slots[SLOTS];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct histogram);
} latency SEC(".maps") HISTOGRAM(log2) UNIT(us);

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, int);
	__type(value, u64);
} runnable_since SEC(".maps");

struct task_struct {
	int pid;
	unsigned int __state;
} CORE;

// The name of the state before Linux 5.14.
struct task_struct___before_5_14 {
	volatile long state;
} CORE;

INLINE void becomes_runnable(struct task_struct *task)
{
	u64 now = bpf_ktime_get_ns();
	int pid = task->pid;

	// Thread 0 is the one that runs when nothing else can.
	if (pid)
		bpf_map_update_elem(&runnable_since, &pid, &now, BPF_ANY);
}

INLINE bool can_run(struct task_struct *task)
{
	struct task_struct___before_5_14 *old = (void *)task;

	return FIELD_EXISTS(task->__state) ? task->__state == 0 : old->state == 0;
}

INLINE u32 log2(u64 number)
{
	u32 slot = 0;

#pragma unroll
	for (int bits = 16; bits; bits /= 2) {
		if (number >> bits) {
			number >>= bits;
			slot += bits;
		}
	}
	return slot;
}

SEC("tp_btf/sched_wakeup")
int handle_wakeup(u64 *ctx)
{
	becomes_runnable((void *)ctx[0]);
	return 0;
}

SEC("tp_btf/sched_wakeup_new")
int handle_wakeup_new(u64 *ctx)
{
	becomes_runnable((void *)ctx[0]);
	return 0;
}

SEC("tp_btf/sched_switch")
int handle_switch(u64 *ctx)
{
	struct task_struct *previous = (void *)ctx[1], *next = (void *)ctx[2];
	struct histogram *histogram;
	int pid = next->pid;
	u32 zero = 0, slot;
	u64 *since;

	// Who was put aside before being done waits again.
	if (can_run(previous))
		becomes_runnable(previous);
	since = bpf_map_lookup_elem(&runnable_since, &pid);
	if (!since)
		return 0;
	slot = log2((bpf_ktime_get_ns() - *since) / 1000);
	bpf_map_delete_elem(&runnable_since, &pid);
	histogram = bpf_map_lookup_elem(&latency, &zero);
	if (histogram && slot < SLOTS)
		histogram->slots[slot]++;
	return 0;
}

LICENSE("Dual MIT/GPL");
