// Declarations that declare no map.
int number SEC(".maps");
struct { __uint(max_entries, 1); __type(key, u32); __type(value, u32); } without_type SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entires, 1); } misspelt SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); int max_entries; } encoding SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(key_size, 8); __type(key, u32); __uint(max_entries, 1); } conflict SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 1); __uint(pinning, 7); } pinning SEC(".maps");
struct inner { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, u32); __type(value, u32); } inner SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 1); __array(values, struct inner); } values SEC(".maps");
struct { __array(values, struct inner); __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS); __uint(max_entries, 1); } not_last SEC(".maps");
struct pinned { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(pinning, 1); };
struct { __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS); __uint(max_entries, 1); __array(values, struct pinned); } inner_pinned SEC(".maps");
static struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, u32); __type(value, u32); } hidden SEC(".maps");
