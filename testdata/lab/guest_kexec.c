// SPDX-License-Identifier: LGPL-2.1-or-later
/* kexec_crash KERNEL INITRAMFS COMMAND-LINE: loads the kernel that runs after a crash. */
#include <fcntl.h>
#include <linux/kexec.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int kernel, initramfs;

	if (argc != 4) {
		fputs("kexec_crash: KERNEL INITRAMFS COMMAND-LINE\n", stderr);
		return 64;
	}
	kernel = open(argv[1], O_RDONLY);
	initramfs = open(argv[2], O_RDONLY);
	if (kernel < 0 || initramfs < 0 ||
	    syscall(SYS_kexec_file_load, kernel, initramfs, strlen(argv[3]) + 1, argv[3],
		    KEXEC_FILE_ON_CRASH) < 0) {
		perror("kexec_crash");
		return 1;
	}
	return 0;
}
