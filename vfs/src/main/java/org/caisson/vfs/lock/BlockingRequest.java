package org.caisson.vfs.lock;

import org.caisson.vfs.wait.Interruption;
import org.caisson.vfs.wait.Sleeper;
import org.jspecify.annotations.Nullable;

/** A request for whose answer a thread sleeps. */
final class BlockingRequest extends LockRequest {
    private final Sleeper sleeper = new Sleeper();

    /** Written before the sleeper is woken. */
    private int answer;

    BlockingRequest(LockOwner owner, LockType type, long start, long end) {
        super(owner, type, start, end);
    }

    BlockingRequest(OpenFileLocks file, LockType type, int pid) {
        super(file, type, pid);
    }

    @Override
    protected void completed(int outcome) {
        answer = outcome;
        sleeper.wake();
    }

    /** False if interrupted: then the answer may have come all the same. */
    boolean sleep(@Nullable Interruption interruption) {
        return sleeper.sleep(interruption);
    }

    /** The answer, which has come or is about to. */
    int answer() {
        sleeper.sleepRegardless();
        return answer;
    }
}
