#include "hdf5_process.h"

#include "hdf5_program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum {
    TICK_MS = 100,
    MAX_TICKS = 600,     /* without a message: asleep, or starved of a processor */
    MAX_CPU_SECONDS = 5, /* without a message: in a loop */
    /* A message may come in as many pieces as these many bytes fit into it, each of
     * which may take a tick. */
    PIECE_BYTES = 4096,
    FIRST_FREE_FD = 10, /* above all the helper's own: none is overwritten unread */
    N_FDS = 3,
    LEAVING_MS = 1000, /* to be gone after its end of the socket is closed */
};

/* --- starting
 * --------------------------------------------------------------------------- */

/* What the helper needs to be loaded, and to say what a sanitizer finds. */
static void choose_environment(char *few[], size_t room)
{
    static const char *const kept[] = {
        "LD_LIBRARY_PATH=", "ASAN_OPTIONS=", "UBSAN_OPTIONS=", "LSAN_OPTIONS=",
        "TSAN_OPTIONS="};
    size_t n = 0;
    for (char **e = environ; e && *e; e++)
        for (size_t k = 0; k < sizeof kept / sizeof *kept; k++)
            if (strncmp(*e, kept[k], strlen(kept[k])) == 0 && n + 1 < room)
                few[n++] = *e;
    few[n] = NULL;
}

static int add_actions(posix_spawn_file_actions_t *actions, const int fds[N_FDS])
{
    int error = 0;
    for (int fd = 0; fd < DSI_HDF5_FD_CONTROL && !error; fd++)
        error = posix_spawn_file_actions_addopen(actions, fd, "/dev/null", O_RDWR, 0);
    for (int i = 0; i < N_FDS && !error; i++)
        error =
            posix_spawn_file_actions_adddup2(actions, fds[i], DSI_HDF5_FD_CONTROL + i);
    /* Those of a program we are a library of may not close by themselves. */
    if (!error)
        error = posix_spawn_file_actions_addclosefrom_np(actions, DSI_HDF5_FD_ROWS + 1);
    return error;
}

/* As a program expects to be started from a shell, whatever our signals are. */
static int set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    int error = posix_spawnattr_setsigdefault(attributes, &all);
    if (!error)
        error = posix_spawnattr_setsigmask(attributes, &none);
    if (!error)
        error = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF |
                                                         POSIX_SPAWN_SETSIGMASK);
    return error;
}

static int spawn(pid_t *pid, const char *path, const int fds[N_FDS],
                 bool follow_external)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    char program[] = "dsinspect-hdf5";
    char *arguments[] = {program, NULL}, *few[16];
    int error = posix_spawn_file_actions_init(&actions);
    if (error)
        return error;
    error = posix_spawnattr_init(&attributes);
    if (error) {
        posix_spawn_file_actions_destroy(&actions);
        return error;
    }
    choose_environment(few, sizeof few / sizeof *few);
    error = add_actions(&actions, fds);
    if (!error)
        error = set_attributes(&attributes);
    if (!error)
        error = posix_spawn(pid, path, &actions, &attributes, arguments,
                            follow_external ? environ : few);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

/* What the machine has run out of is no fault of the file's. */
static enum dsi_status fail_start(int error, struct dsi_error *err)
{
    bool is_want =
        error == ENOMEM || error == EMFILE || error == ENFILE || error == EAGAIN;
    return dsi_fail(err, is_want ? DSI_ERR_MEMORY : DSI_ERR_OPEN,
                    "the program that reads HDF5 cannot be started: %s",
                    strerror(error));
}

