/* A disk that fails to sync, for one program: loaded with LD_PRELOAD.
 *
 * While the file $PROVE_FSYNC_FLAG exists, a sync of a file under $PROVE_FSYNC_DIR fails with EIO, if the file's name
 * ends with the first word of the flag file (`*`: any name). The second word is how many syncs fail before the flag
 * file is removed. What was written since the last good sync is taken back first, for nobody knows what a disk holds
 * after a sync that failed; the worst is that it holds nothing of it, and that the next sync works. Each failure is a
 * line in $PROVE_FSYNC_REPORT. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a write replaced. */
struct undo {
    dev_t device;
    ino_t inode;
    off_t offset, size_before;
    size_t length;
    char *bytes;
    struct undo *earlier;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct undo *latest;

/* Whether the descriptor is a file of the directory; its path. */
static int is_ours(int fd, char *path, size_t size) {
    const char *directory = getenv("PROVE_FSYNC_DIR");
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = directory ? readlink(link, path, size - 1) : -1;
    if (length < 0) return 0;
    path[length] = 0;
    return strncmp(path, directory, strlen(directory)) == 0;
}

/* Database and log are written with lseek and write or with pwrite; the shared index is never synced. */
static int is_tracked(int fd) {
    char path[4096];
    if (!is_ours(fd, path, sizeof path)) return 0;
    const char *end = path + strlen(path);
    return (end - path > 3 && !strcmp(end - 3, ".db")) || (end - path > 4 && !strcmp(end - 4, "-wal"));
}

static void remember(int fd, off_t offset, size_t length) {
    struct stat now;
    if (length == 0 || fstat(fd, &now)) return;
    struct undo *undo = calloc(1, sizeof *undo);
    undo->device = now.st_dev;
    undo->inode = now.st_ino;
    undo->offset = offset;
    undo->size_before = now.st_size;
    undo->bytes = malloc(length);
    ssize_t got = pread(fd, undo->bytes, length, offset);
    undo->length = got > 0 ? (size_t)got : 0;
    undo->earlier = latest;
    latest = undo;
}

/* Forgets what was written to the file since its last good sync; takes it back first if `back`. */
static void settle(int fd, int back) {
    struct stat now;
    if (fstat(fd, &now)) return;
    ssize_t (*write_at)(int, const void *, size_t, off_t) = dlsym(RTLD_NEXT, "pwrite64");
    for (struct undo **place = &latest; *place;) {
        struct undo *undo = *place;
        if (undo->device != now.st_dev || undo->inode != now.st_ino) {
            place = &undo->earlier;
            continue;
        }
        if (back) {
            if (undo->length) write_at(fd, undo->bytes, undo->length, undo->offset);
            if (ftruncate(fd, undo->size_before)) abort();
        }
        *place = undo->earlier;
        free(undo->bytes);
        free(undo);
    }
}

static int must_fail(int fd) {
    char path[4096], suffix[64];
    int left = 1 << 30;
    const char *name = getenv("PROVE_FSYNC_FLAG");
    FILE *flag = name ? fopen(name, "re") : NULL;
    if (!flag) return 0;
    int words = fscanf(flag, "%63s %d", suffix, &left);
    fclose(flag);
    if (words < 1 || left < 1 || !is_ours(fd, path, sizeof path)) return 0;
    size_t length = strlen(suffix), whole = strlen(path);
    if (strcmp(suffix, "*") && (whole < length || strcmp(path + whole - length, suffix))) return 0;
    if (left <= 1) {
        unlink(name);
    } else if ((flag = fopen(name, "we"))) {
        fprintf(flag, "%s %d\n", suffix, left - 1);
        fclose(flag);
    }
    const char *report = getenv("PROVE_FSYNC_REPORT");
    if (report && (flag = fopen(report, "ae"))) {
        fprintf(flag, "%s\n", strrchr(path, '/') + 1);
        fclose(flag);
    }
    return 1;
}

static int sync_or_fail(int fd, const char *call) {
    pthread_mutex_lock(&lock);
    int result;
    if (must_fail(fd)) {
        settle(fd, 1);
        errno = EIO;
        result = -1;
    } else {
        int (*sync)(int) = dlsym(RTLD_NEXT, call);
        result = sync(fd);
        if (result == 0) settle(fd, 0);
    }
    pthread_mutex_unlock(&lock);
    return result;
}

int fsync(int fd) { return sync_or_fail(fd, "fsync"); }

int fdatasync(int fd) { return sync_or_fail(fd, "fdatasync"); }

int sync_file_range(int fd, off64_t offset, off64_t length, unsigned int flags) {
    (void)offset, (void)length, (void)flags;
    return sync_or_fail(fd, "fdatasync");
}

ssize_t write(int fd, const void *bytes, size_t length) {
    ssize_t (*next)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
    if (!is_tracked(fd)) return next(fd, bytes, length);
    pthread_mutex_lock(&lock);
    remember(fd, lseek(fd, 0, SEEK_CUR), length);
    ssize_t written = next(fd, bytes, length);
    int error = errno;
    pthread_mutex_unlock(&lock);
    errno = error;
    return written;
}

static ssize_t write_at(int fd, const void *bytes, size_t length, off_t offset, const char *call) {
    ssize_t (*next)(int, const void *, size_t, off_t) = dlsym(RTLD_NEXT, call);
    if (!is_tracked(fd)) return next(fd, bytes, length, offset);
    pthread_mutex_lock(&lock);
    remember(fd, offset, length);
    ssize_t written = next(fd, bytes, length, offset);
    int error = errno;
    pthread_mutex_unlock(&lock);
    errno = error;
    return written;
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
    return write_at(fd, bytes, length, offset, "pwrite");
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
    return write_at(fd, bytes, length, offset, "pwrite64");
}
