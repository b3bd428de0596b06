package org.caisson.emulation.trap;

import org.caisson.linux.SyscallNumbers;

/** The calls on extended attributes: what each does, and how it names the file; see xattr(7) and {@code linux/xattr.h}. */
enum XattrCall {
    SETXATTR(SyscallNumbers.SETXATTR, Action.SET, Form.PATH),
    LSETXATTR(SyscallNumbers.LSETXATTR, Action.SET, Form.LINK),
    FSETXATTR(SyscallNumbers.FSETXATTR, Action.SET, Form.DESCRIPTOR),
    SETXATTRAT(SyscallNumbers.SETXATTRAT, Action.SET, Form.AT),
    GETXATTR(SyscallNumbers.GETXATTR, Action.GET, Form.PATH),
    LGETXATTR(SyscallNumbers.LGETXATTR, Action.GET, Form.LINK),
    FGETXATTR(SyscallNumbers.FGETXATTR, Action.GET, Form.DESCRIPTOR),
    GETXATTRAT(SyscallNumbers.GETXATTRAT, Action.GET, Form.AT),
    LISTXATTR(SyscallNumbers.LISTXATTR, Action.LIST, Form.PATH),
    LLISTXATTR(SyscallNumbers.LLISTXATTR, Action.LIST, Form.LINK),
    FLISTXATTR(SyscallNumbers.FLISTXATTR, Action.LIST, Form.DESCRIPTOR),
    LISTXATTRAT(SyscallNumbers.LISTXATTRAT, Action.LIST, Form.AT),
    REMOVEXATTR(SyscallNumbers.REMOVEXATTR, Action.REMOVE, Form.PATH),
    LREMOVEXATTR(SyscallNumbers.LREMOVEXATTR, Action.REMOVE, Form.LINK),
    FREMOVEXATTR(SyscallNumbers.FREMOVEXATTR, Action.REMOVE, Form.DESCRIPTOR),
    REMOVEXATTRAT(SyscallNumbers.REMOVEXATTRAT, Action.REMOVE, Form.AT);

    /** What is done. */
    enum Action {
        SET,
        GET,
        LIST,
        REMOVE
    }

    /** How the file is named; AT is a directory, a path and flags. */
    enum Form {
        PATH,
        LINK,
        DESCRIPTOR,
        AT
    }

    private final int number;
    private final Action action;
    private final Form form;

    XattrCall(int number, Action action, Form form) {
        this.number = number;
        this.action = action;
        this.form = form;
    }

    int number() {
        return number;
    }

    Action action() {
        return action;
    }

    Form form() {
        return form;
    }

    /** The index of the argument after those that name the file. */
    int afterFile() {
        return form == Form.AT ? 3 : 1;
    }
}
