#include "scan.h"

#include <sched.h>
#include <stdio.h>

/* Processors' worth of CPU time a cgroup grants; 0 when it sets no bound. */
static unsigned cgroup_quota(void)
{
    long long quota = -1, period = 0;
    FILE *file = fopen("/sys/fs/cgroup/cpu.max", "re");
    if (file) { /* version 2: "max 100000" or "150000 100000" */
        if (fscanf(file, "%lld %lld", &quota, &period) != 2)
            quota = -1;
        fclose(file);
    } else if ((file = fopen("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "re"))) {
        if (fscanf(file, "%lld", &quota) != 1)
            quota = -1;
        fclose(file);
        if ((file = fopen("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "re"))) {
            if (fscanf(file, "%lld", &period) != 1)
                period = 0;
            fclose(file);
        }
    }
    if (quota <= 0 || period <= 0)
        return 0;
    long long n = (quota + period - 1) / period;
    return n > 0 && n < 1 << 16 ? (unsigned)n : 0;
}

unsigned dsi_n_processors(void)
{
    cpu_set_t set;
    int n = 1;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        n = CPU_COUNT(&set);
    unsigned quota = cgroup_quota();
    if (quota && quota < (unsigned)n)
        n = (int)quota;
    return n > 0 ? (unsigned)n : 1;
}
