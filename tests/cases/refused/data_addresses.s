// Variables that hold addresses.
int number = 7;
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, u32); __type(value, u32); } counts SEC(".maps");
int *to_variable SEC(".data.variable") = &number;
int (*to_function)(int) SEC(".data.function") = &twice;
void *to_map SEC(".rodata.map") = &counts;

int twice(int x) { w0 = w1; w0 += w0; exit }

SEC("socket") int variable(struct __sk_buff *skb) { r1 = %value(to_variable) ll; r0 = 0; exit }
SEC("socket") int function(struct __sk_buff *skb) { r1 = %value(to_function) ll; r0 = 0; exit }
SEC("socket") int map(struct __sk_buff *skb) { r1 = %value(to_map) ll; r0 = 0; exit }
SEC("socket") int sound(struct __sk_buff *skb) { r1 = %value(number) ll; r0 = 0; exit }
