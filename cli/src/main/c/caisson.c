/*
 * The caisson program: has a daemon do what is asked, or prepares this process for the JVM and becomes it.
 *
 * If a daemon keeps containers for the state root, it is given the command (call.c), and no JVM is started.
 *
 * What a script cannot do, and why this is C: block signals before any thread of the JVM exists, so that Java reads all
 * of them from a signalfd(2) and none is lost. It also keeps the JVM's own variables and habits out of our way.
 *
 * Layout of the distribution, found from /proc/self/exe: bin/caisson (this), lib/caisson.jar, lib/jvm (the Java image),
 * lib/caisson.aot (the class cache).
 */
#define _GNU_SOURCE
#include "call.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FAILED 125
#define MAX_OPTIONS 64

/*
 * Variables that make a JVM talk on stderr or behave otherwise. They are kept as CAISSON_CALLER_NAME, for a container
 * that is to have them.
 */
static const char *const JVM_VARIABLES[] = {"JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "LC_ALL"};

#define LENGTH(array) (sizeof(array) / sizeof *(array))

static void die(const char *format, ...) {
    va_list list;
    va_start(list, format);
    fputs("caisson: ", stderr);
    vfprintf(stderr, format, list);
    fputc('\n', stderr);
    va_end(list);
    _exit(FAILED);
}

static char *text(const char *format, ...) {
    char *result;
    va_list list;
    va_start(list, format);
    if (vasprintf(&result, format, list) < 0) {
        die("out of memory");
    }
    va_end(list);
    return result;
}

/* The distribution's directory: two levels above this program. */
static char *find_home(void) {
    static char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    for (int up = 0; up < 2 && length > 0; up++) {
        path[length] = 0;
        char *slash = strrchr(path, '/');
        length = slash == NULL ? -1 : slash - path;
    }
    if (length <= 0) {
        die("cannot read /proc/self/exe: is /proc mounted?");
    }
    path[length] = 0;
    return path;
}

static void set_environment(void) {
    for (size_t i = 0; i < LENGTH(JVM_VARIABLES); i++) {
        char *kept = text("CAISSON_CALLER_%s", JVM_VARIABLES[i]);
        const char *value = getenv(JVM_VARIABLES[i]);
        if (value != NULL) {
            setenv(kept, value, 1);
            unsetenv(JVM_VARIABLES[i]);
        } else {
            unsetenv(kept);
        }
        free(kept);
    }
    setenv("LC_ALL", "C.UTF-8", 1);     /* file names and arguments are UTF-8, whatever the caller's locale */
    setenv("_JAVA_SR_SIGNUM", "63", 1); /* the JVM would keep SIGUSR2 to itself */
}

static int is_one_of(const char *word, const char *const *list, size_t count) {
    while (count > 0 && strcmp(word, list[count - 1]) != 0) {
        count--;
    }
    return count > 0;
}

/* Whether a global option takes the next word. */
static int has_value(char **option) {
    static const char *const WITH_VALUE[] = {"--root", "--log", "--log-format", "--log-level", "--cgroup-manager", "--rootless"};
    return is_one_of(*option, WITH_VALUE, LENGTH(WITH_VALUE)) && option[1] != NULL;
}

/* What works on images, and what lives long. */
static const char *const IMAGES[] = {"image", "commit", "diff", "cp"};
static const char *const SERVERS[] = {"mount-server", "daemon"};
static const char *const DAEMONS[] = {"daemon"};

/* Whether the command, which comes after the global options, is one of a list. */
static int is_one_of_verbs(char **arguments, const char *const *list, size_t count) {
    while (*arguments != NULL && **arguments == '-') {
        arguments += has_value(arguments) ? 2 : 1;
    }
    return *arguments != NULL && is_one_of(*arguments, list, count);
}

/* The directory of the containers' state: the last that is named before the command. */
static const char *state_root(char **arguments) {
    const char *root = "/run/caisson";
    for (; *arguments != NULL && **arguments == '-'; arguments += has_value(arguments) ? 2 : 1) {
        if (strncmp(*arguments, "--root=", 7) == 0) {
            root = *arguments + 7;
        } else if (strcmp(*arguments, "--root") == 0 && arguments[1] != NULL) {
            root = arguments[1];
        }
    }
    return root;
}

/* What is opened later must not become a standard stream, which a program in a container would get. */
static void open_streams(void) {
    for (int fd = 0; fd < 3; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd) {
            die("cannot open /dev/null: %s", strerror(errno));
        }
    }
}

