/* The promise is: absent, old or whole, whatever comes between. Tested by what comes:
 * SIGKILL at random moments, a full disk, a signal, a reader that leaves. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "report.h"

static char folder[] = "/tmp/dsi-atomic-XXXXXX";

static int enter_folder(void **state)
{
    (void)state;
    (void)signal(SIGPIPE, SIG_IGN);
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

/* Removes what is in the folder and says how many entries there were. */
static int clear_folder(void)
{
    DIR *dir = opendir(".");
    int n = 0;
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        n++;
        if (unlink(entry->d_name) != 0)
            rmdir(entry->d_name);
    }
    closedir(dir);
    return n;
}

static int start_empty(void **state)
{
    (void)state;
    clear_folder();
    return 0;
}

static int leave_folder(void **state)
{
    (void)state;
    clear_folder();
    return chdir("/") == 0 ? rmdir(folder) : -1;
}

static struct dsi_atomic_file *open_ok(const char *path)
{
    struct dsi_error err = {0};
    struct dsi_atomic_file *file;
    if (dsi_atomic_open(&file, path, &err) != DSI_OK)
        fail_msg("%s: %s", path, err.message);
    return file;
}

static void write_ok(struct dsi_atomic_file *file, const char *text)
{
    assert_int_equal(dsi_atomic_write(file, text, strlen(text), NULL), DSI_OK);
}

