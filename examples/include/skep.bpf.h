/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * What a BPF program in C needs to know about the kernel, and what it can tell skep.
 *
 * Kernel types are not here. Declare the few members that you read, with CORE after the struct: their offsets are
 * found in the BTF of the kernel the program is loaded into, whatever else the struct has there.
 *
 *	struct task_struct {
 *		int tgid;
 *		struct task_struct *real_parent;
 *	} CORE;
 */
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char s8;
typedef short s16;
typedef int s32;
typedef long long s64;
typedef u16 be16; /* in network byte order */
typedef u32 be32; /* in network byte order */
#ifndef __cplusplus
#define bool _Bool
#define true 1
#define false 0
#endif
#define NULL ((void *)0)

/* Adds to a number that several CPUs count in. Relaxed, because the stronger forms need Linux 5.12. */
#define COUNT(counter, by) (void)__atomic_fetch_add(&(counter), by, __ATOMIC_RELAXED)

/* ---- Sections, functions, maps ---- */

#define SEC(name) __attribute__((section(name), used))
#define LICENSE(text) char LICENSE[] SEC("license") = text
#define INLINE static inline __attribute__((always_inline))
#define NOINLINE __attribute__((noinline))
#define WEAK __attribute__((weak))
/* Leaves a global function out of the object's interface: it is checked with its callers, not by itself. */
#define HIDDEN __attribute__((visibility("hidden")))

/* Attributes of a map are members of an anonymous struct; a number is the length of an array. */
#define __uint(attribute, number) int (*attribute)[number]
#define __ulong(attribute, number) enum { SKEP_UNIQUE(attribute) = number } attribute
#define __type(attribute, T) __typeof__(T) *attribute
#define __array(attribute, T) __typeof__(T) *attribute[]
#define SKEP_PASTE(a, b) a##b
#define SKEP_PASTE2(a, b) SKEP_PASTE(a, b)
#define SKEP_UNIQUE(name) SKEP_PASTE2(name##_, __COUNTER__)

enum {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PROG_ARRAY = 3,
	BPF_MAP_TYPE_PERF_EVENT_ARRAY = 4,
	BPF_MAP_TYPE_PERCPU_HASH = 5,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_STACK_TRACE = 7,
	BPF_MAP_TYPE_CGROUP_ARRAY = 8,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_LRU_PERCPU_HASH = 10,
	BPF_MAP_TYPE_LPM_TRIE = 11,
	BPF_MAP_TYPE_ARRAY_OF_MAPS = 12,
	BPF_MAP_TYPE_HASH_OF_MAPS = 13,
	BPF_MAP_TYPE_DEVMAP = 14,
	BPF_MAP_TYPE_SOCKMAP = 15,
	BPF_MAP_TYPE_CPUMAP = 16,
	BPF_MAP_TYPE_XSKMAP = 17,
	BPF_MAP_TYPE_SOCKHASH = 18,
	BPF_MAP_TYPE_CGROUP_STORAGE = 19,
	BPF_MAP_TYPE_QUEUE = 22,
	BPF_MAP_TYPE_STACK = 23,
	BPF_MAP_TYPE_SK_STORAGE = 24,
	BPF_MAP_TYPE_DEVMAP_HASH = 25,
	BPF_MAP_TYPE_RINGBUF = 27,
	BPF_MAP_TYPE_INODE_STORAGE = 28,
	BPF_MAP_TYPE_TASK_STORAGE = 29,
	BPF_MAP_TYPE_BLOOM_FILTER = 30,
	BPF_MAP_TYPE_USER_RINGBUF = 31,
	BPF_MAP_TYPE_CGRP_STORAGE = 32,
	BPF_MAP_TYPE_ARENA = 33,
};

enum { BPF_ANY = 0, BPF_NOEXIST = 1, BPF_EXIST = 2 };

enum {
	BPF_F_NO_PREALLOC = 1 << 0,
	BPF_F_NUMA_NODE = 1 << 2,
	BPF_F_RDONLY_PROG = 1 << 7,
	BPF_F_MMAPABLE = 1 << 10,
	BPF_F_INNER_MAP = 1 << 12,
};

/* `__uint(pinning, PIN_BY_NAME)`: the map is shared with everybody who loads one of that name. */
enum { PIN_NONE = 0, PIN_BY_NAME = 1 };

/* ---- What a map tells skep: declaration tags that end up in BTF ---- */

#define TAG(text) __attribute__((btf_decl_tag(text)))
/* The records of this ring buffer are of type T (a struct's name). T is in BTF only if something that stays in the
 * object mentions it: a parameter of a function that is not inlined, or a global variable. */
#define EVENT(T) TAG("event:" #T)
/* The values of this map are arrays of counters. log2: counter i has counted the numbers from 2^i up to 2^(i+1). */
#define HISTOGRAM(scale) TAG("histogram:" #scale)
/* The unit of the numbers that a histogram has counted. */
#define UNIT(name) TAG("unit:" #name)
/* This global variable counts the records for which ring buffer `map` had no room. */
#define LOST(map) TAG("lost:" #map)

/* ---- CO-RE: the loader fills in what it finds in the kernel's types ---- */

