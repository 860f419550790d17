// A small kernel in text: what the cases of this folder are relocated for. Functions have a body because only what is
// defined gets into BTF.
struct task_struct {
    int pid;
    int tgid;
    unsigned long state;
    char comm[16];
    struct task_struct *parent;
    unsigned flags : 3;
    float load;
};
struct mm_struct { u64 counters[4]; u64 size; };
struct large { char head[40000]; int far; };
struct sock { u16 port; int mark; };
// Two types of one name that disagree, as kernels have them.
struct counted { int filler; int counter; };
struct counted___other { int counter; };

enum colour { RED = 1, GREEN = 2 };
enum bpf_prog_type {
    BPF_PROG_TYPE_UNSPEC, BPF_PROG_TYPE_SOCKET_FILTER, BPF_PROG_TYPE_KPROBE, BPF_PROG_TYPE_SCHED_CLS,
    BPF_PROG_TYPE_RAW_TRACEPOINT = 17, BPF_PROG_TYPE_TRACING = 26, BPF_PROG_TYPE_STRUCT_OPS = 27,
};

typedef void (*btf_trace_sched_switch)(void *data, bool preempt);

struct tcp_ops { int (*init)(struct sock *sk); void (*done)(struct sock *sk); u32 flags; char name[16]; };
struct bpf_struct_ops_tcp_ops { int state; int refcnt; struct tcp_ops data __at(64); };

int runqueues SEC(".data..percpu");
struct task_struct *current_task SEC(".data..percpu");
struct mm_struct *init_mm SEC(".data");

int vfs_read(struct task_struct *task, u64 size) { exit }
int vfs_write(struct task_struct *task, u64 size) { exit }
int do_unlinkat(int fd, char *name) { exit }
void bpf_task_release(struct task_struct *task) { exit }
struct task_struct *bpf_task_acquire(struct task_struct *task) { exit }
int bpf_wq_set_impl(u64 wq, u32 flags, void *aux__prog) { exit }
int bpf_lsm_file_open(u64 file) { exit }