static void put_file(const char *path, const char *text)
{
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

static void expect_content(const char *path, const char *expected)
{
    char text[256] = "";
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    size_t n = fread(text, 1, sizeof text - 1, in);
    fclose(in);
    text[n] = '\0';
    assert_string_equal(text, expected);
}

static mode_t mode_of(const char *path)
{
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    return info.st_mode & 07777;
}

static void nothing_shows_before_commit(void **state)
{
    (void)state;
    struct dsi_atomic_file *file = open_ok("out");
    write_ok(file, "new");
    assert_int_equal(access("out", F_OK), -1);
    assert_int_equal(dsi_atomic_commit(file, NULL), DSI_OK);
    expect_content("out", "new");
    assert_int_equal(clear_folder(), 1);
}

static void abandoned_leaves_the_old(void **state)
{
    (void)state;
    put_file("out", "old");
    struct dsi_atomic_file *file = open_ok("out");
    write_ok(file, "new");
    dsi_atomic_abandon(file);
    dsi_atomic_abandon(NULL);
    expect_content("out", "old");
    assert_int_equal(clear_folder(), 1);
}

static void modes_follow_umask_or_the_old_file(void **state)
{
    (void)state;
    mode_t before = umask(027);
    assert_int_equal(dsi_atomic_commit(open_ok("fresh"), NULL), DSI_OK);
    assert_int_equal(mode_of("fresh"), 0640);
    put_file("kept", "old");
    assert_int_equal(chmod("kept", 0604), 0);
    assert_int_equal(dsi_atomic_commit(open_ok("kept"), NULL), DSI_OK);
    assert_int_equal(mode_of("kept"), 0604);
    umask(before);
}

static void links_are_followed(void **state)
{
    (void)state;
    assert_int_equal(mkdir("deep", 0777), 0);
    put_file("deep/file", "old");
    assert_int_equal(symlink("file", "deep/inner"), 0);
    assert_int_equal(symlink("deep/inner", "outer"), 0);
    assert_int_equal(symlink("deep/not-yet", "dangling"), 0);
    struct dsi_atomic_file *file = open_ok("outer");
    write_ok(file, "new");
    assert_int_equal(dsi_atomic_commit(file, NULL), DSI_OK);
    expect_content("deep/file", "new");
    assert_int_equal(dsi_atomic_commit(open_ok("dangling"), NULL), DSI_OK);
    expect_content("deep/not-yet", "");
    struct stat info;
    assert_int_equal(lstat("outer", &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_int_equal(lstat("dangling", &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_int_equal(symlink("loop", "loop"), 0);
    struct dsi_error err = {0};
    assert_int_equal(dsi_atomic_open(&file, "loop", &err), DSI_ERR_OPEN);
    assert_string_equal(err.message, strerror(ELOOP));
    assert_null(file);
    unlink("deep/file");
    unlink("deep/inner");
    unlink("deep/not-yet");
}

static void what_cannot_be_opened_says_why(void **state)
{
    (void)state;
    struct dsi_error err = {0};
    struct dsi_atomic_file *file;
    assert_int_equal(dsi_atomic_open(&file, ".", &err), DSI_ERR_OPEN);
    assert_string_equal(err.message, strerror(EISDIR));
    assert_int_equal(dsi_atomic_open(&file, "missing/out", &err), DSI_ERR_OPEN);
    assert_non_null(strstr(err.message, strerror(ENOENT)));
    assert_int_equal(dsi_atomic_open(&file, "", &err), DSI_ERR_OPEN);
}

static void devices_are_written_in_place(void **state)
{
    (void)state;
    struct dsi_atomic_file *file = open_ok("/dev/null");
    write_ok(file, "gone");
    assert_int_equal(dsi_atomic_commit(file, NULL), DSI_OK);
    struct stat info;
    assert_int_equal(stat("/dev/null", &info), 0);
    assert_true(S_ISCHR(info.st_mode));

    struct dsi_error err = {0};
    file = open_ok("/dev/full");
    write_ok(file, "x");
    assert_int_equal(dsi_atomic_commit(file, &err), DSI_ERR_WRITE);
    assert_string_equal(err.message, strerror(ENOSPC));
}

/* Large enough to pass the buffer: the failure comes from the write itself, and a
 * commit after it must not pretend. */
static void no_commit_after_a_failed_write(void **state)
{
    (void)state;
    static char data[1 << 20];
    struct dsi_atomic_file *file = open_ok("/dev/full");
    assert_int_equal(dsi_atomic_write(file, data, sizeof data, NULL), DSI_ERR_WRITE);
    struct dsi_error err = {0};
    assert_int_equal(dsi_atomic_commit(file, &err), DSI_ERR_WRITE);
    assert_string_equal(err.message, strerror(ENOSPC));
}

/* A regular file that cannot grow (RLIMIT_FSIZE gives EFBIG) is a disk that is full. */
static void full_disk_keeps_the_old(void **state)
{
    (void)state;
    static char data[1 << 20];
    put_file("out", "old");
    pid_t child = fork();
    if (child == 0) {
        struct rlimit limit = {100000, 100000};
        (void)signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
        struct dsi_atomic_file *file;
        struct dsi_error err = {0};
        if (dsi_atomic_open(&file, "out", &err) != DSI_OK)
            _exit(1);
        enum dsi_status written = dsi_atomic_write(file, data, sizeof data, &err);
        enum dsi_status committed = dsi_atomic_commit(file, &err);
        _exit(written == DSI_ERR_WRITE && committed == DSI_ERR_WRITE &&
                      strcmp(err.message, strerror(EFBIG)) == 0
                  ? 0
                  : 2);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    expect_content("out", "old");
    assert_int_equal(clear_folder(), 1);
}

static void a_reader_that_left_is_a_pipe_error(void **state)
{
    (void)state;
    assert_int_equal(mkfifo("fifo", 0600), 0);
    int reader = open("fifo", O_RDONLY | O_NONBLOCK);
    assert_true(reader >= 0);
    struct dsi_atomic_file *file = open_ok("fifo");
    write_ok(file, "x");
    close(reader);
    assert_int_equal(dsi_atomic_commit(file, NULL), DSI_ERR_PIPE);

    int ends[2];
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    struct dsi_sink sink = dsi_sink_to_fd(ends[1]);
    assert_int_equal(sink.write(sink.context, "x", 1, NULL), DSI_ERR_PIPE);
    close(ends[1]);
    struct dsi_error err = {0};
    assert_int_equal(sink.write(sink.context, "x", 1, &err), DSI_ERR_WRITE);
    assert_string_equal(err.message, strerror(EBADF));
}

/* `{ echo a; tool -o /dev/stdout; echo z; } > file`: three writers, one offset. */
static void our_own_open_file_is_not_replaced(void **state)
{
    (void)state;
    int fd = open("shared", O_RDWR | O_CREAT, 0666);
    char path[64];
    snprintf(path, sizeof path, "/dev/fd/%d", fd);
    assert_int_equal(write(fd, "a", 1), 1);
    struct dsi_atomic_file *file = open_ok(path);
    write_ok(file, "m");
    assert_int_equal(dsi_atomic_commit(file, NULL), DSI_OK);
    assert_int_equal(write(fd, "z", 1), 1);
    close(fd);
    expect_content("shared", "amz");
}

static void too_many_files_are_refused(void **state)
{
    (void)state;
    struct dsi_atomic_file *files[DSI_ATOMIC_MAX], *one_more;
    char path[16];
    for (int i = 0; i < DSI_ATOMIC_MAX; i++) {
        snprintf(path, sizeof path, "f%d", i);
        files[i] = open_ok(path);
    }
    assert_int_equal(dsi_atomic_open(&one_more, "more", NULL), DSI_ERR_LIMIT);
    for (int i = 0; i < DSI_ATOMIC_MAX; i++)
        assert_int_equal(dsi_atomic_commit(files[i], NULL), DSI_OK);
    assert_int_equal(dsi_atomic_commit(open_ok("more"), NULL), DSI_OK);
    assert_int_equal(clear_folder(), DSI_ATOMIC_MAX + 1);
}

static void long_names_fit(void **state)
{
    (void)state;
    char name[256];
    memset(name, 'n', 255); /* NAME_MAX */
    name[255] = '\0';
    assert_int_equal(dsi_atomic_commit(open_ok(name), NULL), DSI_OK);
    assert_int_equal(access(name, F_OK), 0);
}

static void on_interrupt(int number)
{
    dsi_atomic_abandon_all();
    _exit(128 + number);
}

static void an_interrupt_leaves_nothing(void **state)
{
    (void)state;
    put_file("a", "old");
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        struct dsi_atomic_file *a, *b;
        (void)signal(SIGINT, on_interrupt);
        if (dsi_atomic_open(&a, "a", NULL) != DSI_OK ||
            dsi_atomic_open(&b, "b", NULL) != DSI_OK ||
            dsi_atomic_write(a, "new", 3, NULL) != DSI_OK ||
            write(ready[1], "r", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    close(ready[1]);
    char byte;
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(kill(child, SIGINT), 0);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 128 + SIGINT);
    close(ready[0]);
    expect_content("a", "old");
    assert_int_equal(clear_folder(), 1);
}

/* --- killed at any moment --------------------------------------------------------- */

enum { VERSION_SIZE = 300000, N_KILLS = 60 };

/* Versions follow each other for ever; each is one byte, 300,000 times. */
static void write_versions(void)
{
    static char data[VERSION_SIZE];
    for (int version = 1;; version = version % 100 + 1) {
        struct dsi_atomic_file *file;
        memset(data, version, sizeof data);
        if (dsi_atomic_open(&file, "out", NULL) != DSI_OK)
            _exit(1);
        for (size_t at = 0; at < sizeof data; at += 10000)
            if (dsi_atomic_write(file, data + at, 10000, NULL) != DSI_OK)
                _exit(1);
        if (dsi_atomic_commit(file, NULL) != DSI_OK)
            _exit(1);
    }
}

/* 0: absent; else the version, which must be whole. */
static int version_found(void)
{
    static char data[VERSION_SIZE + 1];
    int fd = open("out", O_RDONLY);
    if (fd < 0)
        return 0;
    size_t n = 0;
    for (ssize_t got; (got = read(fd, data + n, sizeof data - n)) > 0;)
        n += (size_t)got;
    close(fd);
    assert_int_equal(n, VERSION_SIZE);
    for (size_t i = 1; i < n; i++)
        if (data[i] != data[0])
            fail_msg("versions %d and %d mixed", data[0], data[i]);
    return data[0];
}

static void killed_leaves_absent_old_or_whole(void **state)
{
    (void)state;
    int n_present = 0, n_left_over = 0;
    unsigned random = 1;
    for (int i = 0; i < N_KILLS; i++) {
        pid_t child = fork();
        if (child == 0)
            write_versions();
        random = random * 1103515245u + 12345u;
        usleep((random >> 16) % 12000);
        kill(child, SIGKILL);
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        int is_present = version_found() != 0;
        n_present += is_present;
        n_left_over += clear_folder() > is_present;
    }
    /* The moments were not all before the first version, nor all between two files. */
    assert_true(n_present > 0);
    assert_true(n_left_over > 0);
}

#define TEST(name) cmocka_unit_test_setup(name, start_empty)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_shows_before_commit),
        TEST(abandoned_leaves_the_old),
        TEST(modes_follow_umask_or_the_old_file),
        TEST(links_are_followed),
        TEST(what_cannot_be_opened_says_why),
        TEST(devices_are_written_in_place),
        TEST(no_commit_after_a_failed_write),
        TEST(full_disk_keeps_the_old),
        TEST(a_reader_that_left_is_a_pipe_error),
        TEST(our_own_open_file_is_not_replaced),
        TEST(too_many_files_are_refused),
        TEST(long_names_fit),
        TEST(an_interrupt_leaves_nothing),
        TEST(killed_leaves_absent_old_or_whole),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
