// xxHash as Debian's libxxhash-dev installs it. Swift imports all of it, so the shim only includes it.
#include <xxhash.h>
