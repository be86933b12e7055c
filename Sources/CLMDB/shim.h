// LMDB as Debian's liblmdb-dev installs it. Swift imports all of it, so the shim only includes it.
#include <lmdb.h>
