// More of everything.
struct point { int z; int x; int y; };
struct table { int one[7]; char grid[3][4][5]; struct point points[4]; struct point rest[]; };
