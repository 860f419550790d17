// Records that are wrong whatever the kernel is.
.btf
[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED
[2] STRUCT 'task_struct' size=8 vlen=2
    'pid' type_id=1 bits_offset=0
    'tgid' type_id=1 bits_offset=32
[3] STRUCT '(anon)' size=4 vlen=1
    'pid' type_id=1 bits_offset=0
[4] STRUCT 'counted' size=4 vlen=1
    'counter' type_id=1 bits_offset=0
[5] ENUM 'colour' encoding=UNSIGNED size=4 vlen=1
    'RED' val=0
[6] PTR '(anon)' type_id=0
[7] FUNC_PROTO '(anon)' ret_type_id=1 vlen=1
    'ctx' type_id=6
[8] FUNC 'beyond' type_id=7 linkage=global
[9] FUNC 'anonymous' type_id=7 linkage=global
[10] FUNC 'ambiguous' type_id=7 linkage=global
[11] FUNC 'stale' type_id=7 linkage=global
[12] FUNC 'not_zero' type_id=7 linkage=global
[13] FUNC 'no_field' type_id=7 linkage=global
[14] FUNC 'no_number' type_id=7 linkage=global
.endbtf

    .section "raw_tp/sched_switch","ax",@progbits
    .globl beyond, anonymous, ambiguous, stale, not_zero, no_field, no_number
    .type beyond, @function
beyond:
    .btf_func 8
    .btf_line "core_invalid.c", 1, 1, "beyond"
    .btf_core byte_off, 2, "0:7"
    r1 = 4
    r0 = 0
    exit
    .size beyond, .-beyond
    .type anonymous, @function
anonymous:
    .btf_func 9
    .btf_line "core_invalid.c", 2, 1, "anonymous"
    .btf_core byte_off, 3, "0:0"
    r1 = 0
    r0 = 0
    exit
    .size anonymous, .-anonymous
    .type ambiguous, @function
ambiguous:
    .btf_func 10
    .btf_line "core_invalid.c", 3, 1, "ambiguous"
    .btf_core byte_off, 4, "0:0"
    r1 = 0
    r0 = 0
    exit
    .size ambiguous, .-ambiguous
    .type stale, @function
stale:
    .btf_func 11
    .btf_line "core_invalid.c", 4, 1, "stale"
    .btf_core byte_off, 2, "0:1"
    r1 = 16
    r0 = 0
    exit
    .size stale, .-stale
    .type not_zero, @function
not_zero:
    .btf_func 12
    .btf_line "core_invalid.c", 5, 1, "not_zero"
    .btf_core type_size, 2, "0:1"
    r1 = 8
    r0 = 0
    exit
    .size not_zero, .-not_zero
    .type no_field, @function
no_field:
    .btf_func 13
    .btf_line "core_invalid.c", 6, 1, "no_field"
    .btf_core byte_off, 5, "0:0"
    r1 = 4
    r0 = 0
    exit
    .size no_field, .-no_field
    .type no_number, @function
no_number:
    .btf_func 14
    .btf_line "core_invalid.c", 7, 1, "no_number"
    .btf_core byte_off, 2, "0:1"
    r1 = r2
    r0 = 0
    exit
    .size no_number, .-no_number