int main(int count, char **arguments) {
    open_streams();
    /* Who says how the JVM is to be wants one of his own. */
    if (getenv("CAISSON_JVM_OPTIONS") == NULL) {
        call_daemon(state_root(arguments + 1), arguments + 1);
    }
    const char *home = find_home();
    const char *java = text("%s/lib/jvm/bin/java", home);
    const char *cache = text("%s/lib/caisson.aot", home);
    /* For measuring, debugging, and making the class cache: separated by newlines if there are any, else by spaces. */
    char *more = getenv("CAISSON_JVM_OPTIONS");
    const char *separator = more != NULL && strchr(more, '\n') != NULL ? "\n" : " ";

    /* A file server lives long and keeps much, and images are large; any other command is over before compiled code would pay. */
    int images = is_one_of_verbs(arguments + 1, IMAGES, LENGTH(IMAGES));
    int server = images || is_one_of_verbs(arguments + 1, SERVERS, LENGTH(SERVERS));

    char **command = calloc((size_t) count + MAX_OPTIONS, sizeof *command);
    int end = 0;
#define OPTION(...) (command[end++] = text(__VA_ARGS__))
    OPTION("caisson");
    OPTION("-XX:+UseSerialGC");
    if (server) {
        OPTION("-XX:MaxRAMPercentage=50");
        OPTION("-XX:ReservedCodeCacheSize=64m");
        if (images || is_one_of_verbs(arguments + 1, DAEMONS, LENGTH(DAEMONS))) {
            /* Seconds of work in few loops, or little at a time: what is not hottest costs more to compile well than it gains. */
            OPTION("-XX:Tier4InvocationThreshold=50000");
            OPTION("-XX:Tier4MinInvocationThreshold=6000");
            OPTION("-XX:Tier4CompileThreshold=150000");
            OPTION("-XX:Tier4BackEdgeThreshold=400000");
        }
    } else {
        OPTION("-Xms9m");
        OPTION("-Xmn4m"); /* a start fits into it: no collection before the program runs */
        OPTION("-Xmx96m");
        OPTION("-XX:ReservedCodeCacheSize=24m");
        OPTION("-XX:CompileThresholdScaling=10");
    }
    OPTION("-Xss512k");
    OPTION("-XX:-UsePerfData");
    OPTION("-XX:+DisableAttachMechanism");
    OPTION("-Djava.lang.invoke.MethodHandle.CUSTOMIZE_THRESHOLD=-1"); /* ours are constants, which gain nothing by it */
    OPTION("-Xrs"); /* the JVM leaves signals to us */
    OPTION("-XX:+UnlockDiagnosticVMOptions");
    OPTION("-XX:ArchiveRelocationMode=0"); /* the cache is mapped where it was made: its pages stay shared */
    OPTION("-XX:-AOTReplayTraining"); /* nor compile at once what was hot in the rehearsal */
    OPTION("-XX:ErrorFile=/dev/null");
    OPTION("-Xlog:disable");
    OPTION("--enable-native-access=ALL-UNNAMED");
    OPTION("-Dcaisson.home=%s", home);
    if (access(cache, R_OK) == 0) {
        OPTION("-XX:AOTCache=%s", cache);
    }
    for (char *word = more == NULL ? NULL : strtok(strdup(more), separator); word != NULL; word = strtok(NULL, separator)) {
        if (end == MAX_OPTIONS - 4) {
            die("too many words in CAISSON_JVM_OPTIONS");
        }
        command[end++] = word;
    }
    OPTION("-cp");
    OPTION("%s/lib/caisson.jar", home);
    OPTION("org.caisson.cli.Main");
    for (int i = 1; i < count; i++) {
        command[end++] = arguments[i];
    }

    set_environment();
    block_signals();
    execv(java, command);
    die("cannot run %s (%s): the distribution is incomplete, build it again with mvn package", java, strerror(errno));
}
