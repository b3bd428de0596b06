/* The way to a daemon that keeps containers, for the caisson program. */
#ifndef CAISSON_CALL_H
#define CAISSON_CALL_H

/*
 * Has the daemon of a state root do what the arguments say, and exits as that ends. Returns if there is no daemon, or it is one of another
 * installation, or it leaves this command to a process of its own: nothing has been done then.
 */
void call_daemon(const char *root, char **arguments);

/* Blocks the signals that a program in a container is to get instead of us. */
void block_signals(void);

#endif
