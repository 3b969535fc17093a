/*
 * What a power cut takes: everything that was written and not synced. Loaded before the C library, this notes beside each
 * database file what every write replaces, until the file is synced. After the process was killed, the notes are played back,
 * newest first, and the files are as a disk would have them that lost what it was not told to keep.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name, type) ((type)dlsym(RTLD_NEXT, name))
typedef ssize_t (*pwrite_type)(int, const void *, size_t, off_t);
typedef ssize_t (*write_type)(int, const void *, size_t);
typedef int (*sync_type)(int);
typedef int (*truncate_type)(int, off_t);

/* The notes of a file, by its name; 0 when the file is none of ours. */
static int notes_of(int fd, char *path, size_t size) {
  char link[64], target[512];
  const char *folder = getenv("UNSYNCED_NOTES");
  if (folder == NULL) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, target, sizeof target - 1);
  if (length <= 0) return 0;
  target[length] = 0;
  const char *name = strrchr(target, '/');
  if (name == NULL) return 0;
  size_t named = strlen(name);
  int is_database = named > 3 && strcmp(name + named - 3, ".db") == 0;
  int is_log = named > 7 && strcmp(name + named - 7, ".db-wal") == 0;
  if (!is_database && !is_log) return 0;
  return snprintf(path, size, "%s%s", folder, name) < (int)size;
}

/* Offset, size of the file before, bytes that were there, and these bytes. */
static void note(int fd, off_t at, size_t count) {
  char path[600];
  if (!notes_of(fd, path, sizeof path)) return;
  struct stat before;
  if (fstat(fd, &before) != 0) abort();
  char *old = malloc(count > 0 ? count : 1);
  ssize_t there = pread(fd, old, count, at);
  if (there < 0) there = 0;
  uint64_t head[3] = {(uint64_t)at, (uint64_t)before.st_size, (uint64_t)there};
  int notes = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (notes < 0) abort();
  write_type really = REAL("write", write_type);
  if (really(notes, head, sizeof head) != sizeof head || really(notes, old, there) != there) abort();
  close(notes);
  free(old);
}

static void forget(int fd) {
  char path[600];
  if (notes_of(fd, path, sizeof path)) unlink(path);
}

static ssize_t noted_pwrite(int fd, const void *bytes, size_t count, off_t at, const char *name) {
  pthread_mutex_lock(&lock);
  note(fd, at, count);
  ssize_t done = REAL(name, pwrite_type)(fd, bytes, count, at);
  pthread_mutex_unlock(&lock);
  return done;
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) { return noted_pwrite(fd, bytes, count, at, "pwrite"); }
ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t at) { return noted_pwrite(fd, bytes, count, at, "pwrite64"); }

static int noted_truncate(int fd, off_t size, const char *name) {
  pthread_mutex_lock(&lock);
  struct stat before;
  if (fstat(fd, &before) == 0 && before.st_size > size) note(fd, size, before.st_size - size);
  int done = REAL(name, truncate_type)(fd, size);
  pthread_mutex_unlock(&lock);
  return done;
}

int ftruncate(int fd, off_t size) { return noted_truncate(fd, size, "ftruncate"); }
int ftruncate64(int fd, off_t size) { return noted_truncate(fd, size, "ftruncate64"); }

static int noted_sync(int fd, const char *name) {
  pthread_mutex_lock(&lock);
  int done = REAL(name, sync_type)(fd);
  if (done == 0) forget(fd);
  pthread_mutex_unlock(&lock);
  return done;
}

int fsync(int fd) { return noted_sync(fd, "fsync"); }
int fdatasync(int fd) { return noted_sync(fd, "fdatasync"); }
