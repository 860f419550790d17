.btf
[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED
[2] PTR '(anon)' type_id=0
[3] FUNC_PROTO '(anon)' ret_type_id=1 vlen=1
    'ctx' type_id=2
[4] FUNC 'f' type_id=3 linkage=global
[5] ARRAY '(anon)' type_id=1 index_type_id=1 nr_elems=4
[6] STRUCT 's' size=8 vlen=2
    'a' type_id=1 bits_offset=0
    'b' type_id=1 bits_offset=32 bitfield_size=3
[7] UNION '(anon)' size=4 vlen=1
    'u' type_id=1 bits_offset=0
[8] ENUM 'e' encoding=SIGNED size=4 vlen=2
    'A' val=-1
    'B' val=1
[9] ENUM64 'e64' encoding=UNSIGNED size=8 vlen=1
    'C' val=4294967296
[10] FWD 'fwd' fwd_kind=struct
[11] TYPEDEF 't' type_id=6
[12] CONST '(anon)' type_id=11
[13] VOLATILE '(anon)' type_id=12
[14] RESTRICT '(anon)' type_id=2
[15] VAR 'v' type_id=1, linkage=global
[16] DATASEC '.data' size=4 vlen=1
    type_id=15 offset=0 size=4 (VAR 'v')
[17] FLOAT 'float' size=4
[18] DECL_TAG 'tag' type_id=6 component_idx=0
[19] TYPE_TAG 'kptr' type_id=6
[20] INT 'bool' size=1 bits_offset=0 nr_bits=8 encoding=BOOL
.endbtf

    .data
    .globl v
    .type v, @object
v:  .long 1
    .size v, 4

    .section tc,"ax",@progbits
    .globl f
    .type f, @function
f:
    .btf_func 4
    .btf_line "f.c", 3, 5, "int a = s->b;"
    .btf_core byte_off, 6, "0:1"
    r1 = 4
    r2 = %core(type_size, __btf(6))
    r0 = 0
    exit
    .size f, .-f
