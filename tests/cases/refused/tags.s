// Exception callbacks that are none: five different errors.
int handler(u64 cookie) { w0 = 1; exit }
static int local_handler(u64 cookie) { w0 = 1; exit }
__hidden int hidden_handler(u64 cookie) { w0 = 1; exit }

SEC("tc") __exception_cb(handler) int sound(struct __sk_buff *skb) { r0 = 0; exit }
SEC("tc") __exception_cb(handlr) int absent(struct __sk_buff *skb) { r0 = 0; exit }
SEC("tc") __exception_cb(handler) __tag("exception_callback:other") int ambiguous(struct __sk_buff *skb) { r0 = 0; exit }
SEC("tc") __exception_cb(local_handler) int is_static(struct __sk_buff *skb) { r0 = 0; exit }
SEC("tc") __exception_cb(hidden_handler) int is_hidden(struct __sk_buff *skb) { r0 = 0; exit }
SEC("tc") __tag("exception_callback:") int empty(struct __sk_buff *skb) { r0 = 0; exit }

__exception_cb(handler) int step(int x) { w0 = w1; exit }
SEC("tc") int misplaced(struct __sk_buff *skb) { w1 = 1; call step; exit }
