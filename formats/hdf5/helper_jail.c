#include "helper_jail.h"

#include "hdf5_protocol.h"

#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Sanitizers map terabytes, look into /proc and write what they find. */
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define DSI_IS_SANITIZED 1
#elif defined __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define DSI_IS_SANITIZED 1
#endif
#endif
#ifndef DSI_IS_SANITIZED
#define DSI_IS_SANITIZED 0
#endif

static enum dsi_status failed(struct dsi_error *err, const char *what, int code)
{
    return dsi_fail(err, DSI_ERR_OPEN,
                    "cannot guard the process that reads HDF5: %s: %s", what,
                    strerror(code));
}

static bool limit(int what, uint64_t value)
{
    struct rlimit now;
    if (getrlimit((__rlimit_resource_t)what, &now) != 0)
        return false;
    rlim_t most = value > RLIM_INFINITY ? RLIM_INFINITY : (rlim_t)value;
    if (most < now.rlim_max)
        now.rlim_max = most;
    now.rlim_cur = now.rlim_max;
    return setrlimit((__rlimit_resource_t)what, &now) == 0;
}

/* An orphan has another parent than the program. The signal's value is that one's id,
 * for there is nothing else a handler could look at. */
static void on_tick(int number, siginfo_t *info, void *context)
{
    (void)number, (void)context;
    if (info->si_code == SI_TIMER && getppid() != info->si_value.sival_int)
        _exit(0);
}

/* Who made the socket: it may be gone by now, and our parent another. */
static bool find_program(pid_t *program)
{
    struct ucred peer;
    socklen_t n = sizeof peer;
    if (getsockopt(DSI_HDF5_FD_CONTROL, SOL_SOCKET, SO_PEERCRED, &peer, &n) != 0)
        return false;
    *program = peer.pid;
    return true;
}

static bool watch_parent(void)
{
    enum { TICK_NS = 200 * 1000 * 1000 };
    struct sigaction action = {.sa_sigaction = on_tick,
                               .sa_flags = SA_SIGINFO | SA_RESTART};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
    const struct itimerspec tick = {{0, TICK_NS}, {0, TICK_NS}};
    sigset_t alarms;
    timer_t timer;
    pid_t program;
    if (!find_program(&program))
        return false;
    event.sigev_value.sival_int = program;
    sigemptyset(&action.sa_mask);
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    return sigaction(SIGALRM, &action, NULL) == 0 &&
           sigprocmask(SIG_UNBLOCK, &alarms, NULL) == 0 &&
           timer_create(CLOCK_MONOTONIC, &event, &timer) == 0 &&
           timer_settime(timer, 0, &tick, NULL) == 0;
}

enum dsi_status dsi_jail_prepare(struct dsi_error *err)
{
    static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE};
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
        if (signal(ignored[i], SIG_IGN) == SIG_ERR)
            return failed(err, "signal", errno);
    if (!watch_parent())
        return failed(err, "timer", errno);
    if (close_range(DSI_HDF5_FD_ROWS + 1, ~0U, 0) != 0)
        return failed(err, "close_range", errno);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return failed(err, "prctl", errno);
    if (!limit(RLIMIT_CORE, 0) || (!DSI_IS_SANITIZED && !limit(RLIMIT_FSIZE, 0)))
        return failed(err, "setrlimit", errno);
    return DSI_OK;
}

/* To read the file and answer, to have memory, to tell the time, to die. */
static const int allowed[] = {
    SCMP_SYS(read),
    SCMP_SYS(pread64),
    SCMP_SYS(lseek),
    SCMP_SYS(recvfrom),
    SCMP_SYS(sendmsg),
    SCMP_SYS(poll),
    SCMP_SYS(close),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(brk),
    SCMP_SYS(madvise),
    SCMP_SYS(futex),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(getrandom),
    SCMP_SYS(getpid),
    SCMP_SYS(getppid),
    SCMP_SYS(gettid),
    SCMP_SYS(sysinfo), /* by qsort, which believes whatever it finds */
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
};

/* Memory, but none that code could run in; signals and limits, but only its own. */
static int allow_narrowly(scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp not_code = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
    const struct scmp_arg_cmp own_signal =
        SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0);
    const struct scmp_arg_cmp own_limit = SCMP_A0(SCMP_CMP_EQ, 0, 0);
    int code =
        seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, &not_code);
    if (!code)
        code = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
                                      &not_code);
    if (!code)
        code = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
                                      &own_signal);
    if (!code)
        code = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 1,
                                      &own_limit);
    return code;
}

static enum dsi_status filter_calls(struct dsi_error *err)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    int code = filter ? 0 : -ENOMEM;
    for (size_t i = 0; !code && i < sizeof allowed / sizeof *allowed; i++)
        code = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
    if (!code)
        code = allow_narrowly(filter);
    if (!code)
        code = seccomp_load(filter);
    if (filter)
        seccomp_release(filter);
    return code ? failed(err, "seccomp", -code) : DSI_OK;
}

enum dsi_status dsi_jail_enter(uint64_t max_bytes, bool follow, struct dsi_error *err)
{
    enum { OWN_BYTES = 512 << 20, FACTOR = 4, FILES = 8, FILES_TO_FOLLOW = 256 };
    uint64_t n_bytes;
    if (!dsi_mul(max_bytes, FACTOR, &n_bytes) || !dsi_add(n_bytes, OWN_BYTES, &n_bytes))
        n_bytes = UINT64_MAX;
    if (DSI_IS_SANITIZED)
        return DSI_OK;
    if (!limit(RLIMIT_AS, n_bytes) ||
        !limit(RLIMIT_NOFILE, follow ? FILES_TO_FOLLOW : FILES))
        return failed(err, "setrlimit", errno);
    return follow ? DSI_OK : filter_calls(err);
}

void dsi_jail_grant_time(void)
{
    enum { SECONDS = 60 };
    struct timespec used;
    struct rlimit cpu;
    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) != 0 ||
        getrlimit(RLIMIT_CPU, &cpu) != 0)
        return;
    cpu.rlim_cur = (rlim_t)used.tv_sec + SECONDS;
    if (cpu.rlim_cur > cpu.rlim_max)
        cpu.rlim_cur = cpu.rlim_max;
    setrlimit(RLIMIT_CPU, &cpu);
}
