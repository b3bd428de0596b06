package org.caisson.nio;

import org.junit.jupiter.api.Nested;

/** The contracts on ours, over directories of the host; what happens there is not watched. */
class HostProviderTest {
    @Nested
    class ForFiles extends FilesContract {
        ForFiles() {
            super(Ground::host);
        }
    }

    @Nested
    class ForChannels extends ChannelContract {
        ForChannels() {
            super(Ground::host);
        }
    }

    @Nested
    class ForCopies extends CopyContract {
        ForCopies() {
            super(Ground::host);
        }
    }

    @Nested
    class ForDirectories extends DirectoryContract {
        ForDirectories() {
            super(Ground::host);
        }
    }

    @Nested
    class ForAttributes extends AttributeContract {
        ForAttributes() {
            super(Ground::host);
        }
    }

    @Nested
    class ForExtendedAttributes extends ExtendedAttributeContract {
        ForExtendedAttributes() {
            super(Ground::host);
        }
    }
}
