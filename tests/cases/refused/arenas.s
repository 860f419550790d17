// More than one arena.
struct { __uint(type, BPF_MAP_TYPE_ARENA); __uint(map_flags, BPF_F_MMAPABLE); __uint(max_entries, 2); } first SEC(".maps"), second SEC(".maps");
int in_arena SEC(".addr_space.1");

SEC("syscall") int variable(void *ctx) { r1 = %value(in_arena) ll; r1 = %map(first) ll; r0 = 0; exit }
