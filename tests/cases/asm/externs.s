extern int LINUX_KERNEL_VERSION __kconfig;
extern bool CONFIG_BPF_LSM __kconfig __weak;
extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym __weak;
extern const void jiffies __ksym;
extern const int bpf_prog_active __ksym;

extern int library_function(int x);
extern u32 library_variable;
extern struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, u32); __type(value, u32); } library_map SEC(".maps");

SEC("tc") int uses(struct __sk_buff *skb)
{
    r1 = %kconfig(LINUX_KERNEL_VERSION) ll
    r6 = *(u32 *)(r1 + 0)
    r1 = %kconfig(CONFIG_BPF_LSM) ll
    call %kfunc(bpf_rcu_read_lock)
    r1 = %kfunc(bpf_rcu_read_unlock) ll
    if r1 == 0 goto 1f
    call bpf_rcu_read_unlock
1:  r1 = %ksym(jiffies) ll
    r1 = %ksym(bpf_prog_active) ll
    w1 = 1
    call %func(library_function)
    r1 = %value(library_variable) ll
    r1 = %map(library_map) ll
    w0 = 0
    exit
}
