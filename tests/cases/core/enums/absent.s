// Without them.
enum small { AA, BB };
enum bigger { HUGE };
