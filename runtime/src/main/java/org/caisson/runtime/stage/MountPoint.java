package org.caisson.runtime.stage;

/**
 * What the stage makes of a target that does not exist. A directory is made for what mounts as one, a file for all else:
 * the constants that make something differ only in what they tell the reader.
 */
public enum MountPoint {
    MUST_EXIST(0),
    MAKE_DIRECTORY(1),
    MAKE_FILE(1),
    MAKE_LIKE_SOURCE(1);

    private final int code;

    MountPoint(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }
}
