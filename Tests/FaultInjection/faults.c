#define _GNU_SOURCE
#include "FaultInjection.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, DESCRIPTORS = 4096 };

static char folder[PATH_MAX];
static size_t folder_length;
static int log_file = -1;
static long fault_step, fault_call, fault_error, fault_map;
static int stops, lasts, fault_kind;
static atomic_long calls, steps;
static atomic_int mapped;
static unsigned char durable[DESCRIPTORS];

static long number(const char *name) {
  const char *value = getenv(name);
  return value ? atol(value) : 0;
}

__attribute__((constructor)) static void begin(void) {
  const char *value = getenv("FAULT_FOLDER");
  // The system names files by their real paths.
  if (!value || !realpath(value, folder)) return;
  folder_length = strlen(folder);
  fault_step = number("FAULT_STEP");
  fault_call = number("FAULT_CALL");
  fault_error = number("FAULT_ERROR");
  fault_map = number("FAULT_MAP");
  stops = getenv("FAULT_STOP") != NULL;
  lasts = getenv("FAULT_LASTING") != NULL;
  const char *log = getenv("FAULT_LOG");
  if (log) {
    log_file = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  }
}

// MARK: - What is watched

static int is_below(const char *path) {
  return strncmp(path, folder, folder_length) == 0 && path[folder_length] == '/';
}

// The path of an open file, where it counts.
static int path_of(int file, char *path) {
  if (!folder_length || file < 0) return 0;
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, path, PATH_MAX - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return is_below(path);
}

// The path of a name, whose last part need not exist.
static int path_at(int directory, const char *name, char *path) {
  if (!folder_length) return 0;
  char full[2 * PATH_MAX], parent[2 * PATH_MAX];
  if (name[0] == '/' || directory == AT_FDCWD) {
    snprintf(full, sizeof full, "%s", name);
  } else {
    snprintf(full, sizeof full, "/proc/self/fd/%d/%s", directory, name);
  }
  if (realpath(full, path)) return is_below(path);
  char *slash = strrchr(full, '/');
  snprintf(parent, sizeof parent, "%.*s", slash ? (int)(slash - full) : 1, slash ? full : ".");
  char real[PATH_MAX];
  if (!realpath(*parent ? parent : "/", real)) return 0;
  snprintf(path, PATH_MAX, "%.*s/%s", PATH_MAX / 2, real, slash ? slash + 1 : full);
  return is_below(path);
}

// MARK: - Faults

static void end_here(void) {
  if (stops) {
    // Stopped by itself; whoever continues it lets it run to its end.
    fault_step = 0;
    // To this very thread, which stops here; of the process any could take the signal, and this one go on.
    syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGSTOP);
    return;
  }
  syscall(SYS_kill, getpid(), SIGKILL);
  for (;;) pause();
}

// Counts a call of so many steps. Where the program is to be ended among them, gives how many of them are
// done before; otherwise -1.
static long count(long of_steps, long *call, long *first) {
  *call = atomic_fetch_add(&calls, 1) + 1;
  *first = atomic_fetch_add(&steps, of_steps) + 1;
  if (fault_step >= *first && fault_step < *first + of_steps) return fault_step - *first;
  return -1;
}

// Whether the call is to fail.
static int fails(enum kind kind, long call) {
  if (fault_call == call) {
    fault_kind = kind;
    return 1;
  }
  return lasts && fault_kind == (int)kind;
}

static void note(
    enum kind kind, int flags, long call, long first, off_t offset, const char *path,
    const struct iovec *parts, int part_count, size_t byte_count) {
  if (log_file < 0) return;
  struct record record = {
      kind, flags, call, first, offset, (int64_t)strlen(path), (int64_t)byte_count};
  struct iovec all[2] = {{&record, sizeof record}, {(void *)path, strlen(path)}};
  syscall(SYS_writev, log_file, all, 2);
  for (int i = 0; i < part_count && byte_count > 0; i++) {
    size_t length = parts[i].iov_len < byte_count ? parts[i].iov_len : byte_count;
    syscall(SYS_write, log_file, parts[i].iov_base, length);
    byte_count -= length;
  }
}

