// A dimension less.
struct point { int x; int y; };
struct table { int one[5]; char grid[6]; struct point points[3]; struct point rest[]; };
