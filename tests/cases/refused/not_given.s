// Facts about the kernel that only types do not tell.
extern int CONFIG_HZ __kconfig;
extern const void schedule __ksym;
extern int CONFIG_NONE __kconfig __weak;
extern const void absent __ksym __weak;

SEC("tc") int option(struct __sk_buff *skb) { r1 = %kconfig(CONFIG_HZ) ll; r0 = 0; exit }
SEC("tc") int symbol(struct __sk_buff *skb) { r1 = %ksym(schedule) ll; r0 = 0; exit }
SEC("tc") int weak(struct __sk_buff *skb) { r1 = %kconfig(CONFIG_NONE) ll; r1 = %ksym(absent) ll; r0 = 0; exit }
