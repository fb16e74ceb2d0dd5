/* The least that reading a vault can cost: walks a folder and, for each note in it, asks for its times ("stat") or reads
 * every byte of it ("read"). Prints how many notes and bytes there are. POSIX.1-2008, with d_type where a system has it. */

#define _DEFAULT_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static long notes, bytes;
static int reads;
static char buffer[1 << 20];

static void take(int folder, const char *name)
{
    struct stat found;
    if (fstatat(folder, name, &found, AT_SYMLINK_NOFOLLOW) != 0)
        return;
    notes++;
    if (!reads) {
        bytes += found.st_size;
        return;
    }
    int file = openat(folder, name, O_RDONLY);
    if (file < 0)
        return;
    ssize_t got;
    while ((got = read(file, buffer, sizeof buffer)) > 0)
        bytes += got;
    close(file);
}

static void walk(int folder)
{
    DIR *listing = fdopendir(folder);
    struct dirent *entry;
    if (listing == NULL)
        return;
    while ((entry = readdir(listing)) != NULL) {
        size_t length = strlen(entry->d_name);
        if (entry->d_name[0] == '.')
            continue;
        if (entry->d_type == DT_DIR) {
            int below = openat(dirfd(listing), entry->d_name, O_RDONLY | O_DIRECTORY);
            if (below >= 0)
                walk(below);
        } else if (length > 3 && strcmp(entry->d_name + length - 3, ".md") == 0) {
            take(dirfd(listing), entry->d_name);
        }
    }
    closedir(listing);
}

int main(int count, char **words)
{
    if (count != 3 || (strcmp(words[1], "stat") != 0 && strcmp(words[1], "read") != 0)) {
        fprintf(stderr, "usage: floor stat|read FOLDER\n");
        return 2;
    }
    reads = words[1][0] == 'r';
    int root = open(words[2], O_RDONLY | O_DIRECTORY);
    if (root < 0) {
        perror(words[2]);
        return 2;
    }
    walk(root);
    printf("%ld notes, %ld bytes\n", notes, bytes);
    return 0;
}
