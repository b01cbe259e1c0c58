#include "cpu_level.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>

/* Conversions of halves, and multiplying and adding at once. Asked of the processor
 * itself: not every compiler knows the names. That the system keeps the registers
 * follows from avx2. */
static bool has_f16c_and_fma(void)
{
    unsigned a, b, c, d;
    return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C) && (c & bit_FMA);
}
#endif

static enum dsi_cpu_level machine_level(void)
{
#if defined(__x86_64__)
    if (!__builtin_cpu_supports("avx2") || !has_f16c_and_fma())
        return DSI_CPU_PORTABLE;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        return DSI_CPU_AVX512;
    return DSI_CPU_AVX2;
#else
    return DSI_CPU_PORTABLE;
#endif
}

enum dsi_cpu_level dsi_cpu_level(void)
{
    static const char *const names[] = {"portable", "avx2", "avx512"};
    const enum dsi_cpu_level has = machine_level();
    const char *asked = getenv("DSINSPECT_CPU");
    for (size_t i = 0; asked && i < sizeof names / sizeof *names; i++)
        if (strcmp(asked, names[i]) == 0 && i < (size_t)has)
            return (enum dsi_cpu_level)i;
    return has;
}
