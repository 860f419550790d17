// A type that no option has.
struct pair { int a; int b; };
extern struct pair CONFIG_HZ __kconfig;
extern u64 CONFIG_NET[2] __kconfig;

SEC("tc") int structure(struct __sk_buff *skb) { r1 = %kconfig(CONFIG_HZ) ll; r1 = %kconfig(CONFIG_NET) ll; r0 = 0; exit }
