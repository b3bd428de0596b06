package org.caisson.nio;

import org.junit.jupiter.api.Nested;

/** The contracts on the JDK's own provider, which says what is right. */
class JdkProviderTest {
    @Nested
    class ForFiles extends FilesContract {
        ForFiles() {
            super(Ground::kernel);
        }
    }

    @Nested
    class ForChannels extends ChannelContract {
        ForChannels() {
            super(Ground::kernel);
        }
    }

    @Nested
    class ForCopies extends CopyContract {
        ForCopies() {
            super(Ground::kernel);
        }
    }

    @Nested
    class ForDirectories extends DirectoryContract {
        ForDirectories() {
            super(Ground::kernel);
        }
    }

    @Nested
    class ForAttributes extends AttributeContract {
        ForAttributes() {
            super(Ground::kernel);
        }
    }

    @Nested
    class ForExtendedAttributes extends ExtendedAttributeContract {
        ForExtendedAttributes() {
            super(Ground::kernel);
        }
    }

    @Nested
    class ForWatches extends WatchContract {
        ForWatches() {
            super(Ground::kernel);
        }
    }
}