#define CORE __attribute__((preserve_access_index))
/* Reads a member of a kernel struct, through one pointer: CORE_READ(task, tgid). Zero if the pointer is bad. */
#define CORE_READ(pointer, member)                                                                                    \
	({                                                                                                            \
		__typeof__(pointer) skep_from = (pointer);                                                            \
		__typeof__((pointer)->member) skep_value;                                                             \
		bpf_probe_read_kernel(&skep_value, sizeof(skep_value),                                                \
				      __builtin_preserve_access_index(&skep_from->member));                           \
		skep_value;                                                                                           \
	})
#define FIELD_BYTE_OFFSET(lvalue) __builtin_preserve_field_info(lvalue, 0)
#define FIELD_BYTE_SIZE(lvalue) __builtin_preserve_field_info(lvalue, 1)
#define FIELD_EXISTS(lvalue) __builtin_preserve_field_info(lvalue, 2)
#define FIELD_IS_SIGNED(lvalue) __builtin_preserve_field_info(lvalue, 3)
#define FIELD_LSHIFT_U64(lvalue) __builtin_preserve_field_info(lvalue, 4)
#define FIELD_RSHIFT_U64(lvalue) __builtin_preserve_field_info(lvalue, 5)
#define TYPE_ID_LOCAL(T) __builtin_btf_type_id(*(T *)0, 0)
#define TYPE_ID_TARGET(T) __builtin_btf_type_id(*(T *)0, 1)
#define TYPE_EXISTS(T) __builtin_preserve_type_info(*(T *)0, 0)
#define TYPE_SIZE(T) __builtin_preserve_type_info(*(T *)0, 1)
#define TYPE_MATCHES(T) __builtin_preserve_type_info(*(T *)0, 2)
#define ENUMVAL_EXISTS(T, name) __builtin_preserve_enum_value(*(T *)name, 0)
#define ENUMVAL_VALUE(T, name) __builtin_preserve_enum_value(*(T *)name, 1)

/* ---- Externs: what the kernel provides ---- */

/* `extern u32 LINUX_KERNEL_VERSION KCONFIG;` is a number of the loader's, `extern bool CONFIG_…` the kernel's option. */
#define KCONFIG __attribute__((section(".kconfig")))
/* An option that can be a module; loaders know the type by this name. */
enum libbpf_tristate { TRI_NO, TRI_YES, TRI_MODULE };
/* A symbol or function of the kernel, found by its name; with WEAK it may be absent. */
#define KSYM __attribute__((section(".ksyms")))

/* ---- Helpers, by their numbers ---- */

static void *(*const bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
static long (*const bpf_map_update_elem)(void *map, const void *key, const void *value, u64 flags) = (void *)2;
static long (*const bpf_map_delete_elem)(void *map, const void *key) = (void *)3;
static u64 (*const bpf_ktime_get_ns)(void) = (void *)5;
static long (*const bpf_trace_printk)(const char *format, u32 size, ...) = (void *)6;
static u32 (*const bpf_get_prandom_u32)(void) = (void *)7;
static u32 (*const bpf_get_smp_processor_id)(void) = (void *)8;
static long (*const bpf_tail_call)(void *ctx, void *prog_array, u32 index) = (void *)12;
static u64 (*const bpf_get_current_pid_tgid)(void) = (void *)14;
static u64 (*const bpf_get_current_uid_gid)(void) = (void *)15;
static long (*const bpf_get_current_comm)(void *buffer, u32 size) = (void *)16;
static long (*const bpf_perf_event_output)(void *ctx, void *map, u64 flags, void *data, u64 size) = (void *)25;
static u64 (*const bpf_get_current_task)(void) = (void *)35;
static u64 (*const bpf_get_current_cgroup_id)(void) = (void *)80;
static long (*const bpf_probe_read_user)(void *to, u32 size, const void *from) = (void *)112;
static long (*const bpf_probe_read_kernel)(void *to, u32 size, const void *from) = (void *)113;
static long (*const bpf_probe_read_user_str)(void *to, u32 size, const void *from) = (void *)114;
static long (*const bpf_probe_read_kernel_str)(void *to, u32 size, const void *from) = (void *)115;
static u64 (*const bpf_ktime_get_boot_ns)(void) = (void *)125;
static long (*const bpf_seq_printf)(void *seq, const char *format, u32 size, const void *data, u32 data_len) = (void *)126;
static long (*const bpf_seq_write)(void *seq, const void *data, u32 size) = (void *)127;
static long (*const bpf_ringbuf_output)(void *ring, void *data, u64 size, u64 flags) = (void *)130;
static void *(*const bpf_ringbuf_reserve)(void *ring, u64 size, u64 flags) = (void *)131;
static void (*const bpf_ringbuf_submit)(void *record, u64 flags) = (void *)132;
static void (*const bpf_ringbuf_discard)(void *record, u64 flags) = (void *)133;
static long (*const bpf_for_each_map_elem)(void *map, void *callback, void *callback_ctx, u64 flags) = (void *)164;
static long (*const bpf_loop)(u32 count, void *callback, void *callback_ctx, u64 flags) = (void *)181;
