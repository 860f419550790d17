// SPDX-License-Identifier: MIT OR Apache-2.0
//
// All threads of the system, one line for each.
//
//	skep run examples/tasks.bpf.o
//
// Linux 5.8 or newer.
#include "skep.bpf.h"

struct task_struct {
	int pid;
	int tgid;
	char comm[16];
} CORE;

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
	u64 seq_num;
} CORE;

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
} CORE;

static const char title[] = "     tgid      pid comm\n";
static const char line[] = " %8d %8d %s\n";

SEC("iter/task")
int list_tasks(struct bpf_iter__task *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	struct task_struct *task = ctx->task;
	u64 values[3];

	// After the last thread the program is called once more, without one.
	if (!task)
		return 0;
	if (ctx->meta->seq_num == 0)
		bpf_seq_write(seq, title, sizeof(title) - 1);
	values[0] = task->tgid;
	values[1] = task->pid;
	values[2] = (u64)&task->comm;
	bpf_seq_printf(seq, line, sizeof(line), values, sizeof(values));
	return 0;
}

LICENSE("Dual MIT/GPL");
