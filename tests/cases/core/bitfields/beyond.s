// What has no bits.
struct bits { u32 middle : 2; void *tail; float wide; u8 whole; };
