/* A driver that answers what the environment says: STUB_INIT (status of cuInit), STUB_VERSION,
   STUB_COUNT (devices), STUB_STATUS (status of the other two calls). Built as libcuda.so.1. */
#include <stdlib.h>

static int number(const char* name, int otherwise)
{
    const char* text = getenv(name);
    return text ? atoi(text) : otherwise;
}

int cuInit(unsigned flags)
{
    (void)flags;
    return number("STUB_INIT", 0);
}

int cuDriverGetVersion(int* version)
{
    *version = number("STUB_VERSION", 13000);
    return 0;
}

int cuDeviceGetCount(int* count)
{
    *count = number("STUB_COUNT", 0);
    return number("STUB_STATUS", 0);
}
