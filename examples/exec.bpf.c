// SPDX-License-Identifier: MIT OR Apache-2.0
//
// Every program that is started, and every process that ends, as records in a ring buffer.
//
//	skep run examples/exec.bpf.o
//
// Linux 5.8 or newer.
#include "skep.bpf.h"

enum event_kind { EXEC, EXIT };

struct exec_event {
	enum event_kind kind;
	u32 pid;
	u32 ppid;
	u32 uid;
	int exit_code;	 // of an EXIT: the status the process ended with, or 128 and the signal that ended it
	u64 duration_ns; // of an EXIT: since the process was forked
	char comm[16];
	char filename[128]; // of an EXEC
};

struct task_struct {
	int pid;
	int tgid;
	int exit_code;
	u64 start_time;
	struct task_struct *real_parent;
} CORE;

struct trace_event_raw_sched_process_exec {
	u32 __data_loc_filename;
} CORE;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} events SEC(".maps") EVENT(exec_event);

// Processes that have ended are reported too.
const volatile bool exits = true;
#define NOBODY 0xffffffff
// Only processes of this user are reported, if it names one.
const volatile u32 only_uid = NOBODY;

u64 lost LOST(events) = 0;

static NOINLINE int describe(struct exec_event *event, enum event_kind kind)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct task_struct *parent = CORE_READ(task, real_parent);

	__builtin_memset(event, 0, sizeof(*event));
	event->kind = kind;
	event->pid = bpf_get_current_pid_tgid() >> 32;
	event->ppid = CORE_READ(parent, tgid);
	event->uid = bpf_get_current_uid_gid();
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	return 0;
}

INLINE struct exec_event *event_of(enum event_kind kind)
{
	struct exec_event *event;

	if (only_uid != NOBODY && only_uid != (u32)bpf_get_current_uid_gid())
		return NULL;
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (event)
		describe(event, kind);
	else
		COUNT(lost, 1);
	return event;
}

SEC("tp/sched/sched_process_exec")
int handle_exec(struct trace_event_raw_sched_process_exec *ctx)
{
	struct exec_event *event = event_of(EXEC);

	if (!event)
		return 0;
	// The lower half says where in the record the text is.
	bpf_probe_read_kernel_str(event->filename, sizeof(event->filename),
				  (void *)ctx + (ctx->__data_loc_filename & 0xffff));
	bpf_ringbuf_submit(event, 0);
	return 0;
}

SEC("tp/sched/sched_process_exit")
int handle_exit(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	u64 id = bpf_get_current_pid_tgid();
	struct exec_event *event;
	int code;

	// Threads other than the first do not count.
	if (!exits || id >> 32 != (u32)id)
		return 0;
	event = event_of(EXIT);
	if (!event)
		return 0;
	code = CORE_READ(task, exit_code);
	event->exit_code = code & 0x7f ? 128 + (code & 0x7f) : code >> 8 & 0xff;
	event->duration_ns = bpf_ktime_get_ns() - CORE_READ(task, start_time);
	bpf_ringbuf_submit(event, 0);
	return 0;
}

LICENSE("Dual MIT/GPL");
