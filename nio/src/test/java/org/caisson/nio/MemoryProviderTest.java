package org.caisson.nio;

import org.junit.jupiter.api.Nested;

/** The contracts on ours, in memory. */
class MemoryProviderTest {
    @Nested
    class ForFiles extends FilesContract {
        ForFiles() {
            super(Ground::memory);
        }
    }

    @Nested
    class ForChannels extends ChannelContract {
        ForChannels() {
            super(Ground::memory);
        }
    }

    @Nested
    class ForCopies extends CopyContract {
        ForCopies() {
            super(Ground::memory);
        }
    }

    @Nested
    class ForDirectories extends DirectoryContract {
        ForDirectories() {
            super(Ground::memory);
        }
    }

    @Nested
    class ForAttributes extends AttributeContract {
        ForAttributes() {
            super(Ground::memory);
        }
    }

    @Nested
    class ForExtendedAttributes extends ExtendedAttributeContract {
        ForExtendedAttributes() {
            super(Ground::memory);
        }
    }

    @Nested
    class ForWatches extends WatchContract {
        ForWatches() {
            super(Ground::memory);
        }
    }
}
