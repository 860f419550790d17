// Options that this kernel does not have, or that do not suit their variables.
enum libbpf_tristate { TRI_NO, TRI_YES, TRI_MODULE };
extern int CONFIG_NONE __kconfig;
extern int LINUX_NOT_KNOWN __kconfig;
extern bool CONFIG_NET __kconfig;
extern u8 CONFIG_HZ __kconfig;
extern bool CONFIG_PHYSICAL_START __kconfig;
extern int CONFIG_LSM __kconfig;
extern char CONFIG_BASE_SMALL[8] __kconfig;
extern int CONFIG_BPF_SYSCALL __kconfig;
extern char CONFIG_BROKEN_TEXT[8] __kconfig;

SEC("tc") int absent(struct __sk_buff *skb) { r1 = %kconfig(CONFIG_NONE) ll; r0 = 0; exit }
SEC("tc") int unknown(struct __sk_buff *skb) { r1 = %kconfig(LINUX_NOT_KNOWN) ll; r0 = 0; exit }
SEC("tc") int module_as_bool(struct __sk_buff *skb) { r1 = %kconfig(CONFIG_NET) ll; r0 = 0; exit }
SEC("tc") int too_small(struct __sk_buff *skb) { r1 = %kconfig(CONFIG_HZ) ll; r0 = 0; exit }
SEC("tc") int number_as_bool(struct __sk_buff *skb) { r1 = %kconfig(CONFIG_PHYSICAL_START) ll; r0 = 0; exit }
SEC("tc") int text_as_number(struct __sk_buff *skb) { r1 = %kconfig(CONFIG_LSM) ll; r0 = 0; exit }
SEC("tc") int number_as_text(struct __sk_buff *skb) { r1 = %kconfig(CONFIG_BASE_SMALL) ll; r0 = 0; exit }
SEC("tc") int answer_as_number(struct __sk_buff *skb) { r1 = %kconfig(CONFIG_BPF_SYSCALL) ll; r0 = 0; exit }
SEC("tc") int open_text(struct __sk_buff *skb) { r1 = %kconfig(CONFIG_BROKEN_TEXT) ll; r0 = 0; exit }
