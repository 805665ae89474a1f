#include "CBuildInfo.h"

#ifndef NIGHTSHIFT_COMMIT
#define NIGHTSHIFT_COMMIT ""
#endif

#ifndef NIGHTSHIFT_TOOLCHAIN
#define NIGHTSHIFT_TOOLCHAIN ""
#endif

const char *nightshift_build_commit(void) { return NIGHTSHIFT_COMMIT; }

const char *nightshift_build_toolchain(void) { return NIGHTSHIFT_TOOLCHAIN; }
