package org.caisson.nio;

import org.junit.jupiter.api.Nested;

/** The contracts on ours. */
class CaissonProviderTest {
    @Nested
    class ForFiles extends FilesContract {
        ForFiles() {
            super(Ground::caisson);
        }
    }

    @Nested
    class ForChannels extends ChannelContract {
        ForChannels() {
            super(Ground::caisson);
        }
    }

    @Nested
    class ForCopies extends CopyContract {
        ForCopies() {
            super(Ground::caisson);
        }
    }

    @Nested
    class ForDirectories extends DirectoryContract {
        ForDirectories() {
            super(Ground::caisson);
        }
    }

    @Nested
    class ForAttributes extends AttributeContract {
        ForAttributes() {
            super(Ground::caisson);
        }
    }

    @Nested
    class ForWatches extends WatchContract {
        ForWatches() {
            super(Ground::caisson);
        }
    }
}