// A call of one step that is neither a write nor a mapping. Gives 0 where it is to go on, else -1.
static int step(enum kind kind, const char *path, off_t offset, const char *other, int flags) {
  long call, first;
  if (count(1, &call, &first) >= 0) end_here();
  if (fails(kind, call)) {
    errno = (int)fault_error;
    return -1;
  }
  struct iovec part = {(void *)other, other ? strlen(other) : 0};
  note(kind, flags, call, first, offset, path, &part, 1, part.iov_len);
  return 0;
}

// MARK: - Writing

static ssize_t write_part(int file, const struct iovec *parts, int count, off_t offset, size_t limit) {
  ssize_t done = 0;
  for (int i = 0; i < count && limit > 0; i++) {
    size_t length = parts[i].iov_len < limit ? parts[i].iov_len : limit;
    ssize_t written = offset < 0 ? syscall(SYS_write, file, parts[i].iov_base, length)
                                 : syscall(SYS_pwrite64, file, parts[i].iov_base, length, offset + done);
    if (written < 0) return done ? done : -1;
    done += written;
    if ((size_t)written < length) break;
    limit -= length;
  }
  return done;
}

// All writes come to here; a negative offset is the file's own.
static ssize_t write_parts(int file, const struct iovec *parts, int part_count, off_t offset) {
  char path[PATH_MAX];
  size_t length = 0;
  for (int i = 0; i < part_count; i++) length += parts[i].iov_len;
  if (!path_of(file, path)) return write_part(file, parts, part_count, offset, length);
  long call, first, pages = (long)((length + PAGE - 1) / PAGE);
  long before = count(pages ? pages : 1, &call, &first);
  if (before >= 0) {
    off_t start = offset < 0 ? lseek(file, 0, SEEK_CUR) : offset;
    write_part(file, parts, part_count, start, (size_t)before * PAGE);
    end_here();
  }
  size_t limit = length;
  if (fails(WRITE, call)) {
    if (fault_error) {
      errno = (int)fault_error;
      return -1;
    }
    limit = length / 2;
  }
  off_t start = offset < 0 ? lseek(file, 0, SEEK_CUR) : offset;
  int flag = file < DESCRIPTORS ? durable[file] : 0;
  ssize_t written = write_part(file, parts, part_count, offset, limit);
  if (written >= 0) note(WRITE, flag, call, first, start, path, parts, part_count, (size_t)written);
  return written;
}

ssize_t write(int file, const void *bytes, size_t count) {
  struct iovec part = {(void *)bytes, count};
  return write_parts(file, &part, 1, -1);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
  struct iovec part = {(void *)bytes, count};
  return write_parts(file, &part, 1, offset);
}

ssize_t writev(int file, const struct iovec *parts, int count) {
  return write_parts(file, parts, count, -1);
}

ssize_t pwritev(int file, const struct iovec *parts, int count, off_t offset) {
  return write_parts(file, parts, count, offset);
}

static int synchronize(int file, long call_number) {
  char path[PATH_MAX];
  if (path_of(file, path)) return step(SYNCHRONIZE, path, 0, NULL, 0);
  return (int)syscall(call_number, file);
}

int fsync(int file) { return synchronize(file, SYS_fsync); }
int fdatasync(int file) { return synchronize(file, SYS_fdatasync); }

int ftruncate(int file, off_t length) {
  char path[PATH_MAX];
  if (path_of(file, path) && step(TRUNCATE, path, length, NULL, 0)) return -1;
  return (int)syscall(SYS_ftruncate, file, length);
}

// MARK: - Names

