// Elements that the kernel's arrays do not have; the last member has no end.
struct point { int x; int y; };
struct table { int one[2]; char grid[1][3][4]; struct point points[2]; struct point rest[0]; };
