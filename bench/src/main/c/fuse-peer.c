/*
 * fuse-peer MOUNTPOINT: a file system of one 4 KiB file, "file", on libfuse3's low-level interface with one thread. Entries are
 * valid for an hour, attributes not at all, reads bypass the page cache. As a file of /proc, it is made anew when it is read from its
 * start: 64 lines with a number each. Ends on SIGTERM and SIGINT with the mount taken off.
 */
#define FUSE_USE_VERSION 35
#include <errno.h>
#include <fuse_lowlevel.h>
#include <stdio.h>
#include <string.h>

enum { FILE_INODE = 2, FILE_SIZE = 4096, LINE = 64 };

static char content[FILE_SIZE + 1];
static unsigned long reads;

static void generate(void)
{
	for (int line = 0; line < FILE_SIZE / LINE; line++)
		snprintf(content + line * LINE, LINE + 1, "%s%32lu\n", "a-name-of-thirty-one-characters", reads + (unsigned long)line);
	reads++;
}

static int attributes(fuse_ino_t inode, struct stat *out)
{
	memset(out, 0, sizeof *out);
	out->st_ino = inode;
	if (inode == FUSE_ROOT_ID) {
		out->st_mode = S_IFDIR | 0555;
		out->st_nlink = 2;
	} else if (inode == FILE_INODE) {
		out->st_mode = S_IFREG | 0444;
		out->st_nlink = 1;
		out->st_size = FILE_SIZE;
	} else {
		return -1;
	}
	return 0;
}

static void get_attributes(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *info)
{
	(void)info;
	struct stat found;
	if (attributes(inode, &found) < 0)
		fuse_reply_err(request, ENOENT);
	else
		fuse_reply_attr(request, &found, 0);
}

static void look_up(fuse_req_t request, fuse_ino_t parent, const char *name)
{
	struct fuse_entry_param entry = {.ino = FILE_INODE, .entry_timeout = 3600};
	if (parent != FUSE_ROOT_ID || strcmp(name, "file") != 0 || attributes(FILE_INODE, &entry.attr) < 0)
		fuse_reply_err(request, ENOENT);
	else
		fuse_reply_entry(request, &entry);
}

static void open_file(fuse_req_t request, fuse_ino_t inode, struct fuse_file_info *info)
{
	if (inode != FILE_INODE) {
		fuse_reply_err(request, EISDIR);
		return;
	}
	info->direct_io = 1;
	fuse_reply_open(request, info);
}

static void read_file(fuse_req_t request, fuse_ino_t inode, size_t size, off_t offset, struct fuse_file_info *info)
{
	(void)inode;
	(void)info;
	if (offset == 0)
		generate();
	if (offset >= FILE_SIZE)
		fuse_reply_buf(request, NULL, 0);
	else
		fuse_reply_buf(request, content + offset, size < (size_t)(FILE_SIZE - offset) ? size : (size_t)(FILE_SIZE - offset));
}

static const struct fuse_lowlevel_ops operations = {
	.lookup = look_up,
	.getattr = get_attributes,
	.open = open_file,
	.read = read_file,
};

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: fuse-peer MOUNTPOINT\n");
		return 2;
	}
	struct fuse_args args = FUSE_ARGS_INIT(1, argv);
	struct fuse_session *session = fuse_session_new(&args, &operations, sizeof operations, NULL);
	if (!session || fuse_set_signal_handlers(session) < 0 || fuse_session_mount(session, argv[1]) < 0)
		return 1;
	printf("ready\n");
	fflush(stdout);
	int failed = fuse_session_loop(session);
	fuse_session_unmount(session);
	fuse_remove_signal_handlers(session);
	fuse_session_destroy(session);
	return failed < 0;
}
