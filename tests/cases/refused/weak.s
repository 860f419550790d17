// The same, optional: nothing fails, and what is called without being there is a call that the verifier refuses.
struct task_struct;
extern int bpf_task_relase(struct task_struct *task) __ksym __weak;
extern int bpf_task_release(int number) __ksym __weak;
extern int runqueus __ksym __weak;
extern const void schedul __ksym __weak;
extern int CONFIG_NONE __kconfig __weak;
extern int LINUX_NOT_KNOWN __kconfig __weak;

SEC("tc") int function(struct __sk_buff *skb)
{
    r1 = %kfunc(bpf_task_relase) ll
    if r1 == 0 goto out
    call %kfunc(bpf_task_relase)
    call %kfunc(bpf_task_release)
out:
    r0 = 0
    exit
}

SEC("tc") int variables(struct __sk_buff *skb)
{
    r1 = %ksym(runqueus) ll
    r1 = %ksym(schedul) ll
    r1 = %kconfig(CONFIG_NONE) ll
    r1 = %kconfig(LINUX_NOT_KNOWN) ll
    r0 = 0
    exit
}