static void close_all(const int *fds, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

/* Moves each descriptor out of the way of those it is to become. */
static int move_up(int fds[N_FDS], const int from[N_FDS])
{
    for (int i = 0; i < N_FDS; i++) {
        fds[i] = fcntl(from[i], F_DUPFD_CLOEXEC, FIRST_FREE_FD);
        if (fds[i] < 0) /* EINVAL: no descriptor may be as high as that */
            return errno == EINVAL ? EMFILE : errno;
    }
    return 0;
}

/* Longer for large files, in which more than a million groups may have to be passed to
 * find one dataset. */
static double cpu_seconds_for(int file)
{
    enum { BYTES_A_SECOND = 8 << 20, MOST = 60 };
    struct stat st;
    double n_bytes = fstat(file, &st) == 0 ? (double)st.st_size : 0;
    double seconds = MAX_CPU_SECONDS + n_bytes / BYTES_A_SECOND;
    return seconds < MOST ? seconds : MOST;
}

enum dsi_status dsi_hdf5_process_start(struct dsi_hdf5_process *process, int file,
                                       bool follow_external, struct dsi_error *err)
{
    char path[PATH_MAX];
    int pair[2] = {-1, -1}, fds[N_FDS] = {-1, -1, -1}, error = 0;

    *process = (struct dsi_hdf5_process){.control = -1, .rows = -1};
    DSI_TRY(dsi_hdf5_program_find(path, err));
    process->rows = memfd_create("dsinspect rows", MFD_CLOEXEC);
    if (process->rows < 0 ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        error = errno;
        goto out;
    }
    process->control = pair[0];
    /* Who does not read what it is asked hangs; without this we would with it. */
    const struct timeval patience = {.tv_sec = MAX_TICKS / (1000 / TICK_MS)};
    setsockopt(pair[0], SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    const int from[N_FDS] = {pair[1], file, process->rows};
    error = move_up(fds, from);
    if (!error)
        error = spawn(&process->pid, path, fds, follow_external);
out:
    close_all(fds, N_FDS);
    close_all(&pair[1], 1);
    if (error) {
        process->pid = 0;
        dsi_hdf5_process_stop(process);
        return fail_start(error, err);
    }
    process->has_clock = clock_getcpuclockid(process->pid, &process->clock) == 0;
    process->max_cpu_seconds = cpu_seconds_for(file);
    return DSI_OK;
}

enum dsi_status dsi_hdf5_process_reserve(struct dsi_hdf5_process *process,
                                         uint64_t room, struct dsi_error *err)
{
    if (room <= process->room)
        return DSI_OK;
    if (room > INT64_MAX || ftruncate(process->rows, (off_t)room) != 0)
        return dsi_fail_memory(err, room);
    process->room = room;
    return DSI_OK;
}

/* --- ending
 * ----------------------------------------------------------------------------- */

static const char *signal_name(int number, char text[16])
{
    const char *abbreviation = sigabbrev_np(number);
    if (abbreviation)
        snprintf(text, 16, "SIG%.12s", abbreviation);
    else
        snprintf(text, 16, "signal %d", number);
    return text;
}

/* Waits for the end that was announced, and brings it about when it does not come: then
 * false. */
static bool bury(struct dsi_hdf5_process *process, int patience_ms, int *status)
{
    pid_t gone = 0;
    *status = 0;
    for (int ms = 0; ms < patience_ms && gone == 0; ms++) {
        gone = waitpid(process->pid, status, WNOHANG);
        if (gone == 0)
            nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    if (gone == 0) {
        kill(process->pid, SIGKILL);
        while (waitpid(process->pid, status, 0) < 0 && errno == EINTR)
            ;
    }
    process->pid = 0;
    return gone != 0;
}

static enum dsi_status fail_hung(struct dsi_hdf5_process *process,
                                 struct dsi_error *err)
{
    int status;
    if (process->pid > 0)
        bury(process, 0, &status);
    process->fate = DSI_HDF5_DIED;
    process->hung = true;
    return dsi_fail(err, DSI_ERR_MALFORMED, "the HDF5 reader hung and was ended");
}

/* After the end of the socket. */
static enum dsi_status fail_ended(struct dsi_hdf5_process *process,
                                  struct dsi_error *err)
{
    enum { CANNOT_LOAD = 127 }; /* the dynamic loader's, and the shell's */
    char name[16];
    int status;
    if (!bury(process, LEAVING_MS, &status) ||
        (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU))
        return fail_hung(process, err);
    process->fate = DSI_HDF5_DIED;
    /* We have not killed it: somebody has, or the kernel for want of memory. */
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
        process->fate = DSI_HDF5_KILLED;
        return dsi_fail(err, DSI_ERR_MEMORY,
                        "the HDF5 reader was killed (SIGKILL): is memory short?");
    }
    if (WIFSIGNALED(status))
        return dsi_fail(err, DSI_ERR_MALFORMED, "the HDF5 reader crashed (%s)",
                        signal_name(WTERMSIG(status), name));
    if (WEXITSTATUS(status) == CANNOT_LOAD)
        return dsi_fail(err, DSI_ERR_OPEN,
                        "the program that reads HDF5 cannot be started: a library it "
                        "needs is missing");
    if (WEXITSTATUS(status) == 0) {
        process->fate = DSI_HDF5_LEFT;
        return dsi_fail(err, DSI_ERR_MALFORMED, "the HDF5 reader left");
    }
    return dsi_fail(err, DSI_ERR_MALFORMED, "the HDF5 reader gave up (status %d)",
                    WEXITSTATUS(status));
}

void dsi_hdf5_process_stop(struct dsi_hdf5_process *process)
{
    int status;
    if (process->pid > 0)
        bury(process, 0, &status);
    close_all((int[]){process->control, process->rows}, 2);
    process->control = process->rows = -1;
    process->room = 0;
}

/* --- talking
 * ---------------------------------------------------------------------------- */

struct watchdog {
    const struct dsi_hdf5_process *process;
    struct timespec start; /* of its processor time */
    uint64_t n_ticks, max_ticks;
};

static void start_watch(struct watchdog *watchdog,
                        const struct dsi_hdf5_process *process)
{
    *watchdog = (struct watchdog){.process = process, .max_ticks = MAX_TICKS};
    if (process->has_clock)
        clock_gettime(process->clock, &watchdog->start);
}

static bool is_hung(const struct watchdog *watchdog)
{
    struct timespec now;
    if (watchdog->n_ticks > watchdog->max_ticks)
        return true;
    if (!watchdog->process->has_clock ||
        clock_gettime(watchdog->process->clock, &now) != 0)
        return false;
    return (double)(now.tv_sec - watchdog->start.tv_sec) +
               1e-9 * (double)(now.tv_nsec - watchdog->start.tv_nsec) >
           watchdog->process->max_cpu_seconds;
}

/* Receives n bytes, or fails as the helper did. */
static enum dsi_status receive_all(struct dsi_hdf5_process *process,
                                   struct watchdog *watchdog, uint8_t *out, size_t n,
                                   struct dsi_error *err)
{
    for (size_t got = 0; got < n;) {
        ssize_t k = recv(process->control, out + got, n - got, MSG_DONTWAIT);
        if (k > 0) {
            got += (size_t)k;
            continue;
        }
        if (k < 0 && errno == EINTR)
            continue;
        if (k == 0 || (errno != EAGAIN && errno != EWOULDBLOCK))
            return fail_ended(process, err);
        struct pollfd wait = {.fd = process->control, .events = POLLIN};
        poll(&wait, 1, TICK_MS);
        watchdog->n_ticks++;
        if (is_hung(watchdog))
            return fail_hung(process, err);
    }
    return DSI_OK;
}

enum dsi_status dsi_hdf5_process_send(struct dsi_hdf5_process *process,
                                      enum dsi_hdf5_type type,
                                      const struct dsi_bytes *body,
                                      struct dsi_error *err)
{
    if (dsi_hdf5_send(process->control, type, body, err) == DSI_OK)
        return DSI_OK;
    return fail_ended(process, err);
}

enum dsi_status dsi_hdf5_process_receive(struct dsi_hdf5_process *process,
                                         enum dsi_hdf5_type *type,
                                         struct dsi_bytes *body, struct dsi_error *err)
{
    uint8_t head[DSI_HDF5_HEAD_BYTES];
    struct watchdog watchdog;
    size_t n;
    start_watch(&watchdog, process);
    DSI_TRY(receive_all(process, &watchdog, head, sizeof head, err));
    DSI_TRY(dsi_hdf5_head(head, type, &n, err));
    DSI_TRY(dsi_bytes_claim(body, n, err));
    watchdog.max_ticks += n / PIECE_BYTES;
    return receive_all(process, &watchdog, body->data, n, err);
}

bool dsi_hdf5_process_is_idle(struct dsi_hdf5_process *process, struct dsi_error *err)
{
    uint8_t byte;
    ssize_t k = recv(process->control, &byte, 1, MSG_DONTWAIT | MSG_PEEK);
    if (k < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return true;
    if (k <= 0) {
        (void)!fail_ended(process, err);
        return false;
    }
    process->fate = DSI_HDF5_DIED;
    (void)!dsi_fail(err, DSI_ERR_MALFORMED, "the HDF5 reader spoke unasked");
    return false;
}

enum dsi_status dsi_hdf5_process_copy(const struct dsi_hdf5_process *process,
                                      uint64_t offset, void *out, size_t n,
                                      struct dsi_error *err)
{
    uint8_t *bytes = out;
    for (size_t got = 0; got < n;) {
        ssize_t k = pread(process->rows, bytes + got, n - got, (off_t)(offset + got));
        if (k < 0 && errno == EINTR)
            continue;
        if (k < 0)
            return dsi_fail(err, DSI_ERR_READ, "%s", strerror(errno));
        if (k == 0)
            return dsi_fail(err, DSI_ERR_MALFORMED,
                            "the HDF5 reader took back what it had delivered");
        got += (size_t)k;
    }
    return DSI_OK;
}
