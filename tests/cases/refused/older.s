// What older kernels lack, and nothing takes the place of.
int number = 1;
int calls SEC(".percpu");

SEC("socket") int variable(struct __sk_buff *skb) { r1 = %value(number) ll; r0 = 0; exit }
SEC("socket") int for_each_cpu(struct __sk_buff *skb) { r1 = %value(calls) ll; r0 = 0; exit }
SEC("socket") int sound(struct __sk_buff *skb) { r0 = 0; exit }
