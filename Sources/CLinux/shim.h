// Linux's calls that glibc declares only under _GNU_SOURCE, which Swift's Glibc module is built without.
#include <sys/types.h>

enum { LINUX_FALLOC_FL_KEEP_SIZE = 1, LINUX_SYNC_FILE_RANGE_WRITE = 2 };

int fallocate(int fd, int mode, off_t offset, off_t length);
int sync_file_range(int fd, off_t offset, off_t count, unsigned int flags);
