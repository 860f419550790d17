struct { __uint(tpye, BPF_MAP_TYPE_HASH); } counters SEC(".maps");