int renameat(int old_directory, const char *old, int new_directory, const char *new) {
  char path[PATH_MAX], target[PATH_MAX];
  if (path_at(new_directory, new, target) && path_at(old_directory, old, path) &&
      step(RENAME, path, 0, target, 0)) {
    return -1;
  }
  return (int)syscall(SYS_renameat2, old_directory, old, new_directory, new, 0);
}

int rename(const char *old, const char *new) { return renameat(AT_FDCWD, old, AT_FDCWD, new); }

int unlinkat(int directory, const char *name, int flags) {
  char path[PATH_MAX];
  struct stat status;
  if (path_at(directory, name, path) && lstat(path, &status) == 0 && step(REMOVE, path, 0, NULL, 0)) {
    return -1;
  }
  return (int)syscall(SYS_unlinkat, directory, name, flags);
}

int unlink(const char *name) { return unlinkat(AT_FDCWD, name, 0); }

static int open_file(int directory, const char *name, int flags, mode_t mode) {
  char path[PATH_MAX];
  // Opening to read changes nothing.
  int counts = flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC) && path_at(directory, name, path);
  if (counts && step(OPEN, path, 0, NULL, flags)) return -1;
  int file = (int)syscall(SYS_openat, directory, name, counts ? flags & ~O_DSYNC : flags, mode);
  if (file >= 0 && file < DESCRIPTORS) durable[file] = (flags & O_DSYNC) != 0;
  return file;
}

#define MODE(flags)                       \
  mode_t mode = 0;                        \
  if (flags & (O_CREAT | __O_TMPFILE)) {  \
    va_list list;                         \
    va_start(list, flags);                \
    mode = va_arg(list, mode_t);          \
    va_end(list);                         \
  }

int open(const char *name, int flags, ...) {
  MODE(flags)
  return open_file(AT_FDCWD, name, flags, mode);
}

int openat(int directory, const char *name, int flags, ...) {
  MODE(flags)
  return open_file(directory, name, flags, mode);
}

// MARK: - Maps and locks

void *mmap(void *address, size_t length, int protection, int flags, int file, off_t offset) {
  char path[PATH_MAX];
  if (path_of(file, path)) {
    if (fault_map && (long)length > fault_map && !mapped) {
      errno = ENOMEM;
      return MAP_FAILED;
    }
    if (step(MAP, path, (off_t)length, NULL, 0)) return MAP_FAILED;
    if (!strstr(path, "lock")) mapped = 1;
  }
  return (void *)syscall(SYS_mmap, address, length, protection, flags, file, offset);
}

int fcntl(int file, int command, ...) {
  va_list list;
  va_start(list, command);
  void *argument = va_arg(list, void *);
  va_end(list);
  char path[PATH_MAX];
  if ((command == F_SETLK || command == F_SETLKW) && path_of(file, path) &&
      step(LOCK, path, 0, NULL, 0)) {
    return -1;
  }
  return (int)syscall(SYS_fcntl, file, command, argument);
}

int flock(int file, int operation) {
  char path[PATH_MAX];
  if (path_of(file, path) && step(LOCK, path, 0, NULL, 0)) return -1;
  return (int)syscall(SYS_flock, file, operation);
}

// MARK: - Time

time_t time(time_t *result) {
  long fixed = number("FAULT_TIME");
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  time_t value = fixed ? fixed : now.tv_sec;
  if (result) *result = value;
  return value;
}

// Files have 64-bit offsets everywhere that this runs, so both names of a function are one.
ssize_t pwrite64(int, const void *, size_t, off_t) __attribute__((alias("pwrite")));
ssize_t pwritev64(int, const struct iovec *, int, off_t) __attribute__((alias("pwritev")));
int ftruncate64(int, off_t) __attribute__((alias("ftruncate")));
int open64(const char *, int, ...) __attribute__((alias("open")));
int openat64(int, const char *, int, ...) __attribute__((alias("openat")));
void *mmap64(void *, size_t, int, int, int, off_t) __attribute__((alias("mmap")));
int fcntl64(int, int, ...) __attribute__((alias("fcntl")));
