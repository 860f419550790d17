// What this kernel does not have, or has otherwise.
struct task_struct;
extern int bpf_task_relase(struct task_struct *task) __ksym;
extern int bpf_task_release(int number) __ksym;
extern int guest_count(int number, int more) __ksym;
extern int runqueus __ksym;
extern struct task_struct runqueues __ksym;
extern const void schedul __ksym;
extern const void show __ksym;
extern const void schedule __ksym;
extern int bpf_wq_set(u64 wq, u32 flags) __ksym;

SEC("tc") int function_absent(struct __sk_buff *skb) { call %kfunc(bpf_task_relase); call %kfunc(bpf_task_relase); exit }
SEC("tc") int function_type(struct __sk_buff *skb) { call %kfunc(bpf_task_release); exit }
SEC("tc") int module_function_type(struct __sk_buff *skb) { call %kfunc(guest_count); exit }
SEC("tc") int variable_absent(struct __sk_buff *skb) { r1 = %ksym(runqueus) ll; r0 = 0; exit }
SEC("tc") int variable_type(struct __sk_buff *skb) { r1 = %ksym(runqueues) ll; r0 = 0; exit }
SEC("tc") int symbol_absent(struct __sk_buff *skb) { r1 = %ksym(schedul) ll; r0 = 0; exit }
SEC("tc") int symbol_ambiguous(struct __sk_buff *skb) { r1 = %ksym(show) ll; r0 = 0; exit }
SEC("tc") int sound(struct __sk_buff *skb) { r1 = %ksym(schedule) ll; call %kfunc(bpf_wq_set); r0 = 0; exit }
